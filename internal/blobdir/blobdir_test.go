package blobdir_test

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/internal/blobdir"
)

func TestABlobIsReadBackUntilItsFileIsHarmed(t *testing.T) {
	root := filepath.Join(t.TempDir(), "deep", "folder")
	dir, err := blobdir.Open(root, "refs")
	require.NoError(t, err)
	require.DirExists(t, dir.Path("refs"))
	digest, err := dir.Put([]byte("hello"))
	require.NoError(t, err)
	require.Equal(t, sha256.Sum256([]byte("hello")), digest)

	dir, err = blobdir.Open(root)
	require.NoError(t, err)
	blob, err := dir.Get(digest, 5)
	require.NoError(t, err)
	require.Equal(t, "hello", string(blob))
	_, err = dir.Get(digest, 4)
	require.ErrorIs(t, err, blobdir.ErrTooLarge, "a file is not read beyond the limit")

	require.NoError(t, os.WriteFile(dir.BlobPath(digest), []byte("hellO"), 0o600))
	_, err = dir.Get(digest, 5)
	require.ErrorIs(t, err, blobdir.ErrCorrupt)
	require.NoError(t, dir.Remove(digest))
	require.NoError(t, dir.Remove(digest), "what is not there is removed already")
	_, err = dir.Get(digest, 5)
	require.ErrorIs(t, err, blobdir.ErrNotFound)
}

func TestOnlyFilesNamedByADigestAreVisitedAndHalfWrittenOnesGo(t *testing.T) {
	root := t.TempDir()
	dir, err := blobdir.Open(root)
	require.NoError(t, err)
	digest, err := dir.Put(nil)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(dir.Path("blobs", "notes.txt"), nil, 0o600))
	require.NoError(t, os.WriteFile(dir.Path("tmp", "blob-1"), nil, 0o600))
	_, err = blobdir.Open(root)
	require.NoError(t, err)
	require.NoFileExists(t, dir.Path("tmp", "blob-1"))
	var found [][32]byte
	require.NoError(t, dir.Blobs(func(digest [32]byte, path string) error {
		require.Equal(t, dir.BlobPath(digest), path)
		found = append(found, digest)
		return nil
	}))
	require.Equal(t, [][32]byte{digest}, found)
}

func TestDigestsAreWrittenInOneWay(t *testing.T) {
	for text, good := range map[string]bool{
		strings.Repeat("0f", 32): true, strings.Repeat("0F", 32): false, strings.Repeat("0f", 31): false,
		strings.Repeat("0g", 32): false, "": false,
	} {
		_, ok := blobdir.ParseDigest(text)
		require.Equal(t, good, ok, text)
	}
}

func TestAFolderThatCannotBeIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := blobdir.Open(file)
	require.Error(t, err)
}
