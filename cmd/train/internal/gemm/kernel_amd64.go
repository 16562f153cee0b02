//go:build goexperiment.simd && amd64

package gemm

import "simd/archsimd"

// microKernel adds the product of an 4-row panel of A and a 32-column panel of B
// to the 4 x 32 block of C whose first element is c[0]. All 8 accumulators stay
// in registers.
func microKernel(a, b []float32, k int, c []float32, stride int) {
	var c0l, c0h archsimd.Float32x16
	var c1l, c1h archsimd.Float32x16
	var c2l, c2h archsimd.Float32x16
	var c3l, c3h archsimd.Float32x16
	a = a[:k*tileRows]
	b = b[:k*tileCols]
	for len(a) >= tileRows && len(b) >= tileCols {
		bl := archsimd.LoadFloat32x16((*[16]float32)(b))
		bh := archsimd.LoadFloat32x16((*[16]float32)(b[16:]))
		row := (*[tileRows]float32)(a)
		x := archsimd.BroadcastFloat32x16(row[0])
		c0l = x.MulAdd(bl, c0l)
		c0h = x.MulAdd(bh, c0h)
		x = archsimd.BroadcastFloat32x16(row[1])
		c1l = x.MulAdd(bl, c1l)
		c1h = x.MulAdd(bh, c1h)
		x = archsimd.BroadcastFloat32x16(row[2])
		c2l = x.MulAdd(bl, c2l)
		c2h = x.MulAdd(bh, c2h)
		x = archsimd.BroadcastFloat32x16(row[3])
		c3l = x.MulAdd(bl, c3l)
		c3h = x.MulAdd(bh, c3h)
		a = a[tileRows:]
		b = b[tileCols:]
	}
	addTo(c[0*stride:], c0l, c0h)
	addTo(c[1*stride:], c1l, c1h)
	addTo(c[2*stride:], c2l, c2h)
	addTo(c[3*stride:], c3l, c3h)
}

// addTo adds 32 numbers to the head of row.
func addTo(row []float32, low, high archsimd.Float32x16) {
	l, h := (*[16]float32)(row), (*[16]float32)(row[16:])
	archsimd.LoadFloat32x16(l).Add(low).Store(l)
	archsimd.LoadFloat32x16(h).Add(high).Store(h)
}
