package cuda_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// fused is an instruction that multiplies and adds with one rounding; constant is how the compiler writes one to a
// register, the product of two zeros and the number.
var (
	fused    = regexp.MustCompile(`\b[FDH]FMA\S* .*;`)
	constant = regexp.MustCompile(`^HFMA2\S* R\d+, -RZ, RZ, `)
)

// fusedIn compiles a CUDA source and returns the instructions that fuse.
func fusedIn(t *testing.T, source, architecture string) (found []string) {
	t.Helper()
	folder := t.TempDir()
	file, code := filepath.Join(folder, "canon.cu"), filepath.Join(folder, "canon.cubin")
	require.NoError(t, os.WriteFile(file, []byte(source), 0o600))
	out, err := exec.CommandContext(t.Context(), "nvcc", "-O2", "-fmad=false", "-ftz=false", "-prec-div=true", "-prec-sqrt=true", "-arch="+architecture, "-cubin", "-o", code, file).CombinedOutput() //nolint:gosec // fixed arguments
	require.NoError(t, err, "%s\nnvcc takes the C++ compiler that NVCC_CCBIN names", out)
	listing, err := exec.CommandContext(t.Context(), "cuobjdump", "-sass", code).Output() //nolint:gosec // made above
	require.NoError(t, err)
	require.Contains(t, string(listing), "FMUL")
	require.Contains(t, string(listing), "multiplyKernel")
	for _, instruction := range fused.FindAllString(string(listing), -1) {
		if !constant.MatchString(instruction) {
			found = append(found, instruction)
		}
	}
	return found
}

// Division and square root are NVIDIA's own sequences, of which the last step alone rounds to the result, and which fuse
// on their way: they are taken out first.
func TestTheMachineCodeOfAGPUFusesNothing(t *testing.T) {
	for _, tool := range []string{"nvcc", "cuobjdump"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("no CUDA toolkit")
		}
	}
	source, err := os.ReadFile("canon.cu")
	require.NoError(t, err)
	replaced := func(pairs ...string) string {
		text := string(source)
		for i := 0; i < len(pairs); i += 2 {
			require.Equal(t, 1, strings.Count(text, pairs[i]), pairs[i])
			text = strings.Replace(text, pairs[i], pairs[i+1], 1)
		}
		return text
	}
	without := []string{"__fdiv_rn(a, b)", "__fadd_rn(a, b)", "__ddiv_rn(a, b)", "__dadd_rn(a, b)", "__dsqrt_rn(a)", "a"}
	for _, architecture := range []string{"sm_80", "sm_90"} {
		require.Empty(t, fusedIn(t, replaced(without...), architecture), architecture)
		require.NotEmpty(t, fusedIn(t, string(source), architecture), "divisions fuse, and would be seen")
	}
}
