package cmd

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"time"

	cmtcfg "github.com/cometbft/cometbft/config"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/spf13/cast"
	"github.com/spf13/cobra"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/debug"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/client/pruning"
	"github.com/cosmos/cosmos-sdk/client/snapshot"
	"github.com/cosmos/cosmos-sdk/server"
	serverconfig "github.com/cosmos/cosmos-sdk/server/config"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	"github.com/cosmos/cosmos-sdk/types/module"
	genutilcli "github.com/cosmos/cosmos-sdk/x/genutil/client/cli"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"

	"github.com/agora-network/agora/app"
	"github.com/agora-network/agora/internal/beacon/keyfile"
	"github.com/agora-network/agora/internal/chaincfg"
)

// DefaultNodeHome is where a node keeps its files unless --home says otherwise.
var DefaultNodeHome = defaultNodeHome()

func defaultNodeHome() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return ".agora" // no home directory: the working directory is the only place left
	}
	return filepath.Join(home, ".agora")
}

// addNodeCommands adds what runs and maintains a node.
func addNodeCommands(root *cobra.Command) {
	server.AddCommands(root, DefaultNodeHome, newApp, exportApp, func(*cobra.Command) {})
	root.AddCommand(debug.Cmd(), pruning.Cmd(newApp, DefaultNodeHome), snapshot.Cmd(newApp), beaconKeyCommand())
}

// newApp panics where the node cannot run, as app.New does: the server has no other way to be told.
func newApp(logger log.Logger, db dbm.DB, opts servertypes.AppOptions) servertypes.Application {
	chain := app.New(logger, db, true, opts, server.DefaultBaseappOptions(opts)...)
	if err := loadBeaconKey(chain, cast.ToString(opts.Get(flags.FlagHome))); err != nil {
		panic(err)
	}
	return chain
}

func exportApp(logger log.Logger, db dbm.DB, height int64, forZeroHeight bool, _ []string,
	opts servertypes.AppOptions, modules []string,
) (servertypes.ExportedApp, error) {
	if home := cast.ToString(opts.Get(flags.FlagHome)); home == "" {
		return servertypes.ExportedApp{}, fmt.Errorf("no home directory: name it with --%s", flags.FlagHome)
	}
	chain := app.New(logger, db, height == -1, opts)
	if height != -1 {
		if err := chain.LoadVersion(height); err != nil {
			return servertypes.ExportedApp{}, fmt.Errorf("load height %d: %w", height, err)
		}
	}
	return chain.Export(forZeroHeight, modules)
}

// initCommand is the SDK's init with Agora's consensus parameters in the genesis it writes, and a beacon key for the node.
func initCommand(basics module.BasicManager) *cobra.Command {
	cmd := genutilcli.InitCmd(basics, DefaultNodeHome)
	cmd.Example = "  agorad init my-node --chain-id agora-1"
	initialize := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := initialize(cmd, args); err != nil {
			return err
		}
		if _, err := keyfile.ReadOrCreate(beaconKeyFile(nodeHome(cmd)), rand.Reader); err != nil {
			return err
		}
		file := server.GetServerContextFromCmd(cmd).Config.GenesisFile()
		genesis, err := genutiltypes.AppGenesisFromFile(file)
		if err != nil {
			return fmt.Errorf("read the genesis just written: %w", err)
		}
		genesis.Consensus.Params = app.DefaultConsensusParams()
		return genesis.SaveAs(file)
	}
	return cmd
}

func genesisCommand(txConfig client.TxConfig, basics module.BasicManager) *cobra.Command {
	return genutilcli.Commands(txConfig, basics, DefaultNodeHome)
}

// appConfig is the default of app.toml.
func appConfig() any {
	cfg := serverconfig.DefaultConfig()
	cfg.MinGasPrices = "0.001" + chaincfg.Denom // empty would stop the node
	cfg.QueryGasLimit = 50_000_000              // 0 would let one query run without bound
	return *cfg
}

func appTemplate() string { return serverconfig.DefaultConfigTemplate }

// cometConfig is the default of config.toml.
func cometConfig() *cmtcfg.Config {
	cfg := cmtcfg.DefaultConfig()
	// A proposer that is down costs this much every time its turn comes.
	cfg.Consensus.TimeoutPropose = 2 * time.Second
	return cfg
}
