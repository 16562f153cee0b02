package trial

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/benchmarks"
)

const one = benchmark.ScoreOne

func rankedSpec(t interface{ Fatal(...any) }, change func(*spec.Spec)) *spec.Spec {
	s, err := benchmarks.Load(benchmarks.Default)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(s)
	}
	return s
}

func softmax(temperature uint32) func(*spec.Spec) {
	return func(s *spec.Spec) {
		s.Weights.Map = &spec.Weights_Softmax{Softmax: &spec.SoftmaxMap{TemperatureBp: temperature}}
	}
}

func reached(mean, low, high int64) *Result {
	return &Result{Name: "it", Mean: Estimate{Mean: mean, Low: low, High: high, Questions: 100, Method: MethodWilson}}
}

// weighed is the field that validators would agree on if these were the standings.
func weighed(s *spec.Spec, standings ...int64) []Rival {
	rivals := make([]Rival, len(standings))
	row := benchmark.Weights(s, standings)
	for i := range rivals {
		rivals[i] = Rival{UID: uint32(i), MinerID: uint64(i)}
		if row != nil {
			rivals[i].Weight = uint64(row[i])
		}
	}
	return rivals
}

func TestARankIsAnIntervalOverWhatTheBestMayHave(t *testing.T) {
	s := rankedSpec(t, nil) // power 2, baseline 0.15
	for name, test := range map[string]struct {
		score       *Result
		standings   []int64
		best        int64
		first, last int
		scenarios   int
	}{
		"among nobody it is the only one":                         {reached(one/2, one/3, 2*one/3), nil, 0, 1, 1, 1},
		"at the baseline it is behind nobody who has no weight":   {reached(one/2, one/3, 2*one/3), []int64{0, 0}, 0, 1, 1, 1},
		"the weights alone leave open who is ahead":               {reached(6*one/10, 55*one/100, 65*one/100), []int64{9 * one / 10, one / 2, 2 * one / 10}, 0, 1, 2, 4},
		"with the standing of the best known the rank is certain": {reached(6*one/10, 55*one/100, 65*one/100), []int64{9 * one / 10, one / 2, 2 * one / 10}, 9 * one / 10, 2, 2, 1},
		"an interval over a rival gives both ranks":               {reached(one/2, 45*one/100, 55*one/100), []int64{9 * one / 10, one / 2, 2 * one / 10}, 9 * one / 10, 2, 3, 1},
		"below the baseline it is behind all who have a weight":   {reached(one/10, one/20, 12*one/100), []int64{9 * one / 10, one / 2, 0}, 0, 3, 4, 2},
		"a perfect score is behind nobody":                        {reached(one, one, one), []int64{9 * one / 10, one / 2}, 0, 1, 1, 2},
	} {
		t.Run(name, func(t *testing.T) {
			ranking, err := Rank(s, test.score, weighed(s, test.standings...), test.best)
			require.NoError(t, err)
			require.Equal(t, []int{test.first, test.last}, []int{ranking.First, ranking.Last})
			require.Len(t, ranking.Scenarios, test.scenarios)
			require.Equal(t, len(test.standings)+1, ranking.Miners)
			require.LessOrEqual(t, ranking.ShareLow, ranking.ShareHigh)
		})
	}
}

func TestTheShareIsThatOfTheWeightsThatWouldFollow(t *testing.T) {
	s := rankedSpec(t, nil)
	standings := []int64{9 * one / 10, one / 2, 2 * one / 10}
	ranking, err := Rank(s, reached(6*one/10, 6*one/10, 6*one/10), weighed(s, standings...), 9*one/10)
	require.NoError(t, err)
	row := benchmark.Weights(s, append(standings, 6*one/10))
	var total int64
	for _, weight := range row {
		total += int64(weight)
	}
	require.InDelta(t, float64(row[3])/float64(total), float64(ranking.Scenarios[0].Share)/float64(one), 1e-4)
	// Where the best stands decides who is passed: 0.6 passes it below 0.6, and 1/2 of 0.9 below 1.1.
	require.InDelta(t, 0.6, float64(ranking.Rivals[0].AheadBelow)/1e9, 1e-4)
	require.InDelta(t, 0.15+0.45/(0.35/0.75), float64(ranking.Rivals[1].AheadBelow)/1e9, 1e-4)
}

