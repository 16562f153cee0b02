//go:build goexperiment.simd && amd64

package gemm

import (
	"math"
	"simd/archsimd"
)

// Exp replaces each x[i] by e^x[i], within 1e-6 relative for -87 <= x[i] <= 88;
// beyond, x[i] counts as that bound.
func Exp(x []float32) {
	if archsimd.X86.AVX512() {
		low, high := archsimd.BroadcastFloat32x16(expLow), archsimd.BroadcastFloat32x16(expHigh)
		log2e, toInteger := archsimd.BroadcastFloat32x16(math.Log2E), archsimd.BroadcastFloat32x16(expToInteger)
		minusHigh, plusLow := archsimd.BroadcastFloat32x16(-ln2High), archsimd.BroadcastFloat32x16(ln2Low)
		one := archsimd.BroadcastFloat32x16(1)
		for len(x) >= 16 {
			at := (*[16]float32)(x)
			v := archsimd.LoadFloat32x16(at).Max(low).Min(high)
			n := v.MulAdd(log2e, toInteger).Sub(toInteger)
			r := n.MulAdd(plusLow, n.MulAdd(minusHigh, v))
			p := archsimd.BroadcastFloat32x16(expTerms[0])
			for _, term := range expTerms[1:] {
				p = p.MulAdd(r, archsimd.BroadcastFloat32x16(term))
			}
			p = p.MulAdd(r.Mul(r), r.Add(one))
			p.Scale(n).Store(at) // p times 2^n
			x = x[16:]
		}
	}
	for i, value := range x {
		x[i] = expOne(value)
	}
}
