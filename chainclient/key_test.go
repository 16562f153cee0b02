package chainclient_test

import (
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/wire"
)

var _ wire.Signer = (*chainclient.Key)(nil)

func TestAKeySignsWhatWireVerifies(t *testing.T) {
	secret := sha256.Sum256([]byte("hotkey"))
	key, err := chainclient.NewKey(secret[:])
	require.NoError(t, err)
	twin, err := wire.NewKeySigner(secret[:])
	require.NoError(t, err)
	require.Equal(t, twin.Address(), key.Address())
	require.Equal(t, twin.PubKey(), key.PubKey())
	signature, err := key.Sign([]byte("message"))
	require.NoError(t, err)
	require.NoError(t, wire.Verify(key.PubKey(), []byte("message"), signature))
	_, err = chainclient.NewKey(secret[:5])
	require.ErrorContains(t, err, "want 32")
}

func TestKeysAreKeptRecoveredAndFoundByNameOrAddress(t *testing.T) {
	for _, config := range []chainclient.KeyringConfig{
		{Backend: chainclient.BackendTest, Dir: t.TempDir()},
		{Backend: chainclient.BackendFile, Dir: t.TempDir(), Passphrase: "correct horse"},
	} {
		t.Run("in the "+config.Backend+" keyring", func(t *testing.T) {
			ring, err := chainclient.OpenKeyring(config)
			require.NoError(t, err)
			_, err = ring.Key("hotkey")
			require.ErrorIs(t, err, chainclient.ErrKeyMissing)
			require.ErrorContains(t, err, "keys add hotkey")
			made, words, err := ring.Add("hotkey")
			require.NoError(t, err)
			_, _, err = ring.Add("hotkey")
			require.ErrorContains(t, err, "exists already")
			_, err = ring.Recover("hotkey", words)
			require.ErrorContains(t, err, "exists already")

			reopened, err := chainclient.OpenKeyring(config)
			require.NoError(t, err)
			for _, name := range []string{"hotkey", made.Address()} {
				found, err := reopened.Key(name)
				require.NoError(t, err)
				require.Equal(t, made.Address(), found.Address())
			}
			again, err := reopened.Recover("copy-of-words", words)
			if err == nil { // the same address under a second name
				require.Equal(t, made.Address(), again.Address())
			} else {
				require.ErrorContains(t, err, "recover key")
			}
			listed, err := reopened.List()
			require.NoError(t, err)
			require.Equal(t, made.Address(), listed[0].Address)
		})
	}
}

func TestAKeyringThatWouldNeedAPersonIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		config chainclient.KeyringConfig
		want   string
	}{
		"the os backend prompts":      {chainclient.KeyringConfig{Backend: "os", Dir: "x"}, "want test or file"},
		"no backend is never guessed": {chainclient.KeyringConfig{Dir: "x"}, "want test or file"},
		"file needs a passphrase":     {chainclient.KeyringConfig{Backend: chainclient.BackendFile, Dir: "x"}, "AGORA_KEYRING_PASSPHRASE"},
		"a short passphrase":          {chainclient.KeyringConfig{Backend: chainclient.BackendFile, Dir: "x", Passphrase: "abc"}, "at least 8"},
		"a folder is needed":          {chainclient.KeyringConfig{Backend: chainclient.BackendTest}, "no folder given"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := chainclient.OpenKeyring(test.config)
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestAWrongPassphraseFailsInsteadOfAskingForEver(t *testing.T) {
	dir := t.TempDir()
	ring, err := chainclient.OpenKeyring(chainclient.KeyringConfig{Backend: chainclient.BackendFile, Dir: dir, Passphrase: "correct horse"})
	require.NoError(t, err)
	_, _, err = ring.Add("hotkey")
	require.NoError(t, err)
	ring, err = chainclient.OpenKeyring(chainclient.KeyringConfig{Backend: chainclient.BackendFile, Dir: dir, Passphrase: "wrong battery"})
	require.NoError(t, err)
	_, err = ring.Key("hotkey")
	require.Error(t, err)
	require.NotErrorIs(t, err, chainclient.ErrKeyMissing)
}
