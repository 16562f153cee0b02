package metric

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
)

// share returns n/d in units of 1e-9, rounded half to even: 0 when there is nothing
// to share. 0 <= n, 0 <= d, and the result must fit, which it does for n <= 9*d.
func share(n, d int64) int64 {
	if d == 0 {
		return 0
	}
	high, low := bits.Mul64(uint64(n), uint64(One))
	quotient, rest := bits.Div64(high, low, uint64(d))
	if 2*rest > uint64(d) || 2*rest == uint64(d) && quotient%2 == 1 {
		quotient++
	}
	return int64(quotient)
}

// shareBig is [share] for any 0 <= n and 0 < d with n/d <= 9.
func shareBig(n, d *big.Int) int64 { return roundBig(new(big.Int).Mul(n, big.NewInt(One)), d) }

// roundBig returns n/d rounded half to even, at most the largest int64. 0 <= n, 0 < d.
func roundBig(n, d *big.Int) int64 {
	quotient, rest := new(big.Int).QuoRem(n, d, new(big.Int))
	if rest.Lsh(rest, 1); rest.Cmp(d) > 0 || rest.Cmp(d) == 0 && quotient.Bit(0) == 1 {
		quotient.Add(quotient, big.NewInt(1))
	}
	if !quotient.IsInt64() {
		return math.MaxInt64
	}
	return quotient.Int64()
}

// quantise returns a real number in units of 1e-9, rounded half to even. What is not
// between 0 and 1 becomes the nearer of them, what is not a number 0.
func quantise(x float64) int64 {
	if !(x > 0) {
		return 0
	}
	return int64(math.RoundToEven(float64(min(x, 1) * float64(One))))
}

// Rescale maps a score so that everything up to zero becomes 0 and [One] stays One,
// evenly in between: (score-zero)/(One-zero). It serves metrics whose worst value in
// practice is far from 0, such as a cosine or a similarity of texts in one language.
// zero may be -One to One-1; the error wraps [ErrInput].
func Rescale(score, zero int64) (int64, error) {
	if zero < -One || zero >= One {
		return 0, fmt.Errorf("%w: the score that becomes 0 must be %d to %d, not %d", ErrInput, -One, One-1, zero)
	}
	score = min(max(score, zero), One)
	return share(score-zero, One-zero), nil
}
