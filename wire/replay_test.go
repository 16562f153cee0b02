package wire

import (
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func openReplay(t *testing.T, path string, options BoltReplayOptions) *BoltReplay {
	t.Helper()
	options.NoSync = true
	store, err := OpenBoltReplay(path, options)
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Close() })
	return store
}

func nonceAt(now time.Time, tag byte) Nonce {
	return Nonce{Millis: now.UnixMilli(), Random: [NonceRandomSize]byte{tag}}
}

func TestANonceIsRefusedAfterARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "replay.db")
	store := openReplay(t, path, BoltReplayOptions{})
	nonce := nonceAt(testNow, 1)
	require.NoError(t, store.Record("a", nonce, testNow))
	require.NoError(t, store.Close())

	store = openReplay(t, path, BoltReplayOptions{})
	require.ErrorIs(t, store.Record("a", nonce, testNow), ErrReplayed)
	require.NoError(t, store.Record("b", nonce, testNow), "another sender may draw the same nonce")
}

func TestTheStoreForgetsWhatIsNoLongerFreshAndNeverTakesItBack(t *testing.T) {
	store := openReplay(t, filepath.Join(t.TempDir(), "replay.db"), BoltReplayOptions{Window: 20 * time.Second})
	old := nonceAt(testNow, 1)
	require.NoError(t, store.Record("a", old, testNow))
	later := testNow.Add(time.Minute)
	require.NoError(t, store.Record("a", nonceAt(later, 2), later))
	count, err := store.Len()
	require.NoError(t, err)
	require.EqualValues(t, 1, count)

	require.ErrorIs(t, store.Record("a", old, testNow), ErrBeforeHorizon, "the clock was set back")
}

func TestAFullStoreRefusesRatherThanForgets(t *testing.T) {
	store := openReplay(t, filepath.Join(t.TempDir(), "replay.db"), BoltReplayOptions{MaxEntries: 3})
	for tag := range byte(3) {
		require.NoError(t, store.Record("a", nonceAt(testNow, tag), testNow))
	}
	require.ErrorIs(t, store.Record("a", nonceAt(testNow, 9), testNow), ErrReplayStoreFull)
	require.ErrorIs(t, store.Record("a", nonceAt(testNow, 0), testNow), ErrReplayed)
	later := testNow.Add(time.Minute)
	require.NoError(t, store.Record("a", nonceAt(later, 9), later))
}

func TestOfManyConcurrentUsesOneWins(t *testing.T) {
	store := openReplay(t, filepath.Join(t.TempDir(), "replay.db"), BoltReplayOptions{})
	var wins atomic.Int64
	var group sync.WaitGroup
	for caller := range 64 {
		group.Go(func() {
			if store.Record("a", nonceAt(testNow, byte(caller%4)), testNow) == nil {
				wins.Add(1)
			}
		})
	}
	group.Wait()
	require.EqualValues(t, 4, wins.Load())
	count, err := store.Len()
	require.NoError(t, err)
	require.EqualValues(t, 4, count)
}

func TestAStoreThatCannotBeOpenedSaysWhatToDo(t *testing.T) {
	dir := t.TempDir()
	t.Run("held by another process", func(t *testing.T) {
		path := filepath.Join(dir, "held.db")
		openReplay(t, path, BoltReplayOptions{})
		_, err := OpenBoltReplay(path, BoltReplayOptions{})
		require.ErrorContains(t, err, "another process holds it")
	})
	t.Run("damaged", func(t *testing.T) {
		path := filepath.Join(dir, "damaged.db")
		require.NoError(t, os.WriteFile(path, make([]byte, 1<<16), 0o600))
		_, err := OpenBoltReplay(path, BoltReplayOptions{})
		require.ErrorContains(t, err, "delete it")
	})
	t.Run("no such directory", func(t *testing.T) {
		_, err := OpenBoltReplay(filepath.Join(dir, "absent", "replay.db"), BoltReplayOptions{})
		require.ErrorContains(t, err, "absent")
	})
}

func BenchmarkReplayRecord(b *testing.B) {
	store, err := OpenBoltReplay(filepath.Join(b.TempDir(), "replay.db"), BoltReplayOptions{})
	require.NoError(b, err)
	defer store.Close() //nolint:errcheck // benchmark
	var next atomic.Int64
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			tag := next.Add(1)
			nonce := Nonce{Millis: testNow.UnixMilli(), Random: [NonceRandomSize]byte([]byte(strconv.Itoa(1_000_000_000_000_000 + int(tag))))}
			if err := store.Record("a", nonce, testNow); err != nil {
				b.Fatal(err)
			}
		}
	})
}
