package settings

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// Chain says which chain and how to reach and pay it.
type Chain struct {
	ID         string   `mapstructure:"id"`
	Endpoints  []string `mapstructure:"endpoints"`
	GasPrice   string   `mapstructure:"gas_price"`
	FeeGranter string   `mapstructure:"fee_granter"`
}

// Check looks at bounds and forms. The chain id may be missing: not every command needs it, see Require.
func (c Chain) Check(problems *Problems) {
	if len(c.Endpoints) == 0 {
		problems.Add("chain.endpoints", "none given; want the RPC address of a node, such as http://127.0.0.1:26657")
	}
	if c.FeeGranter != "" {
		problems.Address("chain.fee_granter", c.FeeGranter)
	}
}

// Require reports what is missing to talk to the chain.
func (c Chain) Require() error {
	if c.ID == "" {
		return errors.New("chain.id is not set; give --chain-id or set it in the file (curl <endpoint>/status shows it as network)")
	}
	return nil
}

// Keyring says where keys are and which of them is the hotkey.
type Keyring struct {
	Backend        string `mapstructure:"backend"`
	Dir            string `mapstructure:"dir"`
	PassphraseFile string `mapstructure:"passphrase_file"`
	Passphrase     string `mapstructure:"passphrase"`
	Hotkey         string `mapstructure:"hotkey"`
}

// Check looks at bounds and forms.
func (k Keyring) Check(problems *Problems) {
	problems.OneOf("keyring.backend", k.Backend, "test", "file")
	if k.Hotkey == "" {
		problems.Add("keyring.hotkey", "none given")
	}
}

// Folder is where the keyring of a home is.
func (k Keyring) Folder(home string) string {
	if k.Dir != "" {
		return k.Dir
	}
	return home
}

// ReadPassphrase returns the passphrase of the file keyring: the setting itself, or the first line of the file that is
// named. The error names the setting of a file that cannot be read.
func (k Keyring) ReadPassphrase() (string, error) {
	if k.Passphrase != "" || k.PassphraseFile == "" {
		return k.Passphrase, nil
	}
	content, err := os.ReadFile(k.PassphraseFile)
	if err != nil {
		return "", fmt.Errorf("read keyring.passphrase_file: %w", err)
	}
	line, _, _ := strings.Cut(string(content), "\n")
	return strings.TrimSuffix(line, "\r"), nil
}

// Log says what is logged and how.
type Log struct {
	Level  string `mapstructure:"level"`
	Format string `mapstructure:"format"`
}

// Check looks at bounds and forms.
func (l Log) Check(problems *Problems) {
	problems.OneOf("log.level", l.Level, "debug", "info", "warn", "error")
	problems.OneOf("log.format", l.Format, "text", "json")
}
