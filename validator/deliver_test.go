package validator

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/validator/store"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

func TestARevealIsTriedAgainUntilItsWindowCloses(t *testing.T) {
	b := newBench(t)
	startMiner(t, b.chain, honest)
	b.until(10)
	b.chain.refuse = func(kind string, _ uint32) error {
		if kind == "reveal" {
			return errors.New("mempool is full")
		}
		return nil
	}
	b.until(14)
	require.Equal(t, 4, b.chain.count("reveal"))
	require.Equal(t, store.StageCommitted, b.row(0).Stage)
	b.until(20)
	require.Equal(t, 4, b.chain.count("reveal"), "the window is five blocks, and what is sent enters the next one")
	require.Equal(t, store.StageMissed, b.row(0).Stage)
	require.Contains(t, b.row(0).Reason, "the window closed at height 15")
	require.Equal(t, store.StageCommitted, b.row(1).Stage, "the next epoch goes on")
}

func TestARowThatWasRevealedIsRecognisedAfterItsWindow(t *testing.T) {
	b := newBench(t)
	startMiner(t, b.chain, honest)
	b.until(12)
	require.Equal(t, store.StageRevealed, b.row(0).Stage)
	for _, restartAt := range []int64{17, 38} { // in the same epoch, and much later
		_, err := b.store.Update(b.row(0).Key, func(row *store.Round) { row.Stage = store.StageCommitted })
		require.NoError(t, err)
		b.chain.change(func() { b.chain.height = restartAt })
		b.restart()
		b.until(restartAt + 1)
		require.Equal(t, store.StageRevealed, b.row(0).Stage)
	}
	require.Equal(t, 1, b.chain.count("reveal"))
}

func TestACommitThatNeverArrivedIsNotRevealed(t *testing.T) {
	b := newBench(t)
	startMiner(t, b.chain, honest)
	b.chain.refuse = func(string, uint32) error { return errors.New("mempool is full") }
	b.until(11)
	require.Equal(t, store.StageMissed, b.row(0).Stage)
	require.Contains(t, b.row(0).Reason, "did not get onto the chain in time")
	require.Zero(t, b.chain.count("reveal"))
	require.Contains(t, b.runner.snapshot().unready(), "was not read back")
}

func TestARowIsComparedEntryByEntry(t *testing.T) {
	ours := store.Round{
		Version: 1, MinerIDs: []uint64{2, 5, 9}, Weights: []uint32{10, 20, 30}, Root: []byte{1}, Items: 4,
	}
	for name, test := range map[string]struct {
		shown subnettypes.ScoreRow
		same  bool
	}{
		"the same row":                 {subnettypes.ScoreRow{BenchmarkVersion: 1, MinerIds: []uint64{2, 5, 9}, Weights: []uint32{10, 20, 30}, EvidenceRoot: []byte{1}, Items: 4}, true},
		"without a replaced miner":     {subnettypes.ScoreRow{BenchmarkVersion: 1, MinerIds: []uint64{2, 9}, Weights: []uint32{10, 30}, EvidenceRoot: []byte{1}, Items: 4}, true},
		"without any":                  {subnettypes.ScoreRow{BenchmarkVersion: 1, EvidenceRoot: []byte{1}, Items: 4}, true},
		"a miner that is not ours":     {subnettypes.ScoreRow{BenchmarkVersion: 1, MinerIds: []uint64{3}, Weights: []uint32{10}, EvidenceRoot: []byte{1}, Items: 4}, false},
		"a miner after all ours":       {subnettypes.ScoreRow{BenchmarkVersion: 1, MinerIds: []uint64{10}, Weights: []uint32{10}, EvidenceRoot: []byte{1}, Items: 4}, false},
		"another weight":               {subnettypes.ScoreRow{BenchmarkVersion: 1, MinerIds: []uint64{2}, Weights: []uint32{11}, EvidenceRoot: []byte{1}, Items: 4}, false},
		"another root":                 {subnettypes.ScoreRow{BenchmarkVersion: 1, EvidenceRoot: []byte{2}, Items: 4}, false},
		"another count":                {subnettypes.ScoreRow{BenchmarkVersion: 1, EvidenceRoot: []byte{1}, Items: 5}, false},
		"another benchmark":            {subnettypes.ScoreRow{Benchmark: 1, BenchmarkVersion: 1, EvidenceRoot: []byte{1}, Items: 4}, false},
		"another version":              {subnettypes.ScoreRow{BenchmarkVersion: 2, EvidenceRoot: []byte{1}, Items: 4}, false},
		"fewer weights than miner ids": {subnettypes.ScoreRow{BenchmarkVersion: 1, MinerIds: []uint64{2}, EvidenceRoot: []byte{1}, Items: 4}, false},
	} {
		t.Run(name, func(t *testing.T) {
			err := compareRow(ours, test.shown)
			if test.same {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, errForeign)
			}
		})
	}
}
