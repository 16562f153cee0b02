package wire

import (
	"crypto/sha256"

	curve "github.com/consensys/gnark-crypto/ecc/secp256k1"
	"github.com/consensys/gnark-crypto/ecc/secp256k1/fp"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"
)

// order of the curve, as a number modulo the prime of its field.
var order = func() (n fp.Element) {
	n.SetBigInt(secp256k1.Params().N)
	return n
}()

// verify is ecdsa.Signature.Verify for a key whose multiples are known. r and s are below the order and not zero.
func (m *multiples) verify(digest [sha256.Size]byte, r, s *secp256k1.ModNScalar) bool {
	var e, u1, u2 secp256k1.ModNScalar
	e.SetBytes(&digest) // modulo the order, as the standard has it
	w := new(secp256k1.ModNScalar).InverseValNonConst(s)
	u1.Mul2(&e, w)
	u2.Mul2(r, w)

	var terms [maxTerms]curve.G1Affine
	point := sum(m.terms(generatorMultiples().terms(terms[:0], &u1), &u2))
	if point.ZZ.IsZero() {
		return false // at infinity
	}

	// The signature is good when x of the point is r modulo the order. As x is below the field's prime, it can only be r,
	// or r and the order where that is below the prime. As x is X divided by ZZ, multiplying the other side saves the
	// division.
	var x, product fp.Element
	bytes := r.Bytes()
	x.SetBytes(bytes[:])
	if product.Mul(&x, &point.ZZ).Equal(&point.X) {
		return true
	}
	var remainder secp256k1.FieldVal
	if remainder.SetBytes(&bytes); remainder.IsGtOrEqPrimeMinusOrder() {
		return false
	}
	x.Add(&x, &order)
	return product.Mul(&x, &point.ZZ).Equal(&point.X)
}
