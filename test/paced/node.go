package paced

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	cmtcfg "github.com/cometbft/cometbft/config"
	cmtsync "github.com/cometbft/cometbft/libs/sync"
	cmtnode "github.com/cometbft/cometbft/node"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/privval"
	"github.com/cometbft/cometbft/rpc/client/local"
	rpcserver "github.com/cometbft/cometbft/rpc/jsonrpc/server"
	cmttypes "github.com/cometbft/cometbft/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/crypto/keyring"
	"github.com/cosmos/cosmos-sdk/server"
	serverconfig "github.com/cosmos/cosmos-sdk/server/config"
	servercmtlog "github.com/cosmos/cosmos-sdk/server/log"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/app"
	"github.com/agora-network/agora/internal/beacon/keyfile"
	"github.com/agora-network/agora/localnet/genesis"
	"github.com/agora-network/agora/test/harness"
)

const (
	// ChainID of every paced chain.
	ChainID = "agora-paced-1"
	// Operator is the name of the key that operates the validator.
	Operator = "operator"
	// Bond of the validator, in uagora.
	Bond = 50_000_000_000
	// Funds of every account, in uagora; what the operator bonds comes on top.
	Funds = 100_000_000_000
	// MinGasPrices of the node.
	MinGasPrices = "0.001uagora"
)

// Options of a chain.
type Options struct {
	// Dir takes the files of the node and, below client, the keys and the configuration of a command line.
	Dir string
	// Accounts are names of funded keys besides Operator.
	Accounts []string
	// State is merged into the genesis state, by module; as RFC 7386 has it. It may be empty.
	State json.RawMessage
}

// Node is a running chain. It ends with its test.
type Node struct {
	// App is the chain's state machine.
	App *app.App
	// URL of the RPC.
	URL string
	// ClientHome is the home of a command line that has the keys and knows the chain.
	ClientHome string

	keys keyring.Keyring
	pace *pace
}

// Start runs a chain and returns when its first block is there.
func Start(t testing.TB, options Options) (*Node, error) {
	home := filepath.Join(options.Dir, "node")
	n := &Node{
		App: app.New(log.NewNopLogger(), dbm.NewMemDB(), true, noOptions{},
			baseapp.SetChainID(ChainID), baseapp.SetMinGasPrices(MinGasPrices)),
		ClientHome: filepath.Join(options.Dir, "client"),
		pace:       newPace(),
	}
	document, err := n.genesis(home, options)
	if err != nil {
		return nil, err
	}
	if err := n.run(t, home, document); err != nil {
		return nil, err
	}
	if err := genesis.WriteClientConfig(n.ClientHome, ChainID, n.URL); err != nil {
		return nil, err
	}
	return n, n.Reach(1)
}

// genesis makes the keys and the genesis document.
func (n *Node) genesis(home string, options Options) (*cmttypes.GenesisDoc, error) {
	encoding := n.App.Encoding()
	keys, err := genesis.OpenKeyring(n.ClientHome, encoding.Codec)
	if err != nil {
		return nil, err
	}
	n.keys = keys
	document := genesis.Document{
		ChainID: ChainID, Time: time.Now(), State: n.App.BasicModuleManager.DefaultGenesis(encoding.Codec),
		Consensus: app.DefaultConsensusParams(), Codec: encoding.Codec, TxConfig: encoding.TxConfig, Keys: keys,
	}
	_, consensusKey, err := genesis.InitNode(home)
	if err != nil {
		return nil, err
	}
	beaconKey, err := genesis.InitBeaconKey(home)
	if err != nil {
		return nil, err
	}
	operator, err := genesis.EnsureKey(keys, Operator)
	if err != nil {
		return nil, err
	}
	document.Accounts = append(document.Accounts, genesis.Account{Address: operator, Amount: Bond + Funds})
	document.Validators = append(document.Validators, genesis.Validator{
		Moniker: "paced", KeyName: Operator, Operator: operator, ConsensusKey: consensusKey, BeaconKey: beaconKey, Bond: Bond,
	})
	for _, name := range options.Accounts {
		address, err := genesis.EnsureKey(keys, name)
		if err != nil {
			return nil, err
		}
		document.Accounts = append(document.Accounts, genesis.Account{Address: address, Amount: Funds})
	}
	built, err := document.Build()
	if err != nil {
		return nil, err
	}
	if built.AppState, err = merged(built.AppState, options.State); err != nil {
		return nil, err
	}
	return built.ToGenesisDoc()
}

