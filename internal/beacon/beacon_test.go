package beacon

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
)

// fixedKey is the same key everywhere.
func fixedKey(t testing.TB, name byte) *PrivateKey {
	key, err := GenerateKey(bytes.NewReader(bytes.Repeat([]byte{name}, 32)))
	require.NoError(t, err)
	return key
}

func TestAProofVerifiesForItsKeyAndItsMessageOnly(t *testing.T) {
	key, other := fixedKey(t, 1), fixedKey(t, 2)
	previous := bytes.Repeat([]byte{7}, Size)
	message := Message("agora-1", 10, previous)
	proof := key.Prove(message)
	require.Len(t, proof, ProofSize)
	require.Len(t, key.Public(), KeySize)
	require.NoError(t, Verify(key.Public(), message, proof))
	require.Equal(t, proof, key.Prove(message), "there is one proof, however often it is made")

	for name, wrong := range map[string][]byte{
		"another chain's":           Message("agora-2", 10, previous),
		"another height's":          Message("agora-1", 11, previous),
		"another beacon's":          Message("agora-1", 10, bytes.Repeat([]byte{8}, Size)),
		"that of a chain's first":   Message("agora-1", 10, nil),
		"one that is cut elsewhere": Message("agora-11", 0, previous),
	} {
		require.ErrorIs(t, Verify(key.Public(), wrong, proof), ErrProof, "the message is %s", name)
	}
	require.ErrorIs(t, Verify(other.Public(), message, proof), ErrProof, "the key is another's")
}

func TestBytesThatAreNoProofAreRefused(t *testing.T) {
	key := fixedKey(t, 1)
	message := Message("agora-1", 10, nil)
	proof := key.Prove(message)
	flipped := bytes.Clone(proof)
	flipped[0] ^= 0x20 // the sign of y: the negated point
	for name, bad := range map[string][]byte{
		"nothing":                              nil,
		"one byte short":                       proof[:ProofSize-1],
		"one byte more":                        append(bytes.Clone(proof), 0),
		"the point at infinity":                append([]byte{0xc0}, make([]byte, ProofSize-1)...),
		"the negated point":                    flipped,
		"all ones":                             bytes.Repeat([]byte{0xff}, ProofSize),
		"a coordinate above the field's order": append([]byte{0x9f}, bytes.Repeat([]byte{0xff}, ProofSize-1)...),
		"a public key":                         key.Public(),
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorIs(t, Verify(key.Public(), message, bad), ErrProof)
		})
	}
}

func TestBytesThatAreNoKeyAreRefused(t *testing.T) {
	key := fixedKey(t, 1)
	for name, bad := range map[string][]byte{
		"nothing":               nil,
		"one byte short":        key.Public()[:KeySize-1],
		"the point at infinity": append([]byte{0xc0}, make([]byte, KeySize-1)...),
		"all ones":              bytes.Repeat([]byte{0xff}, KeySize),
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorIs(t, CheckKey(bad), ErrKey)
			require.ErrorIs(t, Verify(bad, nil, key.Prove(nil)), ErrKey)
		})
	}
}

// The vectors fix the derivation: a client in another language must reach the same bytes.
func TestTheDerivationIsThatOfTheVectors(t *testing.T) {
	key := fixedKey(t, 1)
	require.Equal(t, goldenKey, hex.EncodeToString(key.Public()))
	previous := []byte(nil)
	for i, want := range golden {
		height := int64(i + 1)
		proof := key.Prove(Message("agora-1", height, previous))
		require.Equal(t, want.proof, hex.EncodeToString(proof))
		previous = Next("agora-1", height, previous, proof)
		require.Equal(t, want.beacon, hex.EncodeToString(previous))
	}
	silent := Next("agora-1", int64(len(golden)+1), previous, nil)
	require.Equal(t, goldenSilent, hex.EncodeToString(silent), "a proposer without a key")
}

func TestAPrivateKeyComesBackAsItWasStored(t *testing.T) {
	key := fixedKey(t, 1)
	secret, err := key.MarshalBinary()
	require.NoError(t, err)
	again, err := ParsePrivateKey(secret)
	require.NoError(t, err)
	require.Equal(t, key.Public(), again.Public())
	require.Equal(t, key.Prove([]byte("m")), again.Prove([]byte("m")))
	for _, bad := range [][]byte{nil, make([]byte, 32), bytes.Repeat([]byte{0xff}, 32), secret[:31]} {
		_, err := ParsePrivateKey(bad)
		require.ErrorIs(t, err, ErrPrivateKey)
	}
}

func FuzzVerifyNeverPanics(f *testing.F) {
	key := fixedKey(f, 1)
	f.Add(key.Public(), []byte("m"), key.Prove([]byte("m")))
	f.Fuzz(func(t *testing.T, public, message, proof []byte) {
		err := Verify(public, message, proof)
		if err == nil {
			require.NoError(t, CheckKey(public))
			require.Len(t, proof, ProofSize)
		}
	})
}

func BenchmarkProve(b *testing.B) {
	key := fixedKey(b, 1)
	message := Message("agora-1", 10, make([]byte, Size))
	for b.Loop() {
		key.Prove(message)
	}
}

func BenchmarkVerify(b *testing.B) {
	key := fixedKey(b, 1)
	message := Message("agora-1", 10, make([]byte, Size))
	proof := key.Prove(message)
	for b.Loop() {
		require.NoError(b, Verify(key.Public(), message, proof))
	}
}
