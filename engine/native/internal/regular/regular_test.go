package regular_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine/native/internal/regular"
)

func TestOnlyRegularFilesAreOpened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "weights")
	require.NoError(t, os.WriteFile(path, []byte("12345"), 0o600))
	file, size, err := regular.Open(path)
	require.NoError(t, err)
	require.EqualValues(t, 5, size)
	require.NoError(t, file.Close())

	_, _, err = regular.Open(filepath.Dir(path))
	require.ErrorIs(t, err, regular.ErrNotRegular)
	require.ErrorContains(t, err, filepath.Dir(path))
	_, _, err = regular.Open(path + ".missing")
	require.ErrorIs(t, err, fs.ErrNotExist)
}
