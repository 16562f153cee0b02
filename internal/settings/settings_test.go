package settings_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/internal/settings"
	"github.com/agora-network/agora/internal/settings/settingstest"
)

// baker is a program with a setting of every type.
var baker = settings.Program[bakery]{
	Name: "baker",
	Settings: []settings.Setting{
		{Key: "name", Default: "Ann's \"best\": #1", Help: "What stands over the `door`."},
		{Key: "sorts", Default: []string{"rye", "a, b"}, Help: "What is sold."},
		{Key: "oven.hot", Default: true, Help: "Whether the oven is on."},
		{Key: "oven.loaves", Default: 12, FlagName: "loaves", Help: "Loaves at once, 1 to 20."},
		{Key: "oven.joules", Default: int64(1 << 40), Help: "Energy, in joules."},
		{Key: "oven.code", Default: "1234", Secret: true, Help: "What opens the oven."},
		{Key: "street", Default: uint32(1<<32 - 1), Help: "Number of the house."},
		{Key: "sold", Default: uint64(1<<64 - 1), Help: "Loaves sold so far."},
		{Key: "rest", Default: 90 * time.Second, Help: "How long dough rests. It is a long wait, and longer still when the weather is cold, so that this text is broken over lines."},
	},
	Complete: func(b *bakery, home string) error {
		b.Home = home
		var problems settings.Problems
		settings.Between(&problems, "oven.loaves", b.Oven.Loaves, 1, 20)
		settings.Between(&problems, "rest", b.Rest, time.Second, time.Hour)
		return problems.Err()
	},
}

type bakery struct {
	Home string `mapstructure:"-"`
	Name string `mapstructure:"name"`
	Sign `mapstructure:",squash"`
	Oven struct {
		Hot    bool   `mapstructure:"hot"`
		Loaves int    `mapstructure:"loaves"`
		Joules int64  `mapstructure:"joules"`
		Code   string `mapstructure:"code"`
	} `mapstructure:"oven"`
	Street uint32        `mapstructure:"street"`
	Sold   uint64        `mapstructure:"sold"`
	Rest   time.Duration `mapstructure:"rest"`
}

// Sign is a structure whose fields stand among those of the bakery.
type Sign struct {
	Sorts []string `mapstructure:"sorts"`
}

func TestTheHelpersThatProgramsCheckThemselvesWithAcceptAProgram(t *testing.T) {
	settingstest.CheckDeclarations(t, baker)
	loaded := settingstest.CheckFile(t, baker, "--loaves", "3", "--name", "x: [y")
	require.Equal(t, 3, loaded.Oven.Loaves)
	require.Equal(t, "x: [y", loaded.Name)
	require.Equal(t, []string{"rye", "a, b"}, loaded.Sorts)
	require.Equal(t, uint64(1<<64-1), loaded.Sold)
	require.True(t, filepath.IsAbs(loaded.Home))
}

func TestTheFileIsWhatPeopleRead(t *testing.T) {
	t.Setenv("AGORA_OVEN_CODE", "9999")
	path, err := baker.Init(t.TempDir(), settingstest.Flags(t, baker))
	require.NoError(t, err)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, `# Configuration of an Agora baker.
#
# Every setting can also be given as an environment variable or a flag; the names stand with each. A flag goes over the
# environment, which goes over this file. An unknown name in this file is an error.

# What stands over the `+"`door`"+`. (--name, AGORA_NAME)
name: "Ann's \"best\": #1"

# What is sold. (--sorts, AGORA_SORTS)
sorts: ["rye", "a, b"]

oven:
  # Whether the oven is on. (--oven-hot, AGORA_OVEN_HOT)
  hot: true

  # Loaves at once, 1 to 20. (--loaves, AGORA_OVEN_LOAVES)
  loaves: 12

  # Energy, in joules. (--oven-joules, AGORA_OVEN_JOULES)
  joules: 1099511627776

  # What opens the oven. (AGORA_OVEN_CODE)
  code: "1234"

# Number of the house. (--street, AGORA_STREET)
street: 4294967295

# Loaves sold so far. (--sold, AGORA_SOLD)
sold: 18446744073709551615

# How long dough rests. It is a long wait, and longer still when the weather is cold, so that this text is
# broken over lines. (--rest, AGORA_REST)
rest: "1m30s"
`, string(content), "and a secret of the environment does not get into it")
}

