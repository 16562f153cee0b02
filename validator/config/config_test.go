package config

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/internal/settings/settingstest"
)

func TestEveryFieldHasItsSettingAndEverySettingItsField(t *testing.T) {
	settingstest.CheckDeclarations(t, Program)
}

func TestTheFileThatInitWritesReadsBackAsWhatWasGiven(t *testing.T) {
	loaded := settingstest.CheckFile(t, Program,
		"--chain-id", "agora-1", "--netuids", "7,9", "--chain-fee-granter", "agora10xcqpzrky6eff2g52qdye53xkk9jxkvrymqh7g",
		"--chain-endpoints", "http://a:1,http://b:2", "--max-clock-skew", "90s", "--asks-public-only=false")
	require.Equal(t, 90*time.Second, loaded.MaxClockSkew)
	require.Equal(t, []uint32{7, 9}, loaded.Netuids)
	require.Equal(t, []string{"http://a:1", "http://b:2"}, loaded.Chain.Endpoints)
	require.False(t, loaded.Asks.PublicOnly)
}

func TestInitRefusesAValueOutOfBounds(t *testing.T) {
	home := t.TempDir() + "/home"
	_, err := Program.Init(home, settingstest.Flags(t, Program, "--asks-max-concurrent", "0"))
	require.ErrorContains(t, err, "asks.max_concurrent: 0 is not between 1 and 4096")
	require.NoDirExists(t, home)
}

func TestFlagsGoOverTheEnvironmentWhichGoesOverTheFile(t *testing.T) {
	home := settingstest.Home(t, "netuids: [2]\nasks:\n  max_per_miner: 2\n  max_concurrent: 2\nlog:\n  level: warn\n")
	t.Setenv("AGORA_ASKS_MAX_PER_MINER", "3")
	t.Setenv("AGORA_ASKS_MAX_CONCURRENT", "3")
	t.Setenv("AGORA_CHAIN_ENDPOINTS", "http://a:1,http://b:2")
	c, err := Program.Load(home, settingstest.Flags(t, Program, "--asks-max-concurrent", "4"))
	require.NoError(t, err)
	require.Equal(t, []uint32{2}, c.Netuids, "file")
	require.Equal(t, 3, c.Asks.MaxPerMiner, "environment over file")
	require.Equal(t, 4, c.Asks.MaxConcurrent, "flag over environment")
	require.Equal(t, "warn", c.Log.Level)
	require.Equal(t, uint64(128), c.EvidenceKeepEpochs, "default")
	require.Len(t, c.Chain.Endpoints, 2)
}

func TestABadFileIsRefusedWithTheNameOfWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct{ content, says string }{
		"a misspelt name":              {"max_clok_skew: 5s\n", "max_clok_skew"},
		"a misspelt name in a section": {"chain:\n  ids: x\n", "ids"},
		"a miner's setting":            {"keyring:\n  owner: x\n", "owner"},
		"a text for a number":          {"asks:\n  max_concurrent: many\n", "max_concurrent"},
		"a subnet of zero":             {"netuids: [0]\n", "netuids"},
		"a subnet twice":               {"netuids: [4, 4]\n", "netuids"},
		"a subnet that is no number":   {"netuids: [a]\n", "netuids"},
		"an unknown choice":            {"log:\n  format: xml\n", "log.format"},
		"an address that is none":      {"chain:\n  fee_granter: agora1xyz\n", "fee_granter"},
		"an address without a port":    {"admin_listen: 127.0.0.1\n", "admin_listen"},
		"no time to keep evidence":     {"evidence_keep_epochs: 0\n", "evidence_keep_epochs"},
		"a clock that is far off":      {"max_clock_skew: 2h\n", "max_clock_skew: 2h0m0s is not between 5s and 1h0m0s"},
		"a keyring that would ask":     {"keyring:\n  backend: os\n", "keyring.backend"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Program.Load(settingstest.Home(t, c.content), nil)
			require.ErrorContains(t, err, c.says)
		})
	}
}
