package economy

import (
	"context"
	"errors"
	"fmt"
	"go/constant"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/test/harness"
	rewardstypes "github.com/agora-network/agora/x/rewards/types"
)

// stage is what the commands of one script share.
type stage struct {
	network  *harness.Network
	attended *harness.Attended
	node     node
	chain    *chainclient.Client
}

// commands are what a script can do besides the commands of testscript:
//
//	network FLAGS...                 run a network: $NET is its folder, $RPC the first node's
//	daemon NAME PROGRAM ARGS...      run a program beside it until the end
//	capture ASSIGNMENT... COMMAND... run a command that prints JSON and keep figures of it
//	until EXPR ASSIGNMENT... COMMAND...  do so until the figures are as wanted
//	let NAME EXPR                    keep a figure that is computed
//	expect EXPR                      hold, or fail with all figures
//	wait-height EXPR                 wait for a block
//	wait-epoch NETUID EPOCH NAME     wait until an epoch is closed and keep the height at which it was
//	now NAME                         keep the height of the last block
//	history FROM TO ASSIGNMENT...    keep figures of what the blocks FROM to TO said happened: event[].attribute
//	expect-each FROM TO EVENT EXPR   hold for each such event, whose attributes are figures
//
// Figures are environment variables: $NAME outside of expressions, NAME within. An ASSIGNMENT is NAME=path or
// NAME+=path (path_test.go), EXPR an exact expression (figures_test.go).
var commands = map[string]func(s *stage, ts *testscript.TestScript, args []string) error{
	"network":     (*stage).run,
	"daemon":      (*stage).daemon,
	"capture":     (*stage).capture,
	"until":       (*stage).until,
	"let":         (*stage).let,
	"expect":      (*stage).expect,
	"wait-height": (*stage).waitHeight,
	"wait-epoch":  (*stage).waitEpoch,
	"now":         (*stage).now,
	"history":     (*stage).history,
	"expect-each": (*stage).expectEach,
}

// stageKey is where a script's environment keeps its stage.
type stageKey struct{}

// scriptCommands are the commands in the form that testscript takes.
func scriptCommands() map[string]func(*testscript.TestScript, bool, []string) {
	all := make(map[string]func(*testscript.TestScript, bool, []string))
	for name, run := range commands {
		all[name] = func(ts *testscript.TestScript, neg bool, args []string) {
			if neg {
				ts.Fatalf("%s has no opposite", name)
			}
			ts.Check(run(ts.Value(stageKey{}).(*stage), ts, args))
		}
	}
	return all
}

var errArguments = errors.New("wrong arguments: see commands_test.go")

func (s *stage) run(ts *testscript.TestScript, args []string) error {
	if err := s.attended.Up(args...); err != nil {
		return err
	}
	snapshot, err := s.network.TryStatus()
	if err != nil {
		return err
	}
	s.node = node{url: snapshot.Nodes[0].RPC}
	ts.Setenv("NET", s.network.Home)
	ts.Setenv("RPC", s.node.url)
	ts.Setenv("AGORA_HOME", snapshot.ClientHome)
	s.chain, err = chainclient.New(chainclient.Config{ChainID: snapshot.ChainID, Endpoints: []string{s.node.url}})
	return err
}

func (s *stage) daemon(_ *testscript.TestScript, args []string) error {
	if len(args) < 2 {
		return errArguments
	}
	return s.attended.Run(args[0], args[1], args[2:]...)
}

// assignments takes the assignments off the arguments.
func assignments(args []string) (all []assignment, rest []string) {
	for i, arg := range args {
		a, ok := parseAssignment(arg)
		if !ok {
			return all, args[i:]
		}
		all = append(all, a)
	}
	return all, nil
}

// keep sets what assignments find in a document.
func keep(ts *testscript.TestScript, document any, all []assignment) error {
	for _, a := range all {
		value, err := a.value(document)
		if err != nil {
			return err
		}
		ts.Setenv(a.name, value)
	}
	return nil
}

// ask runs a command that prints JSON and keeps what assignments find in it.
func ask(ts *testscript.TestScript, all []assignment, command []string) error {
	if len(all) == 0 || len(command) == 0 {
		return errArguments
	}
	if err := ts.Exec(command[0], command[1:]...); err != nil {
		return err
	}
	document, err := decode(ts.ReadFile("stdout"))
	if err != nil {
		return err
	}
	return keep(ts, document, all)
}

func (s *stage) capture(ts *testscript.TestScript, args []string) error {
	all, command := assignments(args)
	return ask(ts, all, command)
}

