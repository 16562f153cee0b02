package formula_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark/formula"
)

// anyOf says that an error is one of the package's.
func anyOf(t *testing.T, err error) {
	t.Helper()
	require.NotContains(t, err.Error(), "internal error")
	for _, known := range []error{formula.ErrCompile, formula.ErrCost, formula.ErrSteps, formula.ErrMemory, formula.ErrResult, formula.ErrRuntime} {
		if strings.Contains(err.Error(), known.Error()) {
			require.ErrorIs(t, err, known)
			return
		}
	}
	t.Fatalf("an error without a name: %v", err)
}

var fuzzLimits = formula.Limits{Steps: 20_000, Memory: 1 << 20}

func FuzzCompileCEL(f *testing.F) {
	for _, seed := range []string{"exact", "exact == 0 ? 0 : (rouge_l * 7 + speed * 3) / 10", "answer.matches('^a+$') ? 1 : size(prompt)", "clamp(min(1, 2), -1, max(3, latency_ms))", "[1].map(x, x)", "'a' + \"b\" != r'\\x' ? 1 : 0", "((((", "-9223372036854775808"} {
		f.Add(seed, "answer")
	}
	f.Fuzz(func(t *testing.T, text, answer string) {
		compiled, err := formula.CompileCEL(text, metrics)
		if err != nil {
			anyOf(t, err)
			return
		}
		in := inputs()
		in.Answer = answer
		first, err := compiled.Score(in)
		if err != nil {
			anyOf(t, err)
			return
		}
		require.True(t, first >= 0 && first <= formula.ScoreOne)
		second, err := compiled.Score(in)
		require.NoError(t, err)
		require.Equal(t, first, second)
	})
}

func FuzzCompileStarlark(f *testing.F) {
	for _, seed := range []string{
		returning("7"), returning("item.metric('exact') // 2"), returning("len([c for c in item.answer if c in 'abc'])"),
		"def score(item):\n    d = {}\n    for i, w in enumerate(item.answer.split()):\n        d[w] = d.get(w, 0) + i\n    return sum(d.values())\n",
		"X = [1, 2]\ndef f(a, *b, **c):\n    return a\ndef score(item):\n    x, y = X\n    return f(x, *[y], **{'z': 1})\n",
		"def score(item):\n    x = [1]\n    x[0] += 5\n    x[0], y = 3, 4\n    return (lambda a, b = 2: a * b)(x[0])\n",
	} {
		f.Add(seed, "answer")
	}
	f.Fuzz(func(t *testing.T, text, answer string) {
		compiled, err := formula.CompileStarlarkLimits(text, fuzzLimits)
		if err != nil {
			anyOf(t, err)
			return
		}
		in := inputs()
		in.Answer = answer
		first, err := compiled.Score(in)
		if err != nil {
			anyOf(t, err)
			return
		}
		require.True(t, first >= 0 && first <= formula.ScoreOne)
		second, err := compiled.Score(in)
		require.NoError(t, err)
		require.Equal(t, first, second)
	})
}

func FuzzRunTests(f *testing.F) {
	for _, c := range hostilePrograms {
		f.Add(c.program, "def test_attack():\n    attack()\n")
	}
	f.Add("def total(xs):\n    return sum(xs)\n", sumTests)
	f.Add("```python\ndef f(x):\n    return {x: [x]}\n```", "def test_f():\n    assert_eq(f(1), {1: [1]})\n")
	f.Fuzz(func(t *testing.T, answer, tests string) {
		result, err := formula.RunTests(fuzzLimits, answer, tests)
		if err != nil {
			require.ErrorIs(t, err, formula.ErrCompile)
			return
		}
		require.True(t, result.Passed >= 0 && result.Passed <= result.Total)
		require.LessOrEqual(t, len(result.Failures), formula.MaxFailures)
		require.NotContains(t, strings.Join(result.Failures, "\n"), "internal error")
		again, err := formula.RunTests(fuzzLimits, answer, tests)
		require.NoError(t, err)
		require.Equal(t, result, again)
	})
}
