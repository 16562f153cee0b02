package cli

import (
	"net"
	"os"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/benchmarks"
	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/chainclient/chaintest"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"validator": func() { os.Exit(Main()) }})
}

const (
	testChainID = "agora-test-1"
	// words of the hotkey that the scripts recover.
	words = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about"
)

// The scripts see CHAIN, a node on which the hotkey of words.txt holds a permit; POOR, one on which it has nothing;
// OTHER, a node of another chain; NOBODY, an address at which nobody listens; TAKEN, a port that is taken.
func TestScripts(t *testing.T) {
	hotkey := hotkeyOfWords(t)
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
			env.Setenv("CHAIN", newNode(t, hotkey).URL())
			poor := chaintest.NewNode(t, testChainID)
			poor.AddSubnet(1, 10, specNamed(t, benchmarks.Default))
			env.Setenv("POOR", poor.URL())
			env.Setenv("OTHER", chaintest.NewNode(t, "other-9").URL())
			env.Setenv("HOTKEY", hotkey)
			env.Setenv("AGORA_VALIDATOR_HOME", env.WorkDir+"/home")
			return os.WriteFile(env.WorkDir+"/words.txt", []byte(words+"\n"), 0o600)
		},
	})
}

func hotkeyOfWords(t *testing.T) string {
	t.Helper()
	ring, err := chainclient.OpenKeyring(chainclient.KeyringConfig{Backend: chainclient.BackendMemory})
	require.NoError(t, err)
	key, err := ring.Recover("hotkey", words)
	require.NoError(t, err)
	return key.Address()
}

// specNamed is the canonical form of a shipped spec.
func specNamed(t *testing.T, name string) []byte {
	t.Helper()
	text, err := benchmarks.Text(name)
	require.NoError(t, err)
	s, err := spec.Parse(text)
	require.NoError(t, err)
	data, err := spec.Encode(s)
	require.NoError(t, err)
	return data
}

// newNode is a node on which the hotkey has an account, coins and a permit, and whose clock is right.
func newNode(t *testing.T, hotkey string) *chaintest.Node {
	t.Helper()
	node := chaintest.NewNode(t, testChainID)
	node.SetTime(time.Now(), time.Second)
	node.AddAccount(hotkey, 1, 0)
	node.SetBalance(hotkey, "uagora", 5_000_000)
	subnet := node.AddSubnet(1, 10, specNamed(t, benchmarks.Default))
	subnet.Permits = []subnettypes.Permit{{Hotkey: hotkey, Power: 1_000_000}}
	return node
}
