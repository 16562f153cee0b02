package benchmarks_test

import (
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/benchmarks"
)

// page tells what the examples are and what is reached in them; the commands in it are run by test/e2e.
const page = "../docs/benchmarks.md"

func readPage(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	return string(text)
}

// Every block of YAML says something that a spec may say: put into the benchmark of a new network it makes a valid one.
func TestEveryBlockOfYAMLOfThePageIsPartOfAValidSpec(t *testing.T) {
	base, err := benchmarks.Text(benchmarks.Default)
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$").FindAllStringSubmatch(readPage(t), -1)
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		var whole, part map[string]any
		require.NoError(t, yaml.Unmarshal(base, &whole))
		require.NoError(t, yaml.Unmarshal([]byte(block[1]), &part), block[1])
		maps.Copy(whole, part)
		text, err := yaml.Marshal(whole)
		require.NoError(t, err)
		_, err = spec.Parse(text)
		require.NoError(t, err, block[1])
	}
}

func TestThePageNamesEveryShippedSpecTwice(t *testing.T) {
	text := readPage(t)
	for _, name := range benchmarks.Names() {
		// Once for what it shows, once for what is reached in it.
		require.Equal(t, 2, strings.Count(text, "| [`"+name+"`](../benchmarks/"+name+".yaml) |"), name)
	}
}
