package benchmark_test

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/benchmark"
)

func scored(score int64) benchmark.ItemResult {
	return benchmark.ItemResult{Outcome: benchmark.OutcomeScored, Score: score}
}

var (
	unanswered = benchmark.ItemResult{Outcome: benchmark.OutcomeUnanswered}
	abstained  = benchmark.ItemResult{Outcome: benchmark.OutcomeAbstained}
)

// Evidence stores these numbers; the evidence package has a test of the same ones.
func TestTheNumbersOfOutcomesAreFixed(t *testing.T) {
	require.EqualValues(t, 0, benchmark.OutcomeAbstained)
	require.EqualValues(t, 1, benchmark.OutcomeScored)
	require.EqualValues(t, 2, benchmark.OutcomeUnanswered)
	require.EqualValues(t, 1_000_000_000, benchmark.ScoreOne)
}

func items(t *rapid.T) []benchmark.ItemResult {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) benchmark.ItemResult {
		return benchmark.ItemResult{
			Outcome: benchmark.Outcome(rapid.IntRange(0, 2).Draw(t, "outcome")),
			Score:   rapid.Int64Range(0, benchmark.ScoreOne).Draw(t, "score"),
		}
	}), 0, 40).Draw(t, "items")
}

// roundHalfEven is the oracle of every division: exact, then rounded.
func roundHalfEven(x *big.Rat) int64 {
	doubled := new(big.Int).Mul(x.Num(), big.NewInt(2))
	doubled.Add(doubled, x.Denom())
	quotient, rest := new(big.Int).DivMod(doubled, new(big.Int).Mul(x.Denom(), big.NewInt(2)), new(big.Int))
	if rest.Sign() == 0 && quotient.Bit(0) == 1 {
		quotient.Sub(quotient, big.NewInt(1))
	}
	return quotient.Int64()
}

func TestAnEpochIsTheMeanOfWhatCounts(t *testing.T) {
	const one = benchmark.ScoreOne
	for name, c := range map[string]struct {
		items []benchmark.ItemResult
		want  benchmark.EpochScore
	}{
		"no question at all":                 {nil, benchmark.EpochScore{}},
		"all right":                          {[]benchmark.ItemResult{scored(one), scored(one)}, benchmark.EpochScore{Score: one, Scored: 2}},
		"an unanswered question counts as 0": {[]benchmark.ItemResult{scored(one), unanswered}, benchmark.EpochScore{Score: one / 2, Scored: 1, Unanswered: 1}},
		"an abstained question counts not":   {[]benchmark.ItemResult{scored(one), abstained}, benchmark.EpochScore{Score: one, Scored: 1, Abstained: 1}},
		"only abstained questions":           {[]benchmark.ItemResult{abstained, abstained}, benchmark.EpochScore{Abstained: 2}},
		"a half rounds to the even":          {[]benchmark.ItemResult{scored(1), scored(0)}, benchmark.EpochScore{Score: 0, Scored: 2}},
		"the next half rounds to the even":   {[]benchmark.ItemResult{scored(2), scored(1)}, benchmark.EpochScore{Score: 2, Scored: 2}},
		"scores out of range are bounded":    {[]benchmark.ItemResult{scored(-5), scored(3 * one)}, benchmark.EpochScore{Score: one / 2, Scored: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, benchmark.Aggregate(shipped(t), c.items))
		})
	}
}

func TestTheOrderOfItemsHasNoEffectAndTheMeanIsExact(t *testing.T) {
	s := shipped(t)
	rapid.Check(t, func(t *rapid.T) {
		list := items(t)
		want := benchmark.Aggregate(s, list)
		shuffled := rapid.Permutation(list).Draw(t, "shuffled")
		require.Equal(t, want, benchmark.Aggregate(s, shuffled))
		require.Equal(t, len(list), want.Scored+want.Unanswered+want.Abstained)

		sum := new(big.Rat)
		for _, item := range list {
			if item.Outcome == benchmark.OutcomeScored {
				sum.Add(sum, new(big.Rat).SetInt64(item.Score))
			}
		}
		if counted := want.Scored + want.Unanswered; counted > 0 {
			require.Equal(t, roundHalfEven(sum.Quo(sum, new(big.Rat).SetInt64(int64(counted)))), want.Score)
		}
	})
}

