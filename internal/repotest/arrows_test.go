package repotest

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The linter's import rules see direct imports. These tests see what is linked in the end.
func TestWhatIsLinkedStaysSmall(t *testing.T) {
	own := moduleFile(t, ".").Module.Path
	sdk := []string{"github.com/cosmos/cosmos-sdk", "github.com/cometbft", "cosmossdk.io"}
	chain := []string{own + "/app", own + "/x/subnet/keeper", own + "/x/rewards/keeper", "github.com/cometbft/cometbft/node"}
	modules := []string{"github.com/cosmos/cosmos-sdk/x/auth/types", "github.com/cosmos/cosmos-sdk/x/staking"}
	cases := []struct {
		name     string
		packages []string
		without  []string
	}{
		{"the pure rooms work without the SDK", []string{"./benchmark/...", "./blob/...", "./engine/...", "./evidence/...", "./models/...", "./sdk/...", "./wire/...", "./x/rewards/yuma/..."}, sdk},
		{"what runs a benchmark at a desk works without the SDK", []string{"./internal/trial/...", "./internal/workbench/...", "./internal/benchdoc/..."}, sdk},
		{"a benchmark cannot speak to anybody", []string{"./benchmark/..."}, []string{"net/http", "crypto/tls", own + "/engine", own + "/wire", own + "/blob"}},
		{"the chain takes no more of benchmarks than their declaration", []string{"./app/...", "./x/..."}, []string{own + "/benchmark/generate", own + "/benchmark/metric", own + "/benchmark/sandbox", "github.com/tetratelabs/wazero", "go.starlark.net"}},
		{"a scorer for the sandbox is small", []string{"./sdk/scorer"}, []string{own + "/benchmark", "fmt", "reflect", "encoding/json"}},
		{"the daemons do not link the chain", []string{"./cmd/miner", "./cmd/validator"}, chain},
		// They came with an import of a types package once, and with them 8 MB.
		{"the daemons do not link other modules' accounts and stake", []string{"./cmd/miner", "./cmd/validator"}, modules},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			list := exec.Command("go", append([]string{"list", "-deps"}, c.packages...)...)
			list.Dir = root
			out, err := list.Output()
			require.NoError(t, err, "go list %v", c.packages)
			for _, dep := range strings.Fields(string(out)) {
				for _, tree := range c.without {
					assert.False(t, inTree(tree, dep), "%v link %s", c.packages, dep)
				}
			}
		})
	}
}

// inTree tells whether a package is the root of a tree of packages or lies below it.
func inTree(tree, pkg string) bool {
	return pkg == tree || strings.HasPrefix(pkg, tree+"/")
}
