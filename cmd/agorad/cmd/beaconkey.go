package cmd

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/server"

	"github.com/agora-network/agora/app"
	"github.com/agora-network/agora/internal/beacon/keyfile"
)

// beaconKeyCommand makes and shows the key with which the node proves its validator's part of the beacons.
func beaconKeyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "beacon-key",
		Short: "The key with which this node proves its validator's part of the random beacons",
	}
	cmd.AddCommand(
		&cobra.Command{
			Use: "init", Short: "Make the key, unless there is one", Args: cobra.NoArgs,
			Example: "  agorad beacon-key init",
			RunE: func(cmd *cobra.Command, _ []string) error {
				key, err := keyfile.ReadOrCreate(beaconKeyFile(nodeHome(cmd)), rand.Reader)
				if err != nil {
					return err
				}
				return printKey(cmd, key.Public())
			},
		},
		&cobra.Command{
			Use: "show", Short: "Print the public key in base64, as set-beacon-key takes it", Args: cobra.NoArgs,
			Example: `  agorad tx subnet set-beacon-key "$(agorad beacon-key show)" --from operator`,
			RunE: func(cmd *cobra.Command, _ []string) error {
				key, err := keyfile.Read(beaconKeyFile(nodeHome(cmd)))
				if errors.Is(err, fs.ErrNotExist) {
					return fmt.Errorf("this node has no beacon key: make one with agorad beacon-key init (%w)", err)
				}
				if err != nil {
					return err
				}
				return printKey(cmd, key.Public())
			},
		},
	)
	return cmd
}

func printKey(cmd *cobra.Command, public []byte) error {
	_, err := fmt.Fprintln(cmd.OutOrStdout(), base64.StdEncoding.EncodeToString(public))
	return err
}

func nodeHome(cmd *cobra.Command) string { return server.GetServerContextFromCmd(cmd).Config.RootDir }

func beaconKeyFile(home string) string { return filepath.Join(home, "config", keyfile.FileName) }

// loadBeaconKey gives the node the key of its home, where there is one.
func loadBeaconKey(chain *app.App, home string) error {
	key, err := keyfile.Read(beaconKeyFile(home))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w: put a backup of the key back, or move the file away and register a new key", err)
	}
	chain.SetBeaconKey(key)
	return nil
}
