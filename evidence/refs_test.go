package evidence_test

import (
	"encoding/hex"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/evidence"
)

func refs(t *testing.T, s *evidence.Store) []evidence.Kept {
	t.Helper()
	all, err := s.Refs()
	require.NoError(t, err)
	return all
}

// prune ends the keeping on subnet 1 and returns what the store still has of some blobs.
func prune(t *testing.T, s *evidence.Store, current uint64, digests ...[32]byte) (left int) {
	t.Helper()
	_, err := s.Prune(1, current)
	require.NoError(t, err)
	for _, digest := range digests {
		_, err := s.Get(digest)
		if err == nil {
			left++
			continue
		}
		require.ErrorIs(t, err, evidence.ErrNotFound)
	}
	return left
}

func TestTheLongerOfWhatTheStoreAndTheRefDeclareIsKept(t *testing.T) {
	for name, c := range map[string]struct{ declared, lasts uint64 }{
		"nothing declared, so the store's own number": {0, 2},
		"less than the store's own number":            {1, 2},
		"as much as the store":                        {2, 2},
		"more than the store":                         {5, 5},
		"for ever":                                    {math.MaxUint64, math.MaxUint64 - 7},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir) // keeps 2
			ref := evidence.Ref{Netuid: 1, Epoch: 7, Benchmark: 3, KeepEpochs: c.declared}
			digest, err := s.Put(ref, []byte("blob"))
			require.NoError(t, err)
			require.Equal(t, []evidence.Kept{{Ref: ref, Digest: digest}}, refs(t, s))

			s = open(t, dir) // remembered on disk
			require.Equal(t, []evidence.Kept{{Ref: ref, Digest: digest}}, refs(t, s))
			require.Equal(t, 1, prune(t, s, 7+c.lasts, digest))
			if c.lasts+7 == math.MaxUint64 {
				return
			}
			require.Zero(t, prune(t, s, 7+c.lasts+1, digest))
			require.Empty(t, refs(t, s))
			left, err := os.ReadDir(filepath.Join(dir, "refs"))
			require.NoError(t, err)
			require.Empty(t, left, "no empty folders stay behind")
		})
	}
}

func TestABlobThatIsPutAgainIsKeptAsLongAsTheLongestRefSays(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	var digest [32]byte
	for _, keep := range []uint64{6, 0, 4, 6} {
		var err error
		digest, err = s.Put(evidence.Ref{Netuid: 1, Epoch: 7, KeepEpochs: keep}, []byte("blob"))
		require.NoError(t, err)
	}
	require.Len(t, refs(t, s), 3, "the same ref twice is one")
	require.Equal(t, 1, prune(t, s, 12, digest))
	require.Len(t, refs(t, s), 1)
	require.Equal(t, 1, prune(t, s, 13, digest))
	require.Zero(t, prune(t, s, 14, digest))
}

func TestBenchmarksOfAnEpochAreKeptEachForItsOwnTime(t *testing.T) {
	s := open(t, t.TempDir())
	short, err := s.Put(evidence.Ref{Netuid: 1, Epoch: 7, Benchmark: 0}, []byte("short"))
	require.NoError(t, err)
	long, err := s.Put(evidence.Ref{Netuid: 1, Epoch: 7, Benchmark: 1, KeepEpochs: 30}, []byte("long"))
	require.NoError(t, err)
	require.Equal(t, 1, prune(t, s, 10, short, long))
	require.Equal(t, 1, prune(t, s, 37, long))
	require.Zero(t, prune(t, s, 38, long))
}

