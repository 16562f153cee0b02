package daemon

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/internal/settings"
	"github.com/agora-network/agora/wire"
)

// maxMnemonic bounds what is read of standard input.
const maxMnemonic = 1 << 10

// Keys is the keyring of a home and which key of it is the hotkey.
type Keys struct {
	Home string
	settings.Keyring
}

// Open opens the keyring.
func (k Keys) Open() (*chainclient.Keyring, error) {
	passphrase, err := k.ReadPassphrase()
	if err != nil {
		return nil, err
	}
	return chainclient.OpenKeyring(chainclient.KeyringConfig{Backend: k.Backend, Dir: k.Folder(k.Home), Passphrase: passphrase})
}

// Key loads a key by its name or address.
func (k Keys) Key(name string) (*chainclient.Key, error) {
	ring, err := k.Open()
	if err != nil {
		return nil, err
	}
	return ring.Key(name)
}

// Address is the address of a key that may be elsewhere: a name in the keyring, or an address as it stands.
func (k Keys) Address(name string) (string, error) {
	if wire.ValidateAddress(name) == nil {
		return name, nil
	}
	key, err := k.Key(name)
	if err != nil {
		return "", err
	}
	return key.Address(), nil
}

// Named lists the key that args names, or every key of the keyring when it names none.
func (k Keys) Named(args []string) ([]chainclient.NamedAddress, error) {
	ring, err := k.Open()
	if err != nil {
		return nil, err
	}
	if len(args) == 0 {
		return ring.List()
	}
	key, err := ring.Key(args[0])
	if err != nil {
		return nil, err
	}
	return []chainclient.NamedAddress{{Name: args[0], Address: key.Address()}}, nil
}

// KeysAddCommand is `keys add`: it makes a key or recovers one. keysOf says where a configuration keeps its keys.
func KeysAddCommand[C any](program settings.Program[C], keysOf func(*C) Keys, example string) *cobra.Command {
	var recoverKey bool
	command := &cobra.Command{
		Use:   "add NAME",
		Short: "Make a key, or recover one from its words",
		Long: `add makes a key and prints the words that recover it, once. With --recover it reads the words from standard input
instead.`,
		Example: example,
		Args:    cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			c, err := Load(program, command)
			if err != nil {
				return err
			}
			ring, err := keysOf(c).Open()
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
			return Show(command, result, func() string {
				text := fmt.Sprintf("%s  %s", result.Name, result.Address)
				if words != "" {
					text += "\n\nWrite these words down and keep them safe. Whoever has them has the key; they are not shown again.\n\n" + words
				}
				return text
			})
		},
	}
	program.AddFlags(command.Flags(), "keyring.backend", "keyring.dir", "keyring.passphrase")
	AddOutputFlag(command)
	command.Flags().BoolVar(&recoverKey, "recover", false, "read the words of an existing key from standard input")
	return command
}

// KeysAddressCommand is `keys address`: it prints one address and nothing else, for other commands to take.
func KeysAddressCommand[C any](program settings.Program[C], keysOf func(*C) Keys, example string) *cobra.Command {
	command := &cobra.Command{
		Use:     "address NAME",
		Short:   "Print the address of a key, alone on its line",
		Example: example,
		Args:    cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			c, err := Load(program, command)
			if err != nil {
				return err
			}
			named, err := keysOf(c).Named(args)
			if err != nil {
				return err
			}
			return Show(command, named[0], func() string { return named[0].Address })
		},
	}
	program.AddFlags(command.Flags(), "keyring.backend", "keyring.dir", "keyring.passphrase")
	AddOutputFlag(command)
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
