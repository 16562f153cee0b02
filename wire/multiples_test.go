package wire

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func scalarOf(bytes []byte) (s secp256k1.ModNScalar) {
	s.SetByteSlice(bytes)
	return s
}

func publicKey(secret *secp256k1.ModNScalar) *secp256k1.PublicKey {
	return secp256k1.NewPrivateKey(secret).PubKey()
}

// scalars are any, with those at the borders of windows often among them.
func scalars() *rapid.Generator[secp256k1.ModNScalar] {
	any32 := rapid.Map(rapid.SliceOfN(rapid.Byte(), 32, 32), scalarOf)
	small := rapid.Map(rapid.Uint32Range(0, 130), func(n uint32) (s secp256k1.ModNScalar) { return *s.SetInt(n) })
	negative := rapid.Map(small, func(s secp256k1.ModNScalar) secp256k1.ModNScalar { return *s.Negate() })
	uniform := rapid.Map(rapid.Byte(), func(b byte) secp256k1.ModNScalar { return scalarOf(bytes.Repeat([]byte{b}, 32)) })
	return rapid.OneOf(any32, small, negative, uniform)
}

func TestASumOfMultiplesIsTheProduct(t *testing.T) {
	keys := []*secp256k1.PublicKey{}
	tables := []*multiples{}
	for _, secret := range []uint32{1, 2, 123456789} {
		key := publicKey(new(secp256k1.ModNScalar).SetInt(secret))
		keys, tables = append(keys, key), append(tables, newMultiples(key))
	}
	rapid.Check(t, func(t *rapid.T) {
		which := rapid.IntRange(0, len(keys)-1).Draw(t, "key")
		scalar, other := scalars().Draw(t, "scalar"), scalars().Draw(t, "other")
		var base, sum, want, product secp256k1.JacobianPoint
		secp256k1.ScalarBaseMultNonConst(&other, &base)
		sum.Set(&base)
		tables[which].addProduct(&scalar, &sum)
		keys[which].AsJacobian(&product)
		secp256k1.ScalarMultNonConst(&scalar, &product, &want)
		secp256k1.AddNonConst(&base, &want, &want)
		require.Equal(t, infinite(&want), infinite(&sum))
		if !infinite(&want) {
			require.True(t, want.EquivalentNonConst(&sum))
		}
	})
}

func infinite(p *secp256k1.JacobianPoint) bool {
	return p.Z.IsZero() || (p.X.IsZero() && p.Y.IsZero())
}

func TestDigitsAddUpToTheScalar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scalar := scalars().Draw(t, "scalar")
		digits := signedDigits(&scalar)
		var sum, weight, term secp256k1.ModNScalar
		weight.SetInt(1)
		for _, digit := range digits {
			require.LessOrEqual(t, digit, half)
			require.Greater(t, digit, -half)
			term.SetInt(uint32(max(digit, -digit)))
			if digit < 0 {
				term.Negate()
			}
			sum.Add(term.Mul(&weight))
			weight.Mul(new(secp256k1.ModNScalar).SetInt(2 * half))
		}
		require.True(t, sum.Equals(&scalar))
	})
}

func TestVerdictsAreThoseOfTheLibrary(t *testing.T) {
	secret := new(secp256k1.ModNScalar).SetInt(77)
	key := publicKey(secret)
	table := newMultiples(key)
	rapid.Check(t, func(t *rapid.T) {
		digest := sha256.Sum256(rapid.SliceOf(rapid.Byte()).Draw(t, "message"))
		signature := ecdsa.Sign(secp256k1.NewPrivateKey(secret), digest[:])
		r, s := signature.R(), signature.S()
		require.True(t, table.verify(digest, &r, &s))
		switch rapid.IntRange(0, 3).Draw(t, "change") {
		case 0:
			r = scalars().Draw(t, "r")
		case 1:
			s = scalars().Draw(t, "s")
		case 2:
			s.Negate() // the other form, which Verify refuses and the equation does not
		default:
			digest[rapid.IntRange(0, 31).Draw(t, "byte")] ^= rapid.ByteRange(1, 255).Draw(t, "bits")
		}
		if r.IsZero() || s.IsZero() {
			t.Skip("refused before")
		}
		require.Equal(t, ecdsa.NewSignature(&r, &s).Verify(digest[:], key), table.verify(digest, &r, &s))
	})
}

func TestAPointBeyondTheOrderIsFoundByItsRemainder(t *testing.T) {
	// The least x not below the order of the curve that belongs to a point. Nobody meets one by chance, but anybody can
	// make a key under which it comes up.
	var r secp256k1.ModNScalar
	var point secp256k1.JacobianPoint
	for n := uint32(1); ; n++ {
		r.SetInt(n)
		point.X.SetInt(uint16(n)).Add(&order).Normalize()
		if secp256k1.DecompressY(&point.X, false, &point.Y) {
			break
		}
	}
	point.Y.Normalize()
	point.Z.SetInt(1)

	digest := sha256.Sum256([]byte("message"))
	s := *new(secp256k1.ModNScalar).SetInt(7)
	var e, u1 secp256k1.ModNScalar
	e.SetBytes(&digest)
	inverse := new(secp256k1.ModNScalar).InverseValNonConst(&s)
	u1.Mul2(&e, inverse)
	u2 := new(secp256k1.ModNScalar).Mul2(&r, inverse)
	// key = (point - u1·G) / u2
	var difference, key secp256k1.JacobianPoint
	secp256k1.ScalarBaseMultNonConst(u1.Negate(), &difference)
	secp256k1.AddNonConst(&difference, &point, &difference)
	secp256k1.ScalarMultNonConst(new(secp256k1.ModNScalar).InverseValNonConst(u2), &difference, &key)
	key.ToAffine()
	public := secp256k1.NewPublicKey(&key.X, &key.Y)

	require.True(t, ecdsa.NewSignature(&r, &s).Verify(digest[:], public))
	require.True(t, newMultiples(public).verify(digest, &r, &s))
	r.Add(new(secp256k1.ModNScalar).SetInt(1))
	require.False(t, newMultiples(public).verify(digest, &r, &s))
}

func TestASumAtInfinityIsNoSignature(t *testing.T) {
	// e = -r·secret makes u1·G + u2·key vanish, whatever s is.
	secret := new(secp256k1.ModNScalar).SetInt(5)
	r, s := *new(secp256k1.ModNScalar).SetInt(9), *new(secp256k1.ModNScalar).SetInt(11)
	e := new(secp256k1.ModNScalar).Mul2(&r, secret).Negate()
	require.False(t, newMultiples(publicKey(secret)).verify(e.Bytes(), &r, &s))
}

func TestTheOrderIsThatOfTheStandard(t *testing.T) {
	require.Equal(t, "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", hex.EncodeToString(order.Bytes()[:]))
}
