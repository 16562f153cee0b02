package store

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"github.com/agora-network/agora/benchmark"
)

const hotkey = "agora1hotkey"

func open(t *testing.T, path string) *Store {
	t.Helper()
	store, err := Open(path, "chain-1")
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Close() })
	return store
}

func round(netuid uint32, epoch uint64) Round {
	return Round{Key: Key{Netuid: netuid, Epoch: epoch, Hotkey: hotkey}, MinerIDs: []uint64{3}, Weights: []uint32{65535}, Salt: []byte{1}, Hash: []byte{2}}
}

func TestASealedRowSurvivesAndIsNeverReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	store := open(t, path)
	standings := map[uint64]benchmark.Standing{3: {Score: 7, Epoch: 4, Measured: true}}
	require.NoError(t, store.Seal(round(1, 4), standings))
	other := round(1, 4)
	other.Salt = []byte{9}
	require.ErrorIs(t, store.Seal(other, map[uint64]benchmark.Standing{3: {Score: 1, Epoch: 4, Measured: true}}), ErrExists)
	require.NoError(t, store.Close())

	store = open(t, path)
	found, ok, err := store.Round(Key{1, 4, 0, hotkey})
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, []byte{1}, found.Salt)
	require.Equal(t, StageSealed, found.Stage)
	read, err := store.Standings(1, hotkey, 0)
	require.NoError(t, err)
	require.Equal(t, standings, read)

	updated, err := store.Update(found.Key, func(r *Round) { r.Stage, r.CommitHeight = StageCommitted, 44 })
	require.NoError(t, err)
	require.Equal(t, int64(44), updated.CommitHeight)
	_, err = store.Update(Key{1, 5, 0, hotkey}, func(*Round) {})
	require.ErrorContains(t, err, "no such row")
}

func TestRowsAreReadNewestFirstAndOnlyTheSubnetsOwn(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "state.db"))
	for epoch := range uint64(40) {
		require.NoError(t, store.Seal(round(1, epoch), nil))
	}
	require.NoError(t, store.Seal(round(2, 1000), map[uint64]benchmark.Standing{3: {Epoch: 1000, Measured: true}}))
	other := round(1, 5000)
	other.Hotkey = "agora1hotkez"
	require.NoError(t, store.Seal(other, nil))
	rounds, err := store.Rounds(1, hotkey, 2)
	require.NoError(t, err)
	require.Len(t, rounds, 2)
	require.Equal(t, uint64(39), rounds[0].Epoch)
	require.Equal(t, uint64(38), rounds[1].Epoch)

	require.NoError(t, store.Prune(1, hotkey, 40, 10))
	rounds, err = store.Rounds(1, hotkey, 1000)
	require.NoError(t, err)
	require.Len(t, rounds, 10)

	require.NoError(t, store.Forget(1, hotkey))
	rounds, err = store.Rounds(1, hotkey, 1000)
	require.NoError(t, err)
	require.Empty(t, rounds)
	for netuid, owner := range map[uint32]string{2: hotkey, 1: other.Hotkey} {
		rounds, err = store.Rounds(netuid, owner, 10)
		require.NoError(t, err)
		require.Len(t, rounds, 1, "others are left alone")
	}
	standings, err := store.Standings(2, hotkey, 0)
	require.NoError(t, err)
	require.Len(t, standings, 1)
}

func TestTheBenchmarksOfASubnetHaveTheirOwnRowsAndStandings(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "state.db"))
	of := func(number uint32) map[uint64]benchmark.Standing {
		return map[uint64]benchmark.Standing{3: {Score: int64(number), Epoch: 4, Measured: true}}
	}
	for _, number := range []uint32{7, 0, 1} {
		row := round(1, 4)
		row.Benchmark = number
		require.NoError(t, store.Seal(row, of(number)))
		require.ErrorIs(t, store.Seal(row, nil), ErrExists)
	}
	require.NoError(t, store.Seal(round(1, 5), nil))
	rounds, err := store.RoundsOf(1, hotkey, 4)
	require.NoError(t, err)
	require.Len(t, rounds, 3)
	for i, number := range []uint32{0, 1, 7} {
		require.Equal(t, number, rounds[i].Benchmark)
		standings, err := store.Standings(1, hotkey, number)
		require.NoError(t, err)
		require.Equal(t, of(number), standings)
	}
	newest, err := store.Rounds(1, hotkey, 2)
	require.NoError(t, err)
	require.Equal(t, []Key{{1, 5, 0, hotkey}, {1, 4, 7, hotkey}}, []Key{newest[0].Key, newest[1].Key})
	require.NoError(t, store.Prune(1, hotkey, 6, 1))
	rounds, err = store.RoundsOf(1, hotkey, 4)
	require.NoError(t, err)
	require.Empty(t, rounds)
	standings, err := store.Standings(1, hotkey, 7)
	require.NoError(t, err)
	require.Empty(t, standings)
}

func TestAFileOfAnEarlierLayoutIsRefusedAndSaysWhatToDo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	store := open(t, path)
	require.NoError(t, store.db.Update(func(tx *bolt.Tx) error { return tx.Bucket(bucketMeta).Put(keyFormat, []byte("1")) }))
	require.NoError(t, store.Close())
	_, err := Open(path, "chain-1")
	require.ErrorContains(t, err, `format is "1" there, wanted is "2"`)
	require.ErrorContains(t, err, "move the file away")
}

func TestAFileOfAnotherChainOrProcessIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	store := open(t, path)
	_, err := Open(path, "chain-1")
	require.ErrorIs(t, err, ErrLocked)
	require.NoError(t, store.Close())
	_, err = Open(path, "chain-2")
	require.ErrorContains(t, err, "another home for another chain")
	_, err = Open(filepath.Join(path, "below-a-file"), "chain-1")
	require.Error(t, err)
}

func TestDamagedValuesAreReportedAndNeverPanic(t *testing.T) {
	for _, value := range [][]byte{nil, {1}, make([]byte, 15), {255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}} {
		_, err := decodeStanding(value)
		require.Error(t, err)
	}
}
