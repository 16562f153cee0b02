package benchmark_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/spec"
)

const one = benchmark.ScoreOne

// compared is a spec that compares miners on n shared questions.
func compared(t require.TestingT, n uint32, how spec.ItemAggregation, change func(*spec.Aggregation)) *spec.Spec {
	s := shipped(t)
	s.Sampling.ItemsPerMiner, s.Sampling.Domain, s.Aggregation.Items = n, spec.SAMPLING_DOMAIN_SHARED, how
	if change != nil {
		change(&s.Aggregation)
	}
	require.NoError(t, s.Validate())
	return s
}

// sheet of a miner whose answers are given as one character each: 1 right, 0 wrong, h half
// right, - unanswered, ? abstained.
func sheet(id, since uint64, answers string) benchmark.Sheet {
	sheet := benchmark.Sheet{MinerID: id, Since: since}
	for i, c := range answers {
		result := benchmark.ItemResult{Item: uint32(i), Outcome: benchmark.OutcomeScored}
		switch c {
		case '1':
			result.Score = one
		case 'h':
			result.Score = one / 2
		case '-':
			result.Outcome = benchmark.OutcomeUnanswered
		case '?':
			result.Outcome = benchmark.OutcomeAbstained
		}
		result.Parts = []int64{result.Score}
		sheet.Answers = append(sheet.Answers, result)
	}
	return sheet
}

func scoresOf(t require.TestingT, s *spec.Spec, sheets ...benchmark.Sheet) []int64 {
	results, err := benchmark.Tally(s, sheets)
	require.NoError(t, err)
	scores := make([]int64, len(results))
	for i, result := range results {
		scores[i] = result.Score
	}
	return scores
}

func TestASubnetOfAllItsMinersCanBeTallied(t *testing.T) {
	for name, c := range map[string]struct {
		miners int // 4,096 are the most that a subnet can have; fewer where all of them take long
		how    spec.ItemAggregation
		change func(*spec.Aggregation)
	}{
		"win rates": {miners: 4_096, how: spec.ITEM_AGGREGATION_WIN_RATE},
		"win rates with a test": {miners: 1_500, how: spec.ITEM_AGGREGATION_WIN_RATE, change: func(a *spec.Aggregation) {
			a.Significance = &spec.Significance{Test: spec.SIGNIFICANCE_TEST_SIGN, AlphaPpm: 10_000}
		}},
		"Bradley-Terry":  {miners: 2_100, how: spec.ITEM_AGGREGATION_BRADLEY_TERRY},
		"OpenSkill":      {miners: 4_096, how: spec.ITEM_AGGREGATION_OPEN_SKILL},
		"Pareto":         {miners: 4_096, how: spec.ITEM_AGGREGATION_PARETO},
		"winner and all": {miners: 4_096, how: spec.ITEM_AGGREGATION_WINNER_TAKES_ALL},
	} {
		t.Run(name, func(t *testing.T) {
			sheets := make([]benchmark.Sheet, c.miners)
			for i := range sheets {
				answers := make([]byte, 8)
				for j := range answers {
					answers[j] = "01h"[(i*7+j*i)%3]
				}
				sheets[i] = sheet(uint64(i)+1, uint64(i), string(answers))
			}
			// Each validator asks a share of many questions.
			results, err := benchmark.Tally(compared(t, 1024, c.how, c.change), sheets)
			require.NoError(t, err)
			require.Len(t, results, c.miners)
		})
	}
}

// fivePercent asks for a sign test at 5 %, which six wins of six pass with 3.1 %.
func fivePercent(a *spec.Aggregation) {
	a.Significance = &spec.Significance{Test: spec.SIGNIFICANCE_TEST_SIGN, AlphaPpm: 50_000}
}

