package economy

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/agora-network/agora/test/harness"
	"github.com/agora-network/agora/test/script"
)

// TestEconomy runs the scripts, each with a network of its own.
func TestEconomy(t *testing.T) {
	if testing.Short() {
		t.Skip("a whole network takes a minute")
	}
	bin := harness.Programs(t)
	testscript.Run(t, testscript.Params{
		Dir:  "testdata/script",
		Cmds: script.Commands(commands, stageOf),
		Setup: func(env *testscript.Env) error {
			network := harness.NewNetwork(env.T().(testing.TB), bin)
			env.Values[stageKey{}] = &stage{network: network, attended: network.Attend()}
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("PATH", bin+string(os.PathListSeparator)+env.Getenv("PATH"))
			// What the scripts would repeat with every command: answer in JSON; wait until a transaction is in a block,
			// and do not simulate it, so that what is wrong is refused in a block and not before.
			env.Setenv("AGORA_OUTPUT", "json")
			env.Setenv("AGORA_YES", "true")
			env.Setenv("AGORA_WAIT", "true")
			env.Setenv("AGORA_GAS", "1000000")
			return nil
		},
	})
}
