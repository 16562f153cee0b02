package formula

import "errors"

// ScoreOne is the best score: 1 in units of 1e-9.
const ScoreOne int64 = 1_000_000_000

// The errors of this package; each is wrapped with what happened and where.
var (
	// ErrCompile says that a text is not a formula, with line:column.
	ErrCompile = errors.New("formula does not compile")
	// ErrCost says that a CEL formula costs too much.
	ErrCost = errors.New("formula costs too much")
	// ErrSteps says that a program used up its steps.
	ErrSteps = errors.New("program used up its steps")
	// ErrMemory says that a program used up its memory or its stack.
	ErrMemory = errors.New("program used up its memory")
	// ErrResult says that a result is not an integer from 0 to [ScoreOne].
	ErrResult = errors.New("result of the formula is not a score")
	// ErrRuntime says that a formula failed while it ran.
	ErrRuntime = errors.New("formula failed")
)

const (
	// MaxSourceBytes bounds the text of a program, a scorer's, a test's or an answer's,
	// 64 KiB.
	MaxSourceBytes = 64 << 10
	// MaxTextBytes bounds each text that a formula looks at, 1 MiB.
	MaxTextBytes = 1 << 20
)

// Inputs is what a formula may look at.
type Inputs struct {
	// Prompt, Expected, Alternatives and Data are those of the question.
	Prompt, Expected string
	Alternatives     []string
	Data             string
	// Answer is what is scored.
	Answer string
	// LatencyMS is how long the answer took, in milliseconds.
	LatencyMS int64
	// CompletionTokens is how many tokens the answer has, by the miner's word.
	CompletionTokens int64
	// Metric computes a metric of the answer, 0 to [ScoreOne]. It is called only for
	// the metrics that the formula comes to; nil means that there are none. Its error
	// ends the formula and is wrapped by the formula's.
	Metric func(name string) (int64, error)
}
