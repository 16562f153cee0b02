// Package settingstest checks in a program's tests that its settings are declared as package settings wants them.
package settingstest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/internal/settings"
)

// maxLine bounds the lines of the file that `init` writes, in bytes.
const maxLine = 200

// Flags parses a command line of a program.
func Flags[C any](t *testing.T, program settings.Program[C], args ...string) *pflag.FlagSet {
	t.Helper()
	flags := pflag.NewFlagSet(program.Name, pflag.ContinueOnError)
	program.AddFlags(flags)
	require.NoError(t, flags.Parse(args))
	return flags
}

// Home makes a home with a configuration file of that content.
func Home(t *testing.T, content string) string {
	t.Helper()
	home := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(home, settings.FileName), []byte(content), 0o600))
	return home
}

// CheckDeclarations fails where a field has no setting or a setting no field, where a setting is not explained, has no
// flag, or is a secret and has one, and where the settings of a section do not stand together.
func CheckDeclarations[C any](t *testing.T, program settings.Program[C]) {
	t.Helper()
	flags := Flags(t, program)
	var configuration C
	fields := settings.Values(configuration)
	seen, section := map[string]bool{}, ""
	for _, s := range program.Settings {
		require.Contains(t, fields, s.Key, "a setting has its field, once")
		delete(fields, s.Key)
		require.NotEmpty(t, s.Help, s.Key)
		if s.Secret {
			require.Nil(t, flags.Lookup(strings.NewReplacer(".", "-", "_", "-").Replace(s.Key)), s.Key)
		} else {
			require.NotNil(t, flags.Lookup(s.Flag()), "%s has a default of type %T, for which there is no flag", s.Key, s.Default)
		}
		if head, _, nested := strings.Cut(s.Key, "."); nested && head != section {
			require.False(t, seen[head], "the settings of %s stand together", head)
			seen[head], section = true, head
		} else if !nested {
			section = ""
		}
	}
	require.Empty(t, fields, "a field has its setting")
}

// CheckFile fails unless the file that `init` writes for a command line explains every setting, reads back as what the
// command line says, and is fit to be read by people. It returns what was read back.
func CheckFile[C any](t *testing.T, program settings.Program[C], args ...string) *C {
	t.Helper()
	home := filepath.Join(t.TempDir(), "new", "home")
	flags := Flags(t, program, args...)
	given, err := program.FromFlags(home, flags)
	require.NoError(t, err)
	path, err := program.Init(home, flags)
	require.NoError(t, err)
	loaded, err := program.Load(home, nil)
	require.NoError(t, err)
	require.Equal(t, given, loaded)

	content, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, s := range program.Settings {
		require.Contains(t, string(content), s.Env(), "every setting is explained in the file")
	}
	for _, line := range strings.Split(string(content), "\n") {
		require.LessOrEqual(t, len(line), maxLine, line)
	}
	return loaded
}
