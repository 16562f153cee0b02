package evidence_test

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/evidence"
)

func open(t *testing.T, dir string) *evidence.Store {
	t.Helper()
	s, err := evidence.OpenStore(dir, 2)
	require.NoError(t, err)
	return s
}

func put(t *testing.T, s *evidence.Store, netuid uint32, epoch uint64, content string) [32]byte {
	t.Helper()
	digest, err := s.Put(evidence.Ref{Netuid: netuid, Epoch: epoch}, []byte(content))
	require.NoError(t, err)
	return digest
}

func blobFile(dir string, digest [32]byte) string {
	name := hex.EncodeToString(digest[:])
	return filepath.Join(dir, "blobs", name[:2], name)
}

func TestABlobIsReadBackByItsDigestAlsoAfterARestart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "evidence")
	s := open(t, dir)
	digest := put(t, s, 1, 7, "hello")
	require.Equal(t, sha256.Sum256([]byte("hello")), digest)
	require.Equal(t, digest, put(t, s, 1, 7, "hello"), "putting the same again changes nothing")
	empty := put(t, s, 1, 7, "")

	s = open(t, dir)
	for _, d := range [][32]byte{digest, empty} {
		blob, err := s.Get(d)
		require.NoError(t, err)
		require.Equal(t, d, sha256.Sum256(blob))
	}
	ref := evidence.Ref{Netuid: 1, Epoch: 7}
	require.ElementsMatch(t, []evidence.Kept{{Ref: ref, Digest: digest}, {Ref: ref, Digest: empty}}, refs(t, s))
	_, err := s.Get([32]byte{1})
	require.ErrorIs(t, err, evidence.ErrNotFound)
	leftovers, err := os.ReadDir(filepath.Join(dir, "tmp"))
	require.NoError(t, err)
	require.Empty(t, leftovers)
}

func TestACorruptBlobIsNoticedAndCanBePutAgain(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	digest := put(t, s, 1, 7, "hello")
	for _, content := range []string{"hellO", "", "hello and more"} {
		require.NoError(t, os.WriteFile(blobFile(dir, digest), []byte(content), 0o600))
		_, err := s.Get(digest)
		require.ErrorIs(t, err, evidence.ErrCorrupt)
		require.ErrorContains(t, err, "restore it from another copy or delete it")
	}
	put(t, s, 1, 7, "hello")
	blob, err := s.Get(digest)
	require.NoError(t, err)
	require.Equal(t, "hello", string(blob))
}

func TestBlobsAreKeptForTheDeclaredNumberOfEpochs(t *testing.T) {
	s := open(t, t.TempDir()) // keeps 2
	require.EqualValues(t, 2, s.KeepEpochs())
	old := put(t, s, 1, 7, "old")
	both := put(t, s, 1, 7, "in two epochs")
	put(t, s, 1, 8, "in two epochs")
	foreign := put(t, s, 2, 7, "of another subnet")

	for _, current := range []uint64{0, 7, 8, 9} {
		removed, err := s.Prune(1, current)
		require.NoError(t, err)
		require.Zero(t, removed, "epoch %d is not long enough after 7", current)
	}
	removed, err := s.Prune(1, 10)
	require.NoError(t, err)
	require.Equal(t, 1, removed)
	_, err = s.Get(old)
	require.ErrorIs(t, err, evidence.ErrNotFound)
	for _, digest := range [][32]byte{both, foreign} {
		_, err = s.Get(digest)
		require.NoError(t, err)
	}
	removed, err = s.Prune(1, 11)
	require.NoError(t, err)
	require.Equal(t, 1, removed)
	removed, err = s.Prune(9, 1000)
	require.NoError(t, err)
	require.Zero(t, removed, "a subnet without evidence")
}

func TestWhatACrashLeftBehindIsSweptWhenTheStoreOpens(t *testing.T) {
	dir := t.TempDir()
	kept := put(t, open(t, dir), 1, 7, "kept")
	orphan := sha256.Sum256([]byte("orphan"))
	require.NoError(t, os.MkdirAll(filepath.Dir(blobFile(dir, orphan)), 0o700))
	require.NoError(t, os.WriteFile(blobFile(dir, orphan), []byte("orphan"), 0o600))
	half := filepath.Join(dir, "tmp", "blob-123")
	require.NoError(t, os.WriteFile(half, []byte("half"), 0o600))
	stranger := filepath.Join(dir, "blobs", "notes.txt")
	require.NoError(t, os.WriteFile(stranger, []byte("not ours"), 0o600))

	s := open(t, dir)
	require.NoFileExists(t, half)
	require.NoFileExists(t, blobFile(dir, orphan))
	require.FileExists(t, stranger, "files of others are left alone")
	_, err := s.Get(kept)
	require.NoError(t, err)
}

func TestAStoreThatCannotBeIsRefused(t *testing.T) {
	_, err := evidence.OpenStore(t.TempDir(), 0)
	require.ErrorContains(t, err, "at least 1 epoch")
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err = evidence.OpenStore(file, 1)
	require.ErrorContains(t, err, "open evidence store")
}

func TestManyMayPutGetAndPruneAtOnce(t *testing.T) {
	s := open(t, t.TempDir())
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := range 10 {
				content := []byte{byte(worker), byte(i)}
				digest, err := s.Put(evidence.Ref{Netuid: 1, Epoch: 100}, content)
				if !assertNoError(t, err) {
					return
				}
				_, err = s.Get(digest)
				assertNoError(t, err)
				_, err = s.Prune(1, 101)
				assertNoError(t, err)
				_, err = s.Refs()
				assertNoError(t, err)
				_, err = s.Put(evidence.Ref{Netuid: 1, Epoch: 50}, content)
				assertNoError(t, err)
			}
		})
	}
	wg.Wait()
	_, err := s.Prune(1, 101)
	require.NoError(t, err)
	require.Len(t, refs(t, s), 40)
}

func assertNoError(t *testing.T, err error) bool {
	t.Helper()
	if err != nil {
		t.Errorf("unexpected error: %v", err)
	}
	return err == nil
}

func TestABlobIsReadToItsEndAlsoWhenItIsPrunedMeanwhile(t *testing.T) {
	store, err := evidence.OpenStore(t.TempDir(), 1)
	require.NoError(t, err)
	digest, err := store.Put(evidence.Ref{Netuid: 1, Epoch: 1}, []byte("content"))
	require.NoError(t, err)
	file, size, err := store.Open(digest)
	require.NoError(t, err)
	defer file.Close()
	require.EqualValues(t, 7, size)
	removed, err := store.Prune(1, 9)
	require.NoError(t, err)
	require.Equal(t, 1, removed)
	content, err := io.ReadAll(file)
	require.NoError(t, err)
	require.Equal(t, "content", string(content))
	_, _, err = store.Open(digest)
	require.ErrorIs(t, err, evidence.ErrNotFound)
}
