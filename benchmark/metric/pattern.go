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
	// MaxPatternSteps bounds the instructions that it becomes.
	MaxPatternSteps = 1024
)

// patternSteps returns how many instructions a pattern becomes; matching takes at most
// so many steps a byte.
func patternSteps(pattern string) (int, error) {
	if len(pattern) > MaxPatternBytes {
		return 0, fmt.Errorf("a pattern has %d bytes, at most %d are allowed", len(pattern), MaxPatternBytes)
	}
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return 0, err
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return 0, err
	}
	if len(program.Inst) > MaxPatternSteps {
		return 0, fmt.Errorf("the pattern %q becomes %d steps, at most %d are allowed", shorten(pattern), len(program.Inst), MaxPatternSteps)
	}
	return len(program.Inst), nil
}

// compilePattern is the engine of the schema compiler.
func compilePattern(pattern string) (jsonschema.Regexp, error) {
	if _, err := patternSteps(pattern); err != nil {
		return nil, err
	}
	return regexp.Compile(pattern)
}
