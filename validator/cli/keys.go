package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/validator/config"
)

// maxMnemonic bounds what is read of standard input.
const maxMnemonic = 1 << 10

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
	command.AddCommand(newKeysAdd(), newKeysShow())
	return command
}

func newKeysAdd() *cobra.Command {
	var recoverKey bool
	command := &cobra.Command{
		Use:   "add NAME",
		Short: "Make a key, or recover one from its words",
		Long: `add makes a key and prints the words that recover it, once. With --recover it reads the words from standard input
instead.`,
		Example: `  validator keys add hotkey
  validator keys add hotkey --recover < words.txt`,
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			c, err := config.Load(homeOf(command), command.Flags())
			if err != nil {
				return err
			}
			ring, err := openKeyring(c)
			if err != nil {
				return err
			}
			var key *chainclient.Key
			var words string
			if recoverKey {
				given, err := readWords(command.InOrStdin())
				if err != nil {
					return err
				}
				if key, err = ring.Recover(args[0], given); err != nil {
					return err
				}
			} else if key, words, err = ring.Add(args[0]); err != nil {
				return err
			}
			result := struct {
				Name     string `json:"name"`
				Address  string `json:"address"`
				Mnemonic string `json:"mnemonic,omitempty"`
			}{args[0], key.Address(), words}
			return show(command, result, func() string {
				text := fmt.Sprintf("%s  %s", result.Name, result.Address)
				if words != "" {
					text += "\n\nWrite these words down and keep them safe. Whoever has them has the key; they are not shown again.\n\n" + words
				}
				return text
			})
		},
	}
	config.AddFlags(command.Flags(), "keyring.backend", "keyring.dir", "keyring.passphrase")
	addOutputFlag(command)
	command.Flags().BoolVar(&recoverKey, "recover", false, "read the words of an existing key from standard input")
	return command
}

func readWords(in io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(in, maxMnemonic)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the words: %w", err)
	}
	if line = strings.TrimSpace(line); line == "" {
		return "", errors.New("--recover reads the words from standard input, which is empty")
	}
	return line, nil
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
			c, err := config.Load(homeOf(command), command.Flags())
			if err != nil {
				return err
			}
			ring, err := openKeyring(c)
			if err != nil {
				return err
			}
			result := shownKeys{Keys: []chainclient.NamedAddress{}}
			if len(args) == 1 {
				key, err := ring.Key(args[0])
				if err != nil {
					return err
				}
				result.Keys = append(result.Keys, chainclient.NamedAddress{Name: args[0], Address: key.Address()})
			} else if result.Keys, err = ring.List(); err != nil {
				return err
			}
			for _, key := range result.Keys {
				if key.Name == c.Keys.Hotkey || key.Address == c.Keys.Hotkey {
					result.Hotkey, result.Operator = key.Address, operatorCommands(c, key.Address)
				}
			}
			return show(command, result, func() string { return result.text(c) })
		},
	}
	config.AddFlags(command.Flags(), "keyring.", "chain.id")
	addOutputFlag(command)
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

// operatorCommands appoint a hotkey for all subnets and grant it the fees of commits and reveals.
func operatorCommands(c *config.Config, hotkey string) []string {
	chainID := c.Chain.ID
	if chainID == "" {
		chainID = "CHAIN_ID"
	}
	const messages = "/agora.subnet.v1.MsgCommitScores,/agora.subnet.v1.MsgRevealScores"
	return []string{
		fmt.Sprintf("agorad tx subnet appoint-hotkey 0 %s 10000 --from OPERATOR --chain-id %s", hotkey, chainID),
		fmt.Sprintf("agorad tx feegrant grant OPERATOR %s --allowed-messages %s --from OPERATOR --chain-id %s", hotkey, messages, chainID),
	}
}
