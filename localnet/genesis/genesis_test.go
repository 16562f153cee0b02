package genesis_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	cmtcfg "github.com/cometbft/cometbft/config"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/spf13/viper"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	abci "github.com/cometbft/cometbft/abci/types"

	"github.com/cosmos/cosmos-sdk/baseapp"
	sdk "github.com/cosmos/cosmos-sdk/types"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"

	"github.com/agora-network/agora/app"
	"github.com/agora-network/agora/localnet/genesis"
)

type noOptions struct{}

func (noOptions) Get(string) any { return nil }

func newApp() *app.App {
	return app.New(log.NewNopLogger(), dbm.NewMemDB(), true, noOptions{}, baseapp.SetChainID("test-1"))
}

// build makes a chain of two validators in dir.
func build(t *testing.T, dir string) (*genutiltypes.AppGenesis, error) {
	t.Helper()
	chain := newApp()
	encoding := chain.Encoding()
	keys, err := genesis.OpenKeyring(filepath.Join(dir, "keys"), encoding.Codec)
	require.NoError(t, err)
	document := genesis.Document{
		ChainID: "test-1", Time: time.Unix(1_700_000_000, 0),
		State: chain.BasicModuleManager.DefaultGenesis(encoding.Codec), Consensus: app.DefaultConsensusParams(),
		Codec: encoding.Codec, TxConfig: encoding.TxConfig, Keys: keys, Miners: 20,
	}
	for _, name := range []string{"one", "two"} {
		address, err := genesis.EnsureKey(keys, name)
		require.NoError(t, err)
		again, err := genesis.EnsureKey(keys, name)
		require.NoError(t, err)
		require.Equal(t, address, again, "a key is made once")
		id, consensusKey, err := genesis.InitNode(filepath.Join(dir, name))
		require.NoError(t, err)
		beaconKey, err := genesis.InitBeaconKey(filepath.Join(dir, name))
		require.NoError(t, err)
		document.Accounts = append(document.Accounts, genesis.Account{Address: address, Amount: 100_000_000})
		document.Validators = append(document.Validators, genesis.Validator{
			Moniker: name, KeyName: name, Operator: address, ConsensusKey: consensusKey, BeaconKey: beaconKey, Bond: 60_000_000, Peer: id + "@127.0.0.1:1",
		})
	}
	return document.Build()
}

func TestAChainBeginsFromTheDocumentWithItsValidatorsBonded(t *testing.T) {
	document, err := build(t, t.TempDir())
	require.NoError(t, err)
	chain := newApp()
	params := document.Consensus.Params.ToProto()
	response, err := chain.InitChain(&abci.RequestInitChain{
		ChainId: document.ChainID, Time: document.GenesisTime, ConsensusParams: &params,
		AppStateBytes: document.AppState, InitialHeight: 1,
	})
	require.NoError(t, err)
	require.Len(t, response.Validators, 2)
	require.EqualValues(t, 60, response.Validators[0].Power)
	require.Positive(t, document.Consensus.Params.Block.MaxGas, "blocks are bounded")

	_, err = chain.FinalizeBlock(&abci.RequestFinalizeBlock{Height: 1, Time: document.GenesisTime})
	require.NoError(t, err)
	ctx := chain.NewContext(false)
	supply := chain.BankKeeper.GetSupply(ctx, "uagora")
	require.True(t, supply.Amount.GTE(sdk.NewInt64Coin("uagora", 200_000_000).Amount))
	_, known := chain.BankKeeper.GetDenomMetaData(ctx, "uagora")
	require.True(t, known)
	rewards, err := chain.RewardsKeeper.Params.Get(ctx)
	require.NoError(t, err)
	require.Zero(t, rewards.TallyHalfLife, "a vote acts at once")
}

func TestTheWrittenConfigurationIsReadBackByTheNode(t *testing.T) {
	home := t.TempDir()
	id, _, err := genesis.InitNode(home)
	require.NoError(t, err)
	same, _, err := genesis.InitNode(home)
	require.NoError(t, err)
	require.Equal(t, id, same, "a node's identity is made once")
	node := genesis.Node{
		Home: home, Moniker: "n", ChainID: "test-1",
		P2P: "127.0.0.1:1", RPC: "127.0.0.1:2", GRPC: "127.0.0.1:3", REST: "127.0.0.1:4", Metrics: "127.0.0.1:5",
		Peers: []string{"a@127.0.0.1:6", "b@127.0.0.1:7"}, BlockTime: 500 * time.Millisecond, MinGasPrices: "0.001uagora",
	}
	require.NoError(t, node.WriteConfig())
	v := viper.New()
	v.SetConfigFile(filepath.Join(home, "config", "config.toml"))
	require.NoError(t, v.ReadInConfig())
	config := cmtcfg.DefaultConfig()
	require.NoError(t, v.Unmarshal(config))
	require.NoError(t, config.ValidateBasic())
	require.Equal(t, 500*time.Millisecond, config.Consensus.TimeoutCommit)
	require.LessOrEqual(t, config.Consensus.TimeoutPropose, time.Second)
	require.Equal(t, "a@127.0.0.1:6,b@127.0.0.1:7", config.P2P.PersistentPeers)
	require.False(t, config.P2P.AddrBookStrict)
	require.True(t, config.P2P.AllowDuplicateIP)
	require.Empty(t, config.RPC.PprofListenAddress)

	v = viper.New()
	v.SetConfigFile(filepath.Join(home, "config", "app.toml"))
	require.NoError(t, v.ReadInConfig())
	require.Equal(t, "0.001uagora", v.GetString("minimum-gas-prices"))
	require.Equal(t, "127.0.0.1:3", v.GetString("grpc.address"))
}

func TestFilesThatCannotBeWrittenAreAnErrorNotTheEndOfTheProgram(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, _, err := genesis.InitNode(filepath.Join(file, "home"))
	require.ErrorContains(t, err, "make the node's home")
	require.Error(t, genesis.Node{Home: filepath.Join(file, "home")}.WriteConfig())
	require.Error(t, genesis.WriteClientConfig(filepath.Join(file, "home"), "c", "r"))
	_, err = genesis.OpenKeyring(filepath.Join(file, "home"), newApp().Encoding().Codec)
	require.Error(t, err)
}
