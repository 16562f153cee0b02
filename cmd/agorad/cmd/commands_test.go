package cmd

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/client/flags"
	svrcmd "github.com/cosmos/cosmos-sdk/server/cmd"
	sdk "github.com/cosmos/cosmos-sdk/types"
)

// ours are the commands of this project: those of its modules, and the short ones.
func ours(t *testing.T, root *cobra.Command) []*cobra.Command {
	t.Helper()
	var all []*cobra.Command
	for _, path := range []string{"query subnet", "query rewards", "tx subnet", "tx rewards", "subnet", "metagraph", "wallet", "explain", "doctor"} {
		group, _, err := root.Find(strings.Fields(path))
		require.NoError(t, err)
		require.Equal(t, "agorad "+path, group.CommandPath())
		all = append(all, leaves(group)...)
	}
	return all
}

func leaves(cmd *cobra.Command) (all []*cobra.Command) {
	if !cmd.HasSubCommands() {
		return []*cobra.Command{cmd}
	}
	for _, sub := range cmd.Commands() {
		if sub.Name() != "help" {
			all = append(all, leaves(sub)...)
		}
	}
	return all
}

// examples are the command lines of a command's Example.
func examples(cmd *cobra.Command) (lines []string) {
	for line := range strings.Lines(cmd.Example) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestEveryCommandSaysWhatItIsForAndShowsHow(t *testing.T) {
	root := NewRootCommand()
	all := ours(t, root)
	require.Greater(t, len(all), 60)
	for _, cmd := range all {
		t.Run(cmd.CommandPath(), func(t *testing.T) {
			require.NotEmpty(t, cmd.Use)
			require.NotEmpty(t, cmd.Short)
			require.NotContains(t, cmd.Short, "RPC method", "AutoCLI made it up: describe the command in the module's autocli.go")
			require.NotEmpty(t, cmd.Example)
			for _, line := range examples(cmd) {
				require.Regexp(t, "^"+regexp.QuoteMeta("agorad "), line)
				found, rest, err := root.Find(words(t, line)[1:])
				require.NoError(t, err)
				require.Equal(t, cmd.CommandPath(), found.CommandPath(), "the example shows this command")
				require.NoError(t, found.ParseFlags(rest), line)
				require.NoError(t, found.ValidateArgs(found.Flags().Args()), line)
			}
		})
	}
}

func TestEveryCommandThatSpendsHasADryRun(t *testing.T) {
	root := NewRootCommand()
	for _, cmd := range ours(t, root) {
		if isTx(cmd) || cmd.CommandPath() == "agorad subnet create" || cmd.CommandPath() == "agorad subnet register" {
			require.NotNil(t, cmd.Flags().Lookup(flags.FlagDryRun), cmd.CommandPath())
		}
	}
}

// account stands for whoever an example is about.
var account = sdk.AccAddress(bytes.Repeat([]byte{7}, 20))

func TestTheExamplesOfTransactionsMakeTransactions(t *testing.T) {
	spec, err := os.ReadFile("../../../benchmarks/basics.yaml")
	require.NoError(t, err)
	dir := t.TempDir()
	t.Chdir(dir)
	require.NoError(t, os.WriteFile("basics.yaml", spec, 0o600))
	const row = `{"netuid":1,"epoch":"41","benchmark":1,"benchmark_version":1,"miner_ids":["1"],"weights":[7],"items":"1",
		"evidence_root":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="%s}`
	for _, cmd := range ours(t, NewRootCommand()) {
		if !isTx(cmd) {
			continue
		}
		for _, line := range examples(cmd) {
			t.Run(line, func(t *testing.T) {
				salt := ""
				if strings.Contains(line, "reveal-scores") {
					salt = `,"salt":"c2l4dGVlbiBieXRlcyAhIQ=="`
				}
				require.NoError(t, os.WriteFile("row.json", fmt.Appendf(nil, row, salt), 0o600))
				out := transactionOf(t, dir, line)
				require.Contains(t, out, `"@type":"/`, "a message was made")
				require.Contains(t, out, account.String())
			})
		}
	}
}

// transactionOf runs an example without a node and without keys, and returns the transaction that it makes.
func transactionOf(t *testing.T, dir, line string) string {
	t.Helper()
	line = strings.NewReplacer(
		"agora1...", account.String(), "agora1…", account.String(), "$(agorad beacon-key show)", "AAAA",
		`"$(cat params.json)"`, `'{"max_subnets":8}'`,
	).Replace(line)
	line = regexp.MustCompile(`--from \S+`).ReplaceAllString(line, "--from "+account.String())
	arguments := append(words(t, line)[1:], "--generate-only", "--offline", "--account-number", "0", "--sequence", "0", "--home", dir)
	if strings.Contains(line, "-proposal") {
		arguments = append(arguments, "--deposit", "1uagora", "--title", "a title", "--summary", "a summary")
	}
	var out bytes.Buffer
	root := NewRootCommand()
	root.SetOut(&out)
	root.SetErr(&out)
	root.SetArgs(arguments)
	require.NoError(t, svrcmd.Execute(root, EnvPrefix, dir), "%s\n%s", line, out.String())
	return out.String()
}

// words splits a command line as a shell does, as far as the examples need it: quotes, no expansion.
func words(t *testing.T, line string) []string {
	t.Helper()
	var all []string
	for _, match := range regexp.MustCompile(`(?:'[^']*'|"[^"]*"|\$\([^)]*\)|[^\s'"])+`).FindAllString(line, -1) {
		if match == ">" {
			break // what follows is a file for the shell
		}
		all = append(all, strings.ReplaceAll(unquoted(match), `'`, ""))
	}
	return all
}

// unquoted takes double quotes away around a whole word; those inside single quotes belong to JSON.
func unquoted(word string) string {
	if strings.HasPrefix(word, `"`) && strings.HasSuffix(word, `"`) {
		return strings.Trim(word, `"`)
	}
	return word
}
