package script

import (
	"errors"
	"fmt"
	"go/constant"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/agora-network/agora/test/harness"
)

// Stage is what the commands of one script share; every method that takes a script and arguments is a command.
type Stage struct {
	// Node is asked for heights and what blocks said happened.
	Node Node
	// Reach returns when the state of a height can be asked for; nil waits for the blocks to come.
	Reach func(height int64) error
}

// Commands are those of a stage in the form that testscript takes; stageOf finds the stage of a script.
func Commands[S any](commands map[string]func(s S, ts *testscript.TestScript, args []string) error, stageOf func(*testscript.TestScript) S) map[string]func(*testscript.TestScript, bool, []string) {
	all := make(map[string]func(*testscript.TestScript, bool, []string))
	for name, run := range commands {
		all[name] = func(ts *testscript.TestScript, neg bool, args []string) {
			if neg {
				ts.Fatalf("%s has no opposite", name)
			}
			ts.Check(run(stageOf(ts), ts, args))
		}
	}
	return all
}

// ErrArguments is what commands answer to wrong arguments.
var ErrArguments = errors.New("wrong arguments: the package documentation lists the commands")

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
		return ErrArguments
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

// Capture runs a command that prints JSON and keeps figures of it.
func (s *Stage) Capture(ts *testscript.TestScript, args []string) error {
	all, command := assignments(args)
	return ask(ts, all, command)
}

// Until runs a command that prints JSON, once per block, until its figures are as wanted.
func (s *Stage) Until(ts *testscript.TestScript, args []string) error {
	if len(args) == 0 {
		return ErrArguments
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
		height, err := s.Node.Height()
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

// Whole evaluates an expression of figures that must be a whole number.
func Whole(ts *testscript.TestScript, expression string) (int64, error) {
	value, err := evaluate(expression, figuresOf(ts))
	if err != nil {
		return 0, err
	}
	number, exact := constant.Int64Val(constant.ToInt(value))
	if !exact {
		return 0, fmt.Errorf("%q is no height or count, but %s", expression, value)
	}
	return number, nil
}

// Let keeps a figure that is computed.
func (s *Stage) Let(ts *testscript.TestScript, args []string) error {
	if len(args) != 2 || !assignable.MatchString(args[0]) {
		return ErrArguments
	}
	value, err := evaluate(args[1], figuresOf(ts))
	if err != nil {
		return err
	}
	ts.Setenv(args[0], value.ExactString())
	return nil
}

// Expect fails, with all figures, when a condition does not hold.
func (s *Stage) Expect(ts *testscript.TestScript, args []string) error {
	if len(args) != 1 {
		return ErrArguments
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
func (s *Stage) await(height int64) error {
	if s.Reach != nil {
		return s.Reach(height)
	}
	return harness.Until(func() (bool, error) {
		now, err := s.Node.Height()
		return err == nil && now >= height, err
	})
}

// WaitHeight waits for a block.
func (s *Stage) WaitHeight(ts *testscript.TestScript, args []string) error {
	if len(args) != 1 {
		return ErrArguments
	}
	height, err := Whole(ts, args[0])
	if err != nil {
		return err
	}
	return s.await(height)
}

// Now keeps the height of the last block.
func (s *Stage) Now(ts *testscript.TestScript, args []string) error {
	if len(args) != 1 {
		return ErrArguments
	}
	height, err := s.Node.Height()
	if err != nil {
		return err
	}
	ts.Setenv(args[0], strconv.FormatInt(height, 10))
	return nil
}

// between reads the history of the blocks that the first two arguments name.
func (s *Stage) between(ts *testscript.TestScript, args []string) (map[string]any, error) {
	if len(args) < 3 {
		return nil, ErrArguments
	}
	first, err := Whole(ts, args[0])
	if err != nil {
		return nil, err
	}
	last, err := Whole(ts, args[1])
	if err != nil {
		return nil, err
	}
	return s.Node.history(first, last)
}

// History keeps figures of what blocks said happened.
func (s *Stage) History(ts *testscript.TestScript, args []string) error {
	document, err := s.between(ts, args)
	if err != nil {
		return err
	}
	all, rest := assignments(args[2:])
	if len(rest) > 0 {
		return ErrArguments
	}
	return keep(ts, document, all)
}

// ExpectEach holds a condition against each event of a kind.
func (s *Stage) ExpectEach(ts *testscript.TestScript, args []string) error {
	document, err := s.between(ts, args)
	if err != nil {
		return err
	}
	if len(args) != 4 {
		return ErrArguments
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
