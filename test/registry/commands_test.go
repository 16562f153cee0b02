package registry

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/test/paced"
	"github.com/agora-network/agora/test/script"
	"github.com/agora-network/agora/x/subnet/scorehash"
	"github.com/agora-network/agora/x/subnet/types"
)

// stage is what the commands of one story share.
type stage struct {
	script.Stage
	t    testing.TB
	node *paced.Node
}

// commands are what a story can do besides the commands of testscript; those that are not here are told in package script:
//
//	chain PATCH ACCOUNT...      run a chain whose genesis state is the default one with a file merged into it; every account is a funded
//	                            key, and $ACCOUNT its address, as $operator is of the one validator's, $validator
//	key NAME...                 make keys without funds; $NAME is the address
//	epoch NETUID EXPR           bring the chain to the block in which an epoch has begun
//	refused NAME COMMAND...     run a transaction that must be refused with an error of x/subnet, such as ErrNoPermit
//	refusals NETUID HOTKEY NAME=TIMES...  what the chain counted of that for a hotkey must be exactly this
//	fill FILE                   replace $names in a file by what they stand for
//	seal NAME FILE KEY          keep the hash, in base64, with which a key commits the row in a file
var commands = map[string]func(s *stage, ts *testscript.TestScript, args []string) error{
	"chain":       (*stage).chain,
	"key":         (*stage).key,
	"epoch":       (*stage).epoch,
	"refused":     (*stage).refused,
	"refusals":    (*stage).refusals,
	"fill":        (*stage).fill,
	"seal":        (*stage).seal,
	"capture":     (*stage).Capture,
	"until":       (*stage).Until,
	"let":         (*stage).Let,
	"expect":      (*stage).Expect,
	"wait-height": (*stage).WaitHeight,
	"now":         (*stage).Now,
	"history":     (*stage).History,
	"expect-each": (*stage).ExpectEach,
}

// stageKey is where a story's environment keeps its stage.
type stageKey struct{}

func stageOf(ts *testscript.TestScript) *stage { return ts.Value(stageKey{}).(*stage) }

func (s *stage) chain(ts *testscript.TestScript, args []string) error {
	if len(args) == 0 {
		return script.ErrArguments
	}
	node, err := paced.Start(s.t, paced.Options{Dir: ts.MkAbs("chain"), Accounts: args[1:], State: json.RawMessage(ts.ReadFile(args[0]))})
	if err != nil {
		return err
	}
	s.node, s.Node, s.Reach = node, script.Node{URL: node.URL}, node.Reach
	ts.Setenv("AGORA_HOME", node.ClientHome)
	for _, name := range append(args[1:], paced.Operator) {
		if err := s.name(ts, name); err != nil {
			return err
		}
	}
	operator, err := node.Address(paced.Operator)
	ts.Setenv("validator", sdk.ValAddress(operator).String())
	return err
}

func (s *stage) key(ts *testscript.TestScript, args []string) error {
	for _, name := range args {
		if err := s.name(ts, name); err != nil {
			return err
		}
	}
	return nil
}

// name keeps the address of a key.
func (s *stage) name(ts *testscript.TestScript, key string) error {
	address, err := s.node.Address(key)
	ts.Setenv(key, address.String())
	return err
}

func (s *stage) epoch(ts *testscript.TestScript, args []string) error {
	if len(args) != 2 {
		return script.ErrArguments
	}
	netuid, err := script.Whole(ts, args[0])
	if err != nil {
		return err
	}
	index, err := script.Whole(ts, args[1])
	if err != nil {
		return err
	}
	return reachEpoch(s.node, uint32(netuid), uint64(index))
}

// reachEpoch brings a chain to the block in which an epoch of a subnet has begun.
func reachEpoch(node *paced.Node, netuid uint32, index uint64) error {
	for {
		ctx, err := node.Context()
		if err != nil {
			return err
		}
		subnet, err := node.App.SubnetKeeper.Subnet(ctx, netuid)
		if err != nil {
			return err
		}
		next := subnet.EpochStartHeight
		switch {
		case subnet.Status != types.SUBNET_STATUS_ACTIVE || subnet.Epoch > index:
			return fmt.Errorf("epoch %d of subnet %d will not come: it is %s, in epoch %d", index, netuid, subnet.Status, subnet.Epoch)
		case subnet.Epoch < index:
			next = max(next+int64(subnet.Params.Tempo)-1, ctx.BlockHeight()+1) // closes the epoch; one that is deferred closes later
		case next <= ctx.BlockHeight():
			return nil
		}
		if err := node.Reach(next); err != nil {
			return err
		}
	}
}

