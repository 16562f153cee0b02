package gemm

import "math"

// expOne is e^x to about 1e-7 relative: 2^n times a polynomial.
func expOne(x float32) float32 {
	x = min(max(x, expLow), expHigh)
	n := float32(x*math.Log2E+expToInteger) - expToInteger
	r := x - n*ln2High + n*ln2Low
	p := float32(expTerms[0])
	for _, term := range expTerms[1:] {
		p = p*r + term
	}
	p = p*r*r + r + 1
	return p * math.Float32frombits(uint32(int32(n)+127)<<23)
}

// Constants of the exponential.
const (
	expLow, expHigh = -87, 88
	expToInteger    = 3 << 22 // adding it drops the fraction of a float32
	ln2High, ln2Low = 0.693359375, 2.12194440e-4
)

var expTerms = [...]float32{
	1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3,
	4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1,
}