// until asks once per block.
func (s *stage) until(ts *testscript.TestScript, args []string) error {
	if len(args) == 0 {
		return errArguments
	}
	all, command := assignments(args[1:])
	err := harness.Until(func() (bool, error) {
		if err := ask(ts, all, command); err != nil {
			return false, err
		}
		ok, err := truth(args[0], figuresOf(ts))
		if ok || err != nil {
			return ok, err
		}
		height, err := s.node.height()
		if err != nil {
			return false, err
		}
		return false, s.await(height + 1)
	})
	if err != nil {
		return fmt.Errorf("%s: %w%s", args[0], err, explain(args[0], figuresOf(ts)))
	}
	return nil
}

// figuresOf are the environment variables of a script.
func figuresOf(ts *testscript.TestScript) figures {
	return func(name string) (string, bool) {
		text := ts.Getenv(name)
		return text, text != ""
	}
}

// truth evaluates a condition.
func truth(expression string, known figures) (bool, error) {
	value, err := evaluate(expression, known)
	if err != nil {
		return false, err
	}
	if value.Kind() != constant.Bool {
		return false, fmt.Errorf("%q is no condition, but %s", expression, value)
	}
	return constant.BoolVal(value), nil
}

// whole evaluates an expression that must be a whole number.
func whole(expression string, known figures) (int64, error) {
	value, err := evaluate(expression, known)
	if err != nil {
		return 0, err
	}
	number, exact := constant.Int64Val(constant.ToInt(value))
	if !exact {
		return 0, fmt.Errorf("%q is no height or count, but %s", expression, value)
	}
	return number, nil
}

func (s *stage) let(ts *testscript.TestScript, args []string) error {
	if len(args) != 2 || !assignable.MatchString(args[0]) {
		return errArguments
	}
	value, err := evaluate(args[1], figuresOf(ts))
	if err != nil {
		return err
	}
	ts.Setenv(args[0], value.ExactString())
	return nil
}

func (s *stage) expect(ts *testscript.TestScript, args []string) error {
	if len(args) != 1 {
		return errArguments
	}
	return hold(args[0], figuresOf(ts))
}

// hold fails, with all figures, when a condition does not hold.
func hold(condition string, known figures) error {
	ok, err := truth(condition, known)
	if err == nil && !ok {
		err = fmt.Errorf("%s does not hold:%s", condition, explain(condition, known))
	}
	return err
}

// await waits for a block.
func (s *stage) await(height int64) error {
	return harness.Until(func() (bool, error) {
		now, err := s.node.height()
		return err == nil && now >= height, err
	})
}

func (s *stage) waitHeight(ts *testscript.TestScript, args []string) error {
	if len(args) != 1 {
		return errArguments
	}
	height, err := whole(args[0], figuresOf(ts))
	if err != nil {
		return err
	}
	return s.await(height)
}

func (s *stage) waitEpoch(ts *testscript.TestScript, args []string) error {
	if len(args) != 3 {
		return errArguments
	}
	netuid, err := whole(args[0], figuresOf(ts))
	if err != nil {
		return err
	}
	epoch, err := whole(args[1], figuresOf(ts))
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

func (s *stage) now(ts *testscript.TestScript, args []string) error {
	if len(args) != 1 {
		return errArguments
	}
	height, err := s.node.height()
	if err != nil {
		return err
	}
	ts.Setenv(args[0], strconv.FormatInt(height, 10))
	return nil
}

// between reads the history of the blocks that the first two arguments name.
func (s *stage) between(ts *testscript.TestScript, args []string) (map[string]any, error) {
	if len(args) < 3 {
		return nil, errArguments
	}
	first, err := whole(args[0], figuresOf(ts))
	if err != nil {
		return nil, err
	}
	last, err := whole(args[1], figuresOf(ts))
	if err != nil {
		return nil, err
	}
	return s.node.history(first, last)
}

func (s *stage) history(ts *testscript.TestScript, args []string) error {
	document, err := s.between(ts, args)
	if err != nil {
		return err
	}
	all, rest := assignments(args[2:])
	if len(rest) > 0 {
		return errArguments
	}
	return keep(ts, document, all)
}

func (s *stage) expectEach(ts *testscript.TestScript, args []string) error {
	document, err := s.between(ts, args)
	if err != nil {
		return err
	}
	if len(args) != 4 {
		return errArguments
	}
	events, _ := document[args[2]].([]any)
	if len(events) == 0 {
		return fmt.Errorf("no %s in these blocks", args[2])
	}
	for _, e := range events {
		fields := e.(map[string]any)
		known := func(name string) (string, bool) {
			if field, ok := fields[name]; ok {
				return fmt.Sprint(field), true
			}
			return figuresOf(ts)(name)
		}
		if err := hold(args[3], known); err != nil {
			return fmt.Errorf("%s %v: %w", args[2], fields, err)
		}
	}
	return nil
}
