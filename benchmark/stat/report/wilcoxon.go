package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/agora-network/agora/benchmark/stat"
)

// WilcoxonTest is the result of a signed-rank test.
type WilcoxonTest struct {
	// Positive and Negative are the sums of the ranks of the positive and the negative
	// differences, in halves: twice the statistic that tables list.
	Positive, Negative int64
	// Items that differ; the others are left out.
	Items int
	// P is the two-sided p-value, in units, of "differences are spread evenly around 0".
	P int64
	// Exact says that P was counted over all signs; else it is the normal approximation with
	// the correction for ties, without one for continuity.
	Exact bool
}

// mostExact is up to how many differences all signs are counted: 2^50 ways fit a float64.
const mostExact = 50

// Wilcoxon is the signed-rank test of two players on the same items. Equal sizes share the mean
// of their ranks; the exact p-value accounts for that. The errors wrap stat.ErrEmpty, ErrLength,
// ErrTooMany and ErrRange.
//
// Source: F. Wilcoxon, Individual Comparisons by Ranking Methods, Biometrics Bulletin 1 (1945);
// M. Hollander, D. Wolfe, Nonparametric Statistical Methods (1973), section 3.1.
func Wilcoxon(a, b []int64) (WilcoxonTest, error) {
	d, err := differences(a, b, 1)
	if err != nil {
		return WilcoxonTest{}, fmt.Errorf("Wilcoxon's signed-rank test: %w", err)
	}
	d = slices.DeleteFunc(d, func(difference int64) bool { return difference == 0 })
	if len(d) == 0 {
		return WilcoxonTest{P: stat.One, Exact: true}, nil
	}
	slices.SortFunc(d, func(x, y int64) int { return cmp.Compare(size(x), size(y)) })
	// Ranks are doubled, so that the mean of a tie is a whole number.
	var positive, total int64
	ranks, ties := make([]int64, len(d)), 0.0
	for first := 0; first < len(d); {
		next := first
		for next < len(d) && size(d[next]) == size(d[first]) {
			next++
		}
		rank := int64(first + 1 + next)
		for i := first; i < next; i++ {
			ranks[i] = rank
			total += rank
			if d[i] > 0 {
				positive += rank
			}
		}
		t := float64(next - first)
		ties += t*t*t - t
		first = next
	}
	out := WilcoxonTest{
		Positive: positive, Negative: total - positive,
		Items: len(d), Exact: len(d) <= mostExact,
	}
	if out.Exact {
		out.P = signs(ranks, min(positive, total-positive))
		return out, nil
	}
	n := float64(len(d))
	variance := n*(n+1)*(2*n+1)/24 - ties/48
	z := (float64(positive)/2 - n*(n+1)/4) / math.Sqrt(variance)
	out.P = pUnits(2 * distuv.UnitNormal.Survival(math.Abs(z)))
	return out, nil
}

// signs returns twice the share of all signs of the ranks with a positive sum of at most most.
func signs(ranks []int64, most int64) int64 {
	ways := make([]float64, most+1)
	ways[0] = 1
	for _, rank := range ranks {
		for sum := most; sum >= rank; sum-- {
			ways[sum] += ways[sum-rank]
		}
	}
	count := 0.0
	for _, number := range ways {
		count += number
	}
	return pUnits(min(math.Ldexp(2*count, -len(ranks)), 1))
}

func size(x int64) int64 {
	if x < 0 {
		return -x
	}
	return x
}
