package formula_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark/formula"
)

func BenchmarkCELCompile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_, _ = formula.CompileCEL("exact == 0 ? 0 : (rouge_l * 7 + speed * 3) / 10", metrics)
	}
}

func BenchmarkCELScore(b *testing.B) {
	compiled, err := formula.CompileCEL("exact == 0 ? 0 : (rouge_l * 7 + speed * 3) / 10", metrics)
	require.NoError(b, err)
	in := inputs()
	b.ReportAllocs()
	for b.Loop() {
		_, _ = compiled.Score(in)
	}
}

func BenchmarkStarlarkScore(b *testing.B) {
	compiled, err := formula.CompileStarlark("def score(item):\n    wanted = item.data.split(',')\n    got = item.answer.split()\n    right = 0\n    for w in wanted:\n        if w in got:\n            right += 1\n    return (item.metric('exact') + 1000000000 * right // len(wanted)) // 2\n")
	require.NoError(b, err)
	in := inputs()
	b.ReportAllocs()
	for b.Loop() {
		_, _ = compiled.Score(in)
	}
}

// BenchmarkStarlarkSteps runs about 80,000 steps of arithmetic and elements.
func BenchmarkStarlarkSteps(b *testing.B) {
	compiled, err := formula.CompileStarlark("def score(item):\n    x = [0] * 100\n    t = 0\n    for i in range(2000):\n        x[i % 100] = t\n        t = (t * 31 + x[(i * 7) % 100] + i) % 1000003\n    return t\n")
	require.NoError(b, err)
	in := inputs()
	b.ReportAllocs()
	for b.Loop() {
		_, _ = compiled.Score(in)
	}
}

func BenchmarkRunTests(b *testing.B) {
	tests, err := formula.CompileTests(sumTests)
	require.NoError(b, err)
	answer := "```python\ndef total(xs):\n    t = 0\n    for x in xs:\n        t += x\n    return t\n```"
	b.ReportAllocs()
	for b.Loop() {
		if tests.Run(formula.DefaultTestLimits, answer).Passed != 3 {
			b.Fatal("the answer is right")
		}
	}
}
