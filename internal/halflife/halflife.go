package halflife

import "math/bits"

// Decay returns value x 2^(-elapsed/halfLife), rounded down, with a relative error below 2^-57: the
// result never exceeds the exact one. It is exact at each whole half life. halfLife and elapsed have
// the same unit; with halfLife 0 nothing remains once time has passed.
//
// The whole part of the exponent is a shift. The fraction f in [0,1), as 64 bits after the point, is
// a product of the constants 2^(-1/2), 2^(-1/4), … for the bits that are set in f.
func Decay(value, elapsed, halfLife uint64) uint64 {
	if halfLife == 0 {
		if elapsed == 0 {
			return value
		}
		return 0
	}
	whole, rest := elapsed/halfLife, elapsed%halfLife
	if whole >= 64 {
		return 0
	}
	if rest != 0 {
		fraction, _ := bits.Div64(rest, 0, halfLife)
		factor := ^uint64(0)
		for i, root := range roots {
			if fraction&(1<<(63-i)) != 0 {
				factor, _ = bits.Mul64(factor, root)
			}
		}
		value, _ = bits.Mul64(value, factor)
	}
	return value >> whole
}

// roots[i] is floor(2^64 x 2^(-1/2^(i+1))).
var roots = [64]uint64{
	0xb504f333f9de6484, 0xd744fccad69d6af4, 0xeac0c6e7dd24392e, 0xf5257d152486cc2c,
	0xfa83b2db722a033a, 0xfd3e0c0cf486c174, 0xfe9e115c7b8f884b, 0xff4ecb59511ec8a5,
	0xffa756521c8daed1, 0xffd3a751c0f7e10b, 0xffe9d2b2f7db2755, 0xfff4e91bff1b8c3d,
	0xfffa747ea0040664, 0xfffd3a3b7814eb53, 0xfffe9d1cc60ddab1, 0xffff4e8e25879bfa,
	0xffffa7470363f451, 0xffffd3a37dda0313, 0xffffe9d1bdf703ae, 0xfffff4e8debe025e,
	0xfffffa746f4fa150, 0xfffffd3a37a3f8b0, 0xfffffe9d1bd1065a, 0xffffff4e8de845ad,
	0xffffffa746f41376, 0xffffffd3a37a05e3, 0xffffffe9d1bd01fb, 0xfffffff4e8de80c0,
	0xfffffffa746f4050, 0xfffffffd3a37a024, 0xfffffffe9d1bd011, 0xffffffff4e8de808,
	0xffffffffa746f404, 0xffffffffd3a37a02, 0xffffffffe9d1bd01, 0xfffffffff4e8de80,
	0xfffffffffa746f40, 0xfffffffffd3a37a0, 0xfffffffffe9d1bd0, 0xffffffffff4e8de8,
	0xffffffffffa746f4, 0xffffffffffd3a37a, 0xffffffffffe9d1bd, 0xfffffffffff4e8de,
	0xfffffffffffa746f, 0xfffffffffffd3a37, 0xfffffffffffe9d1b, 0xffffffffffff4e8d,
	0xffffffffffffa746, 0xffffffffffffd3a3, 0xffffffffffffe9d1, 0xfffffffffffff4e8,
	0xfffffffffffffa74, 0xfffffffffffffd3a, 0xfffffffffffffe9d, 0xffffffffffffff4e,
	0xffffffffffffffa7, 0xffffffffffffffd3, 0xffffffffffffffe9, 0xfffffffffffffff4,
	0xfffffffffffffffa, 0xfffffffffffffffd, 0xfffffffffffffffe, 0xffffffffffffffff,
}
