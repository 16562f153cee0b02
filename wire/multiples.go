package wire

import "github.com/decred/dcrd/dcrec/secp256k1/v4"

const (
	// windowBits of a scalar choose one multiple of a point. The digits run from -half+1 to half, so that half the
	// multiples are enough: the others are their negatives.
	windowBits = 6
	half       = 1 << (windowBits - 1)
	windows    = (256 + windowBits - 1) / windowBits
)

// multiples are those of one point from which each product of it with a scalar is a sum: for each window of the scalar
// the point times 1 to half, times the weight of the window. They take about 110 kB, and about as long to make as ten
// signatures take to check. A product then costs no doubling.
//
// Nothing here takes the same time for every scalar. That is of no concern where all are public, as in checking
// signatures.
type multiples [windows][half]affine

type affine struct{ x, y secp256k1.FieldVal }

// newMultiples makes those of a public key, which is never the point at infinity. No multiple is: the order of the curve
// is prime and divides no product of a digit and a power of two.
func newMultiples(key *secp256k1.PublicKey) *multiples {
	points := make([]secp256k1.JacobianPoint, windows*half)
	var base secp256k1.JacobianPoint // the point times the weight of the window
	key.AsJacobian(&base)
	for window := range windows {
		row := points[window*half : (window+1)*half]
		row[0].Set(&base)
		for digit := 1; digit < half; digit++ {
			secp256k1.AddNonConst(&row[digit-1], &base, &row[digit])
		}
		secp256k1.DoubleNonConst(&row[half-1], &base) // half, twice: the next weight
		base.ToAffine()
	}
	toAffine(points)
	m := new(multiples)
	for i := range points {
		m[i/half][i%half] = affine{points[i].X, points[i].Y}
	}
	return m
}

// toAffine is ToAffine of all points, none of which is at infinity, with one inversion for all.
func toAffine(points []secp256k1.JacobianPoint) {
	products := make([]secp256k1.FieldVal, len(points)) // of the z before each point
	var product secp256k1.FieldVal
	product.SetInt(1)
	for i := range points {
		products[i] = product
		product.Mul(&points[i].Z)
	}
	inverse := *product.Normalize().Inverse() // of the product of the z up to each point, from the last one down
	for i := len(points) - 1; i >= 0; i-- {
		point := &points[i]
		var z, z2 secp256k1.FieldVal
		z.Mul2(&inverse, &products[i])
		inverse.Mul(&point.Z)
		z2.SquareVal(&z)
		point.X.Mul(&z2).Normalize()
		point.Y.Mul(z2.Mul(&z)).Normalize()
		point.Z.SetInt(1)
	}
}

// addProduct adds the point times a scalar to sum, which is normalized before and after.
func (m *multiples) addProduct(scalar *secp256k1.ModNScalar, sum *secp256k1.JacobianPoint) {
	digits := signedDigits(scalar)
	var point secp256k1.JacobianPoint
	point.Z.SetInt(1)
	for window, digit := range digits {
		switch {
		case digit > 0:
			chosen := &m[window][digit-1]
			point.X, point.Y = chosen.x, chosen.y
		case digit < 0:
			chosen := &m[window][-digit-1]
			point.X = chosen.x
			point.Y.NegateVal(&chosen.y, 1).Normalize()
		default:
			continue
		}
		secp256k1.AddNonConst(sum, &point, sum)
	}
}

// signedDigits writes a scalar in base 2^windowBits, the lowest digit first, each from -half+1 to half.
func signedDigits(scalar *secp256k1.ModNScalar) (digits [windows]int) {
	bytes := scalar.Bytes() // big-endian
	carry := 0
	for window := range digits {
		digit := carry
		for bit := range windowBits {
			at := window*windowBits + bit
			if at < 256 {
				digit += int(bytes[31-at/8]>>(at%8)&1) << bit
			}
		}
		carry = 0
		if digit > half {
			digit -= 2 * half
			carry = 1
		}
		digits[window] = digit
	}
	return digits // the highest window has bits to spare, so that nothing is carried out of it
}
