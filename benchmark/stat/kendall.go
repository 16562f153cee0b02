package stat

import (
	"fmt"
	"math/big"
)

// KendallTau returns how far two lists order the same things alike: [One] for the same
// order, -One for the reverse, 0 for no relation. It is Kendall's tau-b,
//
//	(C - D) / sqrt((pairs not tied in a) · (pairs not tied in b))
//
// with C pairs in the same order and D in the other, computed exactly and rounded
// half to even. When all of a list is tied there is no order, and tau is 0.
//
// The errors wrap [ErrEmpty], [ErrLength] and [ErrTooMany] (more than [MaxPlayers]).
//
// Source: M. Kendall, The Treatment of Ties in Ranking Problems, Biometrika 33 (1945).
func KendallTau(a, b []int64) (int64, error) {
	if err := checkCount("values", len(a), MaxPlayers); err != nil {
		return 0, fmt.Errorf("Kendall's tau: %w", err)
	}
	if len(a) != len(b) {
		return 0, fmt.Errorf("Kendall's tau: %w: %d and %d values", ErrLength, len(a), len(b))
	}
	var balance, untiedA, untiedB int64
	for i := range a {
		for j := range i {
			left, right := compare(a[i], a[j]), compare(b[i], b[j])
			balance += left * right
			untiedA += left * left
			untiedB += right * right
		}
	}
	if untiedA == 0 || untiedB == 0 {
		return 0, nil
	}
	// The root of (2·tau·1e9)², rounded down, tells on which side of a half tau lies.
	square := new(big.Int).Mul(big.NewInt(balance), big.NewInt(balance))
	square.Mul(square, new(big.Int).Exp(big.NewInt(10), big.NewInt(18), nil))
	square.Lsh(square, 2)
	product := new(big.Int).Mul(big.NewInt(untiedA), big.NewInt(untiedB))
	quotient, rest := square.QuoRem(square, product, new(big.Int))
	twice := new(big.Int).Sqrt(quotient)
	exact := rest.Sign() == 0 && new(big.Int).Mul(twice, twice).Cmp(quotient) == 0
	tau := twice.Int64() / 2
	if twice.Int64()%2 == 1 && (!exact || tau%2 == 1) {
		tau++
	}
	if balance < 0 {
		return -tau, nil
	}
	return tau, nil
}

func compare(a, b int64) int64 {
	switch {
	case a > b:
		return 1
	case a < b:
		return -1
	}
	return 0
}
