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
		{"the pure rooms work without the SDK", []string{"./benchmark/...", "./engine/...", "./evidence/...", "./models/...", "./wire/...", "./x/rewards/yuma/..."}, sdk},
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
