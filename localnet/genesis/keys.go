package genesis

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/cosmos/cosmos-sdk/client/config"
	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/crypto/hd"
	"github.com/cosmos/cosmos-sdk/crypto/keyring"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/agora-network/agora/internal/chaincfg"
)

// KeyringBackend keeps keys as plain files: for networks whose coins are worth nothing.
const KeyringBackend = keyring.BackendTest

// OpenKeyring opens the keyring in dir, making it where there is none.
func OpenKeyring(dir string, cdc codec.Codec) (keyring.Keyring, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the keyring: %w", err)
	}
	keys, err := keyring.New(sdk.KeyringServiceName(), KeyringBackend, dir, nil, cdc)
	if err != nil {
		return nil, fmt.Errorf("open the keyring in %s: %w", dir, err)
	}
	return keys, nil
}

// EnsureKey returns the address of a key, making the key where the keyring has none of that name.
func EnsureKey(keys keyring.Keyring, name string) (sdk.AccAddress, error) {
	record, err := keys.Key(name)
	if errors.Is(err, sdkerrors.ErrKeyNotFound) {
		path := hd.CreateHDPath(chaincfg.CoinType, 0, 0).String()
		record, _, err = keys.NewMnemonic(name, keyring.English, path, keyring.DefaultBIP39Passphrase, hd.Secp256k1)
	}
	if err != nil {
		return nil, fmt.Errorf("key %q: %w", name, err)
	}
	address, err := record.GetAddress()
	if err != nil {
		return nil, fmt.Errorf("key %q: %w", name, err)
	}
	return address, nil
}

// WriteClientConfig lets "agorad --home dir" find the keys, the chain and a node without further flags.
func WriteClientConfig(dir, chainID, rpc string) error {
	if err := os.MkdirAll(filepath.Join(dir, "config"), 0o700); err != nil {
		return fmt.Errorf("make the client home: %w", err)
	}
	content := fmt.Sprintf(`# Written by agorad localnet at each start.
chain-id = %q
keyring-backend = %q
keyring-default-keyname = ""
output = "text"
node = %q
broadcast-mode = %q
`, chainID, KeyringBackend, rpc, config.DefaultConfig().BroadcastMode)
	return writeFile(filepath.Join(dir, "config", "client.toml"), content)
}

func writeFile(path, content string) error {
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
