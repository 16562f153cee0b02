package canon

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
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

func TestMatMulGivesTheSameBitsAsOneDotProductAfterTheOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		positions := rapid.IntRange(1, 5).Draw(t, "positions")
		width := rapid.IntRange(1, 40).Draw(t, "width")
		outputs := rapid.IntRange(1, 40).Draw(t, "outputs")
		number := rapid.Float32Range(-10, 10)
		in := rapid.SliceOfN(number, positions*width, positions*width).Draw(t, "in")
		weight := rapid.SliceOfN(number, outputs*width, outputs*width).Draw(t, "weight")
		out := make([]float32, positions*outputs)
		MatMul(out, in, weight, positions, width, outputs)
		for p := range positions {
			for o := range outputs {
				want := Dot(in[p*width:(p+1)*width], weight[o*width:(o+1)*width])
				require.Equal(t, math.Float32bits(want), math.Float32bits(out[p*outputs+o]))
			}
		}
	})
}

func TestSoftmaxSumsToOneAndNormHasUnitRootMeanSquare(t *testing.T) {
	x := []float32{1, 2, 3, -4, 0.5}
	normed := make([]float32, len(x))
	RMSNorm(normed, x, []float32{1, 1, 1, 1, 1}, 1e-9)
	require.InDelta(t, 5, Dot(normed, normed), 1e-5)
	largest, sum := Softmax(x)
	require.Equal(t, float32(3), largest)
	require.Greater(t, sum, float32(1))
	var total float32
	for _, p := range x {
		total += p
	}
	require.InDelta(t, 1, total, 1e-6)
}

// The bits of every function over a fixed grid. This hash must be the same for
// every GOARCH; a change of it changes every committed loss.
func TestTheBitsOfEveryFunctionAreTheGoldenOnes(t *testing.T) {
	hash := sha256.New()
	put32 := func(x float32) { _ = binary.Write(hash, binary.LittleEndian, math.Float32bits(x)) }
	put64 := func(x float64) { _ = binary.Write(hash, binary.LittleEndian, math.Float64bits(x)) }
	grid := make([]float32, 0, 2048)
	for i := -1024; i < 1024; i++ {
		x := float64(i) / 13
		grid = append(grid, float32(x))
		put32(Exp32(float32(x)))
		put64(Exp64(x))
		put64(Log64(float64(i+1025) / 7))
		sin, cos := SinCos(float64(x * 31))
		put64(sin)
		put64(cos)
	}
	sum := Dot(grid[:2000], grid[13:])
	put32(sum)
	MulAddTo(grid[:1000], grid[1000:], 0.3)
	SwiGLU(grid[:1000], grid[500:])
	RMSNorm(grid, grid, grid, 1e-5)
	Softmax(grid)
	for _, x := range grid {
		put32(x)
	}
	require.Equal(t, "120bbf9769e141fa5b1746ef96c9497c05b06025d060271e5e5422aa803bd267", hex.EncodeToString(hash.Sum(nil)))
}

func BenchmarkMatMul(b *testing.B) {
	const positions, width, outputs = 16, 128, 256
	in, weight, out := make([]float32, positions*width), make([]float32, outputs*width), make([]float32, positions*outputs)
	for b.Loop() {
		MatMul(out, in, weight, positions, width, outputs)
	}
	b.ReportMetric(2*positions*width*outputs*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOPS")
}