func TestWhatCannotBeRankedIsSaid(t *testing.T) {
	s := rankedSpec(t, nil)
	_, err := Rank(s, reached(one/2, 0, one), weighed(s, one), 1)
	require.ErrorIs(t, err, ErrNoRank)
	require.ErrorContains(t, err, "the best stands above 0.1500")
	_, err = Rank(s, &Result{}, nil, 0)
	require.ErrorIs(t, err, ErrNoRank)
	s.Aggregation.Items = spec.ITEM_AGGREGATION_WIN_RATE
	_, err = Rank(s, reached(one/2, 0, one), nil, 0)
	require.ErrorIs(t, err, ErrNoRank)
	require.ErrorContains(t, err, "win-rate")
}

// Whoever knows where the best stands finds every rival where it is, under every map.
func TestWeightsTurnedRoundGiveTheStandingsBack(t *testing.T) {
	maps := map[string]func(*spec.Spec){
		"power 1": func(s *spec.Spec) { s.Weights.GetPower().Exponent = 1 },
		"power 2": nil,
		"power 5": func(s *spec.Spec) { s.Weights.GetPower().Exponent = 5 },
		"softmax": softmax(2_000),
		"top 2":   func(s *spec.Spec) { s.Weights.TopK = 2 },
	}
	for name, change := range maps {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				s := rankedSpec(t, change)
				standings := rapid.SliceOfN(rapid.Int64Range(0, one), 1, 8).Draw(t, "standings")
				rivals := weighed(s, standings...)
				f := newRankedField(s, rivals)
				if f.top == 0 {
					return
				}
				best := int64(0)
				for _, standing := range standings {
					best = max(best, standing)
				}
				require.Greater(t, best, f.least-one/1000, "the bound on the best holds")
				for _, rival := range f.rivals {
					found, standing := f.standing(rival.Weight, best), standings[rival.UID]
					if rival.Weight == 0 {
						require.LessOrEqual(t, standing, found+one/1000, "nobody without a weight stands higher than it is taken for")
						continue
					}
					if rival.Weight > 100 { // below, the rounding of weights is coarse
						require.InDelta(t, standing, found, float64(one)/200, fmt.Sprint(rival.Weight))
					}
				}
			})
		})
	}
}

// The better the best is taken to be, the worse for the newcomer: so the ends of the range are those of rank and share.
func TestABetterBestIsNeverBetterForTheNewcomer(t *testing.T) {
	for name, change := range map[string]func(*spec.Spec){"power": nil, "softmax": softmax(500)} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				s := rankedSpec(t, change)
				f := newRankedField(s, weighed(s, rapid.SliceOfN(rapid.Int64Range(0, one), 1, 8).Draw(t, "standings")...))
				own := rapid.Int64Range(0, one).Draw(t, "own")
				low := rapid.Int64Range(f.least+1, one).Draw(t, "lower")
				high := rapid.Int64Range(low, one).Draw(t, "higher")
				firstRank, firstShare := f.place(low, own, true)
				secondRank, secondShare := f.place(high, own, true)
				require.LessOrEqual(t, firstRank, secondRank)
				require.GreaterOrEqual(t, firstShare+one/10_000, secondShare)
				c := f.scenario(high, Estimate{Mean: own, Low: own / 2, High: (own + one) / 2})
				require.LessOrEqual(t, c.First, c.Rank)
				require.LessOrEqual(t, c.Rank, c.Last)
			})
		})
	}
}
