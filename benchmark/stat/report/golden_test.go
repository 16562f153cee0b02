package report_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark/chance"
	"github.com/agora-network/agora/benchmark/stat"
	"github.com/agora-network/agora/benchmark/stat/report"
)

// Where no publication is named, the numbers were computed from the definition with another program.
// One unit of tolerance is what the package promises.

// stream is the chance of the tests: that of the key 00 01 … 1f.
func stream() *chance.Stream {
	var key [32]byte
	for i := range key {
		key[i] = byte(i)
	}
	s := chance.NewStream(key)
	return &s
}

func tenths(values ...int64) []int64 {
	out := make([]int64, len(values))
	for i, value := range values {
		out[i] = value * (stat.One / 10)
	}
	return out
}

const alpha5 = stat.One / 20

// Student's sleep data, as printed by R: t.test(extra ~ group, data = sleep, paired = TRUE) and
// t.test(extra ~ group, data = sleep).
func TestTheTTestsGiveTheNumbersThatRPrintsForStudentsSleepData(t *testing.T) {
	first := tenths(7, -16, -2, -12, -1, 34, 37, 8, 0, 20)
	second := tenths(19, 8, 11, 1, -1, 44, 55, 16, 46, 34)
	paired, err := report.PairedT(first, second, alpha5)
	require.NoError(t, err)
	require.EqualValues(t, -1580000000, paired.Difference)
	require.InDelta(t, -4.0621e9, paired.Statistic, 5e4)
	require.EqualValues(t, 9*stat.One, paired.Freedom)
	require.InDelta(t, 0.002833e9, paired.P, 5e2)
	require.InDelta(t, -2.4598858e9, paired.Interval.Low, 50)
	require.InDelta(t, -0.7001142e9, paired.Interval.High, 50)

	welch, err := report.Welch(first, second, alpha5)
	require.NoError(t, err)
	require.EqualValues(t, -1580000000, welch.Difference)
	require.InDelta(t, -1.8608e9, welch.Statistic, 5e4)
	require.InDelta(t, 17.776e9, welch.Freedom, 5e5)
	require.InDelta(t, 0.07939e9, welch.P, 5e3)
	require.InDelta(t, -3.3654832e9, welch.Interval.Low, 50)
	require.InDelta(t, 0.2054832e9, welch.Interval.High, 50)
}

// Darwin's maize, inches/8 by which the crossed plant of a pair was taller.
var darwin = []int64{49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48}

func TestTheRankTestGivesPublishedAndComputedNumbers(t *testing.T) {
	large := make([]int64, 100)
	for i := range large {
		large[i] = int64(i*37%101) - 45
	}
	for name, c := range map[string]struct {
		differences []int64
		want        report.WilcoxonTest
	}{
		// SciPy's example of the function wilcoxon: statistic 24, p-value 0.041259765625.
		"Darwin's maize": {darwin, report.WilcoxonTest{Positive: 192, Negative: 48, Items: 15, P: 41259766, Exact: true}},
		// R's example of wilcox.test (Hollander and Wolfe 1973, page 29), two-sided: V = 40.
		"depression scores": {
			[]int64{952, -147, 1022, 430, 620, 590, 490, -80, 10},
			report.WilcoxonTest{Positive: 80, Negative: 10, Items: 9, P: 39062500, Exact: true},
		},
		"ties, counted over all signs":         {[]int64{3, 3, -1, 2, 0, -2, 5, 7, 1}, report.WilcoxonTest{Positive: 62, Negative: 10, Items: 8, P: 78125000, Exact: true}},
		"many with ties, normal approximation": {large, report.WilcoxonTest{Positive: 5858, Negative: 4042, Items: 99, P: 113047095}},
		"no difference":                        {[]int64{0, 0}, report.WilcoxonTest{P: stat.One, Exact: true}},
	} {
		t.Run(name, func(t *testing.T) {
			have, err := report.Wilcoxon(c.differences, make([]int64, len(c.differences)))
			require.NoError(t, err)
			require.InDelta(t, c.want.P, have.P, 1)
			have.P = c.want.P
			require.Equal(t, c.want, have)
		})
	}
}

