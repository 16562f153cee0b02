package report_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/benchmark/stat"
	"github.com/agora-network/agora/benchmark/stat/report"
)

func failure[T any](_ T, err error) error { return err }

func TestSwappingThePlayersSwapsTheSign(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.Int64Range(0, stat.One), rapid.SampledFrom([]int64{0, stat.One}))
		a := rapid.SliceOfN(value, 2, 70).Draw(t, "a")
		b := rapid.SliceOfN(value, len(a), len(a)).Draw(t, "b")
		for _, test := range []func(a, b []int64, alpha int64) (report.TTest, error){report.PairedT, report.Welch} {
			there, err := test(a, b, alpha5)
			require.NoError(t, err)
			back, err := test(b, a, alpha5)
			require.NoError(t, err)
			require.InDelta(t, there.Difference, -back.Difference, 1)
			require.InDelta(t, there.P, back.P, 1)
			require.LessOrEqual(t, there.Interval.Low, there.Difference)
			require.GreaterOrEqual(t, there.Interval.High, there.Difference)
		}
		there, err := report.Wilcoxon(a, b)
		require.NoError(t, err)
		back, err := report.Wilcoxon(b, a)
		require.NoError(t, err)
		require.Equal(t, there.Positive, back.Negative)
		require.Equal(t, there.P, back.P)
		require.GreaterOrEqual(t, there.P, int64(1))
		require.LessOrEqual(t, there.P, stat.One)
	})
}

func TestIntervalsOfSharesHoldTheShareAndAreOrdered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		trials := rapid.OneOf(rapid.IntRange(1, 50), rapid.IntRange(1, stat.MaxItems)).Draw(t, "trials")
		successes := rapid.OneOf(rapid.IntRange(0, trials), rapid.SampledFrom([]int{0, trials})).Draw(t, "successes")
		alpha := rapid.Int64Range(1000, stat.One/2).Draw(t, "alpha")
		share := float64(successes) / float64(trials) * 1e9
		for _, f := range []func(int, int, int64) (stat.Interval, error){report.Wilson, report.ClopperPearson} {
			interval, err := f(successes, trials, alpha)
			require.NoError(t, err)
			require.GreaterOrEqual(t, interval.Low, int64(0))
			require.LessOrEqual(t, interval.High, stat.One)
			require.LessOrEqual(t, float64(interval.Low), share+1)
			require.GreaterOrEqual(t, float64(interval.High), share-1)
			mirrored, err := f(trials-successes, trials, alpha)
			require.NoError(t, err)
			requireInterval(t, interval, stat.Interval{Low: stat.One - mirrored.High, High: stat.One - mirrored.Low})
		}
	})
}

func TestTheBootstrapOfEqualValuesIsAPoint(t *testing.T) {
	have, err := report.Bootstrap([]int64{7, 7, 7}, report.Mean, 50, alpha5, stream())
	require.NoError(t, err)
	require.Equal(t, report.Resampled{Estimate: 7, Percentile: stat.Interval{Low: 7, High: 7}, Accelerated: stat.Interval{Low: 7, High: 7}}, have)
}

func TestMeansRoundHalfToEvenOnBothSidesOfZero(t *testing.T) {
	for want, values := range map[int64][]int64{0: {0, 1}, 2: {1, 2}, -2: {-1, -2}, 3: {3, 3, 4}, -3: {-3, -3, -4}, 4: {3, 4, 4}, -4: {-3, -4, -4}} {
		require.Equal(t, want, report.Mean(values), "%v", values)
	}
	require.Zero(t, report.Mean(nil))
}

func TestATTestOfConstantDifferencesIsCertain(t *testing.T) {
	up, zero := []int64{300000000, 300000000, 300000000}, make([]int64, 3)
	for _, test := range []func(a, b []int64, alpha int64) (report.TTest, error){report.PairedT, report.Welch} {
		above, err := test(up, zero, alpha5)
		require.NoError(t, err)
		require.EqualValues(t, report.MaxStatistic, above.Statistic)
		require.EqualValues(t, 1, above.P)
		require.Equal(t, stat.Interval{Low: 300000000, High: 300000000}, above.Interval)
		below, err := test(zero, up, alpha5)
		require.NoError(t, err)
		require.EqualValues(t, -report.MaxStatistic, below.Statistic)
		same, err := test(up, up, alpha5)
		require.NoError(t, err)
		require.Equal(t, stat.One, same.P)
	}
}

