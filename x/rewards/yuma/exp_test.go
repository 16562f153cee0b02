package yuma

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLiquidAlphaFollowsItsFormula(t *testing.T) {
	for _, steepness := range []uint64{0, 1, 10, 37, 1000, 65536} {
		curve := liquid{low: uint64(Ratio(1, 10)), span: uint64(Ratio(7, 10)), steepness: steepness * SteepnessUnit}
		last := uint64(0)
		for k := range 1001 {
			d := uint64(Ratio(uint64(k), 1000))
			got := curve.alpha(d)
			want := 0.1 + 0.7/(1+math.Exp(-float64(steepness)*(float64(d)/float64(One)-0.5)))
			require.InDelta(t, want, float64(got)/float64(One), 2e-14, "steepness %d, distance %d/1000", steepness, k)
			require.GreaterOrEqual(t, got+2, last, "the curve never falls")
			last = got
		}
	}
}

func TestTheExponentialKeepsItsErrorBound(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	for range 20_000 {
		x := rng.Uint64N(44 << exponentBits)
		got := new(big.Float).SetUint64(expNegative(x))
		got.SetMantExp(got, -fixedBits)
		want := bigExpNegative(x)
		d, _ := new(big.Float).Sub(got, want).Float64()
		scale, _ := want.Float64()
		require.LessOrEqual(t, math.Abs(d), math.Ldexp(scale, -46)+math.Ldexp(1, -60), "e^-(%d/2^56)", x)
	}
}

// bigExpNegative is e^-(x/2^56) by its series on a small argument and repeated squaring.
func bigExpNegative(x uint64) *big.Float {
	const precision = 300
	const halvings = 20
	z := new(big.Float).SetPrec(precision).SetUint64(x)
	z.SetMantExp(z, -exponentBits-halvings)
	z.Neg(z)
	sum := new(big.Float).SetPrec(precision).SetInt64(1)
	term := new(big.Float).SetPrec(precision).SetInt64(1)
	for n := int64(1); n < 30; n++ {
		term.Mul(term, z)
		term.Quo(term, new(big.Float).SetInt64(n))
		sum.Add(sum, term)
	}
	for range halvings {
		sum.Mul(sum, sum)
	}
	return sum
}
