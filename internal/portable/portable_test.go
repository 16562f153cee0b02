package portable_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/internal/portable"
	"github.com/agora-network/agora/internal/portable/portabletest"
)

// precision is that of the reference, in bits.
const precision = 256

func number(x float64) *big.Float { return new(big.Float).SetPrec(precision).SetFloat64(x) }

// exponential is the Taylor series of x/2^20, squared twenty times.
func exponential(x *big.Float) *big.Float {
	small := new(big.Float).SetMantExp(x, -20)
	sum, term := number(1), number(1)
	for k := 1; k <= 40; k++ {
		term.Mul(term, small)
		term.Quo(term, number(float64(k)))
		sum.Add(sum, term)
	}
	for range 20 {
		sum.Mul(sum, sum)
	}
	return sum
}

// logarithm is Halley's iteration on the exponential: the error is cubed each time.
func logarithm(x *big.Float) *big.Float {
	start, _ := x.Float64()
	y := number(math.Log(start))
	for range 3 {
		e := exponential(y)
		step := new(big.Float).Sub(x, e)
		step.Quo(step, new(big.Float).Add(x, e))
		y.Add(y, step.Add(step, step))
	}
	return y
}

// relativeError is |have/want - 1|.
func relativeError(have float64, want *big.Float) float64 {
	if want.Sign() == 0 {
		return math.Abs(have)
	}
	ratio := new(big.Float).Quo(number(have), want)
	out, _ := ratio.Sub(ratio, number(1)).Float64()
	return math.Abs(out)
}

func TestExpIsTheExponentialWithinItsBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.OneOf(rapid.Float64Range(-700, 700), rapid.Float64Range(-1, 1)).Draw(t, "x")
		require.Less(t, relativeError(portable.Exp(x), exponential(number(x))), 1e-15)
	})
}

func TestLogIsTheLogarithmWithinItsBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.OneOf(rapid.Float64Range(2.3e-308, math.MaxFloat64), rapid.Float64Range(0.5, 2), rapid.Float64Range(0.999999, 1.000001)).Draw(t, "x")
		require.Less(t, relativeError(portable.Log(x), logarithm(number(x))), 1e-15)
	})
}

func TestLog1pIsTheLogarithmWithinItsBoundHoweverSmallItsArgument(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.OneOf(rapid.Float64Range(-0.999999, 10), rapid.Float64Range(-1e-3, 1e-3), rapid.Float64Range(-1e-15, 1e-15)).Draw(t, "x")
		want := number(x)
		if math.Abs(x) > 1e-20 { // below, ln(1+x) is x to 20 digits
			want = logarithm(new(big.Float).Add(number(1), number(x)))
		}
		require.Less(t, relativeError(portable.Log1p(x), want), 2e-15)
	})
}

func TestTheEdgesAreAsDocumented(t *testing.T) {
	require.Equal(t, 1.0, portable.Exp(0))
	require.Equal(t, portable.Exp(portable.MaxExponent), portable.Exp(1e30))
	require.Equal(t, portable.Exp(-portable.MaxExponent), portable.Exp(math.Inf(-1)))
	require.True(t, math.IsNaN(portable.Exp(math.NaN())))
	require.Zero(t, portable.Log(1))
	for _, x := range []float64{0, -1, math.Inf(1), math.NaN(), math.SmallestNonzeroFloat64} {
		require.True(t, math.IsNaN(portable.Log(x)), "%v", x)
	}
	require.Zero(t, portable.Log1p(0))
	for _, x := range []float64{-1, -2, math.Inf(1), math.NaN()} {
		require.True(t, math.IsNaN(portable.Log1p(x)), "%v", x)
	}
}

// The hash was made on amd64; 386, arm64, riscv64, ppc64le and s390x give the same.
func TestTheBitsAreTheSameOnEveryPlatform(t *testing.T) {
	hash := sha256.New()
	put := func(values ...float64) {
		for _, value := range values {
			var bits [8]byte
			binary.BigEndian.PutUint64(bits[:], math.Float64bits(value))
			hash.Write(bits[:])
		}
	}
	for i := -35_000; i <= 35_000; i++ {
		x := float64(i) / 49.7
		put(portable.Exp(x), portable.Log(float64(i+35_001)/977), portable.Log1p(x/705))
	}
	require.Equal(t, "f3e3fe2a3c4a44ae87c7fcb072b1d402fb29bea0498f5c6791eceab7e61735a6", hex.EncodeToString(hash.Sum(nil)))
}

func TestNothingInTheSourceDependsOnThePlatform(t *testing.T) { portabletest.Check(t, ".") }
