package halflife

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Every constant is checked against square roots of square roots taken with 400 bits.
func TestRootsAreTheRootsOfOneHalf(t *testing.T) {
	const precision = 400
	root := new(big.Int).Lsh(big.NewInt(1), precision-1)
	for i, got := range roots {
		root.Sqrt(root.Lsh(root, precision))
		require.Equal(t, new(big.Int).Rsh(root, precision-64).Uint64(), got, "root %d", i)
	}
}

// Golden values: a node that computes others is on another chain.
func TestDecayGivesTheGoldenValues(t *testing.T) {
	for elapsed, want := range map[uint64]uint64{
		0: 1_000_000_000_000_000_000, 1: 999_807_477_651_317_443, 10: 998_076_443_575_628_737,
		1_800: 707_106_781_186_547_524, 3_600: 500_000_000_000_000_000, 36_000: 976_562_500_000_000, 3_600 * 60: 0, 1 << 63: 0,
	} {
		require.Equal(t, want, Decay(1_000_000_000_000_000_000, elapsed, 3_600), "after %d blocks", elapsed)
	}
}

func TestWithoutAHalfLifeNothingRemainsOnceTimeHasPassed(t *testing.T) {
	require.EqualValues(t, 7, Decay(7, 0, 0))
	require.Zero(t, Decay(7, 1, 0))
}

// The reference takes the exponential exactly: 2^(-r/h) is the h-th root of 2^-r, so x is right exactly
// when x^h <= value^h / 2^r < (x+1)^h. A relative error of 2^-57 moves x by at most value/2^57 + 1.
func TestDecayNeverExceedsTheExactValueAndIsCloseToIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.Uint64().Draw(t, "value")
		halfLife := rapid.Uint64Range(1, 200).Draw(t, "half life")
		elapsed := rapid.Uint64Max(3*halfLife).Draw(t, "elapsed")
		got := Decay(value, elapsed, halfLife)
		atMost := func(x *big.Int) bool { // x <= value x 2^(-elapsed/halfLife)
			power := new(big.Int).SetUint64(halfLife)
			left := new(big.Int).Exp(x, power, nil)
			right := new(big.Int).Exp(new(big.Int).SetUint64(value), power, nil)
			return left.Lsh(left, uint(elapsed)).Cmp(right) <= 0
		}
		x := new(big.Int).SetUint64(got)
		require.True(t, atMost(x), "%d is too much", got)
		require.False(t, atMost(x.Add(x, new(big.Int).SetUint64(value>>57+2))), "%d is too little", got)
	})
}

func TestDecayNeverRises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value, halfLife := rapid.Uint64().Draw(t, "value"), rapid.Uint64Range(1, 1_000_000).Draw(t, "half life")
		elapsed := rapid.Uint64Max(70*halfLife).Draw(t, "elapsed")
		require.LessOrEqual(t, Decay(value, elapsed+1, halfLife), Decay(value, elapsed, halfLife))
	})
}
