package human_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtbytes "github.com/cometbft/cometbft/libs/bytes"
	cmtlog "github.com/cometbft/cometbft/libs/log"
	"github.com/cometbft/cometbft/p2p"
	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	rpcserver "github.com/cometbft/cometbft/rpc/jsonrpc/server"
	rpctypes "github.com/cometbft/cometbft/rpc/jsonrpc/types"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/client"
	serverconfig "github.com/cosmos/cosmos-sdk/server/config"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/agora-network/agora/app/apptest"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/benchmarks"
	rewardstypes "github.com/agora-network/agora/x/rewards/types"
	"github.com/agora-network/agora/x/subnet/scorehash"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

const tempo = 10

// market is the real chain behind the RPC of a node, with one running subnet of two benchmarks, two miners of alice and
// bob, and two operators that score them. It is the same in each run.
type market struct {
	*apptest.Chain
	t   *testing.T
	url string

	mu         sync.Mutex // guards what follows, and the chain
	catchingUp bool
	included   map[[sha256.Size]byte]*coretypes.ResultTx
}

func newMarket(t *testing.T) *market {
	t.Helper()
	m := &market{t: t, included: map[[sha256.Size]byte]*coretypes.ResultTx{}}
	m.Chain = apptest.New(t, apptest.Options{Validators: 2, Accounts: []string{"owner", "alice", "bob"}})
	m.App.RegisterTxService(m.clientContext())
	m.App.RegisterNodeService(m.clientContext(), *serverconfig.DefaultConfig())
	baseapp.SetMinGasPrices("0.001uagora")(m.App.BaseApp)
	m.open()
	for _, weights := range [][]uint32{{3, 1}, {3, 1}, {4, 1}} {
		m.score(weights)
	}
	mux := http.NewServeMux()
	rpcserver.RegisterRPCFuncs(mux, map[string]*rpcserver.RPCFunc{
		"status":            rpcserver.NewRPCFunc(m.status, ""),
		"abci_info":         rpcserver.NewRPCFunc(m.info, ""),
		"blockchain":        rpcserver.NewRPCFunc(m.headers, "minHeight,maxHeight"),
		"abci_query":        rpcserver.NewRPCFunc(m.query, "path,data,height,prove"),
		"broadcast_tx_sync": rpcserver.NewRPCFunc(m.broadcast, "tx"),
		"tx":                rpcserver.NewRPCFunc(m.tx, "hash,prove"),
	}, cmtlog.NewNopLogger())
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	m.url = server.URL
	return m
}

// clientContext is what a program knows of the chain without asking it.
func (m *market) clientContext() client.Context {
	encoding := m.App.Encoding()
	return client.Context{}.WithCodec(encoding.Codec).WithInterfaceRegistry(encoding.InterfaceRegistry).WithTxConfig(encoding.TxConfig).
		WithLegacyAmino(encoding.Amino).WithAccountRetriever(authtypes.AccountRetriever{})
}

func hotkeyOf(account apptest.Account) apptest.Account {
	return apptest.NewAccount("hot " + account.Name)
}

// open registers and starts subnet 1, its miners and the operators' hotkeys.
func (m *market) open() {
	owner := m.Account("owner")
	m.Must(owner, &subnettypes.MsgRegisterSubnet{
		Owner: owner.String(), Name: "basics", Description: "small sums and words",
		Params: &subnettypes.SubnetParams{Tempo: tempo, RevealWindow: tempo / 2},
	})
	declared, err := benchmarks.Load("basics")
	require.NoError(m.t, err)
	bz, err := spec.Encode(declared)
	require.NoError(m.t, err)
	digest := sha256.Sum256(bz)
	for benchmark := range uint32(2) {
		m.Must(owner, &subnettypes.MsgProposeBenchmark{Owner: owner.String(), Netuid: 1, Benchmark: benchmark, Spec: bz, Digest: digest[:]})
	}
	m.Must(owner, &subnettypes.MsgSetBenchmarkShares{Owner: owner.String(), Netuid: 1, Steps: []subnettypes.ShareStep{
		{SharesBp: []uint32{7_000, 3_000}}, {FromHeight: 5_000, SharesBp: []uint32{4_000, 6_000}},
	}})
	for _, name := range []string{"alice", "bob"} {
		miner := m.Account(name)
		m.Must(miner, &subnettypes.MsgRegisterMiner{Owner: miner.String(), Netuid: 1, Hotkey: hotkeyOf(miner).String()})
	}
	for _, operator := range m.Operators {
		m.Must(operator, &subnettypes.MsgAppointHotkey{Operator: operator.String(), Netuid: 1, Hotkey: operator.String(), ShareBp: 10_000})
		m.Must(operator, &rewardstypes.MsgVoteEmissions{
			Voter: operator.String(), Weights: []rewardstypes.VoteWeight{{Netuid: 1, WeightBp: 10_000}},
		})
	}
	m.Must(owner, &subnettypes.MsgStartSubnet{Owner: owner.String(), Netuid: 1})
	m.NextBlock()
}

