package cuda_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine/cuda"
	"github.com/agora-network/agora/engine/native/canon"
)

// goldenFile is the sha256 of the vector file. It changes only with the arithmetic.
const goldenFile = "150fd06cd04b60738788a901f70bb82c4d807d3aa54cdaa4775f223aa3893bc3"

func write(t *testing.T, path canon.Path) (file []byte, lines []string) {
	t.Helper()
	k, err := canon.For(path)
	require.NoError(t, err)
	var out bytes.Buffer
	lines, err = cuda.Write(&out, k)
	require.NoError(t, err)
	return out.Bytes(), lines
}

func TestEveryPathOfTheProcessorWritesTheSameVectorFile(t *testing.T) {
	for _, path := range canon.Paths() {
		file, _ := write(t, path)
		sum := sha256.Sum256(file)
		require.Equal(t, goldenFile, hex.EncodeToString(sum[:]), path)
	}
}

func TestTheCUDASourceCompiledAsCPlusPlusGivesTheSameBits(t *testing.T) {
	compiler, err := exec.LookPath("c++")
	if err != nil {
		t.Skip("no C++ compiler")
	}
	program := filepath.Join(t.TempDir(), "canon")
	out, err := exec.CommandContext(t.Context(), compiler, "-x", "c++", "-O2", "-ffp-contract=off", "-o", program, "canon.cu").CombinedOutput() //nolint:gosec // fixed arguments
	require.NoError(t, err, "%s", out)
	file, lines := write(t, canon.Generic)
	vectors := filepath.Join(t.TempDir(), "vectors.bin")
	require.NoError(t, os.WriteFile(vectors, file, 0o600))
	said, err := exec.CommandContext(t.Context(), program, vectors).CombinedOutput() //nolint:gosec // made above
	require.NoError(t, err, "%s", said)
	require.Equal(t, strings.Join(lines, " same\n")+" same\n", strings.SplitAfterN(string(said), "\n", 2)[1])

	t.Run("and a changed bit is found", func(t *testing.T) {
		file[len(file)-1] ^= 1
		require.NoError(t, os.WriteFile(vectors, file, 0o600))
		said, err := exec.CommandContext(t.Context(), program, vectors).CombinedOutput() //nolint:gosec // made above
		require.Error(t, err)
		require.Contains(t, string(said), "differs in 1 of 5000")
	})
	t.Run("and a bad file is refused", func(t *testing.T) {
		for _, bad := range [][]byte{nil, []byte("AGCANON2"), file[:100], bytes.Replace(file, []byte{16, 0, 0, 0, 32, 0, 0, 0}, []byte{255, 255, 255, 255, 32, 0, 0, 0}, 1)} {
			require.NoError(t, os.WriteFile(vectors, bad, 0o600))
			err := exec.CommandContext(t.Context(), program, vectors).Run() //nolint:gosec // made above
			var exit *exec.ExitError
			require.ErrorAs(t, err, &exit)
			require.Equal(t, 2, exit.ExitCode())
		}
	})
}