func TestInputWithoutAnAnswerIsRefusedWithANamedError(t *testing.T) {
	two, huge := []int64{1, 2}, []int64{0, report.MaxValue + 1}
	games, err := stat.NewTournament(2)
	require.NoError(t, err)
	even := make([]stat.Strength, 2)
	rivals := report.Rivals{Better: 720000000, Worse: 700000000, Disagree: 160000000}
	plan := stat.SequentialPlan{Alpha: stat.One / 100, Gap: stat.One / 50, MaxItems: 10}
	for name, c := range map[string]struct{ have, want error }{
		"paired test of different lengths":         {failure(report.PairedT(two, two[:1], alpha5)), stat.ErrLength},
		"paired test of one item":                  {failure(report.PairedT(two[:1], two[:1], alpha5)), stat.ErrEmpty},
		"paired test without alpha":                {failure(report.PairedT(two, two, 0)), stat.ErrRange},
		"paired test of huge values":               {failure(report.PairedT(two, huge, alpha5)), stat.ErrRange},
		"paired test of too many":                  {failure(report.PairedT(make([]int64, stat.MaxItems+1), make([]int64, stat.MaxItems+1), alpha5)), stat.ErrTooMany},
		"Welch's test of one value":                {failure(report.Welch(two, two[:1], alpha5)), stat.ErrEmpty},
		"Welch's test without doubt":               {failure(report.Welch(two, two, stat.One)), stat.ErrRange},
		"rank test of nothing":                     {failure(report.Wilcoxon(nil, nil)), stat.ErrEmpty},
		"interval without a trial":                 {failure(report.Wilson(0, 0, alpha5)), stat.ErrEmpty},
		"interval of more successes than trials":   {failure(report.ClopperPearson(2, 1, alpha5)), stat.ErrRange},
		"interval of too many trials":              {failure(report.Wilson(0, stat.MaxItems+1, alpha5)), stat.ErrTooMany},
		"interval without alpha":                   {failure(report.Wilson(0, 1, 0)), stat.ErrRange},
		"bootstrap of one value":                   {failure(report.Bootstrap(two[:1], report.Mean, 10, alpha5, stream())), stat.ErrEmpty},
		"bootstrap without replicates":             {failure(report.Bootstrap(two, report.Mean, 0, alpha5, stream())), stat.ErrRange},
		"bootstrap without alpha":                  {failure(report.Bootstrap(two, report.Mean, 10, 0, stream())), stat.ErrRange},
		"bootstrap of too much":                    {failure(report.Bootstrap(make([]int64, 2000), report.Mean, report.MaxReplicates, alpha5, stream())), stat.ErrTooMany},
		"permutation of different lengths":         {failure(report.Permutation(two, nil, 10, stream())), stat.ErrLength},
		"permutation without replicates":           {failure(report.Permutation(two, two, 0, stream())), stat.ErrRange},
		"errors of other players":                  {failure(report.NewStrengthErrors(games, even[:1], 0)), stat.ErrLength},
		"errors with a negative prior":             {failure(report.NewStrengthErrors(games, even, -1)), stat.ErrRange},
		"errors of players who never met":          {failure(report.NewStrengthErrors(games, even, 0)), stat.ErrUnbounded},
		"fixed items of equals":                    {failure(report.FixedItems(report.Rivals{Better: 1, Worse: 1}, alpha5, stat.One/2)), stat.ErrRange},
		"fixed items with too little disagreement": {failure(report.FixedItems(report.Rivals{Better: 3, Worse: 1, Disagree: 1}, alpha5, stat.One/2)), stat.ErrRange},
		"fixed items without power":                {failure(report.FixedItems(rivals, alpha5, 0)), stat.ErrRange},
		"cost of no runs":                          {failure(report.RankingCost(rivals, plan, 0, stream())), stat.ErrRange},
		"cost without a plan":                      {failure(report.RankingCost(rivals, stat.SequentialPlan{}, 1, stream())), stat.ErrRange},
		"cost of a negative share":                 {failure(report.RankingCost(report.Rivals{Worse: -1}, plan, 1, stream())), stat.ErrRange},
		"cost of too many":                         {failure(report.RankingCost(rivals, stat.SequentialPlan{Alpha: 1, Gap: 1, MaxItems: stat.MaxItems}, report.MaxRuns, stream())), stat.ErrTooMany},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorIs(t, c.have, c.want)
			require.NotEqual(t, c.want.Error(), c.have.Error(), "the place is missing")
		})
	}
}

func TestEveryStatisticIsListedOnceWithItsSource(t *testing.T) {
	seen := map[string]bool{}
	for _, info := range append(stat.Infos(), report.Infos()...) {
		require.False(t, seen[info.Name], info.Name)
		seen[info.Name] = true
		require.NotEmpty(t, info.Summary)
		require.NotEmpty(t, info.Source)
	}
}

// An interval and the test it belongs to rule out the same values.
func TestAnIntervalHoldsZeroExactlyWhenTheTestDoesNotRuleItOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SliceOfN(rapid.Int64Range(0, stat.One), 2, 40).Draw(t, "a")
		b := rapid.SliceOfN(rapid.Int64Range(0, stat.One/2), len(a), len(a)).Draw(t, "b")
		alpha := rapid.OneOf(rapid.Int64Range(10, stat.One-1), rapid.Int64Range(10, 10_000)).Draw(t, "alpha")
		for _, f := range []func(a, b []int64, alpha int64) (report.TTest, error){report.PairedT, report.Welch} {
			test, err := f(a, b, alpha)
			require.NoError(t, err)
			switch {
			case test.P > alpha+1:
				require.True(t, test.Interval.Low <= 1 && test.Interval.High >= -1)
			case test.P < alpha-1:
				require.True(t, test.Interval.Low >= -1 || test.Interval.High <= 1)
			}
		}
		trials := rapid.IntRange(1, 300).Draw(t, "trials")
		wins := rapid.IntRange(0, trials).Draw(t, "wins")
		p, err := stat.SignTest(wins, trials-wins)
		require.NoError(t, err)
		interval, err := report.ClopperPearson(wins, trials, alpha)
		require.NoError(t, err)
		switch half := stat.One / 2; {
		case p > alpha+1:
			require.True(t, interval.Low <= half && interval.High >= half)
		case p < alpha-1:
			require.True(t, interval.Low >= half || interval.High <= half)
		}
	})
}
