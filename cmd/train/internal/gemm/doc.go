// Package gemm multiplies float32 matrices for the training program.
//
// The default build uses gonum. Built with GOEXPERIMENT=simd on amd64 it uses a
// hand-written packed AVX-512 kernel where the CPU has one. The two round
// differently: training is not reproducible to the last bit between them, which
// is why the engine that serves models does not use this package.
//
// Functions are safe for concurrent use on different outputs.
package gemm

// Matrix is a row-major matrix: element (i, j) is Data[i*Stride+j].
type Matrix struct {
	Rows, Cols int
	Stride     int
	Data       []float32
}

// Dense describes data as a matrix of the given shape without gaps.
func Dense(rows, cols int, data []float32) Matrix {
	return Matrix{Rows: rows, Cols: cols, Stride: cols, Data: data[:rows*cols]}
}

// Mul adds the product of a and b, each transposed where asked, to c. When
// accumulate is false the old content of c is dropped first. Shapes that do not
// fit panic: they are programming errors.
func Mul(c, a Matrix, transposeA bool, b Matrix, transposeB bool, accumulate bool) {
	m, k := a.Rows, a.Cols
	if transposeA {
		m, k = k, m
	}
	kb, n := b.Rows, b.Cols
	if transposeB {
		kb, n = n, kb
	}
	if k != kb || c.Rows != m || c.Cols != n {
		panic("gemm: shapes do not fit")
	}
	if m == 0 || n == 0 {
		return
	}
	multiply(c, a, transposeA, b, transposeB, accumulate, m, n, k)
}
