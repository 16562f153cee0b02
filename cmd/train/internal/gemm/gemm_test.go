package gemm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func random(r *rand.Rand, n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(r.NormFloat64())
	}
	return out
}

// at returns the element in row i and column j of the matrix as it is used.
func at(m Matrix, transpose bool, i, j int) float64 {
	if transpose {
		i, j = j, i
	}
	return float64(m.Data[i*m.Stride+j])
}

func TestMulAgreesWithTheDefinitionForEveryTransposition(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, shape := range [][3]int{{1, 1, 1}, {8, 32, 256}, {7, 31, 5}, {9, 33, 257}, {20, 96, 300}, {65, 258, 96}} {
		m, n, k := shape[0], shape[1], shape[2]
		for variant := range 8 {
			transposeA, transposeB, accumulate := variant&1 != 0, variant&2 != 0, variant&4 != 0
			a, b := Dense(m, k, random(r, m*k)), Dense(k, n, random(r, k*n))
			if transposeA {
				a.Rows, a.Cols, a.Stride = k, m, m
			}
			if transposeB {
				b.Rows, b.Cols, b.Stride = n, k, k
			}
			c := Dense(m, n, random(r, m*n))
			want := make([]float64, m*n)
			for i := range m {
				for j := range n {
					if accumulate {
						want[i*n+j] = float64(c.Data[i*n+j])
					}
					for s := range k {
						want[i*n+j] += at(a, transposeA, i, s) * at(b, transposeB, s, j)
					}
				}
			}
			Mul(c, a, transposeA, b, transposeB, accumulate)
			for i := range want {
				require.InDelta(t, want[i], c.Data[i], 1e-3, "shape %v variant %d element %d", shape, variant, i)
			}
		}
	}
}

func BenchmarkMul(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, shape := range [][3]int{{2500, 96, 96}, {2500, 256, 96}, {96, 256, 2500}, {2500, 128, 128}} {
		m, n, k := shape[0], shape[1], shape[2]
		x, y, z := Dense(m, k, random(r, m*k)), Dense(n, k, random(r, k*n)), Dense(m, n, random(r, m*n))
		b.Run(fmt.Sprintf("%dx%dx%d", m, n, k), func(b *testing.B) {
			for b.Loop() {
				Mul(z, x, false, y, true, false)
			}
			b.ReportMetric(2*float64(m)*float64(n)*float64(k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOPS")
		})
	}
}

func TestExpStaysCloseToTheTrueExponential(t *testing.T) {
	var x, want []float32
	for v := -90.0; v < 89; v += 0.37 {
		x = append(x, float32(v))
		want = append(want, float32(math.Exp(min(max(float64(float32(v)), -87), 88))))
	}
	Exp(x)
	for i := range x {
		require.InEpsilon(t, want[i], x[i], 1e-6, "element %d", i)
	}
}
