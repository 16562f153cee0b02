package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	rpchttp "github.com/cometbft/cometbft/rpc/client/http"
	dbm "github.com/cosmos/cosmos-db"

	"cosmossdk.io/log/v2"

	"github.com/agora-network/agora/app"
	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/localnet/genesis"
	"github.com/agora-network/agora/localnet/measure"
	"github.com/agora-network/agora/localnet/supervise"
)

const (
	chainID = "agora-load-1"
	// minGasPrices is what nodes ask for; the load pays it.
	minGasPrices = "0.001uagora"
	// operatorFunds and operatorBond in uagora.
	operatorFunds = 900_000_000_000
	operatorBond  = 50_000_000_000
	// logLevel of the nodes, for all their modules: with a level for each, they format every line before they drop it.
	logLevel = "info"
	// patience bounds every wait, for a machine that is many times slower than any we know.
	patience = 10 * time.Minute
	// glance is how often a wait looks.
	glance = 100 * time.Millisecond
)

// node is one consensus node of the network.
type node struct {
	name, home, log string
	id              string
	p2p, pprof      string
	rpcURL          string
	config          genesis.Node
	rpc             *rpchttp.HTTP
}

// network is a running chain.
type network struct {
	world
	home       string
	nodes      []*node
	supervisor *supervise.Supervisor
	chain      *chainclient.Client
	// environment is added to that of the nodes.
	environment []string
}

// newNetwork makes keys, genesis and homes of all nodes in home, which must be empty.
func newNetwork(s settings, home string) (*network, error) {
	n := &network{world: world{settings: s}, home: home}
	chain := app.New(log.NewNopLogger(), dbm.NewMemDB(), true, noOptions{})
	defer chain.Close()
	encoding := chain.Encoding()
	keys, err := genesis.OpenKeyring(filepath.Join(home, "keys"), encoding.Codec)
	if err != nil {
		return nil, err
	}
	document := genesis.Document{
		ChainID: chainID, Time: time.Now(),
		State: chain.BasicModuleManager.DefaultGenesis(encoding.Codec), Consensus: app.DefaultConsensusParams(),
		Codec: encoding.Codec, TxConfig: encoding.TxConfig, Keys: keys,
	}
	for i := range s.nodes {
		operator, err := genesis.EnsureKey(keys, fmt.Sprintf("operator-%d", i+1))
		if err != nil {
			return nil, err
		}
		n.operators = append(n.operators, operator)
		document.Accounts = append(document.Accounts, genesis.Account{Address: operator, Amount: operatorFunds})
		validator, err := n.addNode(i)
		if err != nil {
			return nil, err
		}
		validator.KeyName, validator.Operator, validator.Bond = fmt.Sprintf("operator-%d", i+1), operator, operatorBond
		document.Validators = append(document.Validators, validator)
		for j := range s.hotkeys {
			key, err := newHotkey(i, j)
			if err != nil {
				return nil, err
			}
			key.granter = operator.String()
			n.world.hotkeys = append(n.world.hotkeys, key)
			document.Accounts = append(document.Accounts, genesis.Account{Address: key.address})
		}
	}
	if err := n.fill(encoding.Codec, document.State); err != nil {
		return nil, err
	}
	built, err := document.Build()
	if err != nil {
		return nil, err
	}
	for i, node := range n.nodes {
		if err := built.SaveAs(filepath.Join(node.home, "config", "genesis.json")); err != nil {
			return nil, fmt.Errorf("write the genesis of %s: %w", node.name, err)
		}
		for j, other := range n.nodes {
			if i != j {
				node.config.Peers = append(node.config.Peers, other.id+"@"+other.p2p)
			}
		}
		if err := node.config.WriteConfig(); err != nil {
			return nil, fmt.Errorf("configure %s: %w", node.name, err)
		}
	}
	return n, n.connect()
}

