package metric

import (
	"fmt"
	"math/big"
)

// MaxSamples bounds the samples of [PassAtK].
const MaxSamples = 10_000

// PassAtK is the unbiased estimate of the probability that at least one of k samples is
// right, given that correct of n samples are: 1 - C(n-correct, k)/C(n, k), computed
// exactly and rounded once. 1 <= k <= n <= [MaxSamples] and 0 <= correct <= n; the error
// wraps [ErrInput]. Below 0.1 ms for a thousand samples, 1.5 ms at the limit.
func PassAtK(n, correct, k int) (int64, error) {
	switch {
	case n < 1 || n > MaxSamples:
		return 0, fmt.Errorf("%w: samples must be 1 to %d, not %d", ErrInput, MaxSamples, n)
	case k < 1 || k > n:
		return 0, fmt.Errorf("%w: k must be 1 to the %d samples, not %d", ErrInput, n, k)
	case correct < 0 || correct > n:
		return 0, fmt.Errorf("%w: the right samples must be 0 to %d, not %d", ErrInput, n, correct)
	case n-correct < k:
		return One, nil // k samples cannot all be wrong
	}
	// Both binomials have the same divisor k!.
	wrong := new(big.Int).MulRange(int64(n-correct-k+1), int64(n-correct))
	all := new(big.Int).MulRange(int64(n-k+1), int64(n))
	return shareBig(wrong.Sub(all, wrong), all), nil
}