func (s *stage) refused(ts *testscript.TestScript, args []string) error {
	if len(args) < 2 {
		return script.ErrArguments
	}
	text, err := textOf(args[0])
	if err != nil {
		return err
	}
	if err := ts.Exec(args[1], args[2:]...); err == nil {
		return fmt.Errorf("it was not refused, but should be with %s", args[0])
	}
	if said := ts.ReadFile("stdout") + ts.ReadFile("stderr"); !strings.Contains(said, text) {
		return fmt.Errorf("it was refused, but not with %s: %s", args[0], text)
	}
	return nil
}

// refusals compares what the chain counted with what a story says.
func (s *stage) refusals(ts *testscript.TestScript, args []string) error {
	if len(args) < 2 {
		return script.ErrArguments
	}
	if err := ts.Exec("agorad", "query", "subnet", "refusals", args[0]); err != nil {
		return err
	}
	var answer types.QueryRefusalsResponse
	if err := s.node.App.AppCodec().UnmarshalJSON([]byte(ts.ReadFile("stdout")), &answer); err != nil {
		return err
	}
	names, err := errorNames()
	if err != nil {
		return err
	}
	var counted []string
	for _, record := range answer.Records {
		if record.Hotkey != args[1] {
			continue
		}
		for _, refusal := range record.Refusals {
			counted = append(counted, fmt.Sprintf("%s=%d", names[refusal.Code], refusal.Count))
		}
	}
	want := slices.Sorted(slices.Values(args[2:]))
	if slices.Sort(counted); !slices.Equal(counted, want) {
		return fmt.Errorf("counted were %v, want %v", counted, want)
	}
	return nil
}

// errorNames are those of all errors of x/subnet, by their codes.
func errorNames() (map[uint32]string, error) {
	registered, err := os.ReadFile("../../x/subnet/types/testdata/error_codes.txt")
	if err != nil {
		return nil, err
	}
	names := make(map[uint32]string)
	for line := range strings.Lines(string(registered)) {
		var code uint32
		var name string
		if _, err := fmt.Sscan(line, &code, &name); err != nil {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
		names[code] = name
	}
	return names, nil
}

// textOf is what an error of x/subnet says, by its name.
func textOf(name string) (string, error) {
	names, err := errorNames()
	if err != nil {
		return "", err
	}
	for code, known := range names {
		if known == name {
			return strings.TrimPrefix(errorsmod.ABCIError(types.ModuleName, code, "log").Error(), "log: "), nil
		}
	}
	return "", fmt.Errorf("x/subnet has no error %s", name)
}

func (s *stage) fill(ts *testscript.TestScript, args []string) error {
	if len(args) != 1 {
		return script.ErrArguments
	}
	path := ts.MkAbs(args[0])
	return os.WriteFile(path, []byte(os.Expand(ts.ReadFile(args[0]), ts.Getenv)), 0o600)
}

func (s *stage) seal(ts *testscript.TestScript, args []string) error {
	if len(args) != 3 {
		return script.ErrArguments
	}
	var row types.MsgRevealScores
	if err := s.node.App.AppCodec().UnmarshalJSON([]byte(ts.ReadFile(args[1])), &row); err != nil {
		return err
	}
	hotkey, err := s.node.Address(args[2])
	if err != nil {
		return err
	}
	hash, err := scorehash.Hash(scorehash.Row{
		ChainID: paced.ChainID, Netuid: row.Netuid, Benchmark: row.Benchmark, BenchmarkVersion: row.BenchmarkVersion, Epoch: row.Epoch,
		Hotkey: hotkey, MinerIDs: row.MinerIds, Weights: row.Weights, EvidenceRoot: row.EvidenceRoot, Items: row.Items, Salt: row.Salt,
	})
	ts.Setenv(args[0], base64.StdEncoding.EncodeToString(hash[:]))
	return err
}
