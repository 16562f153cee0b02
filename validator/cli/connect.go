package cli

import (
	"io"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/validator/config"
	"github.com/agora-network/agora/wire"
)

// loadFor reads the configuration and what commands that talk to the chain need of it.
func loadFor(command *cobra.Command) (*config.Config, *chainclient.Client, error) {
	c, err := config.Load(homeOf(command), command.Flags())
	if err != nil {
		return nil, nil, err
	}
	if err := c.RequireChain(); err != nil {
		return nil, nil, err
	}
	client, err := chainclient.New(chainclient.Config{
		ChainID: c.Chain.ID, Endpoints: c.Chain.Endpoints, Logger: newLogger(c.Log, command.ErrOrStderr()),
	})
	return c, client, err
}

func openKeyring(c *config.Config) (*chainclient.Keyring, error) {
	passphrase, err := c.Passphrase()
	if err != nil {
		return nil, err
	}
	return chainclient.OpenKeyring(chainclient.KeyringConfig{Backend: c.Keys.Backend, Dir: c.KeyringDir(), Passphrase: passphrase})
}

func loadKey(c *config.Config, name string) (*chainclient.Key, error) {
	ring, err := openKeyring(c)
	if err != nil {
		return nil, err
	}
	return ring.Key(name)
}

// hotkeyOf is the address of the hotkey: a name in the keyring, or an address as it stands.
func hotkeyOf(c *config.Config) (string, error) {
	if wire.ValidateAddress(c.Keys.Hotkey) == nil {
		return c.Keys.Hotkey, nil
	}
	key, err := loadKey(c, c.Keys.Hotkey)
	if err != nil {
		return "", err
	}
	return key.Address(), nil
}

var logLevels = map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}

func newLogger(c config.Log, out io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: logLevels[c.Level]}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(out, options))
	}
	return slog.New(slog.NewTextHandler(out, options))
}
