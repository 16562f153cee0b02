package report

import (
	"fmt"
	"math"

	gonum "gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/agora-network/agora/benchmark/stat"
)

// MaxStatistic bounds a t statistic: what is larger, or infinite, is reported as this, in
// units.
const MaxStatistic = 1_000_000 * stat.One

// TTest is the result of a t test. All numbers are units.
type TTest struct {
	// Difference of the means, the first less the second.
	Difference int64
	// Interval of the true difference.
	Interval stat.Interval
	// Statistic t, within ±MaxStatistic.
	Statistic int64
	// Freedom is the number of degrees of freedom.
	Freedom int64
	// P is the two-sided p-value of "there is no difference".
	P int64
}

// PairedT is Student's t test of two players on the same items: of the mean of the differences
// a[i] - b[i]. The interval misses the true mean with the chance alpha. It takes two items at
// least. Where all differences are equal, the interval is a point and P is stat.One or 1 unit.
//
// The errors wrap stat.ErrEmpty, ErrLength, ErrTooMany and ErrRange.
//
// Source: Student, The Probable Error of a Mean, Biometrika 6 (1908).
func PairedT(a, b []int64, alpha int64) (TTest, error) {
	if err := checkAlpha(alpha); err != nil {
		return TTest{}, fmt.Errorf("paired t test: %w", err)
	}
	d, err := differences(a, b, 2)
	if err != nil {
		return TTest{}, fmt.Errorf("paired t test: %w", err)
	}
	mean, variance := meanVariance(d)
	n := float64(len(d))
	return student(mean, math.Sqrt(variance/n), n-1, alpha), nil
}

// Welch is the t test of two samples that need not be of the same items, nor of the same
// length, nor equally spread: of the mean of a less the mean of b. Each takes two values at
// least. Errors as for PairedT, without ErrLength.
//
// Source: B. Welch, The Generalization of Student's Problem when Several Different Population
// Variances Are Involved, Biometrika 34 (1947).
func Welch(a, b []int64, alpha int64) (TTest, error) {
	if err := checkAlpha(alpha); err != nil {
		return TTest{}, fmt.Errorf("Welch's t test: %w", err)
	}
	for _, values := range [][]int64{a, b} {
		if err := checkValues(values, 2); err != nil {
			return TTest{}, fmt.Errorf("Welch's t test: %w", err)
		}
	}
	meanA, varianceA := meanVariance(a)
	meanB, varianceB := meanVariance(b)
	shareA, shareB := varianceA/float64(len(a)), varianceB/float64(len(b))
	freedom := float64(len(a) + len(b) - 2)
	if sum := shareA + shareB; sum > 0 {
		freedom = sum * sum / (shareA*shareA/float64(len(a)-1) + shareB*shareB/float64(len(b)-1))
	}
	return student(meanA-meanB, math.Sqrt(shareA+shareB), freedom, alpha), nil
}

// meanVariance returns the mean and the unbiased variance, which is exactly 0 where all values are
// the same.
func meanVariance(values []int64) (mean, variance float64) {
	if constant(values) {
		return stat.FromUnits(values[0]), 0
	}
	return gonum.MeanVariance(floats(values), nil)
}

// student tests a difference with its standard error.
func student(difference, deviation, freedom float64, alpha int64) TTest {
	out := TTest{Difference: stat.ToUnits(difference), Freedom: stat.ToUnits(freedom), P: stat.One}
	out.Interval = stat.Interval{Low: out.Difference, High: out.Difference}
	if deviation == 0 {
		if out.Difference != 0 {
			out.P = 1
			out.Statistic = MaxStatistic
			if out.Difference < 0 {
				out.Statistic = -MaxStatistic
			}
		}
		return out
	}
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}
	statistic := difference / deviation
	half := quantile(t, stat.FromUnits(alpha)/2) * deviation
	out.Statistic = min(max(stat.ToUnits(statistic), -MaxStatistic), MaxStatistic)
	out.P = pUnits(2 * t.Survival(math.Abs(statistic)))
	out.Interval = stat.Interval{Low: stat.ToUnits(difference - half), High: stat.ToUnits(difference + half)}
	return out
}

// quantile is where the upper tail of t holds the chance, below 1/2. It is found by halving, since
// gonum's inverse of the incomplete beta function goes astray in the tails.
func quantile(t distuv.StudentsT, tail float64) float64 {
	low, high := 0.0, 1.0
	for t.Survival(high) > tail {
		low, high = high, 2*high
	}
	for range 60 {
		middle := (low + high) / 2
		if t.Survival(middle) > tail {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}