func TestABetterItemNeverLowersAnEpoch(t *testing.T) {
	s := shipped(t)
	rapid.Check(t, func(t *rapid.T) {
		list := items(t)
		if len(list) == 0 {
			return
		}
		before := benchmark.Aggregate(s, list).Score
		i := rapid.IntRange(0, len(list)-1).Draw(t, "i")
		if list[i].Outcome == benchmark.OutcomeAbstained {
			return
		}
		list[i] = scored(rapid.Int64Range(list[i].Score, benchmark.ScoreOne).Draw(t, "better"))
		require.GreaterOrEqual(t, benchmark.Aggregate(s, list).Score, before)
	})
}

func TestAStandingFollowsTheEpochs(t *testing.T) {
	s := shipped(t) // α = 1/2
	advance := func(st benchmark.Standing, epoch uint64, list ...benchmark.ItemResult) benchmark.Standing {
		next, err := st.Advance(s, epoch, 100*epoch, 100, benchmark.Aggregate(s, list))
		require.NoError(t, err)
		return next
	}
	const one = benchmark.ScoreOne
	st := advance(benchmark.Standing{}, 10, scored(one))
	require.Equal(t, benchmark.Standing{Score: one / 2, Epoch: 10, Height: 1000, Measured: true}, st, "a newcomer starts from 0")
	st = advance(st, 11, scored(one))
	require.EqualValues(t, 750_000_000, st.Score)

	require.Equal(t, st, advance(st, 12, abstained), "an epoch that the validator could not measure changes nothing")
	require.EqualValues(t, 937_500_000, advance(st, 13, scored(one)).Score, "two epochs passed, so the old score counts a quarter")
	require.EqualValues(t, 187_500_000, advance(st, 13, scored(0)).Score)
	require.EqualValues(t, 375_000_000, advance(st, 12, scored(0), unanswered).Score, "a wrong answer is an answer")

	gone := advance(st, 12, unanswered, unanswered, abstained)
	require.Equal(t, benchmark.Standing{Epoch: 12, Height: 1200, Measured: true}, gone, "who answers nothing falls to 0 at once")
	require.EqualValues(t, one/2, advance(gone, 13, scored(one)).Score, "who returns starts again like a newcomer")

	for _, epoch := range []uint64{10, 11} {
		same, err := st.Advance(s, epoch, 100*epoch, 100, benchmark.Aggregate(s, []benchmark.ItemResult{scored(0)}))
		require.ErrorIs(t, err, benchmark.ErrEpoch)
		require.Equal(t, st, same)
	}
}

func TestAStandingLiesBetweenItsPastAndTheEpoch(t *testing.T) {
	s := shipped(t)
	rapid.Check(t, func(t *rapid.T) {
		s.Aggregation.EmaAlphaBp = rapid.Uint32Range(1, 10_000).Draw(t, "alpha")
		past := rapid.Int64Range(0, benchmark.ScoreOne).Draw(t, "past")
		now := rapid.Int64Range(0, benchmark.ScoreOne).Draw(t, "now")
		elapsed := rapid.Uint64Range(1, 1<<62).Draw(t, "elapsed")
		step := func(past, now int64, elapsed uint64) int64 {
			st := benchmark.Standing{Score: past, Epoch: 5, Measured: true}
			next, err := st.Advance(s, 5+elapsed, 5+elapsed, 100, benchmark.EpochScore{Score: now, Scored: 1})
			require.NoError(t, err)
			return next.Score
		}
		got := step(past, now, elapsed)
		require.GreaterOrEqual(t, got, min(past, now))
		require.LessOrEqual(t, got, max(past, now))

		require.GreaterOrEqual(t, step(past, rapid.Int64Range(now, benchmark.ScoreOne).Draw(t, "better"), elapsed), got)
		require.GreaterOrEqual(t, step(rapid.Int64Range(past, benchmark.ScoreOne).Draw(t, "better past"), now, elapsed), got)
	})
}

