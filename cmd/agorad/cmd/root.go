// Package cmd is the command line of agorad.
package cmd

import (
	"bytes"
	"fmt"
	"os"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/spf13/cobra"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/client"
	clientconfig "github.com/cosmos/cosmos-sdk/client/config"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/client/keys"
	"github.com/cosmos/cosmos-sdk/client/rpc"
	"github.com/cosmos/cosmos-sdk/server"
	"github.com/cosmos/cosmos-sdk/version"
	authcmd "github.com/cosmos/cosmos-sdk/x/auth/client/cli"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/agora-network/agora/app"
	"github.com/agora-network/agora/cmd/agorad/human"
	"github.com/agora-network/agora/localnet"
)

// NewRootCommand builds the whole command tree.
func NewRootCommand() *cobra.Command {
	version.Name, version.AppName = "agora", app.Name
	// The command tree needs the modules' codecs and commands, not their state: an app on an empty store has both.
	wiring := app.New(log.NewNopLogger(), dbm.NewMemDB(), true, noOptions{})
	encoding := wiring.Encoding()
	clientCtx := client.Context{}.
		WithCodec(encoding.Codec).
		WithInterfaceRegistry(encoding.InterfaceRegistry).
		WithTxConfig(encoding.TxConfig).
		WithLegacyAmino(encoding.Amino).
		WithInput(os.Stdin).
		WithAccountRetriever(authtypes.AccountRetriever{}).
		WithHomeDir(DefaultNodeHome).
		WithViper(EnvPrefix)

	var held *bytes.Buffer // what a tx command printed while it waits
	root := &cobra.Command{
		Use:   app.Name,
		Short: "Agora: a chain on which subnets pay machine intelligence for measured work",
		Long: `agorad runs a node of the Agora chain, talks to one, and runs a whole network on this machine.

A first look:      agorad localnet up
A node:            agorad init NAME, agorad start
Short answers:     agorad subnet list, agorad metagraph 1, agorad wallet overview, agorad explain, agorad doctor
Questions:         agorad query subnet --help, agorad query rewards --help
Transactions:      agorad tx subnet --help, agorad tx rewards --help

Every flag can be set by an environment variable: AGORA_HOME for --home, AGORA_GAS_PRICES for --gas-prices.`,
		SilenceErrors: true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			cmd.SetOut(cmd.OutOrStdout())
			cmd.SetErr(cmd.ErrOrStderr())
			cmd.SilenceUsage = true // the arguments were understood: a failure from here on is not a usage error
			if !touchesNodeFiles(cmd) {
				return nil
			}
			if err := setFlagsFromEnvironment(cmd); err != nil {
				return err
			}
			ctx := clientCtx.WithCmdContext(cmd.Context()).WithOutput(cmd.OutOrStdout())
			ctx, err := client.ReadPersistentCommandFlags(ctx, cmd.Flags())
			if err != nil {
				return err
			}
			if ctx, err = clientconfig.ReadFromClientConfig(ctx); err != nil {
				return err
			}
			if err := nameSignerByAddress(cmd, ctx); err != nil {
				return err
			}
			if waits(cmd) {
				ctx, held = holdBack(cmd, ctx)
			}
			if err := client.SetCmdClientContextHandler(ctx, cmd); err != nil {
				return err
			}
			return server.InterceptConfigsPreRunHandler(cmd, appTemplate(), appConfig(), cometConfig())
		},
		PersistentPostRunE: func(cmd *cobra.Command, _ []string) error {
			if held == nil {
				return nil
			}
			return awaitTransaction(cmd, held.Bytes())
		},
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w; %s --help lists the flags", err, cmd.CommandPath())
	})
	root.AddCommand(
		initCommand(wiring.BasicModuleManager),
		genesisCommand(encoding.TxConfig, wiring.BasicModuleManager),
		queryCommand(),
		txCommand(),
		keys.Commands(),
		server.StatusCommand(),
		yumaCommand(),
		localnet.Command(),
	)
	root.AddCommand(human.Commands(human.Options{
		Await: transactionInBlock, NeedsNoHome: map[string]string{selfContained: "true"},
	})...)
	addNodeCommands(root)
	if err := wiring.AutoCLI(clientCtx).EnhanceRootCommand(root); err != nil {
		panic(err) // a programming error: a module's AutoCLI options do not match its services
	}
	return root
}

// noOptions configures nothing: the wiring app of the command tree runs no node.
type noOptions struct{}

// Get returns no value for any option.
func (noOptions) Get(string) any { return nil }

// selfContained marks commands that never read or create a node's home.
const selfContained = "agora.self-contained"

// touchesNodeFiles tells whether a command needs the node's home and configuration.
func touchesNodeFiles(cmd *cobra.Command) bool {
	for c := cmd; c != nil; c = c.Parent() {
		if c.Annotations[selfContained] != "" {
			return false
		}
	}
	return true
}

func queryCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "query",
		Aliases: []string{"q"},
		Short:   "Ask the chain",
		Example: "  agorad query subnet metagraph 1\n  agorad query bank balances agora1…",
		RunE:    client.ValidateCmd,
	}
	cmd.AddCommand(
		rpc.WaitTxCmd(),
		server.QueryBlockCmd(),
		server.QueryBlocksCmd(),
		server.QueryBlockResultsCmd(),
		authcmd.QueryTxCmd(),
		authcmd.QueryTxsByEventsCmd(),
	)
	return cmd
}

func txCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "tx",
		Short:   "Sign and send transactions",
		Example: "  agorad tx subnet register-miner 1 agora1… --from alice\n  agorad tx rewards claim 1 --from alice",
		RunE:    client.ValidateCmd,
	}
	cmd.AddCommand(
		authcmd.GetSignCommand(),
		authcmd.GetSignBatchCommand(),
		authcmd.GetMultiSignCommand(),
		authcmd.GetMultiSignBatchCmd(),
		authcmd.GetValidateSignaturesCommand(),
		authcmd.GetBroadcastCommand(),
		authcmd.GetEncodeCommand(),
		authcmd.GetDecodeCommand(),
		authcmd.GetSimulateCmd(),
	)
	cmd.PersistentFlags().String(flags.FlagChainID, "", "The network chain ID")
	addWaitFlag(cmd)
	return cmd
}