func TestInitLeavesWhatIsThereAloneAndNothingHalfWay(t *testing.T) {
	t.Run("an existing file", func(t *testing.T) {
		home := settingstest.Home(t, "name: Bob\n")
		_, err := baker.Init(home, settingstest.Flags(t, baker))
		require.ErrorContains(t, err, "exists already")
		content, err := os.ReadFile(filepath.Join(home, settings.FileName))
		require.NoError(t, err)
		require.Equal(t, "name: Bob\n", string(content))
	})
	t.Run("a value out of bounds", func(t *testing.T) {
		home := filepath.Join(t.TempDir(), "home")
		_, err := baker.Init(home, settingstest.Flags(t, baker, "--loaves", "21"))
		require.EqualError(t, err, "configuration in flags and environment: oven.loaves: 21 is not between 1 and 20")
		require.NoDirExists(t, home)
	})
	t.Run("a home under a file", func(t *testing.T) {
		parent := filepath.Join(t.TempDir(), "file")
		require.NoError(t, os.WriteFile(parent, nil, 0o600))
		_, err := baker.Init(filepath.Join(parent, "home"), settingstest.Flags(t, baker))
		require.ErrorContains(t, err, "--home")
	})
	t.Run("no temporary file stays behind", func(t *testing.T) {
		home := t.TempDir()
		_, err := baker.Init(home, settingstest.Flags(t, baker))
		require.NoError(t, err)
		entries, err := os.ReadDir(home)
		require.NoError(t, err)
		require.Len(t, entries, 1)
	})
}

func TestFlagsGoOverTheEnvironmentWhichGoesOverTheFileWhichGoesOverTheDefault(t *testing.T) {
	home := settingstest.Home(t, "name: file\nsold: 1\nstreet: 1\n")
	t.Setenv("AGORA_SOLD", "2")
	t.Setenv("AGORA_STREET", "2")
	t.Setenv("AGORA_SORTS", "spelt,oat")
	t.Setenv("AGORA_OVEN_CODE", "9999")
	b, err := baker.Load(home, settingstest.Flags(t, baker, "--street", "3"))
	require.NoError(t, err)
	require.Equal(t, "file", b.Name)
	require.Equal(t, uint64(2), b.Sold, "environment over file")
	require.Equal(t, uint32(3), b.Street, "flag over environment")
	require.Equal(t, []string{"spelt", "oat"}, b.Sorts)
	require.Equal(t, "9999", b.Oven.Code)
	require.Equal(t, 90*time.Second, b.Rest, "default, and not the default of the flag over the file")
}

func TestWhatCannotBeReadIsRefusedWithTheReason(t *testing.T) {
	for name, c := range map[string]struct{ content, says string }{
		"not YAML":                     {"a: [", "config.yaml"},
		"a misspelt name":              {"nmae: x\n", "nmae"},
		"a misspelt name in a section": {"oven:\n  cold: true\n", "cold"},
		"a text for a number":          {"sold: many\n", "sold"},
		"two values out of bounds":     {"rest: 0s\noven:\n  loaves: 0\n", "oven.loaves: 0 is not between 1 and 20\nrest: 0s is not between 1s and 1h0m0s"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := baker.Load(settingstest.Home(t, c.content), nil)
			require.ErrorContains(t, err, c.says)
		})
	}
	home := t.TempDir()
	_, err := baker.Load(home, nil)
	require.EqualError(t, err, "there is no configuration at "+filepath.Join(home, settings.FileName)+"; make one with `baker init --home "+home+" --chain-id ID`")
}

func TestTheHomeFollowsFromTheNameUnlessTheEnvironmentSaysOtherwise(t *testing.T) {
	t.Setenv("HOME", "/ann")
	require.Equal(t, "/ann/.agora/baker", baker.DefaultHome())
	t.Setenv("AGORA_BAKER_HOME", "/srv/baker")
	require.Equal(t, "/srv/baker", baker.DefaultHome())
	require.Equal(t, "AGORA_BAKER_HOME", baker.HomeEnv())
}

