package report

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/agora-network/agora/benchmark/stat"
)

// Rivals are two players with right and wrong answers to the same items. All numbers are units.
type Rivals struct {
	// Better and Worse are their shares of right answers; Better is the larger.
	Better, Worse int64
	// Disagree is the share of items on which exactly one of them is right: at least Better - Worse,
	// and at most what the two shares allow.
	Disagree int64
}

// Validate says what is wrong with the numbers; the error wraps stat.ErrRange.
func (r Rivals) Validate() error {
	if err := checkRange("share of the worse", r.Worse, 0, stat.One-1); err != nil {
		return err
	}
	if err := checkRange("share of the better", r.Better, r.Worse+1, stat.One); err != nil {
		return err
	}
	return checkRange("share of items on which they disagree", r.Disagree, r.Better-r.Worse, min(r.Better+r.Worse, 2*stat.One-r.Better-r.Worse))
}

// FixedItems is how many items a test of fixed size needs to tell the rivals apart, two-sided, with
// a chance of alpha to find a difference where there is none and of power to find this one; both in
// units. The errors wrap stat.ErrRange.
//
// Source: R. Connett, J. Smith, R. McHugh, Sample Size and Power for Pair-Matched Case-Control
// Studies, Statistics in Medicine 6 (1987), for McNemar's test.
func FixedItems(rivals Rivals, alpha, power int64) (int, error) {
	for _, err := range []error{rivals.Validate(), checkAlpha(alpha), checkRange("power", power, stat.One/2, stat.One-1)} {
		if err != nil {
			return 0, fmt.Errorf("items of a fixed test: %w", err)
		}
	}
	gap, disagree := stat.FromUnits(rivals.Better-rivals.Worse), stat.FromUnits(rivals.Disagree)
	size := distuv.UnitNormal.Quantile(1 - stat.FromUnits(alpha)/2)
	found := distuv.UnitNormal.Quantile(stat.FromUnits(power))
	root := (size*math.Sqrt(disagree) + found*math.Sqrt(disagree-gap*gap)) / gap
	return int(math.Ceil(root * root)), nil
}

// Cost is what ranking two rivals costs with a sequential test.
type Cost struct {
	Mean   int // items until the verdict, on average
	Median int
	P90    int // items that nine runs of ten do not exceed
	// Right, Wrong and Undecided are shares of the runs, in units.
	Right, Wrong, Undecided int64
}

// MaxRuns bounds the runs of RankingCost.
const MaxRuns = 100_000

// RankingCost runs a sequential test of two rivals so many times, on answers drawn by chance, and
// returns what it costs. The errors wrap stat.ErrRange and ErrTooMany (runs times plan.MaxItems above
// MaxWork).
func RankingCost(rivals Rivals, plan stat.SequentialPlan, runs int, chance Chance) (Cost, error) {
	for _, err := range []error{rivals.Validate(), plan.Validate(), checkRange("number of runs", int64(runs), 1, MaxRuns)} {
		if err != nil {
			return Cost{}, fmt.Errorf("cost of a ranking: %w", err)
		}
	}
	if int64(runs)*int64(plan.MaxItems) > MaxWork {
		return Cost{}, fmt.Errorf("cost of a ranking: %w: %d runs of %d items, at most %d together", stat.ErrTooMany, runs, plan.MaxItems, MaxWork)
	}
	gap := rivals.Better - rivals.Worse
	wins, losses := uint32((rivals.Disagree+gap)/2), uint32((rivals.Disagree-gap)/2)
	var counts [4]int
	items := make([]int, runs)
	total := 0
	for run := range items {
		test, err := stat.NewSequential(plan)
		if err != nil {
			return Cost{}, fmt.Errorf("cost of a ranking: %w", err)
		}
		verdict := stat.Open
		for verdict == stat.Open {
			var difference int64
			switch u := chance.Below(uint32(stat.One)); {
			case u < wins:
				difference = stat.One
			case u < wins+losses:
				difference = -stat.One
			}
			if verdict, err = test.Add(difference); err != nil {
				return Cost{}, fmt.Errorf("cost of a ranking: %w", err)
			}
		}
		counts[verdict]++
		items[run] = test.Items()
		total += test.Items()
	}
	slices.Sort(items)
	share := func(verdict stat.Verdict) int64 { return stat.ToUnits(float64(counts[verdict]) / float64(runs)) }
	return Cost{
		Mean: int(math.Round(float64(total) / float64(runs))), Median: items[(runs-1)/2], P90: items[(9*runs+9)/10-1],
		Right: share(stat.Above), Wrong: share(stat.Below), Undecided: share(stat.Exhausted),
	}, nil
}
