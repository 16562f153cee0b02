package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agora-network/agora/internal/daemon"
	"github.com/agora-network/agora/miner/config"
)

func newKeys() *cobra.Command {
	command := &cobra.Command{
		Use:   "keys",
		Short: "Show and make keys",
		Long: `keys shows and makes keys in the keyring of the configuration. The hotkey signs answers and stays on the serving
machine. The owner registers, pays and is paid; serving never needs it.`,
		Example: `  miner keys add hotkey
  miner keys show
  miner keys show hotkey --output json`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	add := daemon.KeysAddCommand(config.Program, keysOf, `  miner keys add hotkey
  miner keys add owner --recover < words.txt`)
	address := daemon.KeysAddressCommand(config.Program, keysOf, "  agorad tx bank send holder $(miner keys address owner) 10000000uagora")
	command.AddCommand(add, address, newKeysShow())
	return command
}

func newKeysShow() *cobra.Command {
	command := &cobra.Command{
		Use:   "show [NAME]",
		Short: "Show the address of a key, or of all",
		Long:  `show prints names and addresses. It never prints secrets.`,
		Example: `  miner keys show
  miner keys show hotkey`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			c, err := daemon.Load(config.Program, command)
			if err != nil {
				return err
			}
			named, err := keysOf(c).Named(args)
			if err != nil {
				return err
			}
			return daemon.Show(command, named, func() string {
				if len(named) == 0 {
					return "no keys yet; make one with `miner keys add hotkey`"
				}
				var text strings.Builder
				for _, one := range named {
					fmt.Fprintf(&text, "%-12s %s\n", one.Name, one.Address)
				}
				return text.String()
			})
		},
	}
	config.Program.AddFlags(command.Flags(), "keyring.backend", "keyring.dir", "keyring.passphrase")
	daemon.AddOutputFlag(command)
	return command
}