func TestMinersAreComparedAsTheSpecSays(t *testing.T) {
	for name, c := range map[string]struct {
		how    spec.ItemAggregation
		change func(*spec.Aggregation)
		sheets []benchmark.Sheet
		want   []int64
	}{
		"the mean looks at nobody else": {
			how: spec.ITEM_AGGREGATION_MEAN, sheets: []benchmark.Sheet{sheet(1, 1, "1100"), sheet(2, 2, "1111")}, want: []int64{one / 2, one},
		},
		"the win rate is the share of questions won, ties half": {
			how: spec.ITEM_AGGREGATION_WIN_RATE, sheets: []benchmark.Sheet{sheet(1, 1, "1100"), sheet(2, 2, "1010")}, want: []int64{one / 2, one / 2},
		},
		"a lead makes the copy lose to its original": {
			how: spec.ITEM_AGGREGATION_WIN_RATE, change: func(a *spec.Aggregation) { a.EpsilonBp = 100 },
			sheets: []benchmark.Sheet{sheet(2, 20, "1100"), sheet(1, 10, "1100")}, want: []int64{0, one},
		},
		"a question on which one abstained is not compared": {
			how: spec.ITEM_AGGREGATION_WIN_RATE, sheets: []benchmark.Sheet{sheet(1, 1, "11?"), sheet(2, 1, "001")}, want: []int64{one, 0},
		},
		"an unanswered question is lost": {
			how: spec.ITEM_AGGREGATION_WIN_RATE, sheets: []benchmark.Sheet{sheet(1, 1, "h-"), sheet(2, 1, "hh")}, want: []int64{one / 4, one / 4 * 3},
		},
		"who answered nothing is compared with nobody and has nothing": {
			how: spec.ITEM_AGGREGATION_WIN_RATE, sheets: []benchmark.Sheet{sheet(1, 1, "10"), sheet(2, 1, "--"), sheet(3, 1, "01")}, want: []int64{one / 2, 0, one / 2},
		},
		"equals have an even chance": {
			how: spec.ITEM_AGGREGATION_BRADLEY_TERRY, sheets: []benchmark.Sheet{sheet(1, 1, "10"), sheet(2, 2, "01")}, want: []int64{one / 2, one / 2},
		},
		"alone there is nobody to lose to": {
			how: spec.ITEM_AGGREGATION_PARETO, sheets: []benchmark.Sheet{sheet(1, 1, "10")}, want: []int64{one},
		},
		"the worse in everything is behind the front": {
			how: spec.ITEM_AGGREGATION_PARETO, sheets: []benchmark.Sheet{sheet(1, 1, "11"), sheet(2, 2, "10")}, want: []int64{one, 0},
		},
		"a difference that does not count dominates nobody": {
			how: spec.ITEM_AGGREGATION_PARETO, change: func(a *spec.Aggregation) { a.EpsilonBp = 5000 },
			sheets: []benchmark.Sheet{sheet(1, 1, "11"), sheet(2, 2, "10")}, want: []int64{one, one},
		},
		"the best takes all": {
			how: spec.ITEM_AGGREGATION_WINNER_TAKES_ALL, sheets: []benchmark.Sheet{sheet(1, 1, "1000"), sheet(2, 2, "1110"), sheet(3, 3, "1100")}, want: []int64{0, one, 0},
		},
		"of equals the oldest takes all": {
			how: spec.ITEM_AGGREGATION_WINNER_TAKES_ALL, sheets: []benchmark.Sheet{sheet(3, 9, "11"), sheet(2, 9, "11"), sheet(5, 8, "11")}, want: []int64{0, 0, one},
		},
		"a lead within the margin changes nothing": {
			how: spec.ITEM_AGGREGATION_WINNER_TAKES_ALL, change: func(a *spec.Aggregation) { a.MarginBp = 2500 },
			sheets: []benchmark.Sheet{sheet(1, 1, "1100"), sheet(2, 2, "1110")}, want: []int64{one, 0},
		},
		"who got nothing right has nothing, alone or not": {
			how: spec.ITEM_AGGREGATION_BRADLEY_TERRY, sheets: []benchmark.Sheet{sheet(1, 1, "00"), sheet(2, 2, "0-")}, want: []int64{0, 0},
		},
		"nor is it on the front": {
			how: spec.ITEM_AGGREGATION_PARETO, sheets: []benchmark.Sheet{sheet(1, 1, "00")}, want: []int64{0},
		},
		"nor champion of those who got nothing right": {
			how: spec.ITEM_AGGREGATION_WINNER_TAKES_ALL, sheets: []benchmark.Sheet{sheet(1, 1, "00"), sheet(2, 2, "00")}, want: []int64{0, 0},
		},
		"nor protected by the margin": {
			how: spec.ITEM_AGGREGATION_WINNER_TAKES_ALL, change: func(a *spec.Aggregation) { a.MarginBp = 5000 },
			sheets: []benchmark.Sheet{sheet(1, 1, "0000"), sheet(2, 2, "1000"), sheet(3, 3, "1100")}, want: []int64{0, one, 0},
		},
		"alone nobody has won": {
			how: spec.ITEM_AGGREGATION_WIN_RATE, sheets: []benchmark.Sheet{sheet(1, 1, "10")}, want: []int64{one},
		},
		"six questions won convince of one challenger": {
			how: spec.ITEM_AGGREGATION_WINNER_TAKES_ALL, change: fivePercent,
			sheets: []benchmark.Sheet{sheet(1, 1, "1000000"), sheet(2, 2, "1111111")}, want: []int64{0, one},
		},
		"but not of one among two, who had two chances": {
			how: spec.ITEM_AGGREGATION_WINNER_TAKES_ALL, change: fivePercent,
			sheets: []benchmark.Sheet{sheet(1, 1, "1000000"), sheet(2, 2, "1111111"), sheet(3, 3, "1000000")}, want: []int64{one, 0, 0},
		},
		"six questions won are a win over the only other": {
			how: spec.ITEM_AGGREGATION_WIN_RATE, change: fivePercent,
			sheets: []benchmark.Sheet{sheet(1, 1, "1000000"), sheet(2, 2, "1111111")}, want: []int64{0, one},
		},
		"but are open where three comparisons are made": {
			how: spec.ITEM_AGGREGATION_WIN_RATE, change: fivePercent,
			sheets: []benchmark.Sheet{sheet(1, 1, "1000000"), sheet(2, 2, "1111111"), sheet(3, 3, "1000000")}, want: []int64{one / 2, one / 2, one / 2},
		},
		"nobody answered": {
			how: spec.ITEM_AGGREGATION_BRADLEY_TERRY, sheets: []benchmark.Sheet{sheet(1, 1, "--"), sheet(2, 2, "??")}, want: []int64{0, 0},
		},
		"there is nobody": {how: spec.ITEM_AGGREGATION_OPEN_SKILL, want: []int64{}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, scoresOf(t, compared(t, 7, c.how, c.change), c.sheets...))
		})
	}
}

