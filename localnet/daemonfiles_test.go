package localnet

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	minerconfig "github.com/agora-network/agora/miner/config"
	validatorconfig "github.com/agora-network/agora/validator/config"
)

func TestTheFilesOfDaemonsNameTheNetworkOfEachStartAndKeepWhatElseTheySay(t *testing.T) {
	n := &network{home: Home(t.TempDir()), plan: newPlan(Settings{Nodes: 2, Validators: 2, Miners: 1, BlockTime: 1, Tempo: 10, Benchmarks: 1})}
	minerHome, validatorHome := n.home.MinerHome("miner-1"), n.home.ValidatorHome("validator-2")
	path, err := minerconfig.Program.Init(minerHome, nil)
	require.NoError(t, err)
	_, err = validatorconfig.Program.Init(validatorHome, nil)
	require.NoError(t, err)
	first, err := os.ReadFile(path)
	require.NoError(t, err)

	for port := 20_001; port < 20_200; port += 100 {
		next := port
		for _, slot := range n.plan.ports() {
			*slot.port = next
			next++
		}
		require.NoError(t, n.configureDaemons())
		m, err := minerconfig.Program.Load(minerHome, nil)
		require.NoError(t, err)
		require.Equal(t, n.plan.endpoints(0), m.Chain.Endpoints)
		require.Equal(t, address(n.plan.Miners[0].Port), m.Listen)
		require.Equal(t, address(n.plan.Miners[0].MetricsPort), m.Admin)
		v, err := validatorconfig.Program.Load(validatorHome, nil)
		require.NoError(t, err)
		require.Equal(t, n.plan.endpoints(1), v.Chain.Endpoints)
		require.Equal(t, address(n.plan.Validators[1].Port), v.Admin)
	}
	defaults, ok := withSettings(string(first), nil)
	require.True(t, ok)
	require.Equal(t, string(first), defaults)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestAFileInAnotherFormIsLeftAlone(t *testing.T) {
	for name, content := range map[string]string{
		"a list in several lines": "chain:\n  endpoints:\n    - http://a:1\n",
		"no such setting":         "log:\n  level: debug\n",
		"no YAML":                 "chain: [",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "config.yaml")
			require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
			require.NoError(t, setInFile(filepath.Dir(path), fileSetting{"chain.endpoints", `["http://b:2"]`}))
			after, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, content, string(after))
		})
	}
}
