package metric

import (
	"fmt"
	"regexp"
	"regexp/syntax"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Limits of one pattern in a JSON schema.
const (
	// MaxPatternBytes bounds its text.
	MaxPatternBytes = 512
	// MaxPatternSteps bounds the steps that matching it takes for every byte.
	MaxPatternSteps = 1024
)

// patternSteps returns how many steps matching a pattern takes at most for every byte.
// The pattern is not compiled for this, since a short one may become a huge program.
func patternSteps(pattern string) (int, error) {
	if len(pattern) > MaxPatternBytes {
		return 0, fmt.Errorf("a pattern has %d bytes, at most %d are allowed", len(pattern), MaxPatternBytes)
	}
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return 0, fmt.Errorf("the pattern %q is no regular expression of Go: %w", shorten(pattern), err)
	}
	steps := programSize(parsed)
	if steps > MaxPatternSteps {
		return 0, fmt.Errorf("the pattern %q takes %d steps, at most %d are allowed", shorten(pattern), steps, MaxPatternSteps)
	}
	return steps, nil
}

// programSize bounds the instructions that an expression becomes. The parser has limited
// its depth and the product of its repetitions.
func programSize(expression *syntax.Regexp) int {
	parts := 0
	for _, part := range expression.Sub {
		parts += programSize(part)
	}
	switch expression.Op {
	case syntax.OpLiteral:
		return max(len(expression.Rune), 1)
	case syntax.OpConcat:
		return max(parts, 1)
	case syntax.OpAlternate:
		return parts + len(expression.Sub)
	case syntax.OpCapture, syntax.OpStar, syntax.OpPlus, syntax.OpQuest:
		return parts + 2
	case syntax.OpRepeat:
		// Written out as often as it may repeat, with a branch before each that it need not,
		// and a loop at the end of an endless repetition.
		if expression.Max < 0 {
			return max(expression.Min, 1)*parts + 2
		}
		return max(expression.Max*parts+expression.Max-expression.Min, 1)
	default:
		return 1
	}
}

// compilePattern is the engine of the schema compiler.
func compilePattern(pattern string) (jsonschema.Regexp, error) {
	if _, err := patternSteps(pattern); err != nil {
		return nil, err
	}
	return regexp.Compile(pattern)
}