// Newcombe (1998), table I, methods 3 and 5, prints four digits of the first four; the rest of the
// digits come from summing the binomial distribution.
func TestTheIntervalsOfSharesAreThoseOfNewcombesTable(t *testing.T) {
	for _, c := range []struct {
		successes, trials int
		exact, score      stat.Interval
	}{
		{81, 263, stat.Interval{Low: 252736746, High: 367621923}, stat.Interval{Low: 255288520, High: 366209577}},
		{15, 148, stat.Interval{Low: 57844010, High: 161650490}, stat.Interval{Low: 62386400, High: 160487242}},
		{0, 20, stat.Interval{Low: 0, High: 168433471}, stat.Interval{Low: 0, High: 161125158}},
		{1, 29, stat.Interval{Low: 872647, High: 177644295}, stat.Interval{Low: 6113214, High: 171755219}},
		{20, 20, stat.Interval{Low: 831566529, High: stat.One}, stat.Interval{Low: 838874842, High: stat.One}},
	} {
		exact, err := report.ClopperPearson(c.successes, c.trials, alpha5)
		require.NoError(t, err)
		requireInterval(t, c.exact, exact)
		score, err := report.Wilson(c.successes, c.trials, alpha5)
		require.NoError(t, err)
		requireInterval(t, c.score, score)
	}
}

func requireInterval(t require.TestingT, want, have stat.Interval) {
	require.InDelta(t, want.Low, have.Low, 1)
	require.InDelta(t, want.High, have.High, 1)
}

// The treated mice of Efron and Tibshirani (1993), table 2.1, in hundreds of days.
func TestTheBootstrapGivesIndependentlyComputedIntervals(t *testing.T) {
	mice := []int64{94, 197, 16, 38, 99, 141, 23}
	for i := range mice {
		mice[i] *= stat.One / 100
	}
	have, err := report.Bootstrap(mice, report.Mean, 2000, stat.One/10, stream())
	require.NoError(t, err)
	require.Equal(t, report.Resampled{
		Estimate: 868571429, Percentile: stat.Interval{Low: 491428571, High: 1264285714}, Accelerated: stat.Interval{Low: 514285714, High: 1295714286},
	}, have)
}

// R. Fisher, The Design of Experiments, section 21: 863 of the 32,768 ways give as large a sum on one
// side.
func TestThePermutationTestGivesFishersNumberForDarwinsMaize(t *testing.T) {
	zero := make([]int64, len(darwin))
	all, err := report.Permutation(darwin, zero, 1<<15, stream())
	require.NoError(t, err)
	require.InDelta(t, float64(2*863)/32768*1e9, all, 1)
	drawn, err := report.Permutation(darwin, zero, 999, stream())
	require.NoError(t, err)
	require.EqualValues(t, 44000000, drawn)
}

// Agresti (2002), section 10.6, the American League East of 1987; standard errors relative to
// Baltimore as the R package BradleyTerry2 prints them, and relative to the mean as computed.
func TestTheErrorsOfStrengthsAreThoseOfAgrestisBaseballTeams(t *testing.T) {
	wins := [][]int64{
		{0, 7, 9, 7, 7, 9, 11}, {6, 0, 7, 5, 11, 9, 9}, {4, 6, 0, 7, 7, 8, 12}, {6, 8, 6, 0, 6, 7, 10}, {6, 2, 6, 7, 0, 7, 12}, {4, 4, 5, 6, 6, 0, 6}, {2, 4, 1, 3, 1, 7, 0},
	}
	errors := strengthErrors(t, wins, 0)
	for team, want := range []float64{0.3433, 0.3396, 0.3367, 0.3359, 0.3339, 0.3319, 0} {
		require.InDelta(t, want*1e9, errors.Between(team, 6), 5e4, "team %d", team)
		require.Equal(t, errors.Between(team, 6), errors.Between(6, team))
	}
	for team, want := range []int64{207419476, 204156559, 202061521, 201603748, 200919071, 205044319, 232462296} {
		require.InDelta(t, want, errors.Of(team), 2, "team %d", team)
	}
	require.Zero(t, errors.Of(7))
	require.Zero(t, errors.Between(0, -1))
	errors = strengthErrors(t, [][]int64{{0, 3, 5}, {0, 0, 2}, {0, 1, 0}}, 2*stat.One)
	for player, want := range []int64{1257011156, 1070023579, 1099012573} {
		require.InDelta(t, want, errors.Of(player), 2, "player %d", player)
	}
}

func strengthErrors(t *testing.T, wins [][]int64, prior int64) *report.StrengthErrors {
	games, err := stat.NewTournament(len(wins))
	require.NoError(t, err)
	for a, row := range wins {
		for b, count := range row {
			if a != b {
				require.NoError(t, games.Win(a, b, count))
			}
		}
	}
	strengths, err := stat.BradleyTerry(games, prior)
	require.NoError(t, err)
	out, err := report.NewStrengthErrors(games, strengths, prior)
	require.NoError(t, err)
	return out
}
