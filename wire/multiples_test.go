package wire

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"testing"

	curve "github.com/consensys/gnark-crypto/ecc/secp256k1"
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
	keys := []*secp256k1.PublicKey{publicKey(new(secp256k1.ModNScalar).SetInt(1))}
	tables := []*multiples{generatorMultiples()}
	for _, secret := range []uint32{1, 2, 123456789} {
		key := publicKey(new(secp256k1.ModNScalar).SetInt(secret))
		keys, tables = append(keys, key), append(tables, newMultiples(pointOf(key), keyWindow))
	}
	rapid.Check(t, func(t *rapid.T) {
		which, other := rapid.IntRange(0, len(keys)-1).Draw(t, "key"), rapid.IntRange(0, len(keys)-1).Draw(t, "other key")
		scalar, factor := scalars().Draw(t, "scalar"), scalars().Draw(t, "other scalar")
		terms := tables[other].terms(tables[which].terms(nil, &scalar), &factor)
		require.LessOrEqual(t, len(terms), 2*maxTerms)
		got := sum(terms)

		var want, product, base secp256k1.JacobianPoint
		keys[which].AsJacobian(&base)
		secp256k1.ScalarMultNonConst(&scalar, &base, &want)
		keys[other].AsJacobian(&base)
		secp256k1.ScalarMultNonConst(&factor, &base, &product)
		secp256k1.AddNonConst(&want, &product, &want)
		require.Equal(t, want.Z.IsZero() || (want.X.IsZero() && want.Y.IsZero()), got.ZZ.IsZero())
		if !got.ZZ.IsZero() {
			want.ToAffine()
			require.Equal(t, pointOf(secp256k1.NewPublicKey(&want.X, &want.Y)), got.affine())
		}
	})
}

func TestTermsFitWhereTheyAreKept(t *testing.T) {
	// The scalar of most terms: no digit is zero.
	most := scalarOf(bytes.Repeat([]byte{0x11}, 32))
	key := newMultiples(pointOf(publicKey(new(secp256k1.ModNScalar).SetInt(3))), keyWindow)
	terms := make([]curve.G1Affine, 0, maxTerms)
	require.Same(t, &terms[:1][0], &key.terms(generatorMultiples().terms(terms, &most), &most)[0])
}

func TestDigitsAddUpToTheScalar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scalar := scalars().Draw(t, "scalar")
		window := rapid.SampledFrom([]int{keyWindow, generatorWindow}).Draw(t, "window")
		half := 1 << (window - 1)
		var total, weight, term secp256k1.ModNScalar
		weight.SetInt(1)
		next := 0
		for place, digit := range digits(&scalar, window) {
			require.Equal(t, next, place)
			next++
			require.LessOrEqual(t, digit, half)
			require.Greater(t, digit, -half)
			term.SetInt(uint32(max(digit, -digit)))
			if digit < 0 {
				term.Negate()
			}
			total.Add(term.Mul(&weight))
			weight.Mul(new(secp256k1.ModNScalar).SetInt(uint32(2 * half)))
		}
		require.True(t, total.Equals(&scalar))
	})
}

func TestSignaturesAreThoseOfTheLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := scalars().Draw(t, "secret")
		if secret.IsZero() {
			t.Skip("no key")
		}
		digest := sha256.Sum256(rapid.SliceOf(rapid.Byte()).Draw(t, "message"))
		want := ecdsa.SignCompact(secp256k1.NewPrivateKey(&secret), digest[:], true)[1:]
		require.Equal(t, want, sign(&secret, digest))
	})
}

func TestVerdictsAreThoseOfTheLibrary(t *testing.T) {
	secret := new(secp256k1.ModNScalar).SetInt(77)
	key := publicKey(secret)
	table := newMultiples(pointOf(key), keyWindow)
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
	var n secp256k1.FieldVal
	n.SetByteSlice(secp256k1.Params().N.Bytes())
	for x := uint32(1); ; x++ {
		r.SetInt(x)
		point.X.SetInt(uint16(x)).Add(&n).Normalize()
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
	require.True(t, newMultiples(pointOf(public), keyWindow).verify(digest, &r, &s))
	r.Add(new(secp256k1.ModNScalar).SetInt(1))
	require.False(t, newMultiples(pointOf(public), keyWindow).verify(digest, &r, &s))
}

func TestASumAtInfinityIsNoSignature(t *testing.T) {
	// e = -r·secret makes u1·G + u2·key vanish, whatever s is.
	secret := new(secp256k1.ModNScalar).SetInt(5)
	r, s := *new(secp256k1.ModNScalar).SetInt(9), *new(secp256k1.ModNScalar).SetInt(11)
	e := new(secp256k1.ModNScalar).Mul2(&r, secret).Negate()
	require.False(t, newMultiples(pointOf(publicKey(secret)), keyWindow).verify(e.Bytes(), &r, &s))
}

func TestTheOrderIsThatOfTheStandard(t *testing.T) {
	bytes := order.Bytes()
	require.Equal(t, "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", hex.EncodeToString(bytes[:]))
}
