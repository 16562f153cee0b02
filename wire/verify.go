package wire

import (
	"crypto/sha256"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
)

// order of the curve, as a number modulo the prime of its field.
var order = func() (n secp256k1.FieldVal) {
	n.SetByteSlice(secp256k1.Params().N.Bytes())
	return n
}()

// verify is ecdsa.Signature.Verify for a key whose multiples are known. r and s are below the order and not zero.
func (m *multiples) verify(digest [sha256.Size]byte, r, s *secp256k1.ModNScalar) bool {
	var e, u1, u2 secp256k1.ModNScalar
	e.SetBytes(&digest) // modulo the order, as the standard has it
	w := new(secp256k1.ModNScalar).InverseValNonConst(s)
	u1.Mul2(&e, w)
	u2.Mul2(r, w)

	var point secp256k1.JacobianPoint
	secp256k1.ScalarBaseMultNonConst(&u1, &point)
	m.addProduct(&u2, &point)
	if point.Z.IsZero() || (point.X.IsZero() && point.Y.IsZero()) {
		return false // at infinity
	}

	// The signature is good when x of the point is r modulo the order. As x is below the field's prime, it can only be r,
	// or r and the order where that is below the prime. In Jacobian coordinates x is X divided by the square of Z, and
	// multiplying the other side saves the division.
	var x, z2, product secp256k1.FieldVal
	rBytes := r.Bytes()
	x.SetBytes(&rBytes)
	z2.SquareVal(&point.Z)
	if product.Mul2(&x, &z2).Normalize().Equals(&point.X) {
		return true
	}
	if x.IsGtOrEqPrimeMinusOrder() {
		return false
	}
	x.Add(&order)
	return product.Mul2(&x, &z2).Normalize().Equals(&point.X)
}