func TestAPauseFadesTheOldScoreByTheEpochsThatPassed(t *testing.T) {
	s := shipped(t)
	rapid.Check(t, func(t *rapid.T) {
		alpha := rapid.Uint32Range(1, 10_000).Draw(t, "alpha")
		s.Aggregation.EmaAlphaBp = alpha
		past := rapid.Int64Range(0, benchmark.ScoreOne).Draw(t, "past")
		elapsed := rapid.Uint64Range(1, 300).Draw(t, "elapsed")
		next, err := benchmark.Standing{Score: past, Epoch: 1, Measured: true}.Advance(s, 1+elapsed, 1+elapsed, 100, benchmark.EpochScore{Scored: 1})
		require.NoError(t, err)

		exact := new(big.Rat).SetInt64(past)
		kept := big.NewRat(int64(10_000-alpha), 10_000)
		for range elapsed {
			exact.Mul(exact, kept)
		}
		// Each of at most 18 multiplications rounds by half a unit of 1e-9; later ones
		// double what came before.
		require.InDelta(t, roundHalfEven(exact), next.Score, 300)
	})
}

// The shipped settings must pay the able and not the lucky: a guesser and a
// replayer of old answers hit a few questions by chance.
func TestTheShippedSpecPaysSkillAndNotLuck(t *testing.T) {
	s := shipped(t)
	rng := rand.New(rand.NewPCG(1, 2))
	ability := []float64{0.95, 0.50, 0.03, 0.05} // strong, weak, guesser, replayer
	const networks, epochs = 400, 25
	lucky, rows, luck, weak, measured := 0, 0, 0, 0, 0
	for range networks {
		standings := make([]benchmark.Standing, len(ability))
		for epoch := range uint64(epochs) {
			scores := make([]int64, len(ability))
			for m, p := range ability {
				list := make([]benchmark.ItemResult, s.Sampling.ItemsPerMiner)
				for i := range list {
					list[i] = scored(0)
					if rng.Float64() < p {
						list[i] = scored(benchmark.ScoreOne)
					}
				}
				var err error
				standings[m], err = standings[m].Advance(s, epoch, epoch+1, 100, benchmark.Aggregate(s, list))
				require.NoError(t, err)
				scores[m] = standings[m].Score
			}
			if epoch < 4 {
				continue
			}
			row := benchmark.Weights(s, scores)
			require.EqualValues(t, benchmark.MaxWeight, row[0], "the strong model leads")
			require.Less(t, row[1], row[0])
			weak += int(row[1])
			measured++
			for _, weight := range row[2:] {
				rows++
				if weight > 0 {
					lucky++
					luck += int(weight)
				}
			}
		}
	}
	t.Logf("weak model: %d of 65535 on average; guessers and replayers: above 0 in %d of %d, %d on average", weak/measured, lucky, rows, luck/rows)
	require.Greater(t, weak/measured, benchmark.MaxWeight/10, "the weak model earns a good part of what the strong one does")
	require.Less(t, luck/rows, 10)
	require.Less(t, lucky*200, rows, "luck pays in less than half a percent of the epochs")
}

func TestAStandingFromBeforeHeightsWereNotedFadesByItsEpochs(t *testing.T) {
	s := shipped(t)
	s.Aggregation.EmaAlphaBp, s.Aggregation.EmaHalfLifeBlocks = 0, 100
	old := benchmark.Standing{Score: benchmark.ScoreOne, Epoch: 4, Measured: true}
	after, err := old.Advance(s, 5, 5_000_000, 100, benchmark.EpochScore{Scored: 1})
	require.NoError(t, err)
	require.Equal(t, benchmark.ScoreOne/2, after.Score, "one epoch of a half-life, not all blocks since the chain began")
	after, err = old.Advance(s, 6, 5_000_000, 100, benchmark.EpochScore{Scored: 1})
	require.NoError(t, err)
	require.Equal(t, benchmark.ScoreOne/4, after.Score)
}