func (m *market) epoch() subnettypes.QueryEpochResponse {
	var res subnettypes.QueryEpochResponse
	require.NoError(m.t, m.Query("/agora.subnet.v1.Query/Epoch", &subnettypes.QueryEpochRequest{Netuid: 1}, &res))
	return res
}

// score commits weights (by miner) for every benchmark in the epoch under way, opens them in the next and ends there. The
// second benchmark gets the weights in reverse.
func (m *market) score(weights []uint32) {
	epoch := m.epoch().Epoch
	var reveals []*subnettypes.MsgRevealScores
	for _, operator := range m.Operators {
		for _, scored := range epoch.Benchmarks {
			given := slices.Clone(weights)
			if scored.Benchmark > 0 {
				slices.Reverse(given)
			}
			reveal := &subnettypes.MsgRevealScores{
				Hotkey: operator.String(), Netuid: 1, Epoch: epoch.Index, Benchmark: scored.Benchmark, BenchmarkVersion: scored.Version,
				EvidenceRoot: make([]byte, sha256.Size), Items: 16, Salt: []byte("sixteen bytes or more"), MinerIds: []uint64{1, 2}, Weights: given,
			}
			hash, err := scorehash.Hash(scorehash.Row{
				ChainID: apptest.ChainID, Netuid: 1, Benchmark: reveal.Benchmark, BenchmarkVersion: reveal.BenchmarkVersion, Epoch: reveal.Epoch,
				Hotkey: operator.Addr, MinerIDs: reveal.MinerIds, Weights: reveal.Weights, EvidenceRoot: reveal.EvidenceRoot, Items: reveal.Items,
				Salt: reveal.Salt,
			})
			require.NoError(m.t, err)
			m.Must(operator, &subnettypes.MsgCommitScores{
				Hotkey: operator.String(), Netuid: 1, Epoch: epoch.Index, Benchmark: reveal.Benchmark, BenchmarkVersion: reveal.BenchmarkVersion, Hash: hash[:],
			})
			reveals = append(reveals, reveal)
		}
	}
	m.Blocks(epoch.EndHeight - m.Height + 1)
	for i, reveal := range reveals {
		m.Must(m.Operators[i/len(epoch.Benchmarks)], reveal)
	}
	m.Blocks(m.epoch().Epoch.EndHeight - m.Height + 3)
}

// The RPC of a node, as far as the commands use it.

func (m *market) status(*rpctypes.Context) (*coretypes.ResultStatus, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &coretypes.ResultStatus{
		NodeInfo: p2p.DefaultNodeInfo{Network: apptest.ChainID},
		SyncInfo: coretypes.SyncInfo{LatestBlockHeight: m.Height, LatestBlockTime: m.Time, CatchingUp: m.catchingUp},
	}, nil
}

func (m *market) info(*rpctypes.Context) (*coretypes.ResultABCIInfo, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &coretypes.ResultABCIInfo{Response: abci.ResponseInfo{LastBlockHeight: m.Height}}, nil
}

func (m *market) headers(_ *rpctypes.Context, lowest, highest int64) (*coretypes.ResultBlockchainInfo, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	result := &coretypes.ResultBlockchainInfo{LastHeight: m.Height}
	for height := lowest; height <= min(highest, m.Height); height++ {
		result.BlockMetas = append(result.BlockMetas, &cmttypes.BlockMeta{Header: cmttypes.Header{
			ChainID: apptest.ChainID, Height: height, Time: m.Time.Add(-apptest.BlockTime * time.Duration(m.Height-height)),
		}})
	}
	return result, nil
}

func (m *market) query(_ *rpctypes.Context, path string, data cmtbytes.HexBytes, height int64, prove bool) (*coretypes.ResultABCIQuery, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	response, err := m.App.Query(context.Background(), &abci.RequestQuery{Path: path, Data: data, Height: height, Prove: prove})
	if err != nil {
		return nil, err
	}
	return &coretypes.ResultABCIQuery{Response: *response}, nil
}

// broadcast puts each transaction into a block of its own at once.
func (m *market) broadcast(_ *rpctypes.Context, tx cmttypes.Tx) (*coretypes.ResultBroadcastTx, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	checked, err := m.App.CheckTx(&abci.RequestCheckTx{Tx: tx, Type: abci.CheckTxType_New})
	if err != nil {
		return nil, err
	}
	if checked.Code == abci.CodeTypeOK {
		result := m.NextBlock(tx).TxResults[0]
		m.included[sha256.Sum256(tx)] = &coretypes.ResultTx{Hash: tx.Hash(), Height: m.Height, TxResult: *result}
	}
	return &coretypes.ResultBroadcastTx{Code: checked.Code, Codespace: checked.Codespace, Log: checked.Log, Hash: tx.Hash()}, nil
}

func (m *market) tx(_ *rpctypes.Context, hash []byte, _ bool) (*coretypes.ResultTx, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(hash) == sha256.Size {
		if found := m.included[[sha256.Size]byte(hash)]; found != nil {
			return found, nil
		}
	}
	return nil, errors.New("tx not found")
}
