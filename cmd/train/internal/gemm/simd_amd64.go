//go:build goexperiment.simd && amd64

package gemm

import (
	"simd/archsimd"
	"sync"
)

// The block of C that the kernel keeps in registers, and how much of k one
// packed panel covers: 256 x 32 floats of B fill the first-level cache.
const (
	tileRows = 4
	tileCols = 32
	depth    = 256
)

// Kernel names the code that Mul runs.
func Kernel() string {
	if archsimd.X86.AVX512() {
		return "avx512"
	}
	return "gonum"
}

// buffers are the packed panels of one multiplication.
type buffers struct {
	a, b []float32
	edge [tileRows * tileCols]float32
}

var bufferPool = sync.Pool{New: func() any { return new(buffers) }}

func multiply(c, a Matrix, transposeA bool, b Matrix, transposeB, accumulate bool, m, n, k int) {
	if !archsimd.X86.AVX512() {
		multiplyGonum(c, a, transposeA, b, transposeB, accumulate, m, n, k)
		return
	}
	if !accumulate {
		for i := range m {
			clear(c.Data[i*c.Stride : i*c.Stride+n])
		}
	}
	buf := bufferPool.Get().(*buffers)
	defer bufferPool.Put(buf)
	columnPanels := (n + tileCols - 1) / tileCols
	buf.b = grow(buf.b, columnPanels*tileCols*depth)
	buf.a = grow(buf.a, tileRows*depth)
	for k0 := 0; k0 < k; k0 += depth {
		kc := min(depth, k-k0)
		for p := range columnPanels {
			pack(buf.b[p*tileCols*kc:], tileCols, b, !transposeB, p*tileCols, n, k0, kc)
		}
		for i0 := 0; i0 < m; i0 += tileRows {
			pack(buf.a, tileRows, a, transposeA, i0, m, k0, kc)
			for p := range columnPanels {
				buf.tile(c, i0, p*tileCols, m, n, buf.b[p*tileCols*kc:], kc)
			}
		}
	}
}

// tile computes one block of C; a block that hangs over the border goes through
// a full-size buffer.
func (buf *buffers) tile(c Matrix, i0, j0, m, n int, panel []float32, kc int) {
	if i0+tileRows <= m && j0+tileCols <= n {
		microKernel(buf.a, panel, kc, c.Data[i0*c.Stride+j0:], c.Stride)
		return
	}
	clear(buf.edge[:])
	microKernel(buf.a, panel, kc, buf.edge[:], tileCols)
	for i := range min(tileRows, m-i0) {
		row := c.Data[(i0+i)*c.Stride+j0:]
		for j := range min(tileCols, n-j0) {
			row[j] += buf.edge[i*tileCols+j]
		}
	}
}

// pack copies width lanes (rows of A, columns of B) from lane0 and kc steps of k
// from k0 into panel, step by step, zero beyond lanes. byStep says that one step
// of k is one row of the source.
func pack(panel []float32, width int, src Matrix, byStep bool, lane0, lanes, k0, kc int) {
	count := min(width, lanes-lane0)
	if byStep {
		for s := range kc {
			from := src.Data[(k0+s)*src.Stride+lane0:]
			to := panel[s*width : (s+1)*width]
			copy(to, from[:count])
			clear(to[count:])
		}
		return
	}
	if count < width {
		clear(panel[:width*kc])
	}
	for lane := range count {
		from := src.Data[(lane0+lane)*src.Stride+k0:][:kc]
		to := panel[lane:]
		for s, value := range from {
			to[s*width] = value
		}
	}
}

func grow(buffer []float32, n int) []float32 {
	if cap(buffer) < n {
		return make([]float32, n)
	}
	return buffer[:n]
}
