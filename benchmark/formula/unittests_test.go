package formula_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/benchmark/formula"
)

const sumTests = `
CASES = [([1, 2, 3], 6), ([], 0), ([-1], -1)]

def check(f):
    for xs, want in CASES:
        assert_eq(f(xs), want, "total of %s" % xs)

def test_total():
    check(total)

def test_large():
    assert_eq(total(list(range(1000))), 499500)

def test_it_is_a_function():
    assert_true(type(total) == "function")
`

func TestAnAnswerPassesTheTestsThatItPasses(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		passed int
		reason string
	}{
		"a right program":                       {"def total(xs):\n    return sum(xs)\n", 3, ""},
		"a program in a fence":                  {"Sure!\n```python\ndef total(xs):\n    return sum(xs)\n```\nThat is it.", 3, ""},
		"a program with a loop and a docstring": {"def total(xs):\n    \"\"\"Adds up.\"\"\"\n    t = 0\n    i = 0\n    while i < len(xs):\n        t += xs[i]\n        i += 1\n    return t\n", 3, ""},
		"a program with recursion":              {"def total(xs):\n    return xs[0] + total(xs[1:]) if xs else 0\n", 2, "calls nest deeper than 1000"},
		"a program with a cache":                {"memo = {}\ndef total(xs):\n    key = tuple(xs)\n    if key not in memo:\n        memo[key] = sum(xs)\n    return memo[key]\n", 3, ""},
		"a program that changes its argument":   {"def total(xs):\n    t = 0\n    while xs:\n        t += xs.pop()\n    return t\n", 3, ""},
		"a wrong program":                       {"def total(xs):\n    return len(xs)\n", 1, "test_total: tests:6:18: in check: formula failed: assert_eq: total of [1, 2, 3]: got 3, want 6"},
		"a program that fails at times":         {"def total(xs):\n    return xs[0] + sum(xs[1:])\n", 2, "0 is out of the range of 0 elements"},
		"a function of another name":            {"def Total(xs):\n    return sum(xs)\n", 0, `"total" is not defined`},
		"a value for a function":                {"total = 5\n", 0, "invalid call of non-function"},
		"nothing":                               {"", 0, `"total" is not defined`},
		"prose":                                 {"I cannot help with that.", 0, "the answer: formula does not compile: 1:9: "},
		"a program that fails at its top":       {"def total(xs):\n    return sum(xs)\nassert_eq(1, 1)\n", 0, `"assert_eq" is not defined`},
		"an import of nothing that is used":     {"def total(xs):\n    if len(xs) > 10000:\n        return numpy.sum(xs)\n    return sum(xs)\n", 3, ""},
		"a list that is no number":              {"def total(xs):\n    return [sum(xs)]\n", 1, "got [6], want 6"},
		"a float that equals":                   {"def total(xs):\n    return sum(xs) / 1\n", 3, ""},
		"a program of another language":         {"```rust\nfn total() {}\n```", 0, `"total" is not defined`},
		"too long a program":                    {strings.Repeat("#", formula.MaxSourceBytes+1), 0, "at most 65536 are allowed"},
		"an answer that is no answer":           {strings.Repeat("a", formula.MaxTextBytes+1), 0, "at most 1048576 are allowed"},
		"a loop at its top":                     {"while True:\n    pass\n", 0, "used up its steps"},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := formula.RunTests(formula.DefaultTestLimits, c.answer, sumTests)
			require.NoError(t, err)
			require.Equal(t, 3, result.Total)
			require.Equal(t, c.passed, result.Passed, result.Failures)
			require.Contains(t, strings.Join(result.Failures, "\n"), c.reason)
		})
	}
}

