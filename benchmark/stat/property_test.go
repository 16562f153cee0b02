package stat_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/benchmark/stat"
)

func score() *rapid.Generator[int64] {
	return rapid.OneOf(rapid.Int64Range(0, stat.One), rapid.SampledFrom([]int64{0, stat.One / 2, stat.One}))
}

// table draws scores of some players on some items.
func table(t *rapid.T, mostPlayers, mostItems int, entry *rapid.Generator[int64]) [][]int64 {
	items := rapid.IntRange(1, mostItems).Draw(t, "items")
	return rapid.SliceOfN(rapid.SliceOfN(entry, items, items), 1, mostPlayers).Draw(t, "scores")
}

func permuted[T any](list []T, order []int) []T {
	out := make([]T, len(list))
	for i, from := range order {
		out[i] = list[from]
	}
	return out
}

func permutation(t *rapid.T, n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return rapid.Permutation(order).Draw(t, "order")
}

func TestTheOrderOfPlayersHasNoEffect(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scores := table(t, 7, 5, score())
		order := permutation(t, len(scores))
		since := rapid.SliceOfN(rapid.Uint64Range(0, 3), len(scores), len(scores)).Draw(t, "since")
		shuffled := permuted(scores, order)

		rates, err := stat.WinRates(scores, since, stat.One/50)
		require.NoError(t, err)
		again, err := stat.WinRates(shuffled, permuted(since, order), stat.One/50)
		require.NoError(t, err)
		require.Equal(t, permuted(rates, order), again)

		dominance := stat.Dominance{Margin: stat.One / 20, Tolerance: stat.One / 50}
		fronts, err := dominance.Fronts(scores)
		require.NoError(t, err)
		frontsAgain, err := dominance.Fronts(shuffled)
		require.NoError(t, err)
		require.Equal(t, permuted(fronts, order), frontsAgain)

		games, err := stat.FromScores(scores)
		require.NoError(t, err)
		strengths, err := stat.BradleyTerry(games, stat.One)
		require.NoError(t, err)
		games, err = stat.FromScores(shuffled)
		require.NoError(t, err)
		strengthsAgain, err := stat.BradleyTerry(games, stat.One)
		require.NoError(t, err)
		for i, from := range order {
			require.InDelta(t, strengths[from].Log, strengthsAgain[i].Log, 2)
		}

		model := stat.DefaultOpenSkill()
		ratings := make([]stat.Rating, len(scores))
		column := make([]int64, len(scores))
		for p := range ratings {
			ratings[p] = stat.Rating{Mu: rapid.Int64Range(-90*stat.One, 90*stat.One).Draw(t, "mu"), Sigma: rapid.Int64Range(1, 30*stat.One).Draw(t, "sigma")}
			column[p] = scores[p][0]
		}
		after, err := model.Match(ratings, column)
		require.NoError(t, err)
		afterAgain, err := model.Match(permuted(ratings, order), permuted(column, order))
		require.NoError(t, err)
		require.Equal(t, permuted(after, order), afterAgain)
	})
}

func TestAnAverageStaysBetweenItsValuesAndForgetsByBlocks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old, next := rapid.Int64Range(-1<<62, 1<<62).Draw(t, "old"), rapid.Int64Range(-1<<62, 1<<62).Draw(t, "new")
		half := rapid.Uint64Range(1, 1_000_000).Draw(t, "half life")
		first, second := rapid.Uint64Range(0, 3_000_000).Draw(t, "first"), rapid.Uint64Range(0, 3_000_000).Draw(t, "second")
		faded := stat.Fade(old, next, first, half)
		require.True(t, min(old, next) <= faded && faded <= max(old, next))
		small, large := old>>32, next>>32
		twice := stat.Fade(stat.Fade(small, large, first, half), large, second, half)
		require.InDelta(t, stat.Fade(small, large, first+second, half), twice, 2)
	})
}

func TestAnAverageOfOneScoreHasThatValueHoweverOftenItIsAdded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := score().Draw(t, "score")
		half, nominal := rapid.Uint64Range(1, 100_000).Draw(t, "half life"), rapid.Uint64Range(1, 10_000).Draw(t, "nominal")
		var average stat.Average
		require.Zero(t, average.Value())
		block, raw := uint64(0), int64(0)
		for range rapid.IntRange(1, 20).Draw(t, "count") {
			block += rapid.Uint64Range(1, 5_000).Draw(t, "distance")
			next, err := average.Add(value, block, half, nominal)
			require.NoError(t, err)
			average = next
			require.GreaterOrEqual(t, average.Raw, raw)
			raw = average.Raw
		}
		// The quotient of two numbers that every step rounds.
		require.InDelta(t, value, average.Value(), 2+float64(20*stat.One)/float64(average.Weight))
	})
}

func TestACopyLosesEverythingToItsOriginal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		row := rapid.SliceOfN(score(), 1, 20).Draw(t, "scores")
		rates, err := stat.WinRates([][]int64{row, slices.Clone(row)}, []uint64{8, 7}, 1)
		require.NoError(t, err)
		require.Equal(t, []int64{0, stat.One}, rates)
	})
}

