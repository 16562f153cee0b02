package cli

import (
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/miner/config"
	"github.com/agora-network/agora/wire"
)

// loadFor reads the configuration and what commands that talk to the chain need of it.
func loadFor(command *cobra.Command) (*config.Config, *chainclient.Client, chainclient.Price, error) {
	var price chainclient.Price
	c, err := config.Load(homeOf(command), command.Flags())
	if err != nil {
		return nil, nil, price, err
	}
	if err := c.RequireChain(); err != nil {
		return nil, nil, price, err
	}
	if price, err = chainclient.ParsePrice(c.Chain.GasPrice); err != nil {
		return nil, nil, price, err
	}
	client, err := chainclient.New(chainclient.Config{ChainID: c.Chain.ID, Endpoints: c.Chain.Endpoints, Logger: newLogger(c.Log, command.ErrOrStderr())})
	return c, client, price, err
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

// addressOf is the address of a key that may be elsewhere: a name in the keyring, or an address as it stands.
func addressOf(c *config.Config, name string) (string, error) {
	if wire.ValidateAddress(name) == nil {
		return name, nil
	}
	key, err := loadKey(c, name)
	if err != nil {
		return "", err
	}
	return key.Address(), nil
}

var logLevels = map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
