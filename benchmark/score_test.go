package benchmark_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/question"
	"github.com/agora-network/agora/benchmark/spec"
)

// scoreOf is the score of a completion that counts.
func scoreOf(t *testing.T, s *spec.Spec, task benchmark.Task, completion string) int64 {
	t.Helper()
	batch := opened(t, s).Batch()
	defer batch.Close()
	verdict := batch.Score(t.Context(), &task, benchmark.Answer{Completion: completion})
	require.Equal(t, benchmark.OutcomeScored, verdict.Outcome, verdict.Detail)
	return verdict.Score
}

func TestTheAnswerIsWhatFollowsTheLastEqualsSign(t *testing.T) {
	task := benchmark.Task{Question: question.Question{Expected: "125"}}
	for name, c := range map[string]struct {
		completion string
		score      int64
	}{
		"the bare answer":                        {"125", benchmark.ScoreOne},
		"thinking before the answer":             {"521=125", benchmark.ScoreOne},
		"several equals signs":                   {"5=5, 52=52 = 125", benchmark.ScoreOne},
		"white space around":                     {" \r\n\t125\n", benchmark.ScoreOne},
		"white space after the equals sign":      {"521= 125 ", benchmark.ScoreOne},
		"nothing":                                {"", 0},
		"nothing after the equals sign":          {"125=", 0},
		"the answer before the equals sign":      {"125=521", 0},
		"more than the answer":                   {"125.", 0},
		"a part of the answer":                   {"12", 0},
		"leading zeros":                          {"0125", 0},
		"white space of another alphabet":        {"\u00a0125", 0},
		"invalid UTF-8":                          {"\xff\xfe", 0},
		"a zero byte at the end":                 {"125\x00", 0},
		"a very long text that ends in the hit":  {strings.Repeat("=", 1<<20) + "125", benchmark.ScoreOne},
		"a very long text without an equal sign": {strings.Repeat("1", 1<<20), 0},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.score, scoreOf(t, shipped(t), task, c.completion))
		})
	}
}

func TestScorersCountByTheirWeight(t *testing.T) {
	exact := func(weight uint32, extraction spec.Extraction) spec.Scorer {
		return spec.Scorer{WeightBp: weight, Extraction: extraction, Scorer: &spec.Scorer_Exact{Exact: &spec.ExactScorer{}}}
	}
	s := shipped(t)
	s.Scorers = []spec.Scorer{exact(7001, spec.EXTRACTION_AFTER_LAST_EQUALS), exact(2999, spec.EXTRACTION_WHOLE)}
	require.NoError(t, s.Validate())
	task := benchmark.Task{Question: question.Question{Expected: "125"}}
	require.Equal(t, benchmark.ScoreOne, scoreOf(t, s, task, "125"))
	require.EqualValues(t, 700_100_000, scoreOf(t, s, task, "521=125"))
	require.Zero(t, scoreOf(t, s, task, "521"))
}
