package stat

import (
	"fmt"
	"math/big"
)

// SignTest returns the p-value, in units, of so many wins and losses under the claim that
// both are equally likely: the exact two-sided sign test, for two players on the items on
// which exactly one is better. With right and wrong answers it is the exact test of
// McNemar. Ties are left out. It is [One] when nothing was won or lost, and at least 1
// unit: chance is never ruled out.
//
// The errors wrap [ErrRange] for negative counts and [ErrTooMany] above [MaxTrials].
//
// Source: J. Arbuthnot (1710); A. Agresti, Categorical Data Analysis (2002), section
// 10.1.4.
func SignTest(wins, losses int) (int64, error) {
	if wins < 0 || losses < 0 {
		return 0, fmt.Errorf("sign test: %w: %d wins and %d losses", ErrRange, wins, losses)
	}
	if wins > MaxTrials || losses > MaxTrials-wins {
		return 0, fmt.Errorf("sign test: %w: %d wins and %d losses, at most %d together", ErrTooMany, wins, losses, MaxTrials)
	}
	n, fewer := wins+losses, min(wins, losses)
	if 2*fewer == n {
		return One, nil
	}
	// 2·(C(n,0) + … + C(n,fewer)) of 2^n.
	sum, choices, factor := big.NewInt(1), big.NewInt(1), new(big.Int)
	for k := 1; k <= fewer; k++ {
		choices.Mul(choices, factor.SetInt64(int64(n-k+1)))
		choices.Quo(choices, factor.SetInt64(int64(k)))
		sum.Add(sum, choices)
	}
	p := quotientUnits(sum.Lsh(sum, 1), new(big.Int).Lsh(big.NewInt(1), uint(n)))
	return min(max(p, 1), One), nil
}

// MaxTrials bounds the wins and losses of a sign test: the exact sum takes a time in
// proportion to the square of their number.
const MaxTrials = 1 << 15
