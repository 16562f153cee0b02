package keyfile

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/internal/beacon"
)

// fixedKey is the same key everywhere.
func fixedKey(t *testing.T, name byte) *beacon.PrivateKey {
	key, err := beacon.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{name}, 32)))
	require.NoError(t, err)
	return key
}

func TestAKeyFileIsForItsOwnerAndNeverOverwritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "beacon_key.json")
	_, err := Read(path)
	require.ErrorIs(t, err, fs.ErrNotExist)
	key, err := ReadOrCreate(path, rand.Reader)
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o600), info.Mode().Perm())
	again, err := ReadOrCreate(path, rand.Reader)
	require.NoError(t, err)
	require.Equal(t, key.Public(), again.Public())
	require.Equal(t, key.Prove([]byte("m")), again.Prove([]byte("m")))
	require.ErrorIs(t, Write(path, key), fs.ErrExist)
}

func TestAKeyFileThatCannotBeUsedSaysWhy(t *testing.T) {
	good := filepath.Join(t.TempDir(), "good.json")
	require.NoError(t, Write(good, fixedKey(t, 1)))
	content, err := os.ReadFile(good)
	require.NoError(t, err)
	other := hex.EncodeToString(fixedKey(t, 2).Public())
	for name, test := range map[string]struct {
		content []byte
		says    string
	}{
		"not JSON":                  {[]byte("key"), "invalid character"},
		"another type":              {bytes.Replace(content, []byte("bls12381"), []byte("ed25519"), 1), "want \"agora/beacon-key/bls12381-g2\""},
		"a private key of zero":     {[]byte(`{"type":"agora/beacon-key/bls12381-g2","private":"` + hex.EncodeToString(make([]byte, 32)) + `"}`), "private"},
		"a private key cut short":   {[]byte(`{"type":"agora/beacon-key/bls12381-g2","private":"00"}`), "beacon key file"},
		"no hexadecimal":            {[]byte(`{"type":"agora/beacon-key/bls12381-g2","private":"xy"}`), "not hexadecimal"},
		"somebody else's public":    {bytes.Replace(content, []byte(hex.EncodeToString(fixedKey(t, 1).Public())), []byte(other), 1), "does not belong"},
		"a private key above order": {[]byte(`{"type":"agora/beacon-key/bls12381-g2","private":"` + hex.EncodeToString(bytes.Repeat([]byte{0xff}, 32)) + `"}`), "beacon key file"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "key.json")
			require.NoError(t, os.WriteFile(path, test.content, 0o600))
			_, err := Read(path)
			require.ErrorIs(t, err, ErrFile)
			require.ErrorContains(t, err, test.says)
		})
	}
}
