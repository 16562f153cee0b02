package wire

import (
	"encoding/binary"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/stretchr/testify/require"
)

func TestAKeyReadBeforeIsTheSameKey(t *testing.T) {
	var cache parsedKeys
	compressed := [PubKeySize]byte(secp256k1.PrivKeyFromBytes([]byte{1}).PubKey().SerializeCompressed())
	first, err := cache.parse(compressed)
	require.NoError(t, err)
	want, err := secp256k1.ParsePubKey(compressed[:])
	require.NoError(t, err)
	require.True(t, want.IsEqual(first))
	second, err := cache.parse(compressed)
	require.NoError(t, err)
	require.Same(t, first, second)
}

func TestKeysThatAreNoneAreNotKept(t *testing.T) {
	var cache parsedKeys
	_, err := cache.parse([PubKeySize]byte{5})
	require.Error(t, err)
	require.Empty(t, cache.keys)
}

func TestTheKeysKeptAreBounded(t *testing.T) {
	var cache parsedKeys
	for i := range uint32(maxParsedKeys + 10) {
		var secret [PrivateKeySize]byte
		binary.BigEndian.PutUint32(secret[:], i+1)
		key := secp256k1.PrivKeyFromBytes(secret[:]).PubKey().SerializeCompressed()
		_, err := cache.parse([PubKeySize]byte(key))
		require.NoError(t, err)
		require.LessOrEqual(t, len(cache.keys), maxParsedKeys)
	}
}
