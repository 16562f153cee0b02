package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/miner/config"
)

// maxMnemonic bounds what is read of standard input.
const maxMnemonic = 1 << 10

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
		Example: `  miner keys add hotkey
  miner keys add owner --recover < words.txt`,
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
				key, err = ring.Recover(args[0], given)
				if err != nil {
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

func newKeysShow() *cobra.Command {
	command := &cobra.Command{
		Use:   "show [NAME]",
		Short: "Show the address of a key, or of all",
		Long:  `show prints names and addresses. It never prints secrets.`,
		Example: `  miner keys show
  miner keys show hotkey`,
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
			var named []chainclient.NamedAddress
			if len(args) == 1 {
				key, err := ring.Key(args[0])
				if err != nil {
					return err
				}
				named = append(named, chainclient.NamedAddress{Name: args[0], Address: key.Address()})
			} else if named, err = ring.List(); err != nil {
				return err
			}
			return show(command, named, func() string {
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
	config.AddFlags(command.Flags(), "keyring.backend", "keyring.dir", "keyring.passphrase")
	addOutputFlag(command)
	return command
}
