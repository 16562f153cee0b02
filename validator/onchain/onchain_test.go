package onchain_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/chainclient/chaintest"
	"github.com/agora-network/agora/validator"
	"github.com/agora-network/agora/validator/onchain"
	"github.com/agora-network/agora/validator/store"
	"github.com/agora-network/agora/x/subnet/scorehash"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

const chainID = "agora-test-1"

type fixture struct {
	node   *chaintest.Node
	subnet *chaintest.Subnet
	chain  *onchain.Chain
	hotkey string
	raw    []byte
}

// key names the row of a benchmark in epoch 0.
func (f fixture) key(benchmark uint32) store.Key {
	return store.Key{Netuid: 1, Benchmark: benchmark, Hotkey: f.hotkey}
}

func newFixture(t *testing.T) fixture {
	t.Helper()
	node := chaintest.NewNode(t, chainID)
	node.Instant(true)
	subnet := node.AddSubnet(1, 20, []byte("spec"), []byte("another"))
	client, err := chainclient.New(chainclient.Config{ChainID: chainID, Endpoints: []string{node.URL()}, MinPoll: time.Millisecond, MaxPoll: 2 * time.Millisecond})
	require.NoError(t, err)
	key, err := chainclient.GenerateKey()
	require.NoError(t, err)
	node.AddAccount(key.Address(), 3, 0)
	sender, err := client.NewSender(key, chainclient.SenderConfig{})
	require.NoError(t, err)
	return fixture{node, subnet, onchain.New(client, sender), key.Address(), key.AddressBytes()}
}

func TestACommitAndARevealGoThroughTheChainAndComeBack(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	_, found, err := f.chain.FindCommit(ctx, 0, f.key(1))
	require.NoError(t, err)
	require.False(t, found)
	row := scorehash.Row{
		ChainID: chainID, Netuid: 1, Benchmark: 1, BenchmarkVersion: 1, Epoch: 0, Hotkey: f.raw, MinerIDs: []uint64{4}, Weights: []uint32{7},
		EvidenceRoot: make([]byte, 32), Items: 1, Salt: make([]byte, 32),
	}
	hash, err := scorehash.Hash(row)
	require.NoError(t, err)
	commit := &subnettypes.MsgCommitScores{Hotkey: f.hotkey, Netuid: 1, Epoch: 0, Benchmark: 1, BenchmarkVersion: 1, Hash: hash[:]}
	height, err := f.chain.Commit(ctx, commit)
	require.NoError(t, err)
	stored, found, err := f.chain.FindCommit(ctx, height, f.key(1))
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, hash[:], stored.Hash)
	_, err = f.chain.Commit(ctx, commit)
	require.ErrorIs(t, err, validator.ErrRepeated)

	reveal := &subnettypes.MsgRevealScores{
		Hotkey: f.hotkey, Netuid: 1, Epoch: 0, Benchmark: 1, BenchmarkVersion: 1, MinerIds: row.MinerIDs, Weights: row.Weights,
		EvidenceRoot: row.EvidenceRoot, Items: 1, Salt: row.Salt,
	}
	f.node.SetHeight(20)
	forged := *reveal
	forged.Weights = []uint32{8}
	_, err = f.chain.Reveal(ctx, &forged)
	require.ErrorIs(t, err, validator.ErrClosed, "another row than the committed one is refused for good")
	height, err = f.chain.Reveal(ctx, reveal)
	require.NoError(t, err)
	shown, found, err := f.chain.FindRow(ctx, height, f.key(1))
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, []uint64{4}, shown.MinerIds)
	_, found, err = f.chain.FindRow(ctx, height, f.key(0))
	require.NoError(t, err)
	require.False(t, found, "the other benchmark has none")
	_, err = f.chain.Reveal(ctx, reveal)
	require.ErrorIs(t, err, validator.ErrRepeated)
	f.node.SetHeight(35)
	_, err = f.chain.Reveal(ctx, reveal)
	require.ErrorIs(t, err, validator.ErrClosed)
}

func TestScoresAreSetInTheOpenWhereTheSubnetTakesThem(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	f.node.SetHeight(5)
	scores := &subnettypes.MsgSetScores{
		Hotkey: f.hotkey, Netuid: 1, Benchmark: 1, BenchmarkVersion: 1, MinerIds: []uint64{4}, Weights: []uint32{7}, EvidenceRoot: make([]byte, 32), Items: 1,
	}
	_, err := f.chain.Set(ctx, scores)
	require.ErrorIs(t, err, validator.ErrClosed, "a subnet of commit and reveal")
	epoch, err := f.chain.Epoch(ctx, 5, 1)
	require.NoError(t, err)
	require.False(t, epoch.Direct)

	f.subnet.Direct = true
	epoch, err = f.chain.Epoch(ctx, 5, 1)
	require.NoError(t, err)
	require.True(t, epoch.Direct)
	height, err := f.chain.Set(ctx, scores)
	require.NoError(t, err)
	row, found, err := f.chain.FindRow(ctx, height, f.key(1))
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, []uint32{7}, row.Weights)
	_, err = f.chain.Set(ctx, scores)
	require.ErrorIs(t, err, validator.ErrRepeated)
	_, err = f.chain.Commit(ctx, &subnettypes.MsgCommitScores{Hotkey: f.hotkey, Netuid: 1, Hash: make([]byte, 32)})
	require.ErrorIs(t, err, validator.ErrClosed)
}

func TestACommitForAnotherEpochIsNotFinalSinceTheNodeMayBeBehind(t *testing.T) {
	f := newFixture(t)
	_, err := f.chain.Commit(t.Context(), &subnettypes.MsgCommitScores{Hotkey: f.hotkey, Netuid: 1, Epoch: 3, Hash: make([]byte, 32)})
	require.Error(t, err)
	require.NotErrorIs(t, err, validator.ErrClosed)
	require.NotErrorIs(t, err, validator.ErrRepeated)
}

