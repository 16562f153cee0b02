// Package formula is the two lower levels of scorers that a benchmark's author
// writes as text, and the unit tests that a program given as an answer must pass.
//
//	cel, err := formula.CompileCEL(`exact == 0 ? 0 : (rouge_l * 7 + speed * 3) / 10`, []string{"exact", "rouge_l", "speed"})
//	star, err := formula.CompileStarlark("def score(item):\n    return item.metric('exact')\n")
//	score, err := cel.Score(formula.Inputs{...})  // 0 to ScoreOne, the same everywhere
//
//	tests, err := formula.CompileTests("def test_add():\n    assert_eq(add(1, 2), 3)\n")
//	result := tests.Run(formula.DefaultTestLimits, "def add(a, b):\n    return a + b\n")
//
// What is compiled is immutable and may be used by many goroutines at once. A
// result depends on the text and the inputs only: there is no clock, no chance, no
// file, no network, no map whose order shows and no number whose bits depend on the
// machine. Every call is bounded; where a bound is met, the error names it.
//
//	error       what happened
//	ErrCompile  the text is not a formula of this language; it begins with line:column
//	ErrCost     a CEL formula may cost, or did cost, more than [MaxCost]
//	ErrSteps    a Starlark program used up its steps
//	ErrMemory   a Starlark program used up its memory, or its calls nest too deep
//	ErrResult   the result is not an integer from 0 to ScoreOne
//	ErrRuntime  the program failed: a division by zero, an overflow, an index out of range
//
// # CEL
//
// A formula is one expression of type int over the metrics that the caller names,
// the texts prompt, expected and answer, and the facts latency_ms,
// completion_tokens and answer_bytes. A metric is computed when the formula comes to
// it, once. There are integers (64 bits, an overflow is an error), strings and
// booleans; min(a, b), max(a, b), clamp(x, low, high); contains, startsWith,
// endsWith, size and matches (RE2, the pattern a literal) of strings. There are no
// doubles, unsigned integers, bytes, lists, maps, timestamps and no macros.
//
// # Starlark
//
// Starlark is the deterministic subset of Python that is specified at
// https://github.com/bazelbuild/starlark. A scorer defines score(item), where item
// has prompt, expected, alternatives, answer, data, latency_ms, completion_tokens
// and metric(name). Beyond the specification there are while, sum, pow, divmod,
// round of integers, list.sort, reverse, copy and count, dict.copy, and a string is
// iterated by its code points, as in Python. There is no load, no bytes, no getattr,
// dir or hash, and print prints nothing. A scorer has no recursion and no floats;
// its globals are frozen once it is compiled, so that nothing passes from one call
// to the next.
//
// A program given as an answer may recurse and may use floats: each operation on
// them is rounded by itself, and no function of a mathematical library is given, so
// that they too are the same everywhere. What models write and Starlark lacks makes
// the answer fail: class, import, try, raise, with, yield, del, global, nonlocal,
// is, **, @, :=, x = y = 1, annotations of types, f-strings, generator expressions
// without brackets, chained comparisons, and an else of a loop. len, an index and a
// slice of a string count bytes. A prompt that asks for programs should say so.
//
// # How a Starlark program is bounded
//
// The interpreter counts steps, but one step may do any amount of work: "a" * n,
// sorted(range(n)), a comparison of lists nested in themselves. So a program's syntax
// tree is rewritten before it is compiled: each operator, index, call of a method and
// loop becomes a call of a function of this package, which charges the work and the
// bytes to the program's account before anything is done, and then lets the
// interpreter do it. Functions and methods are given by a list: one that a newer
// interpreter adds does not appear. What stays as it is costs a constant: names,
// literals, jumps, and arithmetic and comparison with a literal. All that a program
// allocates in a run, garbage included, is at most its limit of memory and about 128
// bytes for each step.
package formula
