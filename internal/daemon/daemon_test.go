package daemon

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/internal/settings"
)

const words = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about"

// porter is a daemon with nothing but the keys that every daemon has.
var porter = settings.Program[porterConfig]{
	Name: "porter",
	Settings: []settings.Setting{
		{Key: "keyring.backend", Default: "test", Help: "Where keys are."},
		{Key: "keyring.dir", Default: "", Help: "Folder of the keys."},
		{Key: "keyring.passphrase_file", Default: "", Help: "File of the passphrase."},
		{Key: "keyring.passphrase", Default: "", Secret: true, Help: "Passphrase."},
		{Key: "keyring.hotkey", Default: "hotkey", Help: "Name of the key."},
	},
	Complete: func(c *porterConfig, home string) error { c.Home = home; return nil },
}

type porterConfig struct {
	Home string           `mapstructure:"-"`
	Keys settings.Keyring `mapstructure:"keyring"`
}

func keysOf(c *porterConfig) Keys { return Keys{Home: c.Home, Keyring: c.Keys} }

// runPorter runs a command line of a program that also has the command end, which ends with result.
func runPorter(t *testing.T, in string, result error, args ...string) (code int, out, errOut string) {
	t.Helper()
	end := &cobra.Command{Use: "end", Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error { return result }}
	root := Root(porter, &cobra.Command{Short: "Open doors"},
		InitCommand(porter, "porter init"), AddJSONFlag(VersionCommand(porter.Name, "porter version")), KeysAddCommand(porter, keysOf, "porter add k"), end)
	var stdout, stderr bytes.Buffer
	code = Run(t.Context(), root, args, strings.NewReader(in), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

func TestTheExitCodeSaysWhoseFaultItIs(t *testing.T) {
	for name, c := range map[string]struct {
		args   []string
		result error
		code   int
		says   string
	}{
		"no command shows the help":                         {nil, nil, 0, ""},
		"a command that worked":                             {[]string{"end"}, nil, 0, ""},
		"a command that failed":                             {[]string{"end"}, errors.New("the door is stuck"), ExitFailed, "Error: the door is stuck\n"},
		"a command that found something wrong and said so":  {[]string{"end"}, ErrUnwell, ExitUnwell, ""},
		"a command line that a command does not understand": {[]string{"end"}, UsageError(errors.New("which door?")), ExitUsage, "Error: which door?\nRun `porter end --help` for what there is.\n"},
		"an unknown command":                                {[]string{"knock"}, nil, ExitUsage, "Run `porter --help`"},
		"an unknown flag":                                   {[]string{"end", "--loud"}, nil, ExitUsage, "Run `porter end --help`"},
		"an argument too many":                              {[]string{"end", "now"}, nil, ExitUsage, "Run `porter end --help`"},
		"an argument missing":                               {[]string{"add"}, nil, ExitUsage, "Run `porter add --help`"},
		"an unknown format":                                 {[]string{"version", "--output", "xml"}, nil, ExitUsage, `--output "xml": want text or json`},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, errOut := runPorter(t, "", c.result, c.args...)
			require.Equal(t, c.code, code, errOut)
			if c.says == "" {
				require.Empty(t, errOut)
			}
			require.Contains(t, errOut, c.says)
		})
	}
}

func TestAResultIsTheSameInWordsAndAsJSON(t *testing.T) {
	_, text, _ := runPorter(t, "", nil, "version")
	require.Contains(t, text, "porter unreleased (go")
	_, first, _ := runPorter(t, "", nil, "version", "--output", "json")
	_, second, _ := runPorter(t, "", nil, "version", "--json")
	require.Equal(t, first, second)
	var result struct{ Version, Wire string }
	require.NoError(t, json.Unmarshal([]byte(first), &result))
	require.Equal(t, "unreleased", result.Version)
	require.Contains(t, text, result.Wire)
}