func TestSignificanceKeepsLuckFromWinning(t *testing.T) {
	const n = 200
	answers := func(right int) string {
		text := make([]byte, n)
		for i := range text {
			text[i] = '0'
			if i < right {
				text[i] = '1'
			}
		}
		return string(text)
	}
	for _, test := range []spec.SignificanceTest{spec.SIGNIFICANCE_TEST_SIGN, spec.SIGNIFICANCE_TEST_SEQUENTIAL} {
		significant := func(a *spec.Aggregation) { a.Significance = &spec.Significance{Test: test, AlphaPpm: 10_000} }
		winner := compared(t, n, spec.ITEM_AGGREGATION_WINNER_TAKES_ALL, significant)
		require.Equal(t, []int64{one, 0}, scoresOf(t, winner, sheet(1, 1, answers(100)), sheet(2, 2, answers(104))), "four of 200 more are luck")
		require.Equal(t, []int64{0, one}, scoresOf(t, winner, sheet(1, 1, answers(100)), sheet(2, 2, answers(160))))
		require.Equal(t, []int64{one, 0}, scoresOf(t, winner, sheet(1, 1, answers(160)), sheet(2, 2, answers(100))))

		rates := compared(t, n, spec.ITEM_AGGREGATION_WIN_RATE, significant)
		require.Equal(t, []int64{one / 4, one / 4, one}, scoresOf(t, rates, sheet(1, 1, answers(100)), sheet(2, 2, answers(104)), sheet(3, 3, answers(180))))
		lead := compared(t, n, spec.ITEM_AGGREGATION_WIN_RATE, func(a *spec.Aggregation) { significant(a); a.EpsilonBp = 5000 })
		require.Equal(t, []int64{one / 2, one / 2}, scoresOf(t, lead, sheet(1, 1, answers(100)), sheet(2, 2, answers(150))), "a later miner must be ahead by more than the lead")
	}
}

