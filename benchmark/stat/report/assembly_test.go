package report_test

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// The golden numbers must come out of gonum's assembly and of its plain Go alike; the tag safe
// chooses the latter.
func TestTheNumbersAreTheSameWithoutAssembly(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles gonum once more")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command")
	}
	output, err := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-tags", "safe", "-short", ".").CombinedOutput()
	require.NoError(t, err, "%s", output)
}
