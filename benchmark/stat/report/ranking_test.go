package report_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark/stat"
	"github.com/agora-network/agora/benchmark/stat/report"
)

// Two miners that are right on 70 and 72 % of the items; their answers correlate with 0.62, so that
// they disagree on 16 %.
var (
	twoPointsApart = report.Rivals{Better: 720000000, Worse: 700000000, Disagree: 160000000}
	rankingPlan    = stat.SequentialPlan{Alpha: stat.One / 100, Gap: stat.One / 50, MaxItems: 40_000}
)

// ((2.5758·√0.16 + 1.2816·√0.1596)/0.02)² = 5,946.8.
func TestFixedItemsIsConnettsFormula(t *testing.T) {
	n, err := report.FixedItems(twoPointsApart, stat.One/100, stat.One/10*9)
	require.NoError(t, err)
	require.Equal(t, 5947, n)
}

func TestASequentialRankingIsRightAndCheaperThanAFixedTestOfTheSamePower(t *testing.T) {
	cost, err := report.RankingCost(twoPointsApart, rankingPlan, 300, stream())
	require.NoError(t, err)
	require.LessOrEqual(t, cost.Wrong, stat.One/100)
	require.GreaterOrEqual(t, cost.Right, stat.One/100*99)
	require.InDelta(t, stat.One, cost.Right+cost.Wrong+cost.Undecided, 2)
	fixed, err := report.FixedItems(twoPointsApart, rankingPlan.Alpha, stat.One/100*99)
	require.NoError(t, err)
	require.Less(t, cost.Mean, fixed*2/3)
	require.LessOrEqual(t, cost.Median, cost.P90)
}

func TestRivalsFarApartNeedFewItems(t *testing.T) {
	cost, err := report.RankingCost(report.Rivals{Better: 800000000, Worse: 600000000, Disagree: 300000000}, rankingPlan, 100, stream())
	require.NoError(t, err)
	require.Less(t, cost.P90, 300)
	require.Zero(t, cost.Wrong)
}

// BenchmarkRankingOfTwoMiners reports the items that rank two miners two points apart at alpha 1 %:
// with the sequential test, and with tests of fixed size of power 90 % and 99 %.
func BenchmarkRankingOfTwoMiners(b *testing.B) {
	var cost report.Cost
	for b.Loop() {
		var err error
		cost, err = report.RankingCost(twoPointsApart, rankingPlan, 500, stream())
		require.NoError(b, err)
	}
	b.ReportMetric(float64(cost.Mean), "mean-items")
	b.ReportMetric(float64(cost.Median), "median-items")
	b.ReportMetric(float64(cost.P90), "p90-items")
	b.ReportMetric(float64(cost.Right)/1e7, "%right")
	b.ReportMetric(float64(cost.Wrong)/1e7, "%wrong")
	for name, power := range map[string]int64{"fixed-items-power-90": stat.One / 10 * 9, "fixed-items-power-99": stat.One / 100 * 99} {
		fixed, err := report.FixedItems(twoPointsApart, rankingPlan.Alpha, power)
		require.NoError(b, err)
		b.ReportMetric(float64(fixed), name)
	}
}