func TestRefsAreListedInOrder(t *testing.T) {
	s := open(t, t.TempDir())
	rapid.Check(t, func(t *rapid.T) {
		var want []evidence.Kept
		before, err := s.Refs()
		require.NoError(t, err)
		ref := evidence.Ref{
			Netuid:     rapid.Uint32().Draw(t, "netuid"),
			Epoch:      rapid.Uint64().Draw(t, "epoch"),
			Benchmark:  rapid.Uint32().Draw(t, "benchmark"),
			KeepEpochs: rapid.Uint64().Draw(t, "keep"),
		}
		digest, err := s.Put(ref, rapid.SliceOf(rapid.Byte()).Draw(t, "blob"))
		require.NoError(t, err)
		want = append(want, before...)
		if kept := (evidence.Kept{Ref: ref, Digest: digest}); !slices.Contains(want, kept) {
			want = append(want, kept)
		}
		after, err := s.Refs()
		require.NoError(t, err)
		require.ElementsMatch(t, want, after)
		require.True(t, slices.IsSortedFunc(after, func(a, b evidence.Kept) int {
			return slices.Compare(order(a), order(b))
		}))
	})
}

func order(k evidence.Kept) []uint64 {
	key := []uint64{uint64(k.Netuid), k.Epoch, uint64(k.Benchmark)}
	for _, b := range k.Digest {
		key = append(key, uint64(b))
	}
	return append(key, k.KeepEpochs)
}

func TestARefOfAnEarlierVersionCountsAsOneOfBenchmarkZero(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	digest := put(t, s, 1, 7, "blob")
	name := hex.EncodeToString(digest[:])
	require.NoError(t, os.Rename(filepath.Join(dir, "refs", "1", "7", "0", "0", name), filepath.Join(dir, "refs", "1", "7", name)))

	s = open(t, dir)
	require.Equal(t, []evidence.Kept{{Ref: evidence.Ref{Netuid: 1, Epoch: 7}, Digest: digest}}, refs(t, s))
	require.Equal(t, 1, prune(t, s, 9, digest))
	require.Zero(t, prune(t, s, 10, digest))
}

func TestWhatIsNoRefIsLeftAloneAndItsBlobStays(t *testing.T) {
	for name, folder := range map[string]string{
		"not a number":            "1/7/0/many",
		"below zero":              "1/7/0/-1",
		"a number in two ways":    "1/07/0/0",
		"a number of many digits": "1/7/0/18446744073709551616",
		"a benchmark of 33 bits":  "1/7/4294967296/0",
		"three numbers":           "1/7/0",
		"five numbers":            "1/7/0/0/0",
		"one number":              "1",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir)
			digest := put(t, s, 1, 7, "blob")
			file := hex.EncodeToString(digest[:])
			stranger := filepath.Join(dir, "refs", filepath.FromSlash(folder), file)
			require.NoError(t, os.MkdirAll(filepath.Dir(stranger), 0o700))
			require.NoError(t, os.WriteFile(stranger, nil, 0o600))

			require.Len(t, refs(t, s), 1)
			require.Equal(t, 1, prune(t, s, 1000, digest), "what is not understood deletes nothing")
			require.FileExists(t, stranger)
			require.Empty(t, refs(t, s))
		})
	}
}

func TestARefThatACrashLeftHalfWrittenIsNoneAndItsBlobIsSwept(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	digest := put(t, s, 1, 7, "blob")
	ref := filepath.Join(dir, "refs", "1", "7", "0", "0", hex.EncodeToString(digest[:]))
	require.NoError(t, os.Rename(ref, filepath.Join(dir, "tmp", "blob-1")), "written, but not yet renamed")

	s = open(t, dir)
	require.Empty(t, refs(t, s))
	require.NoFileExists(t, blobFile(dir, digest))
	require.Equal(t, digest, put(t, s, 1, 7, "blob"), "it is put again as if nothing had been")
	_, err := s.Get(digest)
	require.NoError(t, err)
}

func TestAPruneThatACrashCutShortIsFinishedByTheNext(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	first, second := put(t, s, 1, 7, "first"), put(t, s, 1, 7, "second")
	require.NoError(t, os.Remove(filepath.Join(dir, "refs", "1", "7", "0", "0", hex.EncodeToString(first[:]))), "one ref gone, no blob yet")

	s = open(t, dir)
	require.NoFileExists(t, blobFile(dir, first))
	require.Zero(t, prune(t, s, 10, second))
}
