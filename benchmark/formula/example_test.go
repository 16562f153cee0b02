package formula_test

import (
	"fmt"

	"github.com/agora-network/agora/benchmark/formula"
)

func ExampleCompileCEL() {
	quality, err := formula.CompileCEL(`exact == 0 ? 0 : (rouge_l * 7 + (latency_ms < 500 ? 1000000000 : 0) * 3) / 10`, []string{"exact", "rouge_l"})
	if err != nil {
		fmt.Println(err)
		return
	}
	score, err := quality.Score(formula.Inputs{
		Answer: "two", LatencyMS: 120,
		Metric: func(string) (int64, error) { return 800_000_000, nil },
	})
	fmt.Println(score, err)
	_, err = formula.CompileCEL(`exact * 0.7`, []string{"exact"})
	fmt.Println(err)
	// Output:
	// 860000000 <nil>
	// formula does not compile: 1:7: found no matching overload for '_*_' applied to '(int, double)'
}

func ExampleCompileStarlark() {
	scorer, err := formula.CompileStarlark(`
def score(item):
    wanted = item.expected.split(",")
    got = [word.strip() for word in item.answer.split(",")]
    right = len([word for word in wanted if word in got])
    return 1000000000 * right // len(wanted)
`)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(scorer.Score(formula.Inputs{Expected: "red,green,blue", Answer: "blue, red"}))
	// Output: 666666666 <nil>
}

func ExampleCompileTests() {
	tests, err := formula.CompileTests(`
def test_small():
    assert_eq(fib(7), 13)

def test_large():
    assert_eq(fib(90), 2880067194370816120)
`)
	if err != nil {
		fmt.Println(err)
		return
	}
	result := tests.Run(formula.DefaultTestLimits, "Here you are:\n```python\ndef fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\n```\n")
	fmt.Println(result.Passed, "of", result.Total)
	fmt.Println(result.Failures[0])
	// Output:
	// 1 of 2
	// test_large: answer:1:1: in fib: program used up its steps: 1000000 are allowed
}
