package repotest

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// module is the part of a go.mod file that these tests look at.
type module struct {
	Module  struct{ Path string }
	Go      string
	Replace []struct {
		Old, New struct{ Path, Version string }
	}
}

// moduleFile reads the go.mod of a folder. It needs no network.
func moduleFile(t *testing.T, dir string) module {
	t.Helper()
	out, err := exec.Command("go", "mod", "edit", "-json", filepath.Join(root, dir, "go.mod")).Output()
	require.NoError(t, err)
	var m module
	require.NoError(t, json.Unmarshal(out, &m))
	return m
}

// A replace is invisible to whoever imports the module and is easily left behind after a trial, so
// each one is listed here with its reason.
func TestGoModReplacesOnlyWhatTheSDKReplaces(t *testing.T) {
	known := map[string]string{
		"github.com/99designs/keyring": "github.com/cosmos/keyring",   // the SDK's fork
		"github.com/syndtr/goleveldb":  "github.com/syndtr/goleveldb", // later tags are broken
	}
	for _, r := range moduleFile(t, ".").Replace {
		assert.Equal(t, known[r.Old.Path], r.New.Path, "go.mod replaces %s by %s: remove it, or list it here with its reason", r.Old.Path, r.New.Path)
		assert.NotEmpty(t, r.New.Version, "go.mod replaces %s by a folder", r.Old.Path)
	}
	assert.Empty(t, moduleFile(t, "tools").Replace, "tools/go.mod")
}

func TestBothModulesAskForTheSameGo(t *testing.T) {
	assert.Equal(t, moduleFile(t, ".").Go, moduleFile(t, "tools").Go)
}
