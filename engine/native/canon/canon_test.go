package canon

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestExp32StaysCloseToTheTrueExponential(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float32Range(-86, 88).Draw(t, "x")
		want := math.Exp(float64(x))
		require.InEpsilon(t, want, float64(Exp32(x)), 2e-7)
	})
	require.Equal(t, float32(1), Exp32(0))
	require.Zero(t, Exp32(-1000))
	require.Equal(t, Exp32(88), Exp32(1e30))
	require.True(t, math.IsNaN(float64(Exp32(float32(math.NaN())))))
}

func TestExp64AndLog64StayCloseToTheTrueFunctions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64Range(-700, 700).Draw(t, "x")
		require.InEpsilon(t, math.Exp(x), Exp64(x), 1e-13)
		y := rapid.Float64Range(1e-300, 1e300).Draw(t, "y")
		require.InDelta(t, math.Log(y), Log64(y), 1e-13*max(1, math.Abs(math.Log(y))))
	})
	require.Zero(t, Log64(1))
	for _, x := range []float64{0, -1, math.Inf(1), math.NaN(), math.SmallestNonzeroFloat64} {
		require.True(t, math.IsNaN(Log64(x)), "%v", x)
	}
	require.True(t, math.IsNaN(Exp64(math.NaN())))
}

func TestSinCosStaysCloseToTheTrueFunctions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64Range(-65536, 65536).Draw(t, "x")
		sin, cos := SinCos(x)
		require.InDelta(t, math.Sin(x), sin, 1e-11)
		require.InDelta(t, math.Cos(x), cos, 1e-11)
	})
	sin, cos := SinCos(65537)
	require.True(t, math.IsNaN(sin) && math.IsNaN(cos))
}

func TestGELU32StaysCloseToTheTrueFunction(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64Range(-20, 20).Draw(t, "x")
		want := 0.5 * x * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
		require.InDelta(t, want, float64(GELU32(float32(x))), 3e-6*max(1, math.Abs(x)))
	})
}
