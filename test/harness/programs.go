package harness

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// binariesEnv names a folder with built programs, to save building them while working on the tests.
const binariesEnv = "AGORA_E2E_BIN"

// module begins the import path of every package.
const module = "github.com/agora-network/agora/"

// Programs returns a folder with agorad, miner and validator. They are built with
// the flags of the Makefile, whose compiled packages Go then reuses, unless
// AGORA_E2E_BIN names a folder that has them.
func Programs(t testing.TB) string {
	t.Helper()
	if dir := os.Getenv(binariesEnv); dir != "" {
		return dir
	}
	dir := t.TempDir()
	cmd := exec.Command("go", "build", "-p", "2", "-buildvcs=false", "-ldflags", "-s -w", "-o", dir+string(filepath.Separator),
		module+"cmd/agorad", module+"cmd/miner", module+"cmd/validator")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	return dir
}