func TestFlagsAreOnlyThoseThatAreWanted(t *testing.T) {
	flags := pflag.NewFlagSet("baker", pflag.ContinueOnError)
	baker.AddFlags(flags, "oven.", "name")
	names := []string{}
	flags.VisitAll(func(flag *pflag.Flag) { names = append(names, flag.Name) })
	require.Equal(t, []string{"loaves", "name", "oven-hot", "oven-joules"}, names)
	require.Equal(t, "loaves", baker.Flag("oven.loaves"))
	require.Equal(t, "oven.code", baker.Flag("oven.code"), "a secret has none")
}

func TestProblemsSayWhichSettingIsWrong(t *testing.T) {
	const address = "agora10xcqpzrky6eff2g52qdye53xkk9jxkvrymqh7g"
	for name, c := range map[string]struct {
		check func(*settings.Problems)
		says  string
	}{
		"a choice":                {func(p *settings.Problems) { p.OneOf("k", "b", "a", "b") }, ""},
		"no choice":               {func(p *settings.Problems) { p.OneOf("k", "c", "a", "b") }, `k: "c" is none of ["a" "b"]`},
		"an address to listen on": {func(p *settings.Problems) { p.HostPort("k", "127.0.0.1:0") }, ""},
		"none to listen on":       {func(p *settings.Problems) { p.HostPort("k", "127.0.0.1") }, `k: "127.0.0.1" is not host:port`},
		"an account":              {func(p *settings.Problems) { p.Address("k", address) }, ""},
		"no account":              {func(p *settings.Problems) { p.Address("k", "agora1") }, "k: "},
		"a base URL":              {func(p *settings.Problems) { p.Endpoint("k", "https://a.example") }, ""},
		"no base URL":             {func(p *settings.Problems) { p.Endpoint("k", "a.example") }, "k: "},
		"a good chain": {func(p *settings.Problems) {
			settings.Chain{Endpoints: []string{"http://a:1"}, FeeGranter: address}.Check(p)
		}, ""},
		"a chain without nodes": {func(p *settings.Problems) { settings.Chain{}.Check(p) }, "chain.endpoints: none given"},
		"a good keyring":        {func(p *settings.Problems) { settings.Keyring{Backend: "file", Hotkey: "h"}.Check(p) }, ""},
		"a keyring without key": {func(p *settings.Problems) { settings.Keyring{Backend: "file"}.Check(p) }, "keyring.hotkey: none given"},
		"a good log":            {func(p *settings.Problems) { settings.Log{Level: "warn", Format: "json"}.Check(p) }, ""},
		"a log of no level":     {func(p *settings.Problems) { settings.Log{Format: "json"}.Check(p) }, "log.level: "},
	} {
		t.Run(name, func(t *testing.T) {
			var problems settings.Problems
			c.check(&problems)
			if c.says == "" {
				require.NoError(t, problems.Err())
				return
			}
			require.ErrorContains(t, problems.Err(), c.says)
		})
	}
}

func TestOnlyAChainWithAnIDCanBeTalkedTo(t *testing.T) {
	require.NoError(t, settings.Chain{ID: "agora-1"}.Require())
	require.ErrorContains(t, settings.Chain{}.Require(), "--chain-id")
}

func TestTheKeyringIsInTheHomeUnlessSaidOtherwise(t *testing.T) {
	require.Equal(t, "/home", settings.Keyring{}.Folder("/home"))
	require.Equal(t, "/keys", settings.Keyring{Dir: "/keys"}.Folder("/home"))
}

func TestThePassphraseIsTheFirstLineOfItsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "passphrase")
	require.NoError(t, os.WriteFile(path, []byte("secret words\r\nmore\n"), 0o600))
	keys := settings.Keyring{PassphraseFile: path}
	passphrase, err := keys.ReadPassphrase()
	require.NoError(t, err)
	require.Equal(t, "secret words", passphrase)
	keys.PassphraseFile = path + ".absent"
	_, err = keys.ReadPassphrase()
	require.ErrorContains(t, err, "passphrase_file")
	require.True(t, errors.Is(err, os.ErrNotExist))
	keys.Passphrase = "of the environment"
	passphrase, err = keys.ReadPassphrase()
	require.NoError(t, err)
	require.Equal(t, "of the environment", passphrase)
}
