package wire

import (
	"crypto/sha256"

	curve "github.com/consensys/gnark-crypto/ecc/secp256k1"
	"github.com/consensys/gnark-crypto/ecc/secp256k1/fp"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"
)

// sign is ecdsa.Sign, with the multiples of the generator: the same bytes, R || S, in a third of the time. As there, the
// time depends on the nonce, which is derived from key and digest (RFC 6979).
func sign(key *secp256k1.ModNScalar, digest [sha256.Size]byte) []byte {
	secret := key.Bytes()
	defer clear(secret[:])
	for attempt := uint32(0); ; attempt++ {
		nonce := secp256k1.NonceRFC6979(secret[:], digest[:], nil, nil, attempt)
		r, s := signWith(nonce, key, digest)
		nonce.Zero()
		if r.IsZero() || s.IsZero() { // nobody has seen one
			continue
		}
		if s.IsOverHalfOrder() {
			s.Negate()
		}
		signature := make([]byte, SignatureSize)
		r.PutBytesUnchecked(signature)
		s.PutBytesUnchecked(signature[SignatureSize/2:])
		return signature
	}
}

// signWith is the equation of ECDSA: r is x of nonce times the generator, s is (digest + r·key) / nonce.
func signWith(nonce, key *secp256k1.ModNScalar, digest [sha256.Size]byte) (r, s secp256k1.ModNScalar) {
	var terms [256/generatorWindow + 1]curve.G1Affine
	point := sum(generatorMultiples().terms(terms[:0], nonce))
	clear(terms[:])
	var x fp.Element
	x.Inverse(&point.ZZ).Mul(&x, &point.X)
	bytes := x.Bytes()
	r.SetBytes(&bytes) // modulo the order

	var e, inverse secp256k1.ModNScalar
	e.SetBytes(&digest)
	inverse.InverseValNonConst(nonce)
	s.Mul2(key, &r).Add(&e).Mul(&inverse)
	inverse.Zero()
	return r, s
}
