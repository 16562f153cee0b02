package economy

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/test/harness"
	"github.com/agora-network/agora/test/script"
	rewardstypes "github.com/agora-network/agora/x/rewards/types"
)

// stage is what the commands of one script share.
type stage struct {
	script.Stage
	network  *harness.Network
	attended *harness.Attended
	chain    *chainclient.Client
}

// commands are what a script can do besides the commands of testscript; those that are not here are told in package script:
//
//	network FLAGS...                 run a network: $NET is its folder, $RPC the first node's
//	daemon NAME PROGRAM ARGS...      run a program beside it until the end
//	wait-epoch NETUID EPOCH NAME     wait until an epoch is closed and keep the height at which it was
var commands = map[string]func(s *stage, ts *testscript.TestScript, args []string) error{
	"network":     (*stage).run,
	"daemon":      (*stage).daemon,
	"capture":     (*stage).Capture,
	"until":       (*stage).Until,
	"let":         (*stage).Let,
	"expect":      (*stage).Expect,
	"wait-height": (*stage).WaitHeight,
	"wait-epoch":  (*stage).waitEpoch,
	"now":         (*stage).Now,
	"history":     (*stage).History,
	"expect-each": (*stage).ExpectEach,
}

// stageKey is where a script's environment keeps its stage.
type stageKey struct{}

func stageOf(ts *testscript.TestScript) *stage { return ts.Value(stageKey{}).(*stage) }

func (s *stage) run(ts *testscript.TestScript, args []string) error {
	if err := s.attended.Up(args...); err != nil {
		return err
	}
	snapshot, err := s.network.TryStatus()
	if err != nil {
		return err
	}
	s.Node = script.Node{URL: snapshot.Nodes[0].RPC}
	ts.Setenv("NET", s.network.Home)
	ts.Setenv("RPC", s.Node.URL)
	ts.Setenv("AGORA_HOME", snapshot.ClientHome)
	s.chain, err = chainclient.New(chainclient.Config{ChainID: snapshot.ChainID, Endpoints: []string{s.Node.URL}})
	return err
}

func (s *stage) daemon(_ *testscript.TestScript, args []string) error {
	if len(args) < 2 {
		return script.ErrArguments
	}
	return s.attended.Run(args[0], args[1], args[2:]...)
}

func (s *stage) waitEpoch(ts *testscript.TestScript, args []string) error {
	if len(args) != 3 {
		return script.ErrArguments
	}
	netuid, err := script.Whole(ts, args[0])
	if err != nil {
		return err
	}
	epoch, err := script.Whole(ts, args[1])
	if err != nil {
		return err
	}
	height := int64(0) // the newest
	err = harness.Until(func() (bool, error) {
		response, err := s.chain.Rewards(height).EpochResult(context.Background(), &rewardstypes.QueryEpochResultRequest{Netuid: uint32(netuid)})
		switch {
		case errors.Is(err, chainclient.ErrNotFound) && height == 0:
			return false, nil
		case err != nil:
			return false, err
		}
		result := response.Results[0] // all benchmarks of a subnet close together
		switch {
		case result.Epoch < uint64(epoch):
			return false, nil
		case result.Epoch > uint64(epoch): // another was closed since we looked: go back
			height = result.Height - 1
			return false, nil
		}
		height = result.Height
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("epoch %d of subnet %d: %w", epoch, netuid, err)
	}
	ts.Setenv(args[2], strconv.FormatInt(height, 10))
	return nil
}
