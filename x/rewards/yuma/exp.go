package yuma

import "math/bits"

const (
	// exponentBits is the number of fractional bits of the argument of expNegative.
	exponentBits = 56
	// maxExponent is where e^-x has fallen below 2^-62.
	maxExponent = 43 << exponentBits

	log2e = 0x5c551d94ae0bf85e // log2(e) with 62 fractional bits
	ln2   = 0xb17217f7d1cf79ac // ln(2) with 64 fractional bits
)

// expNegative is e^-x for x >= 0 with 56 fractional bits, as a Fixed.
//
// x·log2(e) is split into a whole part k, a table index a/256 and a rest r < 1/256, so that
// e^-x = 2^-k · 2^-(a/256) · e^-z with z = r·ln 2 < 0.00271. The last factor is the alternating
// series 1 − z + z²/2 − z³/6 + z⁴/24, whose error is below z⁵/120 < 2^-49.5. The split is exact to
// 2^-53 (54 fractional bits of a product rounded down, and x below 43 times an error of 2^-63 in
// log2(e)), the other roundings are a few 2^-62. Altogether the result is within 2^-46·e^-x + 2^-60.
func expNegative(x uint64) uint64 {
	if x >= maxExponent {
		return 0
	}
	t, _ := bits.Mul64(x, log2e) // 56 + 62 - 64 = 54 fractional bits
	k := t >> 54
	a := t >> 46 & 0xff
	r := t & (1<<46 - 1)
	z, _ := bits.Mul64(r<<10, ln2) // r with 64 fractional bits
	z >>= 2                        // 62 fractional bits
	z2 := mul(z, z)
	z3 := mul(z2, z)
	z4 := mul(z2, z2)
	series := uint64(One) - z + z2/2 - z3/6 + z4/24
	return mul(powersOfTwo[a], series) >> k
}

// liquid holds what the liquid alpha of one epoch needs.
type liquid struct {
	low, span, steepness uint64
}

// alpha is low + span/(1 + e^(-steepness·(d - 1/2))) for a distance d in 0..One.
func (l liquid) alpha(d uint64) uint64 {
	const half = uint64(One) / 2
	var offset uint64
	above := d >= half
	if above {
		offset = d - half
	} else {
		offset = half - d
	}
	// steepness has 32 and at most 49 bits, offset at most 61: the product fits 110 bits.
	hi, lo := bits.Mul64(l.steepness, offset)
	const drop = 32 + fixedBits - exponentBits
	e := uint64(0)
	if hi>>drop == 0 {
		e = expNegative(hi<<(64-drop) | lo>>drop)
	}
	s, _ := bits.Div64(1<<(2*fixedBits-64), 0, uint64(One)+e) // 1/(1+e), a half at least
	if !above {
		s = uint64(One) - s
	}
	return l.low + mul(s, l.span)
}

// distance is how far a bond weight stands from consensus (a bond that grows) or from the old bond
// (one that shrinks), never below 0.
func distance(weight, bond, consensus uint64) uint64 {
	if weight >= bond {
		return weight - min(weight, consensus)
	}
	return bond - weight
}
