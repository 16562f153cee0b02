package portable

import "math"

// MaxExponent bounds the argument of [Exp].
const MaxExponent = 700

// Exp returns e^x with a relative error below 1e-15 for -700 <= x <= 700; beyond, x
// is taken as that bound. NaN stays NaN.
func Exp(x float64) float64 {
	if x != x {
		return x
	}
	x = min(max(x, -MaxExponent), MaxExponent)
	n := nearest(float64(x * math.Log2E))
	// ln 2 in two parts: n times the first is exact.
	const ln2High, ln2Low = 6.93147180369123816490e-01, 1.90821492927058770002e-10
	r := x - float64(n*ln2High)
	r = r - float64(n*ln2Low)
	// Taylor to the 14th power: |r| <= 0.35 leaves 1e-18.
	p := 1.0
	for k := 14; k >= 1; k-- {
		p = float64(float64(p*r)/float64(k)) + 1
	}
	return float64(p * math.Float64frombits(uint64(int64(n)+1023)<<52))
}

// Log returns the natural logarithm with a relative error below 1e-15. x must be
// positive, finite and not subnormal; otherwise the result is NaN.
func Log(x float64) float64 {
	const smallestNormal = 2.2250738585072014e-308
	if !(x >= smallestNormal && x <= math.MaxFloat64) {
		return math.NaN()
	}
	bits := math.Float64bits(x)
	exponent := int(bits>>52) - 1023
	m := math.Float64frombits(bits&(1<<52-1) | 1023<<52) // 1 <= m < 2
	if m > math.Sqrt2 {
		m /= 2
		exponent++
	}
	// ln m = 2·artanh(f), f = (m-1)/(m+1), |f| < 0.172: 12 terms leave 1e-19.
	f := (m - 1) / (m + 1)
	square := float64(f * f)
	sum := 0.0
	for k := 23; k >= 1; k -= 2 {
		sum = float64(sum*square) + 1/float64(k)
	}
	return float64(2*f*sum) + float64(float64(exponent)*math.Ln2)
}

// Log1p returns ln(1+x) with a relative error below 2e-15 for x > -1, also where x is
// so small that 1+x forgets it. At or below -1, and for what is not finite, the
// result is NaN.
func Log1p(x float64) float64 {
	// The rounding of 1+x is undone by the quotient, which it enters likewise: W. Kahan's
	// identity, in D. Goldberg, What Every Computer Scientist Should Know About
	// Floating-Point Arithmetic (1991), theorem 4.
	sum := 1 + x
	if sum == 1 {
		return x
	}
	return float64(Log(sum)*x) / (sum - 1)
}

// nearest rounds to an integer, halves to even, for |x| below 2^51.
func nearest(x float64) float64 {
	const toInteger = 3 << 51
	return float64(x+toInteger) - toInteger
}
