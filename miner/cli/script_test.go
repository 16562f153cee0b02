package cli

import (
	"net"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"miner": func() { os.Exit(Main()) }})
}

// The scripts see NOBODY, an address at which nobody listens as a chain, and TAKEN, a port that is taken.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			env.Defer(func() { _ = taken.Close() })
			env.Setenv("TAKEN", taken.Addr().String())
			env.Setenv("NOBODY", "http://127.0.0.1:1")
			env.Setenv("AGORA_MINER_HOME", env.WorkDir+"/home")
			return nil
		},
	})
}
