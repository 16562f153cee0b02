package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

func flagSet(t *testing.T, args ...string) *pflag.FlagSet {
	t.Helper()
	flags := pflag.NewFlagSet("validator", pflag.ContinueOnError)
	AddFlags(flags)
	require.NoError(t, flags.Parse(args))
	return flags
}

func writeFile(t *testing.T, content string) string {
	t.Helper()
	home := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(home, FileName), []byte(content), 0o600))
	return home
}

func TestTheFileThatInitWritesReadsBackAsWhatWasGiven(t *testing.T) {
	home := filepath.Join(t.TempDir(), "new", "home")
	flags := flagSet(t, "--chain-id", "agora-1", "--netuids", "7,9", "--chain-fee-granter", "agora10xcqpzrky6eff2g52qdye53xkk9jxkvrymqh7g",
		"--chain-endpoints", "http://a:1,http://b:2", "--max-clock-skew", "90s", "--asks-public-only")
	given, err := FromFlags(home, flags)
	require.NoError(t, err)
	path, err := Init(home, flags)
	require.NoError(t, err)

	loaded, err := Load(home, nil)
	require.NoError(t, err)
	require.Equal(t, given, loaded)
	require.Equal(t, 90*time.Second, loaded.MaxClockSkew)
	require.Equal(t, []uint32{7, 9}, loaded.Netuids)
	require.True(t, loaded.Asks.PublicOnly)
	require.Equal(t, []string{"http://a:1", "http://b:2"}, loaded.Chain.Endpoints)

	content, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, s := range Settings {
		require.Contains(t, string(content), s.Env(), "every setting is explained in the file")
	}
	for _, line := range strings.Split(string(content), "\n") {
		require.LessOrEqual(t, len(line), 200)
	}
}

func TestInitLeavesWhatIsThereAloneAndNothingHalfWay(t *testing.T) {
	t.Run("an existing file", func(t *testing.T) {
		home := writeFile(t, "netuids: [3]\n")
		_, err := Init(home, flagSet(t))
		require.ErrorContains(t, err, "exists already")
		content, err := os.ReadFile(filepath.Join(home, FileName))
		require.NoError(t, err)
		require.Equal(t, "netuids: [3]\n", string(content))
	})
	t.Run("a value out of bounds", func(t *testing.T) {
		home := filepath.Join(t.TempDir(), "home")
		_, err := Init(home, flagSet(t, "--asks-max-concurrent", "0"))
		require.ErrorContains(t, err, "asks.max_concurrent")
		require.NoDirExists(t, home)
	})
	t.Run("a home under a file", func(t *testing.T) {
		parent := filepath.Join(t.TempDir(), "file")
		require.NoError(t, os.WriteFile(parent, nil, 0o600))
		_, err := Init(filepath.Join(parent, "home"), flagSet(t))
		require.ErrorContains(t, err, "--home")
	})
	t.Run("no temporary file stays behind", func(t *testing.T) {
		home := t.TempDir()
		_, err := Init(home, flagSet(t))
		require.NoError(t, err)
		entries, err := os.ReadDir(home)
		require.NoError(t, err)
		require.Len(t, entries, 1)
	})
}

func TestFlagsGoOverTheEnvironmentWhichGoesOverTheFile(t *testing.T) {
	home := writeFile(t, "netuids: [2]\nasks:\n  max_per_miner: 2\n  max_concurrent: 2\nlog:\n  level: warn\n")
	t.Setenv("AGORA_ASKS_MAX_PER_MINER", "3")
	t.Setenv("AGORA_ASKS_MAX_CONCURRENT", "3")
	t.Setenv("AGORA_CHAIN_ENDPOINTS", "http://a:1,http://b:2")
	c, err := Load(home, flagSet(t, "--asks-max-concurrent", "4"))
	require.NoError(t, err)
	require.Equal(t, []uint32{2}, c.Netuids, "file")
	require.Equal(t, 3, c.Asks.MaxPerMiner, "environment over file")
	require.Equal(t, 4, c.Asks.MaxConcurrent, "flag over environment")
	require.Equal(t, "warn", c.Log.Level)
	require.Equal(t, uint64(128), c.EvidenceKeepEpochs, "default")
	require.Len(t, c.Chain.Endpoints, 2)
}

func TestAFlagLeftAtItsDefaultDoesNotGoOverTheFile(t *testing.T) {
	home := writeFile(t, "max_clock_skew: 6s\n")
	c, err := Load(home, flagSet(t))
	require.NoError(t, err)
	require.Equal(t, 6*time.Second, c.MaxClockSkew)
}

func TestABadFileIsRefusedWithTheNameOfWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct{ content, says string }{
		"a misspelt name":              {"max_clok_skew: 5s\n", "max_clok_skew"},
		"a misspelt name in a section": {"chain:\n  ids: x\n", "ids"},
		"a text for a number":          {"asks:\n  max_concurrent: many\n", "max_concurrent"},
		"a subnet of zero":             {"netuids: [0]\n", "netuids"},
		"a subnet twice":               {"netuids: [4, 4]\n", "netuids"},
		"a subnet that is no number":   {"netuids: [a]\n", "netuids"},
		"not YAML":                     {"a: [", "config.yaml"},
		"an unknown choice":            {"log:\n  format: xml\n", "log.format"},
		"an address that is none":      {"chain:\n  fee_granter: agora1xyz\n", "fee_granter"},
		"an address without a port":    {"admin_listen: 127.0.0.1\n", "admin_listen"},
		"no time to keep evidence":     {"evidence_keep_epochs: 0\n", "evidence_keep_epochs"},
		"a keyring that would ask":     {"keyring:\n  backend: os\n", "keyring.backend"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(writeFile(t, c.content), nil)
			require.ErrorContains(t, err, c.says)
		})
	}
	_, err := Load(t.TempDir(), nil)
	require.ErrorContains(t, err, "validator init")
}

func TestEveryFieldHasItsSettingAndEverySettingItsField(t *testing.T) {
	keys := map[string]bool{}
	collect(reflect.TypeFor[Config](), "", keys)
	for _, s := range Settings {
		require.True(t, keys[s.Key], s.Key)
		require.NotEmpty(t, s.Help, s.Key)
		delete(keys, s.Key)
	}
	require.Empty(t, keys)
}

func collect(structure reflect.Type, prefix string, keys map[string]bool) {
	for i := range structure.NumField() {
		field := structure.Field(i)
		tag := field.Tag.Get("mapstructure")
		switch {
		case tag == "-":
		case field.Type.Kind() == reflect.Struct:
			collect(field.Type, prefix+tag+".", keys)
		default:
			keys[prefix+tag] = true
		}
	}
}

func TestSecretsHaveNoFlag(t *testing.T) {
	flags := flagSet(t)
	for _, s := range Settings {
		if s.Secret {
			require.Nil(t, flags.Lookup(strings.NewReplacer(".", "-", "_", "-").Replace(s.Key)), s.Key)
		}
	}
}

func TestThePassphraseIsTheFirstLineOfItsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "passphrase")
	require.NoError(t, os.WriteFile(path, []byte("secret words\r\nmore\n"), 0o600))
	c := &Config{Keys: Keys{PassphraseFile: path}}
	passphrase, err := c.Passphrase()
	require.NoError(t, err)
	require.Equal(t, "secret words", passphrase)
	c.Keys.PassphraseFile = path + ".absent"
	_, err = c.Passphrase()
	require.ErrorContains(t, err, "passphrase_file")
}
