package yuma

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestFractionsAreRoundedDownAndShownToTheNearest(t *testing.T) {
	require.Equal(t, "0.500000000000000000", (One / 2).String())
	require.Equal(t, "1.000000000000000000", One.String())
	require.Equal(t, "0.333333333333333333", Ratio(1, 3).String())
	require.Equal(t, uint64(333_333_333), Ratio(1, 3).Parts(1_000_000_000))
	require.Equal(t, uint64(667), Ratio(2, 3).Parts(1_000))
	require.Equal(t, Fixed(0), Ratio(1, 0))
	require.Equal(t, One, Ratio(7, 3))
}

func TestAWeightIsNormalisedToTheLastBit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// The largest sum there can be is that of a full row of the largest weights.
		values := make([]uint16, rapid.SampledFrom([]int{1, 2, 3, 100, 4097, MaxMiners}).Draw(t, "miners"))
		fill := rapid.SampledFrom([]uint16{1, 2, 255, 65535}).Draw(t, "fill")
		for k := range values {
			values[k] = fill
		}
		values[0] = rapid.Uint16().Draw(t, "weight")
		sum := new(big.Int)
		for _, w := range values {
			sum.Add(sum, big.NewInt(int64(w)))
		}
		scale := newRowScale(values)
		if sum.Sign() == 0 {
			require.Zero(t, scale.normalise(values[0]))
			return
		}
		for _, w := range []uint16{values[0], values[len(values)-1]} {
			want := new(big.Int).Mul(big.NewInt(int64(w)), big.NewInt(int64(One)))
			require.Equal(t, want.Quo(want, sum).Uint64(), scale.normalise(w), "%d of %s", w, sum)
		}
	})
}
