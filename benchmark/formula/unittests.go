package formula

import (
	"fmt"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// Bounds of unit tests.
const (
	// MaxTests bounds the tests of one program.
	MaxTests = 256
	// MaxFailures bounds the failures that a result describes.
	MaxFailures = 8
)

// Tests is a compiled program of unit tests. It is immutable and many goroutines may
// run it.
type Tests struct {
	compiled *program
	names    []string
}

// Result is how an answer did.
type Result struct {
	// Passed and Total count tests; Total is at least 1.
	Passed, Total int
	// Failures describes the first tests that failed, at most [MaxFailures], each of a
	// few hundred bytes.
	Failures []string
}

// CompileTests compiles a program of unit tests: Starlark with functions test_*
// without parameters, which call what the answer defines and assert_eq(got, want),
// assert_true(value) or fail(message). A name that it does not define itself is the
// answer's. Errors wrap [ErrCompile].
func CompileTests(text string) (*Tests, error) {
	compiled, err := compileProgram(testsDialect, text, testNames)
	if err != nil {
		return nil, err
	}
	tests := &Tests{compiled: compiled}
	seen := make(map[string]bool)
	for _, f := range compiled.functions {
		switch {
		case !strings.HasPrefix(f.name, "test_"):
		case f.params > 0:
			return nil, fmt.Errorf("%w: %s: %s has parameters, a test has none", ErrCompile, f.at, bounded(f.name))
		case seen[f.name]:
			return nil, fmt.Errorf("%w: %s: %s is defined twice", ErrCompile, f.at, bounded(f.name))
		default:
			seen[f.name] = true
			tests.names = append(tests.names, f.name)
		}
	}
	if len(tests.names) == 0 || len(tests.names) > MaxTests {
		return nil, fmt.Errorf("%w: 1:1: it defines %d functions test_*, 1 to %d are allowed", ErrCompile, len(tests.names), MaxTests)
	}
	return tests, nil
}

// Names lists the tests in the order in which they run.
func (t *Tests) Names() []string { return append([]string(nil), t.names...) }

// Needs lists the names that the tests take from an answer, in the order in which
// they appear: a misspelt one is among them, so an author should look at the list.
func (t *Tests) Needs() []string {
	var out []string
	for _, unknown := range t.compiled.unknown {
		out = append(out, unknown.name)
	}
	return out
}

// RunTests compiles tests and runs them against an answer; see [Tests.Run]. The error
// wraps [ErrCompile] and is about the tests, never about the answer.
func RunTests(limits Limits, answer, tests string) (Result, error) {
	compiled, err := CompileTests(tests)
	if err != nil {
		return Result{}, err
	}
	return compiled.Run(limits, answer), nil
}

// Run runs each test against an answer, which is a program or a text with a program
// in a fence (see [ExtractProgram]). Whatever is wrong with the answer makes tests
// fail and nothing else. Limits are those of one test, in which the top of the answer,
// the top of the tests and the test itself run on one account; they are kept within
// [MaxLimits], and one that is zero is that of [DefaultTestLimits].
//
// The answer cannot reach the tests: they take its names, it takes none of theirs,
// and each test has both programs to itself from their tops on, so that nothing
// passes from one test to the next either.
func (t *Tests) Run(limits Limits, answer string) Result {
	limits = limits.clamped(DefaultTestLimits)
	result := Result{Total: len(t.names)}
	fail := func(name string, err error) {
		if len(result.Failures) < MaxFailures {
			result.Failures = append(result.Failures, bounded(name)+": "+err.Error())
		}
	}
	if len(answer) > MaxTextBytes {
		fail("the answer", fmt.Errorf("%w: it has %d bytes, at most %d are allowed", ErrCompile, len(answer), MaxTextBytes))
		return result
	}
	compiled, err := compileProgram(answerDialect, ExtractProgram(answer), answerNames)
	if err != nil {
		fail("the answer", err)
		return result
	}
	for _, name := range t.names {
		if err := t.runOne(limits, compiled, name); err != nil {
			fail(name, err)
			continue
		}
		result.Passed++
	}
	return result
}

// runOne runs one test on an account of its own.
func (t *Tests) runOne(limits Limits, answer *program, name string) (err error) {
	defer protect(&err)
	m := newMeter(name, limits)
	// Names that nothing defines are looked up in a table made for each test.
	if err := m.work(uint64(len(answer.unknown) + len(t.compiled.unknown))); err != nil {
		return m.failure(err)
	}
	defined, err := answer.load(m, withUnknown(answerNames, answer.unknown, nil))
	if err != nil {
		return m.failure(err)
	}
	globals, err := t.compiled.load(m, withUnknown(testNames, t.compiled.unknown, defined))
	if err != nil {
		return m.failure(err)
	}
	test, ok := globals[name].(*starlark.Function)
	if !ok {
		return fmt.Errorf("%w: the tests assign something else to its name", ErrRuntime)
	}
	if _, err := starlark.Call(m.thread, test, nil, nil); err != nil {
		return m.failure(err)
	}
	return nil
}

// withUnknown adds to a language the names that a program takes from elsewhere.
func withUnknown(names starlark.StringDict, unknown []unknownName, defined starlark.StringDict) starlark.StringDict {
	if len(unknown) == 0 {
		return names
	}
	out := make(starlark.StringDict, len(names)+len(unknown))
	for name, value := range names {
		out[name] = value
	}
	for _, u := range unknown {
		out[u.name] = absent{u.name}
		if value, ok := defined[u.name]; ok {
			out[u.name] = value
		}
	}
	return out
}

// testNames is the language of tests.
var testNames starlark.StringDict

func init() {
	testNames = language()
	testNames["float"] = given("float", plain("float"))
	testNames["assert_eq"] = given("assert_eq", assertEqual)
	testNames["assert_true"] = given("assert_true", assertTrue)
}

func assertEqual(m *meter, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var got, want starlark.Value
	message := ""
	if err := starlark.UnpackArgs("assert_eq", args, kwargs, "got", &got, "want", &want, "message?", &message); err != nil {
		return nil, err
	}
	if missing, ok := got.(absent); ok {
		return nil, missing.failure()
	}
	same, err := m.compare(syntax.EQL, got, want)
	if err != nil {
		return nil, fmt.Errorf("assert_eq: %w", err)
	}
	if same {
		return starlark.None, nil
	}
	if err := m.chargeTexts(starlark.Tuple{got, want}); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("assert_eq: %sgot %s, want %s", prefixed(message), shown(got), shown(want))
}

func assertTrue(m *meter, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var value starlark.Value
	message := ""
	if err := starlark.UnpackArgs("assert_true", args, kwargs, "value", &value, "message?", &message); err != nil {
		return nil, err
	}
	if missing, ok := value.(absent); ok {
		return nil, missing.failure()
	}
	if value.Truth() {
		return starlark.None, nil
	}
	if err := m.chargeTexts(starlark.Tuple{value}); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("assert_true: %sgot %s", prefixed(message), shown(value))
}

func prefixed(message string) string {
	if message == "" {
		return ""
	}
	return bounded(message) + ": "
}

// shown is a value in a message.
func shown(v starlark.Value) string {
	text := v.String()
	if len(text) > 100 {
		text = strings.ToValidUTF8(text[:100], "") + "…"
	}
	return text
}

// ExtractProgram finds the program in a completion: the first fenced block that is
// marked python, py, starlark or star; else the first fenced block without a mark;
// else, where there is no fence at all, the whole text. A fence that is not closed
// goes to the end. Lines may end in CR LF.
func ExtractProgram(completion string) string {
	completion = strings.ReplaceAll(completion, "\r\n", "\n")
	unmarked, found, fences := "", false, false
	for rest := completion; ; {
		mark, block, after, ok := nextFence(rest)
		if !ok {
			break
		}
		fences, rest = true, after
		switch strings.ToLower(mark) {
		case "python", "py", "python3", "starlark", "star":
			return block
		case "":
			if !found {
				unmarked, found = block, true
			}
		}
	}
	if fences {
		return unmarked
	}
	return completion
}

// nextFence finds the next block between lines that begin with three backticks.
func nextFence(text string) (mark, block, after string, ok bool) {
	for text != "" {
		line, rest, _ := strings.Cut(text, "\n")
		trimmed := strings.TrimLeft(line, " \t")
		if !strings.HasPrefix(trimmed, "```") {
			text = rest
			continue
		}
		mark, _, _ = strings.Cut(strings.TrimSpace(strings.TrimLeft(trimmed, "`")), " ")
		for body := rest; body != ""; {
			inner, next, _ := strings.Cut(body, "\n")
			if strings.HasPrefix(strings.TrimLeft(inner, " \t"), "```") {
				return mark, rest[:len(rest)-len(body)], next, true
			}
			body = next
		}
		return mark, rest, "", true
	}
	return "", "", "", false
}
