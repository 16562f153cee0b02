package canon_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheKernelsAreWhatTheGeneratorWrites(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command")
	}
	if _, err := os.Stat("internal/asmgen"); err != nil {
		t.Skip("the source is not here")
	}
	folder := t.TempDir()
	output, err := exec.CommandContext(t.Context(), "go", "run", "./internal/asmgen", folder).CombinedOutput()
	require.NoError(t, err, "%s", output)
	for _, name := range []string{"kernels_amd64.s", "kernels_amd64.go"} {
		want, err := os.ReadFile(filepath.Join(folder, name))
		require.NoError(t, err)
		have, err := os.ReadFile(name)
		require.NoError(t, err)
		require.Equal(t, string(want), string(have), "%s is stale: run go generate", name)
	}
}
