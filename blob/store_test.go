package blob_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/blob"
)

// clock goes on a second each time it is read.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Second)
	return c.now
}

var ticking = &clock{now: time.Unix(1_700_000_000, 0)}

func openStore(t *testing.T, dir string, maxBytes int64) *blob.Store {
	t.Helper()
	store, err := blob.OpenStore(dir, blob.StoreOptions{MaxBytes: maxBytes, Now: ticking.Now})
	require.NoError(t, err)
	return store
}

func put(t *testing.T, store *blob.Store, content string) [32]byte {
	t.Helper()
	digest, err := store.Put([]byte(content))
	require.NoError(t, err)
	require.Equal(t, sha256.Sum256([]byte(content)), digest)
	return digest
}

func has(store *blob.Store, digest [32]byte) bool {
	_, err := store.Get(digest)
	return err == nil
}

func blobFile(dir string, digest [32]byte) string {
	name := fmt.Sprintf("%x", digest)
	return filepath.Join(dir, "blobs", name[:2], name)
}

func TestWhatWasUsedLongestAgoGoesFirstAlsoAfterARestart(t *testing.T) {
	dir := t.TempDir()
	store := openStore(t, dir, 30)
	first, second, third := put(t, store, "first....."), put(t, store, "second...."), put(t, store, "third.....")
	require.True(t, has(store, first))
	put(t, store, "third.....")
	require.Equal(t, blob.Usage{Blobs: 3, Bytes: 30, MaxBytes: 30}, store.Usage())

	store = openStore(t, dir, 30)
	fourth := put(t, store, "fourth")
	_, err := store.Get(second)
	require.ErrorIs(t, err, blob.ErrNotFound)
	require.True(t, has(store, first) && has(store, third) && has(store, fourth))
	require.Equal(t, blob.Usage{Blobs: 3, Bytes: 26, MaxBytes: 30}, store.Usage())

	store = openStore(t, dir, 10)
	require.Equal(t, blob.Usage{Blobs: 1, Bytes: 6, MaxBytes: 10}, store.Usage(), "a smaller store drops what is too much")
	require.True(t, has(store, fourth))
}

func TestPinnedBlobsStayAlsoAfterARestart(t *testing.T) {
	dir := t.TempDir()
	store := openStore(t, dir, 30)
	later := sha256.Sum256([]byte("pinned before it came"))
	pinned := put(t, store, "pinned....")
	require.NoError(t, store.Pin("benchmark-1", pinned, later))
	require.NoError(t, store.Pin("benchmark-2", pinned))
	loose := put(t, store, "loose.....")
	store = openStore(t, dir, 30)
	require.Equal(t, []string{"benchmark-1", "benchmark-2"}, store.Pins())
	put(t, store, "another20...........")
	require.True(t, has(store, pinned))
	require.False(t, has(store, loose))
	require.Equal(t, blob.Usage{Blobs: 2, Bytes: 30, Pinned: 10, MaxBytes: 30}, store.Usage())

	require.NoError(t, store.Pin("benchmark-1", later))
	put(t, store, "30............................"[:20])
	require.True(t, has(store, pinned), "it is pinned under another name still")
	_, err := store.Put(make([]byte, 21))
	require.ErrorIs(t, err, blob.ErrFull)
	require.ErrorContains(t, err, "pinned blobs have 10 of 30 bytes, 21 more are needed")
	require.NoError(t, store.Pin("benchmark-2"))
	require.Equal(t, []string{"benchmark-1"}, store.Pins())
	_, err = store.Put(make([]byte, 21))
	require.NoError(t, err)
	require.False(t, has(store, pinned))
	require.Equal(t, []string{"benchmark-1"}, openStore(t, dir, 30).Pins())

	for _, name := range []string{"", "../etc", "A", ".hidden", "a/b", strings.Repeat("a", 65)} {
		require.Error(t, store.Pin(name, pinned), name)
	}
}

func TestABlobThatCannotBeKeptIsRefused(t *testing.T) {
	store := openStore(t, t.TempDir(), 10)
	_, err := store.Put(make([]byte, 11))
	require.ErrorIs(t, err, blob.ErrTooLarge)
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err = blob.OpenStore(file, blob.StoreOptions{})
	require.ErrorContains(t, err, "open blob store")
	large, err := blob.OpenStore(t.TempDir(), blob.StoreOptions{})
	require.NoError(t, err)
	_, err = large.Put(make([]byte, blob.MaxBytes+1))
	require.ErrorIs(t, err, blob.ErrTooLarge)
	require.Equal(t, int64(blob.DefaultStoreBytes), large.Usage().MaxBytes)
}

func TestAHarmedFileIsNoticedAndReplaced(t *testing.T) {
	dir := t.TempDir()
	digest := put(t, openStore(t, dir, 100), "content")
	store := openStore(t, dir, 100)
	require.NoError(t, os.WriteFile(blobFile(dir, digest), []byte("c0ntent and more"), 0o600))
	_, err := store.Get(digest)
	require.ErrorIs(t, err, blob.ErrCorrupt)
	_, _, err = store.Open(digest)
	require.ErrorIs(t, err, blob.ErrCorrupt)
	put(t, store, "content")
	require.Equal(t, blob.Usage{Blobs: 1, Bytes: 7, MaxBytes: 100}, store.Usage())

	require.NoError(t, os.Remove(blobFile(dir, digest)))
	_, _, err = store.Open(digest)
	require.ErrorIs(t, err, blob.ErrNotFound)
	put(t, store, "content")
	require.Equal(t, blob.Usage{Blobs: 1, Bytes: 7, MaxBytes: 100}, store.Usage(), "a file that somebody took away is counted once")
	file, size, err := store.Open(digest)
	require.NoError(t, err)
	defer file.Close()
	content, err := io.ReadAll(file)
	require.NoError(t, err)
	require.Equal(t, "content", string(content))
	require.EqualValues(t, 7, size)
	_, ok := store.Size([32]byte{})
	require.False(t, ok)
}

func TestManyMayPutAndGetAtOnce(t *testing.T) {
	store := openStore(t, t.TempDir(), 50)
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for i := range 20 {
				content := fmt.Appendf(nil, "blob %d", (worker+i)%7)
				digest, err := store.Put(content)
				if err != nil {
					t.Error(err)
				}
				_, _ = store.Get(digest) // it may have made room for another already
				if usage := store.Usage(); usage.Bytes > 50 {
					t.Errorf("%d bytes", usage.Bytes)
				}
			}
		})
	}
	all.Wait()
}
