package sandbox

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// entries are the folders of modules in a cache.
func entries(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	return found
}

// score compiles with a fresh runtime and scores once.
func scoreOnce(t *testing.T, options Options, code []byte) int64 {
	t.Helper()
	m, err := open(t, options).Compile(context.Background(), code, small)
	require.NoError(t, err)
	defer m.Close()
	score, err := instance(t, m).Score(context.Background(), &Input{})
	require.NoError(t, err)
	return score
}

func compiledHere(t *testing.T) {
	t.Helper()
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skip("nothing is compiled, so nothing is kept")
	}
}

func TestCompiledCodeIsKeptAndUsedAgain(t *testing.T) {
	compiledHere(t)
	options := Options{CacheDir: filepath.Join(t.TempDir(), "new", "folder")}
	require.EqualValues(t, 7, scoreOnce(t, options, scorerOf(i64(7))))
	kept := entries(t, options.CacheDir)
	require.Len(t, kept, 1)
	files, err := filepath.Glob(filepath.Join(kept[0], "*", "*"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	before, err := os.Stat(files[0])
	require.NoError(t, err)
	require.EqualValues(t, 7, scoreOnce(t, options, scorerOf(i64(7))))
	after, err := os.Stat(files[0])
	require.NoError(t, err)
	require.True(t, os.SameFile(before, after), "it was compiled once more")
	require.Equal(t, before.ModTime(), after.ModTime())
	info, err := os.Stat(options.CacheDir)
	require.NoError(t, err)
	if runtime.GOOS != "windows" {
		require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	}
}

func TestDamagedCodeIsCompiledAnew(t *testing.T) {
	compiledHere(t)
	damage := map[string]func(t *testing.T, dir, file string){
		"a byte that changed": func(t *testing.T, _, file string) {
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			content[len(content)/2] ^= 1
			require.NoError(t, os.WriteFile(file, content, 0o600))
		},
		"a file that was cut": func(t *testing.T, _, file string) { require.NoError(t, os.Truncate(file, 20)) },
		"an empty file":       func(t *testing.T, _, file string) { require.NoError(t, os.Truncate(file, 0)) },
		"a file that is gone": func(t *testing.T, _, file string) { require.NoError(t, os.Remove(file)) },
		"no digest":           func(t *testing.T, dir, _ string) { require.NoError(t, os.Remove(filepath.Join(dir, digestName))) },
		"code that the compiler cannot read, with its digest": func(t *testing.T, dir, file string) {
			require.NoError(t, os.WriteFile(file, []byte("not code"), 0o600))
			require.NoError(t, seal(dir))
		},
	}
	for name, harm := range damage {
		t.Run(name, func(t *testing.T) {
			options := Options{CacheDir: t.TempDir()}
			scoreOnce(t, options, scorerOf(i64(7)))
			dir := entries(t, options.CacheDir)[0]
			files, err := filepath.Glob(filepath.Join(dir, "*", "*"))
			require.NoError(t, err)
			harm(t, dir, files[0])
			require.EqualValues(t, 7, scoreOnce(t, options, scorerOf(i64(7))))
			require.True(t, intact(dir))
		})
	}
}

func TestCodeThatWasNotUsedForLongestIsForgotten(t *testing.T) {
	compiledHere(t)
	options := Options{CacheDir: t.TempDir()}
	old := time.Now()
	for i := range 5 {
		scoreOnce(t, options, scorerOf(i64(int64(i))))
		for _, dir := range entries(t, options.CacheDir) {
			old = old.Add(-time.Hour) // whatever came before is older than what comes next
			require.NoError(t, os.Chtimes(dir, old, old))
		}
	}
	require.Len(t, entries(t, options.CacheDir), 5)
	options.CacheBytes = 1
	scoreOnce(t, options, scorerOf(i64(5)))
	require.Len(t, entries(t, options.CacheDir), 1)
	require.EqualValues(t, 5, scoreOnce(t, options, scorerOf(i64(5))))
}

func TestAFolderThatOthersMayWriteToIsRefused(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("folders have no mode")
	}
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o777)) //nolint:gosec // that is what is refused
	_, err := Open(Options{CacheDir: dir})
	require.ErrorContains(t, err, "others may write there (mode 0777)")
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err = Open(Options{CacheDir: file})
	require.ErrorContains(t, err, "folder of compiled code")
}
