//go:build !(goexperiment.simd && amd64)

package gemm

// Kernel names the code that Mul runs.
func Kernel() string { return "gonum" }

func multiply(c, a Matrix, transposeA bool, b Matrix, transposeB, accumulate bool, m, n, k int) {
	multiplyGonum(c, a, transposeA, b, transposeB, accumulate, m, n, k)
}

// Exp replaces each x[i] by e^x[i], within 1e-6 relative for -87 <= x[i] <= 88;
// beyond, x[i] counts as that bound.
func Exp(x []float32) {
	for i, value := range x {
		x[i] = expOne(value)
	}
}
