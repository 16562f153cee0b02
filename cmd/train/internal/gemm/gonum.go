package gemm

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// multiplyGonum is the portable path.
func multiplyGonum(c, a Matrix, transposeA bool, b Matrix, transposeB, accumulate bool, m, n, k int) {
	beta := float32(0)
	if accumulate {
		beta = 1
	}
	gonum.Implementation{}.Sgemm(flag(transposeA), flag(transposeB), m, n, k, 1,
		a.Data, a.Stride, b.Data, b.Stride, beta, c.Data, c.Stride)
}

func flag(transpose bool) blas.Transpose {
	if transpose {
		return blas.Trans
	}
	return blas.NoTrans
}
