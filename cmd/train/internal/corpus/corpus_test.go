package corpus

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark/generate"
	"github.com/agora-network/agora/benchmark/question"
	"github.com/agora-network/agora/models/measure"
)

func TestTrainingAndHeldOutPromptsNeverMeet(t *testing.T) {
	trained := map[string]bool{}
	for step := range 20 {
		for _, e := range Training(step, 200, Mix{ArithmeticPercent: 50, ShortPercent: 50}) {
			require.False(t, measure.Withheld(e.Prompt))
			trained[e.Prompt] = true
		}
	}
	for _, e := range HeldOut(2000) {
		require.True(t, measure.Withheld(e.Prompt))
		require.False(t, trained[e.Prompt], e.Prompt)
	}
}

func TestEveryTrainingAnswerIsRight(t *testing.T) {
	sums, short := 0, 0
	for _, e := range Training(3, 5000, Mix{ArithmeticPercent: 70, ShortPercent: 50}) {
		answer := e.Completion[strings.LastIndex(e.Completion, "=")+1:]
		for _, operator := range []string{"+", "-"} {
			left, right, found := strings.Cut(e.Prompt, operator)
			if !found {
				continue
			}
			a, err := strconv.Atoi(left)
			require.NoError(t, err)
			b, err := strconv.Atoi(right)
			require.NoError(t, err)
			want := a + b
			if operator == "-" {
				require.GreaterOrEqual(t, a, b)
				want = a - b
			}
			require.Equal(t, strconv.Itoa(want), answer, e.Prompt)
			sums++
			if a < 100 || b < 100 {
				short++
			}
		}
	}
	require.InDelta(t, 3500, sums, 200)
	require.InDelta(t, 0.6*float64(sums), short, 200) // half of them, and a fifth of the others
}

func TestAStepAlwaysHasTheSameExamples(t *testing.T) {
	first := Training(7, 50, Mix{ArithmeticPercent: 40})
	require.Equal(t, first, Training(7, 50, Mix{ArithmeticPercent: 40}))
	require.NotEqual(t, first, Training(8, 50, Mix{ArithmeticPercent: 40}))
}

func TestArithmeticIsWrittenFromTheUnitsUpFirst(t *testing.T) {
	require.Equal(t, "521=125", Completion(question.Question{Family: generate.BasicsAdd, Expected: "125"}))
	require.Equal(t, "bca", Completion(question.Question{Family: generate.BasicsShift, Expected: "bca"}))
}
