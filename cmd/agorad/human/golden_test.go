package human_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/cmd/agorad/human"
)

// samples are the commands of docs/cli.md with what they print.
var samples = []struct {
	name, about, command string
	code                 int
}{
	{"list", "All subnets, what part of the emission each gets, and how far its epoch is.", "subnet list", human.ExitOK},
	{"show", "One subnet in full.", "subnet show 1", human.ExitOK},
	{"price", "What registering costs, now and if nobody registers for a while.", "subnet price 1", human.ExitOK},
	{"params", "Every parameter of a subnet.", "subnet params 1", human.ExitOK},
	{"metagraph", "Miners by incentive and validators by power, as the last epoch left them; of several benchmarks by their shares.", "metagraph 1", human.ExitOK},
	{"metagraph-benchmark", "The same for one benchmark alone.", "metagraph 1 --benchmark 1", human.ExitOK},
	{"danger", "Who is replaced next when all slots are taken.", "subnet danger 1", human.ExitOK},
	{"wallet", "Everything that belongs to an account.", "wallet overview alice", human.ExitOK},
	{
		"register-dry", "What registering a miner would cost and do, as the node tried it. Without `--dry-run` it asks, sends and waits for the block.",
		"subnet register 1 --hotkey rig --from alice --gas 200000 --gas-prices 0.001uagora --dry-run", human.ExitOK,
	},
	{
		"create-dry", "What creating a subnet would cost and do.",
		"subnet create sums --from alice --gas 200000 --gas-prices 0.001uagora --dry-run", human.ExitOK,
	},
	{"explain-term", "A word of the field.", "explain yuma", human.ExitOK},
	{"explain-param", "A parameter.", "explain kappa", human.ExitOK},
	{"explain-error", "An error, by name, code, or its text.", "explain subnet/20", human.ExitOK},
	{"doctor", "What is needed to send transactions.", "doctor --from alice --gas-prices 0.001uagora", human.ExitOK},
	{"list-json", "With `--json`, one envelope.", "subnet list --json", human.ExitOK},
	{"show-json-missing", "A failure in the same envelope.", "subnet show 9 --json", human.ExitNotFound},
}

func TestTheSamplesOfTheManualAreWhatTheProgramPrints(t *testing.T) {
	p := newProgram(t)
	var page strings.Builder
	page.WriteString(manualHead)
	for _, sample := range samples {
		out, errOut, code := p.run(strings.Fields(sample.command)...)
		require.Equal(t, sample.code, code, "agorad %s: %s", sample.command, errOut)
		require.Empty(t, errOut, sample.command)
		golden(t, sample.name+".golden", out)
		page.WriteString("\n" + sample.about + "\n\n```\n$ agorad " + sample.command + "\n" + strings.TrimRight(trimmed(out), "\n") + "\n```\n")
	}
	const path = "../../../docs/cli.md"
	if *rewrite {
		require.NoError(t, os.WriteFile(path, []byte(page.String()), 0o600))
	}
	written, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, page.String(), string(written), "docs/cli.md is old: go test ./cmd/agorad/human -rewrite")
}

func trimmed(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

const manualHead = `# The command line for people

These commands answer whole questions. They stand on the same queries and messages as ` + "`agorad query`" + ` and
` + "`agorad tx`" + `, which are complete and remain. Every figure of an answer is read at one height.

Coming from btcli: ` + "`subnets list`, `subnets show`, `subnets price`, `subnets hyperparameters`, `subnets create`,\n`subnets register`, `subnets metagraph` and `wallet overview`" + ` have their place below.

| flag | meaning |
|---|---|
| ` + "`--node URL`" + ` | the RPC address of a node; ` + "`AGORA_NODE`" + ` does the same |
| ` + "`--height N`" + ` | the state after block N, where the node keeps it |
| ` + "`--json`" + ` | one envelope on standard output, and never a question; 64-bit integers are strings |
| ` + "`--dry-run`" + ` | on what spends: show what would be paid and what it would do, and send nothing |
| ` + "`--yes`" + ` | on what spends: send without asking; with ` + "`--json`" + ` this or ` + "`--dry-run`" + ` is needed |

` + "```" + `
{"ok": bool, "data": …, "error": {"code", "message", "remediation"}, "meta": {"height", "time"}}
` + "```" + `

| exit code | meaning |
|---|---|
| 0 | the answer is on standard output |
| 1 | a failure that no other code names; ` + "`doctor`" + ` found a problem |
| 2 | the command line is not understood, or lacks something |
| 3 | what was asked for does not exist |
| 4 | the node does not answer |
| 5 | the chain refused the transaction |

The ` + "`code`" + ` of an error is that of the registered error, such as ` + "`subnet/20`" + `, wherever there is one;
` + "`agorad explain`" + ` knows them all.

` + "`agorad tx … --dry-run`" + ` tries any other transaction: it says what gas it needs, or why it would be refused. It takes the
name of a key or an address that has no key here.

A node's REST server describes the queries behind these answers at ` + "`/openapi.json`" + `; the file is ` + "[docs/openapi/openapi.json](openapi/openapi.json)" + `.

The samples below are printed by the program's tests.
`
