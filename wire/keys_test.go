package wire

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"strings"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestASignatureHasOneForm(t *testing.T) {
	signer := seededKey(t, 1)
	message := []byte("message")
	signature, err := signer.Sign(message)
	require.NoError(t, err)

	highS := bytes.Clone(signature)
	var s secp256k1.ModNScalar
	s.SetByteSlice(highS[32:])
	flipped := s.Negate().Bytes()
	copy(highS[32:], flipped[:])

	overflowing := bytes.Clone(signature)
	copy(overflowing, bytes.Repeat([]byte{0xff}, 32))

	hybrid := append([]byte{0x06}, signer.key.PubKey().SerializeUncompressed()[1:]...)
	for name, c := range map[string]struct{ pubKey, signature []byte }{
		"S in the upper half":       {signer.PubKey(), highS},
		"R not below the order":     {signer.PubKey(), overflowing},
		"all zeros":                 {signer.PubKey(), make([]byte, SignatureSize)},
		"empty":                     {signer.PubKey(), nil},
		"one byte short":            {signer.PubKey(), signature[:63]},
		"one byte long":             {signer.PubKey(), append(bytes.Clone(signature), 0)},
		"key in uncompressed form":  {signer.key.PubKey().SerializeUncompressed(), signature},
		"key in hybrid form":        {hybrid, signature},
		"key that is not a point":   {bytes.Repeat([]byte{2}, PubKeySize), signature},
		"key of somebody else":      {seededKey(t, 2).PubKey(), signature},
		"no key":                    {nil, signature},
		"key with a wrong first by": {append([]byte{5}, signer.PubKey()[1:]...), signature},
	} {
		require.ErrorIs(t, Verify(c.pubKey, message, c.signature), ErrSignature, name)
	}
	require.ErrorIs(t, Verify(signer.PubKey(), []byte("other"), signature), ErrSignature)
}

func TestKeysThatAreNoneAreRefused(t *testing.T) {
	order, err := hex.DecodeString("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")
	require.NoError(t, err)
	for name, key := range map[string][]byte{"empty": nil, "short": make([]byte, 31), "zero": make([]byte, 32), "the order": order} {
		_, err := NewKeySigner(key)
		require.Error(t, err, name)
	}
	key, err := GenerateKey()
	require.NoError(t, err)
	_, err = NewKeySigner(key)
	require.NoError(t, err)
}

func TestAddressesHaveOneForm(t *testing.T) {
	address := seededKey(t, 1).Address()
	require.NoError(t, ValidateAddress(address))
	for name, bad := range map[string]string{
		"empty": "", "capitals": "AGORA10XCQPZRKY6EFF2G52QDYE53XKK9JXKVRYMQH7G", "a wrong checksum": address[:len(address)-1] + "q",
		"another network": "cosmos1zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3l9emx3", "too long": address + address + address,
	} {
		require.Error(t, ValidateAddress(bad), name)
	}
}

// A change of any field changes the preimage, wherever the bytes move: fields cannot flow into each other.
func TestNoTwoRequestsShareAPreimage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) *Request {
			text := func(name string) string { return rapid.StringMatching(`[ab/]{0,3}`).Draw(t, label+name) }
			return &Request{
				ChainID: text("chain"), Netuid: rapid.Uint32Range(0, 2).Draw(t, label+"netuid"), Method: text("method"),
				Target: text("target"), Nonce: Nonce{Millis: rapid.Int64Range(1, 3).Draw(t, label+"millis")},
				Sender: text("sender"), Receiver: text("receiver"), Epoch: rapid.Uint64Range(0, 2).Draw(t, label+"epoch"),
			}
		}
		one, two := draw("one "), draw("two ")
		require.Equal(t, *one == *two, bytes.Equal(one.Preimage(), two.Preimage()))
		require.Equal(t, []byte{0, 0, 0, 7}, one.Preimage()[:4])
	})
}

func TestAddressesThatWereCheckedAreKnownAgain(t *testing.T) {
	var known addressSet
	good := seededKey(t, 1).Address()
	require.False(t, known.has(good))
	known.add(good)
	require.True(t, known.has(good))
	for n := range maxGoodAddresses {
		known.add(strconv.Itoa(n))
	}
	require.LessOrEqual(t, len(known.texts), maxGoodAddresses)
	require.False(t, known.has(good), "the oldest are not kept for ever")

	require.NoError(t, ValidateAddress(good))
	require.NoError(t, ValidateAddress(good))
	bad := good[:len(good)-1] + "b"
	for range 2 {
		require.Error(t, ValidateAddress(bad))
	}
	require.Error(t, ValidateAddress(strings.ToUpper(good)))
}

func TestTheAddressOfAKeyIsTheSameBeforeAndAfterItIsKnown(t *testing.T) {
	var keys parsedKeys
	x := signedBy(t, 3)
	want, err := Address(x.compressed[:])
	require.NoError(t, err)
	for range 2 {
		got, err := keys.address(x.compressed)
		require.NoError(t, err)
		require.Equal(t, want, got)
		x.check(t, &keys)
	}
	require.Equal(t, want, keys.keys[x.compressed].address)
}
