package registry

import (
	"os"
	"testing"

	svrcmd "github.com/cosmos/cosmos-sdk/server/cmd"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/agora-network/agora/cmd/agorad/cmd"
	"github.com/agora-network/agora/cmd/agorad/human"
	minercli "github.com/agora-network/agora/miner/cli"
	"github.com/agora-network/agora/test/script"
	validatorcli "github.com/agora-network/agora/validator/cli"
)

// TestMain lets the test's own program stand for those that the stories run: one is linked, not four.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"agorad":    agorad,
		"miner":     func() { os.Exit(minercli.Main()) },
		"validator": func() { os.Exit(validatorcli.Main()) },
	})
}

// agorad is what cmd/agorad is.
func agorad() {
	root := cmd.NewRootCommand()
	if err := svrcmd.Execute(root, cmd.EnvPrefix, cmd.DefaultNodeHome); err != nil {
		os.Exit(human.Report(root, os.Args[1:], err))
	}
}

// TestLives runs the stories.
func TestLives(t *testing.T) {
	if testing.Short() {
		t.Skip("the stories take two minutes")
	}
	testscript.Run(t, testscript.Params{
		Dir:  "testdata/script",
		Cmds: script.Commands(commands, stageOf),
		Setup: func(env *testscript.Env) error {
			env.Values[stageKey{}] = &stage{t: env.T().(testing.TB)}
			env.Setenv("HOME", env.WorkDir)
			settle(env.Setenv)
			return nil
		},
	})
}

// settle spares the stories what they would repeat with every command: to answer in JSON; to wait until a transaction is in a block, and
// not to simulate it, so that what is wrong is refused in a block and not before.
func settle(setenv func(name, value string)) {
	for name, value := range map[string]string{
		"AGORA_OUTPUT": "json", "AGORA_YES": "true", "AGORA_WAIT": "true", "AGORA_GAS": "2000000", "AGORA_FEES": "2000uagora",
	} {
		setenv(name, value)
	}
}