// allComparisons are the ways of comparing that must not depend on who is listed first.
var allComparisons = []spec.ItemAggregation{
	spec.ITEM_AGGREGATION_MEAN, spec.ITEM_AGGREGATION_WIN_RATE, spec.ITEM_AGGREGATION_BRADLEY_TERRY,
	spec.ITEM_AGGREGATION_OPEN_SKILL, spec.ITEM_AGGREGATION_PARETO, spec.ITEM_AGGREGATION_WINNER_TAKES_ALL,
}

func TestTheOrderOfMinersAndAnswersHasNoEffect(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		how := rapid.SampledFrom(allComparisons).Draw(rt, "how")
		s := compared(t, 12, how, nil)
		if (how == spec.ITEM_AGGREGATION_WINNER_TAKES_ALL || how == spec.ITEM_AGGREGATION_WIN_RATE) && rapid.Bool().Draw(rt, "significant") {
			s.Aggregation.Significance = &spec.Significance{Test: spec.SIGNIFICANCE_TEST_SEQUENTIAL, AlphaPpm: 50_000}
		}
		var sheets []benchmark.Sheet
		for id := range rapid.Uint64Range(1, 6).Draw(rt, "miners") {
			sheets = append(sheets, sheet(id, rapid.Uint64Range(1, 3).Draw(rt, "since"), rapid.StringMatching(`[10h?-]{12}`).Draw(rt, "answers")))
		}
		byMiner := func(sheets []benchmark.Sheet) map[uint64]int64 {
			scores := map[uint64]int64{}
			for i, score := range scoresOf(rt, s, sheets...) {
				scores[sheets[i].MinerID] = score
				require.GreaterOrEqual(rt, score, int64(0))
				require.LessOrEqual(rt, score, one)
			}
			return scores
		}
		want := byMiner(sheets)
		shuffled := rapid.Permutation(sheets).Draw(rt, "order")
		for i := range shuffled {
			shuffled[i].Answers = rapid.Permutation(shuffled[i].Answers).Draw(rt, "answers in another order")
		}
		require.Equal(rt, want, byMiner(shuffled))
	})
}

func TestSamplesCountAsTheirMeanOrByPassAtK(t *testing.T) {
	s := compared(t, 2, spec.ITEM_AGGREGATION_MEAN, nil)
	s.Sampling.Samples, s.Request.TemperatureMilli = 4, 500
	require.NoError(t, s.Validate())
	// Two questions with four answers each.
	sampled := func(answers string) benchmark.Sheet {
		out := sheet(1, 1, answers)
		for i := range out.Answers {
			out.Answers[i].Item = uint32(i / 4)
		}
		return out
	}
	require.Equal(t, []int64{one / 8 * 3}, scoresOf(t, s, sampled("11001000")))
	require.Equal(t, []int64{one / 2}, scoresOf(t, s, sampled("11--????")), "unanswered samples are wrong, abstained ones are not there")
	s.Aggregation.PassAt = 2
	// 1 - C(2,2)/C(4,2) = 5/6 and 1 - C(3,2)/C(4,2) = 1/2.
	require.Equal(t, []int64{(833_333_333 + one/2) / 2}, scoresOf(t, s, sampled("11001000")))
	require.Equal(t, []int64{833_333_333}, scoresOf(t, s, sampled("1100???1")), "with fewer answers than k there is no estimate")
	require.Equal(t, []int64{0}, scoresOf(t, s, sampled("hhhhhhhh")), "half right does not pass")
}
