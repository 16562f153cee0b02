package canon

import (
	"math"

	"github.com/agora-network/agora/internal/portable"
)

const (
	log2e  = 1.4426950408889634
	halfPi = 1.5707963267948966
)

// Exp32 returns e^x with a relative error below 2e-7. Below -87 it is 0, above
// 88 it is Exp32(88); NaN stays NaN.
func Exp32(x float32) float32 {
	if x != x {
		return x
	}
	if x < -87 {
		return 0
	}
	if x > 88 {
		x = 88
	}
	// x = n·ln2 + r with |r| <= ln2/2; ln2 in two parts keeps r exact.
	const toInteger = 3 << 22 // adding it rounds a float32 to an integer
	n := float32(float32(x*log2e)+toInteger) - toInteger
	r := x - float32(n*0.693359375)
	r = r + float32(n*2.12194440e-4)
	p := float32(1.9875691500e-4)
	p = float32(p*r) + 1.3981999507e-3
	p = float32(p*r) + 8.3334519073e-3
	p = float32(p*r) + 4.1665795894e-2
	p = float32(p*r) + 1.6666665459e-1
	p = float32(p*r) + 5.0000001201e-1
	square := float32(r * r)
	p = float32(p*square) + r
	p = p + 1
	return float32(p * math.Float32frombits(uint32(int32(n)+127)<<23))
}

// GELU32 returns x*sigmoid(2u), u = sqrt(2/pi)*(x + 0.044715*x^3): the form of
// GELU that uses the hyperbolic tangent.
func GELU32(x float32) float32 {
	u := float32(x * x)
	u = float32(u * x)
	u = float32(u*0.044715) + x
	u = float32(u * -1.5957691216057308) // -2*sqrt(2/pi)
	return x / (1 + Exp32(u))
}

// Exp64 returns e^x with a relative error below 1e-15 for -700 <= x <= 700;
// beyond, x is taken as that bound. NaN stays NaN.
func Exp64(x float64) float64 { return portable.Exp(x) }

// Log64 returns the natural logarithm with a relative error below 1e-15. x must
// be positive, finite and not subnormal; otherwise the result is NaN.
func Log64(x float64) float64 { return portable.Log(x) }

// SinCos returns the sine and cosine of an angle in radians with an absolute
// error below 1e-11 for |x| <= 65536. Beyond, or for NaN, both are NaN.
func SinCos(x float64) (sin, cos float64) {
	if !(x >= -65536 && x <= 65536) {
		return math.NaN(), math.NaN()
	}
	// x = quarter·(pi/2) + r with |r| <= pi/4; pi/2 in three parts keeps r exact.
	quarter := nearest(float64(x / halfPi))
	const high, middle, low = 1.57079632673412561417e+00, 6.07710050630396597660e-11, 2.02226624879595063154e-21
	r := x - float64(quarter*high)
	r = r - float64(quarter*middle)
	r = r - float64(quarter*low)
	square := float64(r * r)
	s, c := 1.0, 1.0
	for k := 17; k >= 3; k -= 2 {
		s = 1 - float64(float64(s*square)/float64(k*(k-1)))
		c = 1 - float64(float64(c*square)/float64((k-1)*(k-2)))
	}
	s = float64(s * r)
	switch int(quarter) & 3 {
	case 1:
		return c, -s
	case 2:
		return -s, -c
	case 3:
		return -c, s
	}
	return s, c
}

// nearest rounds to an integer, halves to even, for |x| below 2^51.
func nearest(x float64) float64 {
	const toInteger = 3 << 51
	return float64(x+toInteger) - toInteger
}
