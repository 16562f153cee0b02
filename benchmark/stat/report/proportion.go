package report

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/agora-network/agora/benchmark/stat"
)

// Wilson returns the score interval of a share, such as that of right answers: it misses the
// true share with a chance of about alpha. It is good for few trials too.
//
// The errors wrap stat.ErrEmpty (no trial), ErrTooMany and ErrRange.
//
// Source: E. Wilson, Probable Inference, the Law of Succession, and Statistical Inference, JASA
// 22 (1927); R. Newcombe, Statistics in Medicine 17 (1998), method 3.
func Wilson(successes, trials int, alpha int64) (stat.Interval, error) {
	if err := checkTrials(successes, trials, alpha); err != nil {
		return stat.Interval{}, fmt.Errorf("Wilson's interval: %w", err)
	}
	n := float64(trials)
	share := float64(successes) / n
	z := distuv.UnitNormal.Quantile(1 - stat.FromUnits(alpha)/2)
	middle := share + z*z/(2*n)
	half := z * math.Sqrt(share*(1-share)/n+z*z/(4*n*n))
	out := stat.Interval{
		Low:  max(stat.ToUnits((middle-half)/(1+z*z/n)), 0),
		High: min(stat.ToUnits((middle+half)/(1+z*z/n)), stat.One),
	}
	return atEdges(out, successes, trials), nil
}

// ClopperPearson returns the exact interval of a share: it misses the true share with a chance of
// at most alpha, often less; it is rounded outwards. Errors as for Wilson.
//
// Source: C. Clopper, E. Pearson, The Use of Confidence or Fiducial Limits Illustrated in the Case
// of the Binomial, Biometrika 26 (1934).
func ClopperPearson(successes, trials int, alpha int64) (stat.Interval, error) {
	if err := checkTrials(successes, trials, alpha); err != nil {
		return stat.Interval{}, fmt.Errorf("interval of Clopper and Pearson: %w", err)
	}
	tail := stat.FromUnits(alpha) / 2
	return stat.Interval{
		Low:  leastShare(successes, trials, tail),
		High: stat.One - leastShare(trials-successes, trials, tail),
	}, nil
}

// leastShare is the largest share, in units, with which so many successes or more come with a chance
// of at most tail. It is found by halving, since gonum's inverse of the incomplete beta function goes
// astray in the tails.
func leastShare(successes, trials int, tail float64) int64 {
	if successes == 0 {
		return 0
	}
	x, n := float64(successes), float64(trials)
	low, high := int64(0), stat.One
	for low < high {
		middle := high - (high-low)/2
		if mathext.RegIncBeta(x, n-x+1, stat.FromUnits(middle)) <= tail {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return low
}

// atEdges keeps what is impossible to rule out: a share of 0 without a success, of 1 without a
// failure.
func atEdges(interval stat.Interval, successes, trials int) stat.Interval {
	if successes == 0 {
		interval.Low = 0
	}
	if successes == trials {
		interval.High = stat.One
	}
	return interval
}

func checkTrials(successes, trials int, alpha int64) error {
	if trials == 0 {
		return fmt.Errorf("%w: no trials", stat.ErrEmpty)
	}
	if trials > stat.MaxItems {
		return fmt.Errorf("%w: %d trials, at most %d", stat.ErrTooMany, trials, stat.MaxItems)
	}
	if trials < 0 || successes < 0 || successes > trials {
		return fmt.Errorf("%w: %d successes in %d trials", stat.ErrRange, successes, trials)
	}
	return checkAlpha(alpha)
}
