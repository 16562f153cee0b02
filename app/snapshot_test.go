package app_test

import (
	"bytes"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/server"

	"github.com/agora-network/agora/app"
	"github.com/agora-network/agora/app/apptest"
)

// snapshotInterval is every how many blocks the node of these tests takes a snapshot. They run less than
// two intervals: a snapshot under way would outlive the test.
const snapshotInterval = 70

// startedNode is an empty node with what agorad start gives the app, in a home of its own.
func startedNode(t *testing.T) *app.App {
	t.Helper()
	opts := options{
		flags.FlagHome: t.TempDir(), flags.FlagChainID: apptest.ChainID, server.FlagPruning: "default", server.FlagMempoolMaxTxs: -1,
		server.FlagStateSyncSnapshotInterval: snapshotInterval, server.FlagStateSyncSnapshotKeepRecent: 2,
	}
	node := app.New(log.NewNopLogger(), dbm.NewMemDB(), true, opts, server.DefaultBaseappOptions(opts)...)
	t.Cleanup(func() { require.NoError(t, node.Close()) })
	return node
}

// untilSnapshot is a chain with a live subnet, epochs paid and scores committed but not revealed, that
// has just taken a snapshot.
func untilSnapshot(t *testing.T) (*market, *abci.Snapshot) {
	t.Helper()
	m := newMarketOn(t, func() *app.App { return startedNode(t) }, 3, actAtOnce)
	for m.Height+2*tempo < snapshotInterval {
		m.score([]uint32{60_000, 20_000, 7})
	}
	m.Blocks(snapshotInterval - m.Height)
	var snapshot *abci.Snapshot
	require.Eventually(t, func() bool { // the node takes it beside the blocks
		list, err := m.App.ListSnapshots(&abci.RequestListSnapshots{})
		if err != nil || len(list.Snapshots) == 0 {
			return false
		}
		snapshot = list.Snapshots[0]
		return true
	}, time.Minute, time.Millisecond)
	require.EqualValues(t, snapshotInterval, snapshot.Height)
	return m, snapshot
}

// chunksOf are what the node of a chain gives others of a snapshot.
func chunksOf(t *testing.T, node *app.App, snapshot *abci.Snapshot) [][]byte {
	t.Helper()
	var chunks [][]byte
	for i := range snapshot.Chunks {
		loaded, err := node.LoadSnapshotChunk(&abci.RequestLoadSnapshotChunk{Height: snapshot.Height, Format: snapshot.Format, Chunk: i})
		require.NoError(t, err)
		require.NotEmpty(t, loaded.Chunk)
		chunks = append(chunks, loaded.Chunk)
	}
	return chunks
}

func offer(t *testing.T, node *app.App, snapshot *abci.Snapshot, appHash []byte) abci.ResponseOfferSnapshot_Result {
	t.Helper()
	res, err := node.OfferSnapshot(&abci.RequestOfferSnapshot{Snapshot: snapshot, AppHash: appHash})
	require.NoError(t, err)
	return res.Result
}

func TestANodeThatBeginsWithASnapshotExecutesTheBlocksThatFollow(t *testing.T) {
	m, snapshot := untilSnapshot(t)
	hash := m.App.LastCommitID().Hash
	chunks := chunksOf(t, m.App, snapshot)

	restored := startedNode(t)
	require.Equal(t, abci.ResponseOfferSnapshot_ACCEPT, offer(t, restored, snapshot, hash))
	for i, chunk := range chunks {
		if i == 0 { // a peer's broken chunk is asked for again
			res, err := restored.ApplySnapshotChunk(&abci.RequestApplySnapshotChunk{Chunk: append(bytes.Clone(chunk), 0), Sender: "peer"})
			require.NoError(t, err)
			require.Equal(t, abci.ResponseApplySnapshotChunk_RETRY, res.Result)
			require.Equal(t, []string{"peer"}, res.RejectSenders)
		}
		res, err := restored.ApplySnapshotChunk(&abci.RequestApplySnapshotChunk{Index: uint32(i), Chunk: chunk})
		require.NoError(t, err)
		require.Equal(t, abci.ResponseApplySnapshotChunk_ACCEPT, res.Result)
	}
	info, err := restored.Info(&abci.RequestInfo{})
	require.NoError(t, err)
	require.EqualValues(t, snapshot.Height, info.LastBlockHeight)
	require.Equal(t, hash, info.LastBlockAppHash)
	for _, name := range restored.ModuleManager.ModuleNames() {
		if key := restored.StoreKey(name); key != nil {
			require.Empty(t, differences(m.Ctx().KVStore(m.App.StoreKey(name)), m.On(restored).Ctx().KVStore(key), nil), name)
		}
	}

	paid := m.result().Epoch
	m.Follow(restored)
	for range 4 { // commits, reveals, epochs that pay
		m.score([]uint32{60_000, 20_000, 7})
	}
	require.Greater(t, m.result().Epoch, paid+2)
	require.Less(t, m.Height, int64(2*snapshotInterval))
}

func TestASnapshotOfAnotherFormatOrWithoutItsChunksIsNotTaken(t *testing.T) {
	m, snapshot := untilSnapshot(t)
	node := startedNode(t)
	unknown := *snapshot
	unknown.Format = 99
	require.Equal(t, abci.ResponseOfferSnapshot_REJECT_FORMAT, offer(t, node, &unknown, nil))
	empty := *snapshot
	empty.Chunks = 0
	require.Equal(t, abci.ResponseOfferSnapshot_REJECT, offer(t, node, &empty, nil))
	require.Equal(t, abci.ResponseOfferSnapshot_REJECT, offer(t, node, nil, nil))
	require.Zero(t, node.LastBlockHeight(), "it is still empty")
	require.Equal(t, abci.ResponseOfferSnapshot_ACCEPT, offer(t, node, snapshot, m.App.LastCommitID().Hash))
}
