package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/localnet/view"
	"github.com/agora-network/agora/test/harness"
	"github.com/agora-network/agora/test/script"
)

const benchmarksPage = "../../docs/benchmarks.md"

// epochsLater is what a reader of the page waits for.
var epochsLater = regexp.MustCompile(`^(\d+) epochs later$`)

// Every block of commands of the page runs, in order, on a network as the page wants one; none may fail.
func TestTheCommandsOfThePageOnBenchmarksWork(t *testing.T) {
	if testing.Short() {
		t.Skip("a whole network takes minutes")
	}
	page, err := script.Page(benchmarksPage)
	require.NoError(t, err)
	bin := harness.Programs(t)
	n := &network{harness.NewNetwork(t, bin)}
	n.Up("--block-time", "500ms", "--tempo", "16")

	home := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(home, ".agora"), 0o700))
	require.NoError(t, os.Symlink(n.Home, filepath.Join(home, ".agora", "localnet")))
	shell, err := script.NewShell(t, home, "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	require.NoError(t, err)

	var said strings.Builder
	blocks := 0
	for _, piece := range page {
		switch {
		case piece.Wait != "":
			match := epochsLater.FindStringSubmatch(piece.Wait)
			require.NotNil(t, match, "what should the test wait for? %q", piece.Wait)
			count, err := strconv.ParseUint(match[1], 10, 32)
			require.NoError(t, err)
			last := n.Status().Epoch.Index + count
			n.until(piece.Wait, func(s *view.Snapshot) bool { return s.Epoch.Index >= last })
		case piece.Language == "sh":
			out, err := shell.Copy(piece.Text)
			require.NoError(t, err)
			said.WriteString(out)
			blocks++
		default:
			for _, program := range []string{"agorad ", "validator ", "miner "} {
				require.False(t, strings.HasPrefix(piece.Text, program), "commands stand in blocks of sh, so that they are tested:\n%s", piece.Text)
			}
		}
	}
	require.Greater(t, blocks, 10)
	for _, text := range []string{
		"sums.yaml: ok",                           // lint
		"score 1000000000",                        // score
		"the same benchmark",                      // what was published is the file
		"root and weights were compared with the", // replay
		"everything agrees",
	} {
		require.Contains(t, said.String(), text)
	}
}

// The page is found from the first page and from that for owners.
func TestThePageOnBenchmarksIsLinked(t *testing.T) {
	for _, from := range []string{"../../README.md", "../../docs/for-subnet-owners.md"} {
		text, err := os.ReadFile(from)
		require.NoError(t, err)
		require.True(t, strings.Contains(string(text), "benchmarks.md"), from)
	}
}
