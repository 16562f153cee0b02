package metric

import (
	"regexp/syntax"
	"testing"

	"github.com/stretchr/testify/require"
)

func FuzzPatternStepsBoundTheProgram(f *testing.F) {
	for _, seed := range []string{"", "^[a-z]+$", "(a|bc){2,5}d*", "x{0}", "(?:y{3,}){2}", `\pL{7}(?i)é`, "((a{9}){9}){9}", "a{1000}", "(?s).(|)*"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		steps, err := patternSteps(pattern)
		if err != nil {
			return
		}
		parsed, err := syntax.Parse(pattern, syntax.Perl)
		require.NoError(t, err)
		program, err := syntax.Compile(parsed.Simplify())
		require.NoError(t, err)
		// Two instructions are around every program.
		require.LessOrEqual(t, len(program.Inst), steps+2, "%q", pattern)
	})
}
