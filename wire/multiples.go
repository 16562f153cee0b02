package wire

import (
	"sync"

	curve "github.com/consensys/gnark-crypto/ecc/secp256k1"
	"github.com/consensys/gnark-crypto/ecc/secp256k1/fp"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"
)

const (
	// keyWindow and generatorWindow are how many bits of a scalar choose one multiple: more for the generator, which
	// there is once, than for keys.
	keyWindow       = 8
	generatorWindow = 11
	// maxTerms is of how many multiples the sum of two products consists at most.
	maxTerms = 256/keyWindow + 1 + 256/generatorWindow + 1
)

// multiples are those of one point from which each product of it with a scalar is a sum: for each window of the scalar
// the point times 1 to half, times the weight of the window, where half is that of the window's values. The digits run
// from -half+1 to half, so that half the multiples are enough: the others are their negatives. A product then costs no
// doubling. Those of a key take 270 kB and about as long to make as twenty signatures take to check without.
//
// Nothing here takes the same time for every scalar.
type multiples struct {
	window int // in bits
	points []curve.G1Affine
}

// generatorMultiples are those of the curve's generator, 1.6 MB.
var generatorMultiples = sync.OnceValue(func() *multiples {
	_, generator := curve.Generators()
	return newMultiples(&generator, generatorWindow)
})

// newMultiples makes those of a point, which must not be that at infinity. No multiple is: the order of the curve is
// prime and divides no product of a digit and a power of two.
func newMultiples(point *curve.G1Affine, window int) *multiples {
	half := 1 << (window - 1)
	points := make([]curve.G1Jac, (256/window+1)*half)
	var base curve.G1Jac // the point times the weight of the window
	base.FromAffine(point)
	for row := points; len(row) > 0; row = row[half:] {
		row[0] = base
		for digit := 1; digit < half; digit++ {
			row[digit] = row[digit-1]
			row[digit].AddAssign(&base)
		}
		base.Double(&row[half-1]) // half, twice: the next weight
	}
	return &multiples{window, curve.BatchJacobianToAffineG1(points)}
}

// terms appends those multiples whose sum is the point times a scalar, none of which is the point at infinity.
//
// All are fetched before any is added, so that the memory brings many at once, where otherwise each would be waited for in
// its turn: after a pause none is in a cache.
func (m *multiples) terms(terms []curve.G1Affine, scalar *secp256k1.ModNScalar) []curve.G1Affine {
	var chosen [maxTerms]int // the place of a multiple, or the complement of it where its negative is meant
	count := 0
	half := 1 << (m.window - 1)
	for window, digit := range digits(scalar, m.window) {
		switch {
		case digit > 0:
			chosen[count] = window*half + digit - 1
			count++
		case digit < 0:
			chosen[count] = ^(window*half - digit - 1)
			count++
		}
	}
	first := len(terms)
	for _, place := range chosen[:count] {
		terms = append(terms, m.points[max(place, ^place)])
	}
	for i, place := range chosen[:count] {
		if place < 0 {
			terms[first+i].Neg(&terms[first+i])
		}
	}
	return terms
}

// digits yields those of a scalar in base 2^window with their places, the lowest first, each from -half+1 to half.
func digits(scalar *secp256k1.ModNScalar, window int) func(yield func(place, digit int) bool) {
	return func(yield func(place, digit int) bool) {
		bytes := scalar.Bytes()
		var little [len(bytes) + 3]uint8 // the lowest byte first, and zeros above the highest
		for i, b := range bytes {
			little[len(bytes)-1-i] = b
		}
		half, carry := 1<<(window-1), 0
		for place := range 256/window + 1 {
			at := place * window
			digit := carry + (int(little[at/8])|int(little[at/8+1])<<8|int(little[at/8+2])<<16)>>(at%8)&(2*half-1)
			if carry = 0; digit > half {
				digit, carry = digit-2*half, 1
			}
			if !yield(place, digit) { // the highest digit has bits to spare, so that nothing is carried out of it
				return
			}
		}
	}
}

// sum adds points, none of which is at infinity. The sum may be.
func sum(points []curve.G1Affine) (total extended) {
	for i := range points {
		total.add(&points[i])
	}
	return total
}

// pointOf converts a key.
func pointOf(key *secp256k1.PublicKey) *curve.G1Affine {
	coordinates := key.SerializeUncompressed()[1:]
	point := new(curve.G1Affine)
	point.X.SetBytes(coordinates[:fp.Bytes])
	point.Y.SetBytes(coordinates[fp.Bytes:])
	return point
}
