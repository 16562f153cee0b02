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
	flags := pflag.NewFlagSet("miner", pflag.ContinueOnError)
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
	flags := flagSet(t, "--chain-id", "agora-1", "--netuid", "7", "--allow", "agora10xcqpzrky6eff2g52qdye53xkk9jxkvrymqh7g",
		"--chain-endpoints", "http://a:1,http://b:2", "--request-timeout", "90s", "--backend", "replay=native=basics-weak")
	given, err := FromFlags(home, flags)
	require.NoError(t, err)
	path, err := Init(home, flags)
	require.NoError(t, err)

	loaded, err := Load(home, nil)
	require.NoError(t, err)
	require.Equal(t, given, loaded)
	require.Equal(t, 90*time.Second, loaded.RequestTimeout)
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
		home := writeFile(t, "netuid: 3\n")
		_, err := Init(home, flagSet(t))
		require.ErrorContains(t, err, "exists already")
		content, err := os.ReadFile(filepath.Join(home, FileName))
		require.NoError(t, err)
		require.Equal(t, "netuid: 3\n", string(content))
	})
	t.Run("a value out of bounds", func(t *testing.T) {
		home := filepath.Join(t.TempDir(), "home")
		_, err := Init(home, flagSet(t, "--max-concurrent", "0"))
		require.ErrorContains(t, err, "max_concurrent")
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
	home := writeFile(t, "netuid: 2\nmax_queue: 2\nmax_tokens: 2\nlog:\n  level: warn\n")
	t.Setenv("AGORA_MAX_QUEUE", "3")
	t.Setenv("AGORA_MAX_TOKENS", "3")
	t.Setenv("AGORA_ALLOW", "agora10xcqpzrky6eff2g52qdye53xkk9jxkvrymqh7g,agora1a0qwuze2h85zw7nqpsj3ga0z9geyrgwpjyaey9")
	c, err := Load(home, flagSet(t, "--max-tokens", "4"))
	require.NoError(t, err)
	require.EqualValues(t, 2, c.Netuid, "file")
	require.Equal(t, 3, c.MaxQueue, "environment over file")
	require.Equal(t, 4, c.MaxTokens, "flag over environment")
	require.Equal(t, "warn", c.Log.Level)
	require.Equal(t, 4, c.MaxConcurrent, "default")
	require.Len(t, c.Allow, 2)
}

func TestAFlagLeftAtItsDefaultDoesNotGoOverTheFile(t *testing.T) {
	home := writeFile(t, "max_tokens: 2\n")
	c, err := Load(home, flagSet(t))
	require.NoError(t, err)
	require.Equal(t, 2, c.MaxTokens)
}

func TestABadFileIsRefusedWithTheNameOfWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct{ content, says string }{
		"a misspelt name":              {"max_tokns: 5\n", "max_tokns"},
		"a misspelt name in a section": {"chain:\n  ids: x\n", "ids"},
		"a text for a number":          {"max_tokens: many\n", "max_tokens"},
		"not YAML":                     {"a: [", "config.yaml"},
		"an unknown choice":            {"log:\n  format: xml\n", "log.format"},
		"an address that is none":      {"allow: [agora1xyz]\n", "allow"},
		"a short API key":              {"api_keys: [abc]\n", "api_keys"},
		"an address without a port":    {"listen: 127.0.0.1\n", "listen"},
		"an endpoint of no scheme":     {"advertise: miner.example\n", "advertise"},
		"a subnet of zero":             {"netuid: 0\n", "netuid"},
		"a keyring that would ask":     {"keyring:\n  backend: os\n", "keyring.backend"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(writeFile(t, c.content), nil)
			require.ErrorContains(t, err, c.says)
		})
	}
	_, err := Load(t.TempDir(), nil)
	require.ErrorContains(t, err, "miner init")
}

func TestEveryFieldHasItsSettingAndEverySettingItsField(t *testing.T) {
	keys := map[string]any{}
	collectValues(reflect.ValueOf(Config{}), "", keys)
	for _, s := range Settings {
		require.Contains(t, keys, s.Key)
		require.NotEmpty(t, s.Help, s.Key)
		delete(keys, s.Key)
	}
	require.Empty(t, keys)
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