// run starts CometBFT and serves its RPC.
func (n *Node) run(t testing.TB, home string, document *cmttypes.GenesisDoc) error {
	key, err := keyfile.Read(filepath.Join(home, "config", keyfile.FileName))
	if err != nil {
		return err
	}
	n.App.SetBeaconKey(key)

	config := cmtcfg.DefaultConfig()
	config.SetRoot(home)
	config.DBBackend = "memdb"
	config.RPC.ListenAddress = "" // served below, at a port of the system's choice
	config.P2P.ListenAddress = "tcp://127.0.0.1:0"
	config.P2P.PexReactor = false
	config.Consensus.TimeoutCommit = time.Millisecond
	config.Consensus.TimeoutPropose = time.Hour // a proposal takes as long as the test does not want it
	nodeKey, err := p2p.LoadOrGenNodeKey(config.NodeKeyFile())
	if err != nil {
		return err
	}
	logger, err := openLog(filepath.Join(home, "node.log"))
	if err != nil {
		return err
	}
	comet, err := cmtnode.NewNode(config, privval.LoadOrGenFilePV(config.PrivValidatorKeyFile(), config.PrivValidatorStateFile()), nodeKey,
		creator{lock: &cmtsync.Mutex{}, app: server.NewCometABCIWrapper(n.App), pace: n.pace},
		func() (*cmttypes.GenesisDoc, error) { return document, nil },
		cmtcfg.DefaultDBProvider, cmtnode.DefaultMetricsProvider(config.Instrumentation), servercmtlog.CometLoggerWrapper{Logger: logger})
	if err != nil {
		return fmt.Errorf("make the node: %w", err)
	}
	if err := comet.Start(); err != nil {
		return fmt.Errorf("start the node: %w", err)
	}
	n.pace.watch(comet.Mempool().Size)
	clientCtx := client.Context{}.WithCodec(n.App.AppCodec()).WithInterfaceRegistry(n.App.Encoding().InterfaceRegistry).
		WithTxConfig(n.App.Encoding().TxConfig).WithClient(local.New(comet))
	n.App.RegisterTxService(clientCtx)
	n.App.RegisterNodeService(clientCtx, nodeConfig())
	environment, err := comet.ConfigureRPC()
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	rpcserver.RegisterRPCFuncs(mux, environment.GetRoutes(), servercmtlog.CometLoggerWrapper{Logger: logger})
	rpc := httptest.NewServer(mux)
	n.URL = rpc.URL
	t.Cleanup(func() {
		n.pace.free()
		require.NoError(t, comet.Stop())
		comet.Wait()
		rpc.Close()
	})
	return nil
}

// nodeConfig is what the node says of itself.
func nodeConfig() serverconfig.Config {
	config := serverconfig.DefaultConfig()
	config.MinGasPrices = MinGasPrices
	return *config
}

// openLog takes what goes wrong in the node. The file stays open: parts of CometBFT write to it after the node has stopped.
func openLog(path string) (log.Logger, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	failures, err := log.ParseLogLevel("error")
	if err != nil {
		return nil, err
	}
	return log.NewLogger(file, log.FilterOption(failures), log.ColorOption(false)), nil
}

// Reach lets blocks come up to a height and returns when the state of the last can be asked for.
func (n *Node) Reach(height int64) error {
	n.pace.reach(height)
	return harness.Until(func() (bool, error) { return n.App.LastBlockHeight() >= height, nil })
}

// Address is that of a key in ClientHome; one that is not there is made.
func (n *Node) Address(key string) (sdk.AccAddress, error) { return genesis.EnsureKey(n.keys, key) }

// Context is a context on the state of the last block.
func (n *Node) Context() (sdk.Context, error) { return n.App.CreateQueryContext(0, false) }

// noOptions configures nothing: what the node needs to know it is told by options of the app.
type noOptions struct{}

// Get returns no value for any option.
func (noOptions) Get(string) any { return nil }
