package yuma

import (
	"fmt"
	"math/bits"
)

// Fixed is a fraction in units of 2^-62. Every value of this package's results lies in 0..One.
type Fixed uint64

const (
	fixedBits = 62
	// One is 1 as a Fixed.
	One Fixed = 1 << fixedBits

	bondBits  = 48
	bondShift = fixedBits - bondBits
	// BondOne is 1 as a stored bond: bonds have 48 fractional bits.
	BondOne uint64 = 1 << bondBits
)

// Ratio is numerator/denominator rounded down, at most One. A denominator of 0 gives 0.
func Ratio(numerator, denominator uint64) Fixed {
	switch {
	case denominator == 0:
		return 0
	case numerator >= denominator:
		return One
	}
	hi, lo := bits.Mul64(numerator, uint64(One))
	q, _ := bits.Div64(hi, lo, denominator)
	return Fixed(q)
}

// String is the decimal value with 18 digits after the point, rounded to the nearest.
func (f Fixed) String() string {
	const digits = 1_000_000_000_000_000_000
	rounded := (f & (One - 1)).Parts(digits)
	return fmt.Sprintf("%d.%018d", uint64(f)>>fixedBits+rounded/digits, rounded%digits)
}

// Parts is the value in units of 1/parts, rounded to the nearest: Parts(1_000_000_000) gives
// billionths. It is for showing; rounded values need not add up.
func (f Fixed) Parts(parts uint64) uint64 {
	hi, lo := bits.Mul64(uint64(f), parts)
	lo, carry := bits.Add64(lo, uint64(One)/2, 0)
	return (hi+carry)<<(64-fixedBits) | lo>>fixedBits
}

// mul is the product of two fractions, rounded down.
func mul(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi<<(64-fixedBits) | lo>>fixedBits
}

// wide is an unsigned number of 128 bits.
type wide struct{ hi, lo uint64 }

// addProduct adds a·b. The callers keep their sums below 2^127.
func (x *wide) addProduct(a, b uint64) {
	hi, lo := bits.Mul64(a, b)
	var carry uint64
	x.lo, carry = bits.Add64(x.lo, lo, 0)
	x.hi, _ = bits.Add64(x.hi, hi, carry)
}

// add adds y.
func (x *wide) add(y wide) {
	var carry uint64
	x.lo, carry = bits.Add64(x.lo, y.lo, 0)
	x.hi, _ = bits.Add64(x.hi, y.hi, carry)
}

func (x wide) isZero() bool { return x.hi|x.lo == 0 }

// bitLen is the number of bits up to and including the highest set one.
func (x wide) bitLen() int {
	if x.hi != 0 {
		return 64 + bits.Len64(x.hi)
	}
	return bits.Len64(x.lo)
}

// top is x·2^(64-n) as 64 bits, rounded down; x must be below 2^n. With n the bit length of x its
// highest bit ends up in bit 63.
func (x wide) top(n int) uint64 {
	if n <= 64 {
		return x.lo << uint(64-n)
	}
	s := uint(n - 64)
	return x.hi<<(64-s) | x.lo>>s
}
