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
	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
	"pgregory.net/rapid"
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

// crash closes the file as it is, which is what a killed process leaves.
func crash(t *testing.T, store *BoltReplay) {
	t.Helper()
	store.background.Wait()
	require.NoError(t, store.db.Close())
}

func TestAfterACrashNothingIsTakenThatMightHaveBeen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "replay.db")
	store := openReplay(t, path, BoltReplayOptions{Ahead: 4 * time.Second})
	used := nonceAt(testNow, 1)
	require.NoError(t, store.Record("a", used, testNow))
	crash(t, store)

	store = openReplay(t, path, BoltReplayOptions{Ahead: 4 * time.Second})
	soon := testNow.Add(3 * time.Second)
	require.ErrorIs(t, store.Record("a", used, soon), ErrBeforeHorizon, "it was used")
	require.ErrorIs(t, store.Record("a", nonceAt(soon, 2), soon), ErrBeforeHorizon, "it was not, but nobody knows")
	later := testNow.Add(4 * time.Second)
	require.NoError(t, store.Record("a", nonceAt(later, 3), later))
	require.ErrorIs(t, store.Record("a", nonceAt(later, 3), later), ErrReplayed)
}

func TestACrashAfterAnOrderlyRestartForgetsNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "replay.db")
	store := openReplay(t, path, BoltReplayOptions{})
	used := nonceAt(testNow, 1)
	require.NoError(t, store.Record("a", used, testNow))
	require.NoError(t, store.Close())
	crash(t, openReplay(t, path, BoltReplayOptions{}))

	store = openReplay(t, path, BoltReplayOptions{})
	require.ErrorIs(t, store.Record("a", used, testNow), ErrReplayed)
	require.NoError(t, store.Record("a", nonceAt(testNow, 2), testNow))
	crash(t, store)

	store = openReplay(t, path, BoltReplayOptions{})
	require.ErrorIs(t, store.Record("a", used, testNow), ErrBeforeHorizon)
}

// TestNoNonceIsTakenTwice lets time pass, stops, crashes and sets the clock back at random, and offers nonces again and again.
func TestNoNonceIsTakenTwice(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		require.NoError(t, err)
		path, options := filepath.Join(dir, "replay.db"), BoltReplayOptions{Window: 20 * time.Second, MaxEntries: 8}
		store, now := openReplay(t, path, options), testNow
		defer func() { require.NoError(t, store.Close()) }()
		taken := map[Nonce]bool{}
		var offered []Nonce
		for range rapid.IntRange(1, 40).Draw(r, "steps") {
			switch rapid.SampledFrom([]string{"new", "new", "again", "again", "wait", "set back", "restart", "crash"}).Draw(r, "step") {
			case "new":
				at := now.Add(time.Duration(rapid.IntRange(-10_000, 5_000).Draw(r, "skew")) * time.Millisecond)
				offered = append(offered, nonceAt(at, byte(len(offered))))
				if store.Record("a", offered[len(offered)-1], now) == nil {
					taken[offered[len(offered)-1]] = true
				}
			case "again":
				if len(offered) == 0 {
					continue
				}
				nonce := rapid.SampledFrom(offered).Draw(r, "nonce")
				if store.Record("a", nonce, now) == nil {
					require.False(r, taken[nonce], "taken twice: %s", nonce)
					taken[nonce] = true
				}
			case "wait":
				now = now.Add(time.Duration(rapid.IntRange(1, 30_000).Draw(r, "ms")) * time.Millisecond)
			case "set back":
				now = now.Add(-time.Duration(rapid.IntRange(1, 30_000).Draw(r, "ms")) * time.Millisecond)
			case "restart":
				require.NoError(t, store.Close())
				store = openReplay(t, path, options)
			case "crash":
				crash(t, store)
				store = openReplay(t, path, options)
			}
		}
	})
}

