package repotest

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// root is the repository's root, seen from this package's folder, where go test runs.
const root = "../.."

// ignoredFolders hold nothing that is committed.
var ignoredFolders = []string{".git", ".cache", ".gen", "bin", "third_party", "node_modules", "rapid"}

// files returns the repository's files that keep accepts, as slash-separated paths from the root.
// It walks the tree rather than asking git, so that it also works in an unpacked archive and the
// test cache notices new files.
func files(t *testing.T, keep func(name string) bool) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if slices.Contains(ignoredFolders, entry.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		if rel = filepath.ToSlash(rel); entry.Type().IsRegular() && keep(rel) {
			found = append(found, rel)
		}
		return nil
	})
	require.NoError(t, err)
	return found
}

// goFiles returns the Go files of all modules except test data.
func goFiles(t *testing.T) []string {
	t.Helper()
	return files(t, func(name string) bool {
		return path.Ext(name) == ".go" && !strings.Contains(name, "testdata/")
	})
}

func read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	require.NoError(t, err)
	return string(content)
}
