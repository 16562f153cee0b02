package measure_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark/generate"
	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/models/measure"
)

// oracle answers from a table.
type oracle struct {
	answers map[string]string
	err     error
}

func (o oracle) Info() engine.Info { return engine.Info{Driver: "oracle"} }
func (o oracle) Close() error      { return nil }

func (o oracle) Logprobs(context.Context, engine.LogprobRequest) (engine.Logprobs, error) {
	return engine.Logprobs{}, engine.ErrUnsupported
}

func (o oracle) Embed(context.Context, []string) ([][]float32, error) {
	return nil, engine.ErrUnsupported
}

func (o oracle) Generate(_ context.Context, r engine.Request, emit func(engine.Chunk) error) error {
	if o.err != nil {
		return o.err
	}
	if err := emit(engine.Chunk{Text: o.answers[r.Messages[0].Content]}); err != nil {
		return err
	}
	return emit(engine.Chunk{Done: true, FinishReason: engine.FinishStop})
}

func TestRightAnswersAreCountedPerFamilyAfterTheLastEqualsSign(t *testing.T) {
	questions := measure.Questions("test", 200)
	answers := map[string]string{}
	for _, q := range questions {
		if q.Family != generate.BasicsSort {
			answers[q.Prompt] = "thinking=" + q.Expected + "\n"
		}
	}
	report, err := measure.Run(t.Context(), oracle{answers: answers}, questions)
	require.NoError(t, err)
	require.Equal(t, 200, report.Total.Asked)
	right := 0
	for _, f := range report.Families {
		right += f.Right
		require.Positive(t, f.Asked)
		if f.Family == generate.BasicsSort {
			require.Zero(t, f.Right)
		} else {
			require.Equal(t, f.Asked, f.Right)
		}
	}
	require.Equal(t, right, report.Total.Right)
	require.Contains(t, report.String(), "sort     0/")
}

func TestAnErrorOfTheEngineEndsTheMeasurement(t *testing.T) {
	broken := errors.New("broken")
	_, err := measure.Run(t.Context(), oracle{err: broken}, measure.Questions("test", 2))
	require.ErrorIs(t, err, broken)
}

func TestWithheldQuestionsAreASixteenthOfAll(t *testing.T) {
	for _, q := range measure.WithheldQuestions("test", 100) {
		require.True(t, measure.Withheld(q.Prompt))
	}
	withheld := 0
	for _, q := range measure.Questions("test", 4000) {
		if measure.Withheld(q.Prompt) {
			withheld++
		}
	}
	require.InDelta(t, 250, withheld, 70)
	first := measure.Questions("a", 5)
	require.Equal(t, first, measure.Questions("a", 5))
	require.NotEqual(t, first, measure.Questions("b", 5))
}

func TestIntervalsAreWilsons(t *testing.T) {
	low, high := measure.Count{Right: 95, Asked: 100}.Interval()
	require.InDelta(t, 0.8882, low, 1e-4)
	require.InDelta(t, 0.9785, high, 1e-4)
	low, high = measure.Count{}.Interval()
	require.Equal(t, []float64{0, 1}, []float64{low, high})
}
