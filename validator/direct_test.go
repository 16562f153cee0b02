package validator

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/validator/store"
)

func newDirectBench(t *testing.T) *bench {
	b := newBench(t)
	b.addBenchmark()
	b.chain.direct = true
	startMiner(t, b.chain, honest)
	return b
}

func TestWhereScoresAreTakenInTheOpenRowsAreSetAndNothingIsRevealed(t *testing.T) {
	b := newDirectBench(t)
	b.until(10)
	for number := range uint32(2) {
		row := b.rowOf(0, number)
		require.Equal(t, store.StageRevealed, row.Stage)
		require.LessOrEqual(t, row.RevealHeight, int64(10), "in the epoch in which it was made")
		require.Empty(t, row.Salt)
		require.Empty(t, row.Hash)
		require.Equal(t, row.Root, b.shownOf(0, number).EvidenceRoot)
	}
	status := b.runner.snapshot()
	require.True(t, status.Direct)
	require.Equal(t, PhaseWait, status.Phase)
	require.Empty(t, status.unready())
	b.until(29)
	require.Equal(t, 6, b.chain.count("set"), "once per benchmark and epoch")
	require.Zero(t, b.chain.count("commit")+b.chain.count("reveal"))
}

func TestARowThatWasSetButNotRecordedIsFoundOnTheChain(t *testing.T) {
	b := newDirectBench(t)
	b.chain.loseAnswers = true
	for b.chain.count("set") < 2 {
		b.tick()
	}
	require.Equal(t, store.StageSealed, b.row(0).Stage)
	t.Run("by the running process", func(t *testing.T) {
		b.tick()
		require.Equal(t, store.StageRevealed, b.row(0).Stage)
	})
	t.Run("by one that was restarted", func(t *testing.T) {
		forget := func() {
			_, err := b.store.Update(b.key(0, 0), func(row *store.Round) { row.Stage, row.RevealHeight = store.StageSealed, 0 })
			require.NoError(t, err)
		}
		for _, height := range []int64{10, 11, 31} { // in the epoch, in the next, and much later
			forget()
			b.restart()
			b.chain.change(func() { b.chain.height = height - 1 })
			b.tick()
			require.Equal(t, store.StageRevealed, b.row(0).Stage, "at height %d", height)
		}
	})
	require.Equal(t, 2, b.chain.count("set"), "nothing is sent twice")
}

func TestARowThatCouldNotBeSetInItsEpochIsMissed(t *testing.T) {
	b := newDirectBench(t)
	b.chain.refuse = func(string, uint32) error { return errors.New("mempool is full") }
	b.until(11)
	b.chain.refuse = nil
	require.Equal(t, store.StageMissed, b.row(0).Stage)
	require.Contains(t, b.row(0).Reason, "did not get onto the chain in time")
	b.until(20)
	require.Equal(t, store.StageRevealed, b.row(1).Stage)
}

func TestTheWayInWhichScoresAreTakenMayChangeFromOneEpochToTheNext(t *testing.T) {
	b := newDirectBench(t)
	b.chain.direct = false
	b.until(10)
	require.Equal(t, store.StageCommitted, b.row(0).Stage)
	b.chain.direct = true // the commits of the epoch before are still opened
	b.until(20)
	require.Equal(t, store.StageRevealed, b.row(0).Stage)
	require.Equal(t, store.StageRevealed, b.row(1).Stage)
	require.Equal(t, 2, b.chain.count("set"))
	require.Equal(t, 2, b.chain.count("commit"))
	b.chain.direct = false
	b.until(30)
	require.Equal(t, store.StageCommitted, b.row(2).Stage)
}