// addNode makes the identity of a node and chooses its ports.
func (n *network) addNode(i int) (genesis.Validator, error) {
	name := fmt.Sprintf("node-%d", i+1)
	home := filepath.Join(n.home, name)
	id, consensusKey, err := genesis.InitNode(home)
	if err != nil {
		return genesis.Validator{}, err
	}
	beaconKey, err := genesis.InitBeaconKey(home)
	if err != nil {
		return genesis.Validator{}, err
	}
	ports, err := freePorts(6)
	if err != nil {
		return genesis.Validator{}, err
	}
	n.nodes = append(n.nodes, &node{
		name: name, home: home, log: filepath.Join(n.home, name+".log"), id: id, p2p: ports[0], pprof: ports[5], rpcURL: "http://" + ports[1],
		config: genesis.Node{
			Home: home, Moniker: name, ChainID: chainID, P2P: ports[0], RPC: ports[1], GRPC: ports[2], REST: ports[3], Metrics: ports[4],
			BlockTime: n.blockTime, MinGasPrices: minGasPrices,
		},
	})
	return genesis.Validator{Moniker: name, ConsensusKey: consensusKey, BeaconKey: beaconKey, Peer: id + "@" + ports[0]}, nil
}

// connect makes clients of the nodes, which need not run yet.
func (n *network) connect() error {
	urls := make([]string, 0, len(n.nodes))
	for _, node := range n.nodes {
		client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: n.connections + 2}, Timeout: time.Minute}
		rpc, err := rpchttp.NewWithClient(node.rpcURL, "/websocket", client)
		if err != nil {
			return fmt.Errorf("client of %s: %w", node.name, err)
		}
		node.rpc = rpc
		urls = append(urls, node.rpcURL)
	}
	var err error
	n.chain, err = chainclient.New(chainclient.Config{ChainID: chainID, Endpoints: urls})
	return err
}

// start starts all nodes and returns when the first epochs have begun.
func (n *network) start(ctx context.Context) error {
	n.supervisor = supervise.New(n.home, nil)
	for _, node := range n.nodes {
		err := n.supervisor.Start(supervise.Program{
			Name: node.name, Path: n.agorad, Log: node.log, Env: n.environment, WithoutEnv: "AGORA_",
			Args: []string{"start", "--home", node.home, "--log_no_color", "--log_level", logLevel, "--rpc.pprof_laddr", node.pprof},
		})
		if err != nil {
			return err
		}
	}
	return n.await(ctx, "the first epoch begins", func(ctx context.Context) (bool, error) {
		block, err := n.chain.Latest(ctx)
		return err == nil && block.Height >= firstEpoch, nil
	})
}

// stop ends all nodes.
func (n *network) stop() {
	if n.supervisor != nil {
		n.supervisor.Close(context.Background())
	}
}

// await looks again and again until a condition holds, fails, or patience is over. A node that ended is a failure.
func (n *network) await(ctx context.Context, what string, holds func(context.Context) (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ticker := time.NewTicker(glance)
	defer ticker.Stop()
	for {
		if done, err := holds(ctx); done || err != nil {
			return err
		}
		for _, program := range n.supervisor.Status() {
			if program.State != supervise.Running {
				return fmt.Errorf("%s %s; its log is %s", program.Name, program.Exit, program.Log)
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, ctx.Err())
		case <-ticker.C:
		}
	}
}

// cpu is the processor time that all nodes have taken.
func (n *network) cpu() (time.Duration, error) {
	var sum time.Duration
	for _, program := range n.supervisor.Status() {
		usage, err := measure.Process(program.PID)
		if err != nil {
			return 0, err
		}
		sum += usage.CPU
	}
	return sum, nil
}

// freePorts finds addresses on loopback that nobody listens on.
func freePorts(count int) ([]string, error) {
	var listeners []net.Listener
	defer func() {
		for _, listener := range listeners {
			_ = listener.Close() // nothing was accepted
		}
	}()
	var found []string
	for range count {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		listeners = append(listeners, listener)
		found = append(found, listener.Addr().String())
	}
	return found, nil
}

// noOptions configures nothing: the app that genesis is made with runs no node.
type noOptions struct{}

// Get returns no value for any option.
func (noOptions) Get(string) any { return nil }

// makeHome is the folder of the network and how to remove it.
func makeHome(s settings) (home string, remove func(), err error) {
	if s.home != "" {
		return s.home, func() {}, os.MkdirAll(s.home, 0o700)
	}
	home, err = os.MkdirTemp("", "agora-load-")
	return home, func() { _ = os.RemoveAll(home) }, err
}
