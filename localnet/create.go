package localnet

import (
	"fmt"
	"os"
	"time"

	dbm "github.com/cosmos/cosmos-db"

	"cosmossdk.io/log/v2"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/app"
	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/localnet/genesis"
)

// Key names of the accounts that are not a part of the plan.
const (
	// ownerKey owns the subnet.
	ownerKey = "owner"
	// holderKey holds free coins, to try things with.
	holderKey = "holder"
	// hotkeyName is a daemon's key in the daemon's own keyring.
	hotkeyName = "hotkey"
)

// What the accounts begin with, in uagora. Together far below the first halving of the emission.
const (
	ownerFunds      = 50_000_000_000
	holderFunds     = 100_000_000_000
	operatorFunds   = 60_000_000_000
	operatorBond    = 50_000_000_000
	minerOwnerFunds = 10_000_000_000
)

// minGasPrices is what nodes ask and everybody pays.
const minGasPrices = "0.001uagora"

// create makes keys, genesis and node homes, from scratch: what an interrupted
// earlier attempt left is removed first.
func (n *network) create() error {
	for _, dir := range []string{"nodes", "validators", "miners", "client"} {
		if err := os.RemoveAll(n.home.path(dir)); err != nil {
			return n.home.unwritable(err)
		}
	}
	if err := os.Remove(n.home.ledgerFile()); err != nil && !os.IsNotExist(err) {
		return n.home.unwritable(err)
	}
	chain := app.New(log.NewNopLogger(), dbm.NewMemDB(), true, noOptions{})
	encoding := chain.Encoding()
	keys, err := genesis.OpenKeyring(n.home.ClientHome(), encoding.Codec)
	if err != nil {
		return err
	}
	document := genesis.Document{
		ChainID: n.plan.ChainID, Time: time.Now(),
		State:     chain.BasicModuleManager.DefaultGenesis(encoding.Codec),
		Consensus: app.DefaultConsensusParams(),
		Codec:     encoding.Codec, TxConfig: encoding.TxConfig, Keys: keys,
		Miners: n.plan.Settings.Miners,
	}
	fund := func(key string, amount int64) (sdk.AccAddress, error) {
		address, err := genesis.EnsureKey(keys, key)
		if err == nil {
			document.Accounts = append(document.Accounts, genesis.Account{Address: address, Amount: amount})
		}
		return address, err
	}
	if _, err := fund(ownerKey, ownerFunds); err != nil {
		return err
	}
	if _, err := fund(holderKey, holderFunds); err != nil {
		return err
	}
	for i := range n.plan.Nodes {
		node := &n.plan.Nodes[i]
		id, consensusKey, err := genesis.InitNode(n.home.NodeHome(node.Name))
		if err != nil {
			return err
		}
		beaconKey, err := genesis.InitBeaconKey(n.home.NodeHome(node.Name))
		if err != nil {
			return err
		}
		operator, err := fund(node.Operator, operatorFunds)
		if err != nil {
			return err
		}
		node.NodeID = id
		node.OperatorAddress, node.ValidatorAddress = operator.String(), sdk.ValAddress(operator).String()
		document.Validators = append(document.Validators, genesis.Validator{
			Moniker: node.Name, KeyName: node.Operator, Operator: operator, ConsensusKey: consensusKey, BeaconKey: beaconKey,
			Bond: operatorBond, Peer: node.peer(),
		})
	}
	for i := range n.plan.Miners {
		miner := &n.plan.Miners[i]
		owner, err := fund(miner.Owner, minerOwnerFunds)
		if err != nil {
			return err
		}
		miner.OwnerAddress = owner.String()
		if miner.Hotkey, err = makeHotkey(n.home.MinerHome(miner.Name)); err != nil {
			return err
		}
	}
	for i := range n.plan.Validators {
		validator := &n.plan.Validators[i]
		if validator.Hotkey, err = makeHotkey(n.home.ValidatorHome(validator.Name)); err != nil {
			return err
		}
	}
	built, err := document.Build()
	if err != nil {
		return err
	}
	for _, node := range n.plan.Nodes {
		path := n.home.path("nodes", node.Name, "config", "genesis.json")
		if err := built.SaveAs(path); err != nil {
			return fmt.Errorf("write %s: %w", path, err)
		}
	}
	return nil
}

// makeHotkey makes a daemon's key in the daemon's own home and returns its address.
func makeHotkey(dir string) (string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make the home of a daemon: %w", err)
	}
	keys, err := chainclient.OpenKeyring(chainclient.KeyringConfig{Backend: chainclient.BackendTest, Dir: dir})
	if err != nil {
		return "", err
	}
	key, _, err := keys.Add(hotkeyName)
	if err != nil {
		return "", err
	}
	return key.Address(), nil
}

// peer is how other nodes dial this one.
func (n NodePlan) peer() string {
	return n.NodeID + "@" + address(n.Ports.P2P)
}

// noOptions configures nothing: the app that genesis is taken from runs no node.
type noOptions struct{}

// Get returns no value for any option.
func (noOptions) Get(string) any { return nil }

// configure writes what depends on ports, which may differ from start to start.
func (n *network) configure() error {
	for i, node := range n.plan.Nodes {
		var peers []string
		for j, other := range n.plan.Nodes {
			if i != j {
				peers = append(peers, other.peer())
			}
		}
		err := genesis.Node{
			Home: n.home.NodeHome(node.Name), Moniker: node.Name, ChainID: n.plan.ChainID,
			P2P: address(node.Ports.P2P), RPC: address(node.Ports.RPC), GRPC: address(node.Ports.GRPC),
			REST: address(node.Ports.REST), Metrics: address(node.Ports.Metrics),
			Peers: peers, BlockTime: n.plan.Settings.BlockTime, MinGasPrices: minGasPrices,
		}.WriteConfig()
		if err != nil {
			return fmt.Errorf("configure %s: %w", node.Name, err)
		}
	}
	if err := n.configureDaemons(); err != nil {
		return err
	}
	return genesis.WriteClientConfig(n.home.ClientHome(), n.plan.ChainID, "tcp://"+address(n.plan.Nodes[0].Ports.RPC))
}
