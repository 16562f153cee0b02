package genesis

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	cmtcfg "github.com/cometbft/cometbft/config"

	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"
	serverconfig "github.com/cosmos/cosmos-sdk/server/config"
	"github.com/cosmos/cosmos-sdk/x/genutil"

	"github.com/agora-network/agora/internal/beacon/keyfile"
)

// Node says how one node runs; every address is on loopback.
type Node struct {
	Home string
	// Moniker is the node's name.
	Moniker string
	ChainID string
	// RPC answers at this node's RPC address; used by commands run with the node's home.
	P2P, RPC, GRPC, REST, Metrics string
	// Peers are id@host:port of the other nodes.
	Peers []string
	// BlockTime is the pause after a block.
	BlockTime time.Duration
	// MinGasPrices the node accepts transactions for, such as 0.001uagora.
	MinGasPrices string
}

// InitNode makes the node's identity in its home, or reads the one that is there.
func InitNode(home string) (id string, consensusKey cryptotypes.PubKey, err error) {
	config := cmtcfg.DefaultConfig()
	config.SetRoot(home)
	for _, dir := range []string{"config", "data"} {
		if err := os.MkdirAll(filepath.Join(home, dir), 0o700); err != nil {
			return "", nil, fmt.Errorf("make the node's home: %w", err)
		}
	}
	id, consensusKey, err = genutil.InitializeNodeValidatorFiles(config)
	if err != nil {
		return "", nil, fmt.Errorf("make the node's keys in %s: %w", home, err)
	}
	return id, consensusKey, nil
}

// InitBeaconKey makes the node's beacon key in its home, or reads the one that is there, and returns its public part.
func InitBeaconKey(home string) ([]byte, error) {
	key, err := keyfile.ReadOrCreate(filepath.Join(home, "config", keyfile.FileName), rand.Reader)
	if err != nil {
		return nil, err
	}
	return key.Public(), nil
}

// WriteConfig writes config.toml, app.toml and client.toml of a node.
func (n Node) WriteConfig() error {
	// The writers of both libraries end the program when a file cannot be
	// written, so find that out first.
	probe := filepath.Join(n.Home, "config", ".writable")
	if err := writeFile(probe, ""); err != nil {
		return err
	}
	if err := os.Remove(probe); err != nil {
		return fmt.Errorf("remove %s: %w", probe, err)
	}
	cmtcfg.WriteConfigFile(filepath.Join(n.Home, "config", "config.toml"), n.cometConfig())
	// The template is global, and another command of this program may have set its own.
	serverconfig.SetConfigTemplate(serverconfig.DefaultConfigTemplate)
	serverconfig.WriteConfigFile(filepath.Join(n.Home, "config", "app.toml"), n.appConfig())
	return WriteClientConfig(n.Home, n.ChainID, "tcp://"+n.RPC)
}

// Bounds of the time a node waits for a proposal before it votes for none. A
// proposer that is down costs the network this long, so it is far below the
// default of three seconds; a machine that is busy must still make it.
const (
	minProposeTimeout = 500 * time.Millisecond
	maxProposeTimeout = 3 * time.Second
)

func (n Node) cometConfig() *cmtcfg.Config {
	config := cmtcfg.DefaultConfig()
	config.SetRoot(n.Home)
	config.Moniker = n.Moniker
	// One level for all: with levels by module every debug line is formatted before it is dropped, a quarter of a loaded node's time.
	config.LogLevel = "info"

	config.RPC.ListenAddress = "tcp://" + n.RPC
	config.RPC.PprofListenAddress = ""
	config.P2P.ListenAddress = "tcp://" + n.P2P
	config.P2P.ExternalAddress = n.P2P
	config.P2P.PersistentPeers = strings.Join(n.Peers, ",")
	config.P2P.AddrBookStrict = false
	config.P2P.AllowDuplicateIP = true
	config.P2P.PexReactor = false // every node knows every other
	// A transaction waits for nothing on loopback: the defaults trade delay for bandwidth.
	config.P2P.FlushThrottleTimeout = 10 * time.Millisecond
	config.Instrumentation.Prometheus = true
	config.Instrumentation.PrometheusListenAddr = n.Metrics

	propose := min(max(n.BlockTime, minProposeTimeout), maxProposeTimeout)
	config.Consensus.TimeoutPropose = propose
	config.Consensus.TimeoutProposeDelta = propose / 2
	config.Consensus.TimeoutPrevote = propose
	config.Consensus.TimeoutPrevoteDelta = propose / 2
	config.Consensus.TimeoutPrecommit = propose
	config.Consensus.TimeoutPrecommitDelta = propose / 2
	config.Consensus.TimeoutCommit = n.BlockTime
	// How often a node looks for votes a peer lacks: what four steps of a round wait for.
	config.Consensus.PeerGossipSleepDuration = min(max(n.BlockTime/40, 10*time.Millisecond), 50*time.Millisecond)
	return config
}

func (n Node) appConfig() *serverconfig.Config {
	config := serverconfig.DefaultConfig()
	config.MinGasPrices = n.MinGasPrices
	// Queries at a height, and a validator that slept a while, need some history.
	config.Pruning = "custom"
	config.PruningKeepRecent = "1000"
	config.PruningInterval = "10"
	config.GRPC.Address = n.GRPC
	config.GRPC.Enable = true
	config.API.Enable = true
	config.API.Address = "tcp://" + n.REST
	config.API.EnableUnsafeCORS = true // a page served from another port of this machine may read
	config.Mempool.MaxTxs = -1
	return config
}