func TestTheMarkIsOnDiskBeforeANonceIsTakenAndMovesInTheBackground(t *testing.T) {
	store := openReplay(t, filepath.Join(t.TempDir(), "replay.db"), BoltReplayOptions{Ahead: 4 * time.Second})
	onDisk := func() (mark time.Time) {
		require.NoError(t, store.db.View(func(tx *bolt.Tx) error {
			mark = time.UnixMilli(readMillis(tx.Bucket(bucketMeta), keyMark))
			return nil
		}))
		return mark
	}
	require.NoError(t, store.Record("a", nonceAt(testNow, 1), testNow))
	require.True(t, onDisk().Equal(testNow.Add(4*time.Second)))

	halfASecondLater := testNow.Add(500 * time.Millisecond)
	require.NoError(t, store.Record("a", nonceAt(halfASecondLater, 2), halfASecondLater))
	store.background.Wait()
	require.True(t, onDisk().Equal(testNow.Add(4*time.Second)), "the mark is far enough ahead")

	aSecondLater := testNow.Add(time.Second)
	require.NoError(t, store.Record("a", nonceAt(aSecondLater, 3), aSecondLater))
	store.background.Wait()
	require.True(t, onDisk().Equal(aSecondLater.Add(4*time.Second)))
}

func TestANonceBeyondTheMarksLeadIsNotTaken(t *testing.T) {
	store := openReplay(t, filepath.Join(t.TempDir(), "replay.db"), BoltReplayOptions{Ahead: 4 * time.Second})
	require.NoError(t, store.Record("a", nonceAt(testNow.Add(4*time.Second-time.Millisecond), 1), testNow))
	require.ErrorIs(t, store.Record("a", nonceAt(testNow.Add(4*time.Second), 2), testNow), ErrTooFarAhead)
}

func TestAFailingDiskRefusesAndAClosedStoreToo(t *testing.T) {
	store := openReplay(t, filepath.Join(t.TempDir(), "replay.db"), BoltReplayOptions{})
	require.NoError(t, store.db.Close())
	require.ErrorIs(t, store.Record("a", nonceAt(testNow, 1), testNow), bolterrors.ErrDatabaseNotOpen)
	require.Zero(t, store.Len())
	require.ErrorIs(t, store.Close(), bolterrors.ErrDatabaseNotOpen)
	require.NoError(t, store.Close(), "a second time")
	require.ErrorIs(t, store.Record("a", nonceAt(testNow, 1), testNow), bolterrors.ErrDatabaseNotOpen)
}

func TestAStoreOfTheFirstLayoutIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "replay.db")
	db, err := bolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	nonce := nonceAt(testNow, 1)
	require.NoError(t, db.Update(func(tx *bolt.Tx) error {
		nonces, err := tx.CreateBucket(bucketNonces)
		require.NoError(t, err)
		meta, err := tx.CreateBucket(bucketMeta)
		require.NoError(t, err)
		key := newReplayKey("a", nonce)
		require.NoError(t, nonces.Put(key[:], []byte{}))
		require.NoError(t, nonces.Put([]byte("not a key"), []byte{}))
		require.NoError(t, meta.Put([]byte("count"), []byte{0, 0, 0, 0, 0, 0, 0, 1}))
		return writeMillis(meta, keyHorizon, testNow.Add(-time.Second).UnixMilli())
	}))
	require.NoError(t, db.Close())

	store := openReplay(t, path, BoltReplayOptions{})
	require.EqualValues(t, 1, store.Len())
	require.ErrorIs(t, store.Record("a", nonce, testNow), ErrReplayed)
	require.ErrorIs(t, store.Record("a", nonceAt(testNow.Add(-2*time.Second), 2), testNow), ErrBeforeHorizon)
	require.NoError(t, store.Record("a", nonceAt(testNow, 3), testNow))
}

func TestTheStoreForgetsWhatIsNoLongerFreshAndNeverTakesItBack(t *testing.T) {
	store := openReplay(t, filepath.Join(t.TempDir(), "replay.db"), BoltReplayOptions{Window: 20 * time.Second})
	old := nonceAt(testNow, 1)
	require.NoError(t, store.Record("a", old, testNow))
	later := testNow.Add(time.Minute)
	require.NoError(t, store.Record("a", nonceAt(later, 2), later))
	require.EqualValues(t, 1, store.Len())

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
	require.EqualValues(t, 4, store.Len())
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
