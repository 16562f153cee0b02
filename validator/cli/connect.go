package cli

import (
	"github.com/spf13/cobra"

	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/internal/daemon"
	"github.com/agora-network/agora/validator/config"
)

// loadFor reads the configuration and what commands that talk to the chain need of it.
func loadFor(command *cobra.Command) (*config.Config, *chainclient.Client, error) {
	c, err := daemon.Load(config.Program, command)
	if err != nil {
		return nil, nil, err
	}
	client, err := daemon.Connect(c.Chain, daemon.NewLogger(c.Log, command.ErrOrStderr()))
	return c, client, err
}

func keysOf(c *config.Config) daemon.Keys {
	return daemon.Keys{Home: c.Home, Keyring: c.Keys}
}

// addOutputFlags lets a command print its result as text or as JSON.
func addOutputFlags(command *cobra.Command) {
	daemon.AddOutputFlag(command)
	daemon.AddJSONFlag(command)
}
