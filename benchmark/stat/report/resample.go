package report

import (
	"fmt"
	"math"
	"math/bits"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/agora-network/agora/benchmark/stat"
)

// Mean is the mean of values, rounded half to even; 0 of none. It is a statistic for [Bootstrap].
func Mean(values []int64) int64 {
	if len(values) == 0 {
		return 0
	}
	var sum int64
	for _, value := range values {
		sum += value
	}
	n := int64(len(values))
	quotient, rest := sum/n, sum%n
	if twice := 2 * size(rest); twice > n || twice == n && quotient%2 != 0 {
		if sum < 0 {
			return quotient - 1
		}
		return quotient + 1
	}
	return quotient
}

// Resampled is what drawing a sample again and again says of a statistic. All numbers are units.
type Resampled struct {
	// Estimate is the statistic of the sample itself.
	Estimate int64
	// Percentile is the interval between the percentiles of the replicates.
	Percentile stat.Interval
	// Accelerated is the interval corrected for bias and skewness (BCa).
	Accelerated stat.Interval
}

// Bootstrap draws as many values as there are, with replacement, computes the statistic, repeats
// that and returns the intervals that miss the true value with a chance of about alpha. The
// statistic must not keep or change its argument.
//
// The errors wrap stat.ErrEmpty (fewer than two values), ErrTooMany (more than [MaxReplicates], or
// than [MaxWork] together) and ErrRange.
//
// Source: B. Efron, R. Tibshirani, An Introduction to the Bootstrap (1993), sections 13.3 and 14.3.
func Bootstrap(values []int64, statistic func([]int64) int64, replicates int, alpha int64, chance Chance) (Resampled, error) {
	if err := checkAlpha(alpha); err != nil {
		return Resampled{}, fmt.Errorf("bootstrap: %w", err)
	}
	if err := checkValues(values, 2); err != nil {
		return Resampled{}, fmt.Errorf("bootstrap: %w", err)
	}
	if err := checkReplicates(replicates, len(values)); err != nil {
		return Resampled{}, fmt.Errorf("bootstrap: %w", err)
	}
	out := Resampled{Estimate: statistic(values)}
	drawn, sample := make([]int64, replicates), make([]int64, len(values))
	for r := range drawn {
		for i := range sample {
			sample[i] = values[chance.Below(uint32(len(values)))]
		}
		drawn[r] = statistic(sample)
	}
	slices.Sort(drawn)
	tail := stat.FromUnits(alpha) / 2
	out.Percentile = percentiles(drawn, tail, 1-tail)

	bias := distuv.UnitNormal.Quantile(shareBelow(drawn, out.Estimate))
	acceleration := jackknife(values, statistic)
	corrected := func(p float64) float64 {
		z := bias + distuv.UnitNormal.Quantile(p)
		return distuv.UnitNormal.CDF(bias + z/(1-acceleration*z))
	}
	out.Accelerated = percentiles(drawn, corrected(tail), corrected(1-tail))
	return out, nil
}

// percentiles returns the replicates between which the shares low to high lie: those at
// floor((n+1)·low) from below and floor((n+1)·(1-high)) from above.
func percentiles(sorted []int64, low, high float64) stat.Interval {
	n := len(sorted)
	at := func(share float64) int { return min(max(int(math.Floor(float64(n+1)*share)), 1), n) }
	return stat.Interval{Low: sorted[at(low)-1], High: sorted[n-at(1-high)]}
}

// shareBelow is the share of replicates below the estimate, those equal to it half, kept within
// half a replicate of 0 and 1.
func shareBelow(sorted []int64, estimate int64) float64 {
	below, _ := slices.BinarySearch(sorted, estimate)
	above, _ := slices.BinarySearch(sorted, estimate+1)
	n := float64(len(sorted))
	return min(max(float64(below+above)/2/n, 0.5/n), 1-0.5/n)
}

// jackknife is the acceleration: the skewness of the statistic when one value at a time is left
// out.
func jackknife(values []int64, statistic func([]int64) int64) float64 {
	without, sample := make([]float64, len(values)), make([]int64, len(values)-1)
	mean := 0.0
	for i := range values {
		copy(sample, values[:i])
		copy(sample[i:], values[i+1:])
		without[i] = stat.FromUnits(statistic(sample))
		mean += without[i]
	}
	mean /= float64(len(values))
	square, cube := 0.0, 0.0
	for _, value := range without {
		d := mean - value
		square += d * d
		cube += d * d * d
	}
	if square == 0 {
		return 0
	}
	return cube / (6 * square * math.Sqrt(square))
}

func checkReplicates(replicates, values int) error {
	if err := checkRange("number of replicates", int64(replicates), 1, MaxReplicates); err != nil {
		return err
	}
	if high, work := bits.Mul64(uint64(replicates), uint64(values)); high > 0 || work > MaxWork {
		return fmt.Errorf("%w: %d replicates of %d values, at most %d together", stat.ErrTooMany, replicates, values, MaxWork)
	}
	return nil
}

// Permutation returns the two-sided p-value, in units, of "it makes no difference which player gave
// which answer": the share of ways to swap the two players item by item with a sum of differences at
// least as far from 0 as the true one. When there are no more ways than replicates, all are tried;
// else so many are drawn and the true one counts among them, so the p-value is valid and never 0.
//
// The errors wrap stat.ErrEmpty, ErrLength, ErrTooMany and ErrRange.
//
// Source: R. Fisher, The Design of Experiments (1935), section 21; B. Phipson, G. Smyth, Permutation
// P-values Should Never Be Zero (2010).
func Permutation(a, b []int64, replicates int, chance Chance) (int64, error) {
	d, err := differences(a, b, 1)
	if err != nil {
		return 0, fmt.Errorf("permutation test: %w", err)
	}
	if err := checkReplicates(replicates, len(d)); err != nil {
		return 0, fmt.Errorf("permutation test: %w", err)
	}
	var sum int64
	for _, difference := range d {
		sum += difference
	}
	goal, extreme := size(sum), 0
	if len(d) < 31 && 1<<len(d) <= replicates {
		for swaps := range 1 << len(d) {
			if size(swapped(d, func(i int) bool { return swaps>>i&1 == 1 })) >= goal {
				extreme++
			}
		}
		return pUnits(float64(extreme) / float64(int(1)<<len(d))), nil
	}
	for range replicates {
		if size(swapped(d, func(int) bool { return chance.Below(2) == 1 })) >= goal {
			extreme++
		}
	}
	return pUnits(float64(1+extreme) / float64(1+replicates)), nil
}

// swapped sums the differences, those that are swapped with the other sign.
func swapped(d []int64, swap func(i int) bool) int64 {
	var sum int64
	for i, difference := range d {
		if swap(i) {
			difference = -difference
		}
		sum += difference
	}
	return sum
}
