package formula

import (
	"errors"
	"fmt"
	"strings"

	"go.starlark.net/starlark"
)

// language is what every program may name: the guards, which it cannot write, the
// functions and a value of nothing that cannot be hidden.
var language = func() starlark.StringDict {
	names := starlark.StringDict{"$none": starlark.None}
	for name, guard := range operatorGuards {
		names[name] = given(strings.TrimPrefix(name, "$"), guard)
	}
	for name, guard := range methods {
		names["$."+name] = given(name, guard)
	}
	for name, guard := range builtins {
		names[name] = given(name, guard)
	}
	return names
}

// scorerNames and answerNames are the languages of scorers and of answers and tests.
var scorerNames, answerNames starlark.StringDict

func init() {
	scorerNames, answerNames = language(), language()
	answerNames["float"] = given("float", plain("float"))
}

// Starlark is a compiled scorer. It is immutable and many goroutines may use it.
type Starlark struct {
	score  *starlark.Function
	limits Limits
}

// CompileStarlark compiles a scorer, a Starlark program that defines score(item), with
// [DefaultLimits] for what runs at its top and for each call. Errors wrap [ErrCompile];
// where the top of the program fails, also what it failed by.
func CompileStarlark(text string) (*Starlark, error) {
	return CompileStarlarkLimits(text, DefaultLimits)
}

// CompileStarlarkLimits is [CompileStarlark] with other limits; they are kept within
// [MaxLimits], and one that is zero is the default.
func CompileStarlarkLimits(text string, limits Limits) (s *Starlark, err error) {
	defer protect(&err)
	limits = limits.clamped(DefaultLimits)
	compiled, err := compileProgram(scorerDialect, text, scorerNames)
	if err != nil {
		return nil, err
	}
	if len(compiled.unknown) > 0 {
		unknown := compiled.unknown[0]
		return nil, fmt.Errorf("%w: %s: %q is not defined", ErrCompile, unknown.at, bounded(unknown.name))
	}
	// The top is run within limits that no caller can raise: freezing what it made
	// takes a stack as deep as that is nested.
	m := newMeter(scorerDialect.name, Limits{Steps: min(limits.Steps, DefaultLimits.Steps), Memory: min(limits.Memory, DefaultLimits.Memory)})
	globals, err := compiled.load(m, scorerNames)
	if err != nil {
		return nil, fmt.Errorf("%w: the top of the program: %w", ErrCompile, m.failure(err))
	}
	if err := m.chargeFreeze(globals); err != nil {
		return nil, fmt.Errorf("%w: the top of the program: %w", ErrCompile, m.failure(err))
	}
	globals.Freeze()
	score, ok := globals["score"].(*starlark.Function)
	if !ok || score.NumParams() != 1 || score.HasKwargs() || score.HasVarargs() || score.NumKwonlyParams() > 0 {
		return nil, fmt.Errorf("%w: 1:1: it does not define score(item), a function of one argument", ErrCompile)
	}
	return &Starlark{score: score, limits: limits}, nil
}

// Score runs the scorer on one answer: 0 to [ScoreOne]. Errors wrap [ErrSteps],
// [ErrMemory], [ErrResult] or [ErrRuntime], the last also the error of a metric.
func (s *Starlark) Score(in Inputs) (score int64, err error) {
	defer protect(&err)
	it, err := newItem(in)
	if err != nil {
		return 0, err
	}
	m := newMeter(scorerDialect.name, s.limits)
	value, err := starlark.Call(m.thread, s.score, starlark.Tuple{it}, nil)
	if err != nil {
		return 0, m.failure(err)
	}
	result, ok := value.(starlark.Int)
	if !ok {
		return 0, fmt.Errorf("%w: score returned a value of type %s, not int", ErrResult, value.Type())
	}
	score, fits := result.Int64()
	if !fits || score < 0 || score > ScoreOne {
		return 0, fmt.Errorf("%w: score returned %s, not 0 to %d", ErrResult, bounded(result.String()), ScoreOne)
	}
	return score, nil
}

// failure names the error that a run ended with and says where.
func (m *meter) failure(err error) error {
	where := ""
	var evaluation *starlark.EvalError
	if errors.As(err, &evaluation) {
		for i := range evaluation.CallStack {
			frame := evaluation.CallStack.At(i)
			if frame.Pos.Filename() != "<builtin>" && frame.Pos.Line > 0 {
				where = fmt.Sprintf("%s:%s: in %s: ", frame.Pos.Filename(), at(frame.Pos), bounded(frame.Name))
				break
			}
		}
	}
	if m.exceeded == nil && m.thread.Steps >= m.limits.Steps {
		m.exceeded = fmt.Errorf("%w: %d are allowed", ErrSteps, m.limits.Steps)
	}
	if m.exceeded != nil {
		return fmt.Errorf("%s%w", where, m.exceeded)
	}
	if evaluation != nil {
		if cause := errors.Unwrap(evaluation); cause != nil {
			err = cause
		}
	}
	return fmt.Errorf("%s%w: %w", where, ErrRuntime, brief{err})
}

// brief is an error with a bounded message.
type brief struct{ error }

func (b brief) Error() string { return bounded(b.error.Error()) }

func (b brief) Unwrap() error { return b.error }

// chargeFreeze charges the walk through all that the globals hold before the
// interpreter makes it: tuples that share tuples would take it forever.
func (m *meter) chargeFreeze(globals starlark.StringDict) error {
	visited := make(map[starlark.Value]bool)
	var pending []starlark.Value
	for _, name := range globals.Keys() {
		pending = append(pending, globals[name])
	}
	for len(pending) > 0 {
		v := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		if err := m.work(1); err != nil {
			return err
		}
		switch v := v.(type) {
		case starlark.Tuple:
			if err := m.work(uint64(len(v))); err != nil {
				return err
			}
			pending = append(pending, v...)
		case *starlark.List, *starlark.Dict, *starlark.Set, *starlark.Function:
			if visited[v] {
				continue
			}
			visited[v] = true
			pending = append(pending, parts(v)...)
		}
	}
	return nil
}

// parts are the values that a value holds.
func parts(v starlark.Value) []starlark.Value {
	var out []starlark.Value
	switch v := v.(type) {
	case *starlark.List:
		for i := range v.Len() {
			out = append(out, v.Index(i))
		}
	case *starlark.Dict:
		for key, value := range v.Entries() {
			out = append(out, key, value)
		}
	case *starlark.Set:
		for element := range v.Elements() {
			out = append(out, element)
		}
	case *starlark.Function:
		for i := range v.NumParams() {
			if value := v.ParamDefault(i); value != nil {
				out = append(out, value)
			}
		}
		for i := range v.NumFreeVars() {
			if _, value := v.FreeVar(i); value != nil {
				out = append(out, value)
			}
		}
	}
	return out
}