func TestWinRatesOfTwoAddUpToOneAndABetterScoreNeverLowersARate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scores := table(t, 2, 12, rapid.OneOf(score(), rapid.Just(stat.Absent)))
		if len(scores) < 2 {
			scores = append(scores, slices.Clone(scores[0]))
		}
		since := []uint64{rapid.Uint64Range(0, 2).Draw(t, "a"), rapid.Uint64Range(0, 2).Draw(t, "b")}
		rates, err := stat.WinRates(scores, since, stat.One/100)
		require.NoError(t, err)
		compared := false
		for i := range scores[0] {
			compared = compared || scores[0][i] != stat.Absent && scores[1][i] != stat.Absent
		}
		if !compared {
			require.Equal(t, []int64{0, 0}, rates)
			return
		}
		require.InDelta(t, stat.One, rates[0]+rates[1], 1)
		item := rapid.IntRange(0, len(scores[0])-1).Draw(t, "item")
		if scores[0][item] == stat.Absent {
			return
		}
		scores[0][item] = stat.One
		better, err := stat.WinRates(scores, since, stat.One/100)
		require.NoError(t, err)
		require.GreaterOrEqual(t, better[0], rates[0])
	})
}

func TestSharesAddUpToTheTotalAndNeverFavourTheSmaller(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scores := rapid.SliceOfN(rapid.OneOf(score(), rapid.Int64Range(-stat.One*stat.One, stat.One*stat.One)), 1, 40).Draw(t, "scores")
		total := rapid.Uint64().Draw(t, "total")
		shares, err := stat.Softmax(scores, rapid.Int64Range(1, stat.One*stat.One).Draw(t, "temperature"), total)
		require.NoError(t, err)
		var sum uint64
		for i := range shares {
			sum += shares[i]
			for j := range shares {
				if scores[i] > scores[j] {
					require.GreaterOrEqual(t, shares[i], shares[j])
				} else if scores[i] == scores[j] {
					require.LessOrEqual(t, max(shares[i], shares[j])-min(shares[i], shares[j]), uint64(1))
				}
			}
		}
		require.Equal(t, total, sum)
	})
}

func TestNobodyInAFrontIsDominatedByOneOfTheSameFrontWithoutATolerance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scores := table(t, 9, 3, rapid.Int64Range(0, 4))
		var dominance stat.Dominance
		fronts, err := dominance.Fronts(scores)
		require.NoError(t, err)
		shares, err := dominance.Undominated(scores)
		require.NoError(t, err)
		for p := range scores {
			dominated := false
			for q := range scores {
				if dominance.Dominates(scores[q], scores[p]) {
					dominated = true
					require.Less(t, fronts[q], fronts[p])
					require.False(t, dominance.Dominates(scores[p], scores[q]))
				}
			}
			require.Equal(t, dominated, fronts[p] > 0)
			require.Equal(t, !dominated, shares[p] == stat.One)
		}
	})
}

func TestTauIsSymmetricAndFlipsWithTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SliceOfN(rapid.Int64Range(-5, 5), 1, 20).Draw(t, "a")
		b := rapid.SliceOfN(rapid.Int64Range(-5, 5), len(a), len(a)).Draw(t, "b")
		tau, err := stat.KendallTau(a, b)
		require.NoError(t, err)
		back, err := stat.KendallTau(b, a)
		require.NoError(t, err)
		require.Equal(t, tau, back)
		flipped := make([]int64, len(b))
		for i := range b {
			flipped[i] = -b[i]
		}
		negative, err := stat.KendallTau(a, flipped)
		require.NoError(t, err)
		require.Equal(t, -tau, negative)
		same, err := stat.KendallTau(a, a)
		require.NoError(t, err)
		if slices.Min(a) != slices.Max(a) {
			require.Equal(t, stat.One, same)
		}
	})
}

func TestMoreWinsNeverWeakenAPlayer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 6).Draw(t, "players")
		wins := make([][]int64, n)
		for i := range wins {
			wins[i] = rapid.SliceOfN(rapid.Int64Range(0, 9), n, n).Draw(t, "wins")
		}
		before, err := stat.BradleyTerry(tournament(t, wins), stat.One)
		require.NoError(t, err)
		wins[0][1]++
		after, err := stat.BradleyTerry(tournament(t, wins), stat.One)
		require.NoError(t, err)
		require.Greater(t, after[0].Log, before[0].Log)
		require.Less(t, after[1].Log, before[1].Log)
	})
}

