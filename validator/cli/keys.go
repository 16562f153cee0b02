package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/internal/daemon"
	"github.com/agora-network/agora/validator/config"
)

func newKeys() *cobra.Command {
	command := &cobra.Command{
		Use:   "keys",
		Short: "Show and make the hotkey",
		Long: `keys shows and makes keys in the keyring of the configuration. A validator needs one: the hotkey, which asks miners,
commits and reveals, and can do nothing else. The operator's key never needs to be on this machine.`,
		Example: `  validator keys add hotkey
  validator keys show
  validator keys show --json`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	add := daemon.AddJSONFlag(daemon.KeysAddCommand(config.Program, keysOf, `  validator keys add hotkey
  validator keys add hotkey --recover < words.txt`))
	address := daemon.AddJSONFlag(daemon.KeysAddressCommand(config.Program, keysOf,
		"  agorad tx subnet appoint-hotkey 0 $(validator keys address hotkey) 10000 --from operator"))
	command.AddCommand(add, address, newKeysShow())
	return command
}

// shownKeys is what `keys show` prints.
type shownKeys struct {
	Keys []chainclient.NamedAddress `json:"keys"`
	// Hotkey is the address of the configured hotkey; empty when there is none yet.
	Hotkey string `json:"hotkey"`
	// Operator are the commands that the validator's operator runs once.
	Operator []string `json:"operator_commands,omitempty"`
}

func newKeysShow() *cobra.Command {
	command := &cobra.Command{
		Use:   "show [NAME]",
		Short: "Show addresses, and what the operator has to run for the hotkey",
		Long: `show prints names and addresses, never secrets. For the hotkey it also prints the two commands by which the
validator's operator appoints it and pays its fees.`,
		Example: `  validator keys show
  validator keys show hotkey --json`,
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
			result := shownKeys{Keys: named}
			for _, key := range result.Keys {
				if key.Name == c.Keys.Hotkey || key.Address == c.Keys.Hotkey {
					result.Hotkey, result.Operator = key.Address, operatorCommands(c, key.Address)
				}
			}
			return daemon.Show(command, result, func() string { return result.text(c) })
		},
	}
	config.Program.AddFlags(command.Flags(), "keyring.", "chain.id")
	addOutputFlags(command)
	return command
}

func (k shownKeys) text(c *config.Config) string {
	if len(k.Keys) == 0 {
		return fmt.Sprintf("no keys yet; make one with `validator keys add %s`", c.Keys.Hotkey)
	}
	var text strings.Builder
	for _, key := range k.Keys {
		fmt.Fprintf(&text, "%-12s %s\n", key.Name, key.Address)
	}
	if len(k.Operator) > 0 {
		fmt.Fprintf(&text, "\nThe validator's operator appoints the hotkey and pays its fees, once:\n  %s\n", strings.Join(k.Operator, "\n  "))
	}
	return text.String()
}

// operatorCommands appoint a hotkey for all subnets and grant it the fees of its scores.
func operatorCommands(c *config.Config, hotkey string) []string {
	chainID := c.Chain.ID
	if chainID == "" {
		chainID = "CHAIN_ID"
	}
	const messages = "/agora.subnet.v1.MsgCommitScores,/agora.subnet.v1.MsgRevealScores,/agora.subnet.v1.MsgSetScores"
	return []string{
		fmt.Sprintf("agorad tx subnet appoint-hotkey 0 %s 10000 --from OPERATOR --chain-id %s", hotkey, chainID),
		fmt.Sprintf("agorad tx feegrant grant OPERATOR %s --allowed-messages %s --from OPERATOR --chain-id %s", hotkey, messages, chainID),
	}
}
