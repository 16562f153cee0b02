package cmd

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	clientconfig "github.com/cosmos/cosmos-sdk/client/config"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/crypto/keyring"
	sdk "github.com/cosmos/cosmos-sdk/types"
)

// nameSignerByAddress lets a dry run of a tx command take the name of a key. The SDK's dry run needs no key and opens no
// keyring, so it takes addresses only; a name is looked up before, an address still needs no key here.
func nameSignerByAddress(cmd *cobra.Command, clientCtx client.Context) error {
	if dry := cmd.Flags().Lookup(flags.FlagDryRun); dry == nil || dry.Value.String() != "true" || !isTx(cmd) {
		return nil // other commands have no such flag, or an own meaning for it
	}
	from, err := cmd.Flags().GetString(flags.FlagFrom)
	if err != nil {
		return err
	}
	if from == "" {
		return nil
	}
	if _, err := sdk.AccAddressFromBech32(from); err == nil {
		return nil
	}
	ring, err := keyringOf(cmd, clientCtx)
	if err != nil {
		return err
	}
	record, err := ring.Key(from)
	if err != nil {
		return fmt.Errorf("--from %q is neither an address nor a key: %w; agorad keys list names the keys", from, err)
	}
	address, err := record.GetAddress()
	if err != nil {
		return err
	}
	return cmd.Flags().Set(flags.FlagFrom, address.String())
}

// keyringOf opens the keyring that the command would have without --dry-run, with which the SDK opens an empty one.
func keyringOf(cmd *cobra.Command, clientCtx client.Context) (ring keyring.Keyring, err error) {
	if err := cmd.Flags().Set(flags.FlagDryRun, "false"); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, cmd.Flags().Set(flags.FlagDryRun, "true")) }()
	if clientCtx, err = clientconfig.ReadFromClientConfig(clientCtx.WithSimulation(false)); err != nil {
		return nil, err
	}
	if clientCtx, err = client.ReadPersistentCommandFlags(clientCtx, cmd.Flags()); err != nil { // flags go before the file
		return nil, err
	}
	return clientCtx.Keyring, nil
}

// isTx tells whether a command is one of agorad tx.
func isTx(cmd *cobra.Command) bool {
	for c := cmd; c.HasParent(); c = c.Parent() {
		if c.Name() == "tx" && !c.Parent().HasParent() {
			return true
		}
	}
	return false
}