func TestAnAnswerCannotTamperWithTheTests(t *testing.T) {
	for name, answer := range map[string]string{
		"the assertions defined anew":           "def assert_eq(a, b, c = 0):\n    pass\ndef assert_true(a):\n    pass\ndef total(xs):\n    return 7\n",
		"the tests defined anew":                "def test_total():\n    pass\ndef check(f):\n    pass\nCASES = []\ndef total(xs):\n    return 7\n",
		"the cases emptied":                     "def total(xs):\n    CASES.clear()\n    return 7\n",
		"the arguments changed":                 "def total(xs):\n    xs.clear()\n    xs.append(7)\n    return 7\n",
		"the language defined anew":             "def len(x):\n    return 6\ndef sum(x):\n    return 6\ndef type(x):\n    return 'none'\ntype = type\ndef total(xs):\n    return 7\n",
		"nothing where none is":                 "None = 7\nTrue = 7\ndef total(xs):\n    return None\n",
		"a value that says it equals":           "total = lambda xs: range(6)\n",
		"a number that equals no number":        "total = lambda xs: float('nan')\n",
		"the name of a test for its program":    "test_total = 1\ntotal = 1\n",
		"a name of the language's own":          "def total(xs):\n    return (lambda *a, **k: 7)(*xs)\n",
		"a failure that looks like a success":   "def total(xs):\n    fail('passed')\n",
		"the end of the tests before their end": "def total(xs):\n    return exit(0)\n",
	} {
		t.Run(name, func(t *testing.T) {
			result, err := formula.RunTests(formula.DefaultTestLimits, answer, "CASES = [([1, 2, 3], 6)]\ndef check(f):\n    for xs, want in CASES:\n        assert_eq(f(xs), want)\ndef test_total():\n    check(total)\ndef test_again():\n    assert_true(len([1]) == 1)\n    assert_eq(sum([total([1, 2])]), 3)\n")
			require.NoError(t, err)
			require.Zero(t, result.Passed)
			require.Len(t, result.Failures, 2)
		})
	}
}

func TestEachTestHasBothProgramsToItself(t *testing.T) {
	answer := "calls = []\ndef count():\n    calls.append(1)\n    return len(calls)\n"
	tests := "seen = []\ndef once():\n    seen.append(1)\n    assert_eq(count(), 1)\n    assert_eq(len(seen), 1)\ndef test_a():\n    once()\ndef test_b():\n    once()\n"
	result, err := formula.RunTests(formula.DefaultTestLimits, answer, tests)
	require.NoError(t, err)
	require.Equal(t, formula.Result{Passed: 2, Total: 2}, result)
}

func TestOneTestThatDoesNotEndLeavesTheOthers(t *testing.T) {
	result, err := formula.RunTests(formula.Limits{Steps: 10_000}, "def f(n):\n    while n:\n        pass\n    return 1\n", "def test_a():\n    assert_eq(f(0), 1)\ndef test_b():\n    f(1)\ndef test_c():\n    assert_eq(f(0), 1)\n")
	require.NoError(t, err)
	require.Equal(t, 2, result.Passed)
	require.Len(t, result.Failures, 1)
	require.Contains(t, result.Failures[0], "in f: program used up its steps: 10000 are allowed")
}

func TestTestsThatAreNoProgramAreAnErrorOfTheirOwn(t *testing.T) {
	for name, c := range map[string]struct{ tests, reason string }{
		"nothing":                    {"", "defines 0 functions test_*"},
		"no tests":                   {"def check():\n    pass\n", "defines 0 functions test_*"},
		"half a program":             {"def test_a(:\n", "1:13: "},
		"a test with parameters":     {"def test_a(x):\n    pass\n", "1:5: test_a has parameters"},
		"a test that is there twice": {"def test_a():\n    pass\ndef test_a():\n    pass\n", "3:5: test_a is defined twice"},
		"too many tests": {func() string {
			var out strings.Builder
			for i := range formula.MaxTests + 1 {
				fmt.Fprintf(&out, "def test_%d():\n    pass\n", i)
			}
			return out.String()
		}(), "defines 257 functions test_*"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := formula.RunTests(formula.DefaultTestLimits, "x = 1\n", c.tests)
			require.ErrorIs(t, err, formula.ErrCompile)
			require.ErrorContains(t, err, c.reason)
		})
	}
}

func TestTestsSayWhatTheyNeed(t *testing.T) {
	tests, err := formula.CompileTests(sumTests)
	require.NoError(t, err)
	require.Equal(t, []string{"total"}, tests.Needs())
	require.Equal(t, []string{"test_total", "test_large", "test_it_is_a_function"}, tests.Names())
}

