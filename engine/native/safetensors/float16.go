package safetensors

import "math"

// Float16ToFloat32 widens an IEEE 754 binary16 number. The result is exact,
// subnormals, infinities and NaN payloads included.
func Float16ToFloat32(h uint16) float32 {
	sign := uint32(h&0x8000) << 16
	exponent := uint32(h>>10) & 0x1f
	fraction := uint32(h) & 0x3ff
	switch {
	case exponent == 0x1f: // infinity or NaN
		return math.Float32frombits(sign | 0x7f800000 | fraction<<13)
	case exponent != 0: // normal: rebias from 15 to 127
		return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
	case fraction == 0:
		return math.Float32frombits(sign)
	}
	// Subnormal: shift until the hidden bit appears.
	exponent = 113
	for fraction&0x400 == 0 {
		fraction <<= 1
		exponent--
	}
	return math.Float32frombits(sign | exponent<<23 | (fraction&0x3ff)<<13)
}

// Float32ToFloat16 narrows to IEEE 754 binary16, rounding half to even.
// Magnitudes above 65504 become infinity.
func Float32ToFloat16(f float32) uint16 {
	bits := math.Float32bits(f)
	sign := uint16(bits>>16) & 0x8000
	magnitude := bits & 0x7fffffff
	switch {
	case magnitude > 0x7f800000: // NaN: keep it quiet
		return sign | 0x7e00
	case magnitude >= 0x47800000: // 65536 and above, infinity
		return sign | 0x7c00
	case magnitude < 0x33000000: // below half of the smallest subnormal
		return sign
	}
	exponent := int32(magnitude>>23) - 112
	significand := magnitude&0x7fffff | 0x800000
	shift := uint32(13)
	if exponent <= 0 { // the result is subnormal
		shift = uint32(14 - exponent)
		exponent = 0
	} else {
		significand &= 0x7fffff
	}
	half := uint32(1) << (shift - 1)
	result := uint32(exponent)<<10 + significand>>shift
	remainder := significand & (1<<shift - 1)
	if remainder > half || (remainder == half && result&1 == 1) {
		result++ // a carry into the exponent is the right next number
	}
	return sign | uint16(result)
}
