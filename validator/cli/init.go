package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/agora-network/agora/validator/config"
)

func newInit() *cobra.Command {
	command := &cobra.Command{
		Use:   "init",
		Short: "Write a commented configuration file",
		Long: `init writes config.yaml with every setting, its meaning and its value into the home. Settings given as flags or in
the environment are written, the others get their defaults. An existing file is never changed.`,
		Example: `  validator init --chain-id agora-1
  validator init --home /var/lib/validator --chain-id agora-1 --netuids 1,3 --chain-fee-granter agora1…`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			path, err := config.Init(homeOf(command), command.Flags())
			if err != nil {
				return err
			}
			fmt.Fprintf(command.OutOrStdout(), "wrote %s\nnext: validator keys add hotkey --home %s\n", path, homeOf(command))
			return nil
		},
	}
	config.AddFlags(command.Flags())
	return command
}
