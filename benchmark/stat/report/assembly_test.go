package report_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark/stat"
	"github.com/agora-network/agora/benchmark/stat/report"
)

// Many reports on random samples. That all platforms agree on these is luck where a result lies on a
// rounding edge, and no promise; that assembly and plain Go agree on the same machine is what it is for.
func TestTheReportedIntegersAreFixed(t *testing.T) {
	hash, random := sha256.New(), rand.New(rand.NewPCG(7, 8))
	sample := func(n int, shift int64) []int64 {
		out := make([]int64, n)
		for i := range out {
			out[i] = min(random.Int64N(stat.One)+shift, stat.One)
		}
		return out
	}
	put := func(result any, err error) {
		require.NoError(t, err)
		_, _ = fmt.Fprintln(hash, result)
	}
	for n := 2; n < 150; n++ {
		a, b := sample(n, 0), sample(n, stat.One/20)
		put(report.PairedT(a, b, alpha5))
		put(report.Welch(a, b, alpha5))
		put(report.Wilcoxon(a, b))
		put(report.Wilson(n/3, n, alpha5))
		put(report.ClopperPearson(n/3, n, alpha5))
		if n%10 == 0 {
			put(report.Bootstrap(a, report.Mean, 300, alpha5, stream()))
		}
		if n%15 != 0 {
			continue
		}
		games, err := stat.FromScores([][]int64{a, b, sample(n, 0), sample(n, stat.One/30), sample(n, 0), sample(n, 0)})
		require.NoError(t, err)
		for _, prior := range []int64{0, stat.One} {
			strengths, err := stat.BradleyTerry(games, prior)
			require.NoError(t, err)
			errors, err := report.NewStrengthErrors(games, strengths, prior)
			require.NoError(t, err)
			for player := range strengths {
				put(errors.Of(player), nil)
				put(errors.Between(0, player), nil)
			}
		}
	}
	require.Equal(t, "1d30fa949ee6bd33cdeee870a3540e0fdb030bc177653c06e3a2dfd99dc574bd", hex.EncodeToString(hash.Sum(nil)))
}

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
