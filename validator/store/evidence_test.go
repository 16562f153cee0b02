package store

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"github.com/agora-network/agora/benchmark"
)

// withEvidence is a row of an epoch that is to be kept for some epochs.
func withEvidence(epoch, keep uint64) (Round, [32]byte) {
	row := round(1, epoch)
	digest := sha256.Sum256(fmt.Append(nil, epoch))
	row.Evidence, row.KeepEpochs = hex.EncodeToString(digest[:]), keep
	return row, digest
}

func TestARowIsKeptAsLongAsItsEvidence(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "state.db"))
	var digests [][32]byte
	for epoch := range uint64(8) {
		keep := uint64(0)
		if epoch < 4 {
			keep = 5 // until the benchmark had another version
		}
		row, digest := withEvidence(epoch, keep)
		digests = append(digests, digest)
		require.NoError(t, store.Seal(row, map[uint64]benchmark.Standing{epoch: {Epoch: epoch, Measured: true}}))
	}
	for _, test := range []struct {
		current uint64
		left    []uint64
	}{
		{6, []uint64{7, 6, 5, 4, 3, 2, 1}},
		{7, []uint64{7, 6, 5, 3, 2}},
		{9, []uint64{7}},
		{100, nil},
	} {
		require.NoError(t, store.Prune(1, hotkey, test.current, 2))
		rows, err := store.Rounds(1, hotkey, 100)
		require.NoError(t, err)
		var left []uint64
		for _, row := range rows {
			left = append(left, row.Epoch)
			found, ok, err := store.RoundOfEvidence(digests[row.Epoch])
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, row, found)
		}
		require.Equal(t, test.left, left, "at epoch %d", test.current)
	}
	for _, digest := range digests {
		_, ok, err := store.RoundOfEvidence(digest)
		require.NoError(t, err)
		require.False(t, ok)
	}
	standings, err := store.Standings(1, hotkey, 0)
	require.NoError(t, err)
	require.Empty(t, standings)
	require.NoError(t, store.db.View(func(tx *bolt.Tx) error {
		require.Zero(t, tx.Bucket(bucketKept).Stats().KeyN)
		require.Zero(t, tx.Bucket(bucketEvidence).Stats().KeyN)
		return nil
	}))
}

func TestRowsThatAnEarlierVersionWroteAreFoundByTheirEvidence(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	store := open(t, path)
	row, digest := withEvidence(3, 9)
	require.NoError(t, store.Seal(row, nil))
	bare := round(1, 4)
	bare.Evidence = "not a digest"
	require.NoError(t, store.Seal(bare, nil))
	require.NoError(t, store.db.Update(func(tx *bolt.Tx) error {
		require.NoError(t, tx.DeleteBucket(bucketKept))
		return tx.DeleteBucket(bucketEvidence)
	}))
	require.NoError(t, store.Close())
	store = open(t, path)
	found, ok, err := store.RoundOfEvidence(digest)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, row.Key, found.Key)
	require.NoError(t, store.Prune(1, hotkey, 12, 1))
	_, ok, err = store.Round(row.Key)
	require.NoError(t, err)
	require.True(t, ok)
}

func TestADamagedRowGoesWhenItsTimeHasCome(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "state.db"))
	row, _ := withEvidence(3, 0)
	require.NoError(t, store.Seal(row, nil))
	require.NoError(t, store.db.Update(func(tx *bolt.Tx) error { return tx.Bucket(bucketRounds).Put(roundKey(row.Key), []byte("{")) }))
	require.NoError(t, store.Prune(1, hotkey, 12, 1))
	_, ok, err := store.Round(row.Key)
	require.NoError(t, err)
	require.False(t, ok)
}
