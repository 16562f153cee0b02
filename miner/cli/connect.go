package cli

import (
	"github.com/spf13/cobra"

	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/internal/daemon"
	"github.com/agora-network/agora/miner/config"
)

// loadFor reads the configuration and what commands that talk to the chain need of it.
func loadFor(command *cobra.Command) (*config.Config, *chainclient.Client, chainclient.Price, error) {
	c, err := daemon.Load(config.Program, command)
	if err != nil {
		return nil, nil, chainclient.Price{}, err
	}
	client, err := daemon.Connect(c.Chain, daemon.NewLogger(c.Log, command.ErrOrStderr()))
	if err != nil {
		return nil, nil, chainclient.Price{}, err
	}
	price, err := chainclient.ParsePrice(c.Chain.GasPrice)
	return c, client, price, err
}

func keysOf(c *config.Config) daemon.Keys {
	return daemon.Keys{Home: c.Home, Keyring: c.Keys.Keyring}
}