func TestTheWinnerOfAMatchGainsAndNobodyGetsLessCertain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		model := stat.DefaultOpenSkill()
		model.Tau = 0
		ratings := []stat.Rating{
			{Mu: rapid.Int64Range(-60*stat.One, 60*stat.One).Draw(t, "mu"), Sigma: rapid.Int64Range(stat.One, 9*stat.One).Draw(t, "sigma")},
			{Mu: rapid.Int64Range(-60*stat.One, 60*stat.One).Draw(t, "mu"), Sigma: rapid.Int64Range(stat.One, 9*stat.One).Draw(t, "sigma")},
		}
		after, err := model.Match(ratings, []int64{2, 1})
		require.NoError(t, err)
		require.GreaterOrEqual(t, after[0].Mu, ratings[0].Mu)
		require.LessOrEqual(t, after[1].Mu, ratings[1].Mu)
		for p := range after {
			require.LessOrEqual(t, after[p].Sigma, ratings[p].Sigma)
		}
	})
}

func TestCorrectedPValuesKeepTheirOrderAndNeverFall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOfN(score(), 1, 30).Draw(t, "p")
		holm, err := stat.Holm(p)
		require.NoError(t, err)
		rate, err := stat.BenjaminiHochberg(p)
		require.NoError(t, err)
		for i := range p {
			require.GreaterOrEqual(t, rate[i], p[i])
			require.GreaterOrEqual(t, holm[i], rate[i])
			for j := range p {
				if p[i] < p[j] {
					require.LessOrEqual(t, holm[i], holm[j])
					require.LessOrEqual(t, rate[i], rate[j])
				}
			}
		}
	})
}

// The test is looked at after every item, so every crossing at any time counts. 2,000 runs at alpha
// 5 % give 100 wrong verdicts at most on average; 130 are three standard deviations more.
func TestASequentialTestIsWrongAtMostAsOftenAsAllowedHoweverOftenOneLooks(t *testing.T) {
	const runs, items, alpha = 2_000, 600, stat.One / 20
	for name, draw := range map[string]func(*rand.Rand) int64{
		"right and wrong answers": func(r *rand.Rand) int64 {
			switch r.IntN(10) {
			case 0:
				return stat.One
			case 1:
				return -stat.One
			}
			return 0
		},
		"rare large losses against many small wins": func(r *rand.Rand) int64 {
			if r.IntN(20) == 0 {
				return -stat.One * 19 / 20
			}
			return stat.One / 20
		},
		"uniform": func(r *rand.Rand) int64 { return r.Int64N(2*stat.One+1) - stat.One },
	} {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(3, 4))
			wrong, uncovered := 0, 0
			for run := range runs {
				test, err := stat.NewSequential(stat.SequentialPlan{Alpha: alpha, Gap: stat.One / 10, MaxItems: items})
				require.NoError(t, err)
				verdict := stat.Open
				for verdict == stat.Open {
					verdict, err = test.Add(draw(random))
					require.NoError(t, err)
				}
				if verdict != stat.Exhausted {
					wrong++
				}
				if run < runs/10 {
					if interval := test.Interval(); interval.Low > 0 || interval.High < 0 {
						uncovered++
					}
				}
			}
			require.LessOrEqual(t, wrong, 130)
			require.LessOrEqual(t, uncovered, 20)
		})
	}
}

func TestTheIntervalAgreesWithTheVerdict(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plan := stat.SequentialPlan{
			Alpha: rapid.Int64Range(stat.One/1000, stat.One/2).Draw(t, "alpha"), Margin: rapid.Int64Range(-stat.One/2, stat.One/2).Draw(t, "margin"),
			Gap: rapid.Int64Range(1, stat.One).Draw(t, "gap"), MaxItems: 200,
		}
		test, err := stat.NewSequential(plan)
		require.NoError(t, err)
		low := rapid.Int64Range(-stat.One, stat.One).Draw(t, "low")
		differences := rapid.SliceOfN(rapid.Int64Range(low, stat.One), 1, 200).Draw(t, "differences")
		before := stat.One
		for _, difference := range differences {
			_, err := test.Add(difference)
			require.NoError(t, err)
			require.LessOrEqual(t, test.PValue(), before)
			before = test.PValue()
		}
		interval := test.Interval()
		switch test.Verdict() {
		case stat.Above:
			require.GreaterOrEqual(t, interval.Low, plan.Margin)
			require.LessOrEqual(t, test.PValue(), plan.Alpha)
		case stat.Below:
			require.LessOrEqual(t, interval.High, plan.Margin)
			require.LessOrEqual(t, test.PValue(), plan.Alpha)
		default:
			require.GreaterOrEqual(t, interval.High, plan.Margin)
			require.LessOrEqual(t, interval.Low, plan.Margin)
		}
	})
}

func TestAPlayerWhoWinsEverythingIsStrongestButNotInfinitelySo(t *testing.T) {
	wins := [][]int64{{0, 1000, 1000}, {0, 0, 500}, {0, 500, 0}}
	_, err := stat.BradleyTerry(tournament(t, wins), 0)
	require.ErrorIs(t, err, stat.ErrUnbounded)
	strengths, err := stat.BradleyTerry(tournament(t, wins), stat.One)
	require.NoError(t, err)
	require.Greater(t, strengths[0].Chance, strengths[1].Chance)
	require.Less(t, strengths[0].Chance, stat.One)
	require.InDelta(t, strengths[1].Log, strengths[2].Log, 1)
}