func TestFailuresAreBounded(t *testing.T) {
	var tests strings.Builder
	for i := range formula.MaxTests {
		fmt.Fprintf(&tests, "def test_%d():\n    assert_eq(f(), 1, 'm' * 10000)\n", i)
	}
	result, err := formula.RunTests(formula.DefaultTestLimits, "def f():\n    return '\\x00' * 100000\n", tests.String())
	require.NoError(t, err)
	require.Equal(t, formula.MaxTests, result.Total)
	require.Len(t, result.Failures, formula.MaxFailures)
	for _, failure := range result.Failures {
		require.Less(t, len(failure), 1000)
	}
}

func TestTheProgramInACompletionIsFound(t *testing.T) {
	for name, c := range map[string]struct{ completion, want string }{
		"no fence":                       {"x = 1\n", "x = 1\n"},
		"a marked fence":                 {"a\n```python\nx = 1\n```\nb", "x = 1\n"},
		"a mark in capitals":             {"```Python\nx = 1\n```", "x = 1\n"},
		"a mark with more after it":      {"```python title=a\nx = 1\n```", "x = 1\n"},
		"Starlark":                       {"```starlark\nx = 1\n```", "x = 1\n"},
		"the first of two":               {"```python\nx = 1\n```\n```python\nx = 2\n```", "x = 1\n"},
		"a marked one after others":      {"```\nx = 1\n```\n```sh\nls\n```\n```py\nx = 2\n```", "x = 2\n"},
		"an unmarked one":                {"```sh\nls\n```\n```\nx = 1\n```\n", "x = 1\n"},
		"only fences of other languages": {"```sh\nls\n```\n", ""},
		"a fence that is not closed":     {"```python\nx = 1\n", "x = 1\n"},
		"a fence that is all":            {"```", ""},
		"lines that end in CR LF":        {"```python\r\nx = 1\r\n```\r\n", "x = 1\n"},
		"a fence that is indented":       {"1.\n   ```python\nx = 1\n   ```\n", "x = 1\n"},
		"an empty program":               {"```python\n```\n```python\nx = 1\n```", ""},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, formula.ExtractProgram(c.completion))
		})
	}
}

func TestManyRunTheSameTestsAtOnce(t *testing.T) {
	tests, err := formula.CompileTests(sumTests)
	require.NoError(t, err)
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for range 20 {
				result := tests.Run(formula.DefaultTestLimits, fmt.Sprintf("def total(xs):\n    return sum(xs) + %d\n", worker%2))
				if want := 3 - 2*(worker%2); result.Passed != want {
					t.Errorf("worker %d: %+v", worker, result)
					return
				}
			}
		})
	}
	group.Wait()
}

func TestAResultIsAFunctionOfAnswerAndTests(t *testing.T) {
	tests, err := formula.CompileTests(sumTests)
	require.NoError(t, err)
	tokens := []string{"def total(xs):\n    ", "return ", "sum(xs)", "len(xs)", "xs[0]", " + ", " * ", "1", "0.5", "\n", "    ", "x = ", "[", "]", "{", "}", "'a'", "while True:\n        ", "total(xs[1:])", "for x in xs:\n        ", "pass"}
	limits := formula.Limits{Steps: 20_000, Memory: 1 << 20}
	rapid.Check(t, func(t *rapid.T) {
		answer := "def total(xs):\n    " + strings.Join(rapid.SliceOfN(rapid.SampledFrom(tokens), 0, 12).Draw(t, "answer"), "")
		first := tests.Run(limits, answer)
		require.Equal(t, first, tests.Run(limits, answer))
		require.Equal(t, 3, first.Total)
		require.True(t, first.Passed >= 0 && first.Passed <= 3)
		require.NotContains(t, strings.Join(first.Failures, "\n"), "internal error")
		more := tests.Run(formula.Limits{Steps: 200_000, Memory: 8 << 20}, answer)
		require.GreaterOrEqual(t, more.Passed, first.Passed, "larger limits fail no test that passed")
	})
}