func TestBetweenTwoEpochsThereIsNone(t *testing.T) {
	f := newFixture(t)
	f.node.SetHeight(30)
	epoch, err := f.chain.Epoch(t.Context(), 19, 1)
	require.NoError(t, err)
	require.Zero(t, epoch.Index)
	require.Equal(t, int64(10), epoch.RevealUntil)
	_, err = f.chain.Epoch(t.Context(), 20, 1)
	require.ErrorIs(t, err, validator.ErrNoEpoch)
	epoch, err = f.chain.Epoch(t.Context(), 21, 1)
	require.NoError(t, err)
	require.Equal(t, uint64(1), epoch.Index)
	f.node.OnQuery("/agora.subnet.v1.Query/Epoch", func(int64, []byte) chaintest.Result {
		return chaintest.Result{Code: 18, Codespace: "sdk", Log: "the subnet has not been started"}
	})
	_, err = f.chain.Epoch(t.Context(), 21, 1)
	require.ErrorIs(t, err, validator.ErrNoEpoch)
	_, err = f.chain.Epoch(t.Context(), 99, 1)
	require.NotErrorIs(t, err, validator.ErrNoEpoch, "a height that is not there yet says nothing of the epoch")
}

func TestAPausedSubnetHasNoEpochAndItsRefusalsAreKnown(t *testing.T) {
	f := newFixture(t)
	f.node.SetHeight(5)
	f.subnet.Pause(5)
	_, err := f.chain.Epoch(t.Context(), 5, 1)
	require.ErrorIs(t, err, validator.ErrNoEpoch)
	subnets, err := f.chain.Subnets(t.Context(), 5)
	require.NoError(t, err)
	require.EqualValues(t, 5, subnets[0].PausedHeight)
	_, err = f.chain.Commit(t.Context(), &subnettypes.MsgCommitScores{Hotkey: f.hotkey, Netuid: 1, Hash: make([]byte, 32)})
	require.ErrorIs(t, err, validator.ErrPaused)
	require.NotErrorIs(t, err, validator.ErrClosed, "it may succeed when the subnet goes on")
	_, err = f.chain.Reveal(t.Context(), &subnettypes.MsgRevealScores{Hotkey: f.hotkey, Netuid: 1, EvidenceRoot: make([]byte, 32), Salt: make([]byte, 32)})
	require.ErrorIs(t, err, validator.ErrPaused)

	f.subnet.Resume(30)
	f.node.SetHeight(31)
	epoch, err := f.chain.Epoch(t.Context(), 31, 1)
	require.NoError(t, err)
	require.EqualValues(t, 1, epoch.Index)
	require.EqualValues(t, 31, epoch.StartHeight)

	t.Run("and a removed one is not listed", func(t *testing.T) {
		f.subnet.Remove()
		subnets, err := f.chain.Subnets(t.Context(), 31)
		require.NoError(t, err)
		require.Empty(t, subnets)
		_, err = f.chain.Epoch(t.Context(), 31, 1)
		require.ErrorIs(t, err, validator.ErrNoEpoch)
		_, err = f.chain.Commit(t.Context(), &subnettypes.MsgCommitScores{Hotkey: f.hotkey, Netuid: 1, Hash: make([]byte, 32)})
		require.ErrorIs(t, err, validator.ErrClosed)
	})
}

func TestAPastEpochIsReadWhileSomeStateHasIt(t *testing.T) {
	f := newFixture(t)
	f.node.SetHeight(45)
	epoch, err := f.chain.PastEpoch(t.Context(), 1, 1, 45)
	require.NoError(t, err)
	require.EqualValues(t, 21, epoch.StartHeight)
	require.Len(t, epoch.Beacon, 32)
	epoch, err = f.chain.PastEpoch(t.Context(), 1, 7, 45, 1000)
	require.NoError(t, err, "a height without state is no failure")
	require.Nil(t, epoch)
	f.subnet.Pause(45)
	f.subnet.Resume(50)
	f.node.SetHeight(60)
	epoch, err = f.chain.PastEpoch(t.Context(), 1, 1, 60)
	require.NoError(t, err)
	require.Nil(t, epoch, "it is forgotten")
}

func TestListingsAndTheBenchmarkAreRead(t *testing.T) {
	f := newFixture(t)
	f.subnet.Miners = []subnettypes.Miner{{MinerId: 5}}
	miners, err := f.chain.Miners(t.Context(), 1, 1)
	require.NoError(t, err)
	require.Len(t, miners, 1)
	subnets, err := f.chain.Subnets(t.Context(), 1)
	require.NoError(t, err)
	require.Len(t, subnets, 1)
	for number, spec := range []string{"spec", "another"} {
		benchmark, err := f.chain.Benchmark(t.Context(), 1, uint32(number), 1)
		require.NoError(t, err)
		require.Equal(t, []byte(spec), benchmark.Spec)
	}
	_, err = f.chain.Benchmark(t.Context(), 1, 2, 1)
	require.ErrorIs(t, err, chainclient.ErrNotFound)
}

func TestOnlyNewestBlocksAreFollowed(t *testing.T) {
	f := newFixture(t)
	done := errors.New("done")
	var heights []int64
	err := f.chain.Follow(t.Context(), func(error) {}, func(_ context.Context, block validator.Block) error {
		heights = append(heights, block.Height)
		if len(heights) == 2 {
			return done
		}
		f.node.Advance(5)
		return nil
	})
	require.ErrorIs(t, err, done)
	require.Equal(t, []int64{1, 6}, heights)
}