func TestAKeyIsMadeOrRecoveredAndFoundByItsNameOrAddress(t *testing.T) {
	home := filepath.Join(t.TempDir(), "home")
	code, _, errOut := runPorter(t, "", nil, "add", "hotkey", "--home", home)
	require.Equal(t, ExitFailed, code)
	require.Contains(t, errOut, "porter init --home "+home)
	code, out, errOut := runPorter(t, "", nil, "init", "--home", home)
	require.Zero(t, code, errOut)
	require.Contains(t, out, "next: porter keys add hotkey --home "+home)

	code, out, errOut = runPorter(t, "", nil, "add", "hotkey", "--home", home, "--output", "json")
	require.Zero(t, code, errOut)
	var made struct{ Name, Address, Mnemonic string }
	require.NoError(t, json.Unmarshal([]byte(out), &made))
	require.Len(t, strings.Fields(made.Mnemonic), 24)

	code, out, errOut = runPorter(t, words, nil, "add", "old", "--recover", "--home", home)
	require.Zero(t, code, errOut)
	require.NotContains(t, out, "abandon", "words that were given are not shown")
	code, _, errOut = runPorter(t, "\n", nil, "add", "older", "--recover", "--home", home)
	require.Equal(t, ExitFailed, code)
	require.Contains(t, errOut, "standard input")

	keys := Keys{Home: home, Keyring: settings.Keyring{Backend: "test"}}
	address, err := keys.Address("hotkey")
	require.NoError(t, err)
	require.Equal(t, made.Address, address)
	elsewhere, err := Keys{}.Address(made.Address)
	require.NoError(t, err, "an address needs no keyring")
	require.Equal(t, made.Address, elsewhere)
	all, err := keys.Named(nil)
	require.NoError(t, err)
	require.Len(t, all, 2)
	one, err := keys.Named([]string{"hotkey"})
	require.NoError(t, err)
	require.Equal(t, made.Address, one[0].Address)
	_, err = keys.Named([]string{"nobody"})
	require.ErrorContains(t, err, "nobody")
	_, err = keys.Address("nobody")
	require.ErrorContains(t, err, "nobody")
	keys.PassphraseFile = home + "/absent"
	_, err = keys.Key("hotkey")
	require.ErrorContains(t, err, "passphrase_file")
}

func TestALogIsWrittenAtItsLevelInItsFormat(t *testing.T) {
	var out bytes.Buffer
	NewLogger(settings.Log{Level: "warn", Format: "json"}, &out).Info("not seen")
	require.Empty(t, out.String())
	NewLogger(settings.Log{Level: "debug", Format: "json"}, &out).Debug("seen")
	require.Contains(t, out.String(), `"msg":"seen"`)
	NewLogger(settings.Log{Level: "info", Format: "text"}, &out).Info("plain")
	require.Contains(t, out.String(), "msg=plain")
}

func TestAChainIsConnectedToByItsID(t *testing.T) {
	chain := settings.Chain{Endpoints: []string{"http://127.0.0.1:1"}}
	_, err := Connect(chain, nil)
	require.ErrorContains(t, err, "--chain-id")
	chain.ID = "agora-1"
	_, err = Connect(chain, nil)
	require.NoError(t, err, "nothing is asked yet")
}

func TestAHomeThatCannotBeWrittenIsFoundEarly(t *testing.T) {
	require.NoError(t, CheckWritable(t.TempDir()))
	require.ErrorContains(t, CheckWritable(filepath.Join(t.TempDir(), "absent")), "--home")
}

func TestAPageIsReadUpToItsLimitAndAnAbsentDaemonIsTold(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte(r.URL.Path + " is long"))
	}))
	address := strings.TrimPrefix(server.URL, "http://")
	status, page, err := ReadPage(t.Context(), address, "/readyz", 7)
	require.NoError(t, err)
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Equal(t, "/readyz", string(page))
	server.Close()
	_, _, err = ReadPage(t.Context(), address, "/readyz", 7)
	require.ErrorIs(t, err, ErrNotRunning)
}
