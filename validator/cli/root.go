package cli

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/agora-network/agora/internal/daemon"
	"github.com/agora-network/agora/validator/config"
)

const (
	initExample = `  validator init --chain-id agora-1
  validator init --home /var/lib/validator --chain-id agora-1 --netuids 1,3 --chain-fee-granter agora1…`
	versionExample = `  validator version
  validator version --json`
)

// Main runs the program with its arguments and returns its exit code.
func Main() int { return daemon.Main(newRoot()) }

// Run runs a command line and returns its exit code.
func Run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	return daemon.Run(ctx, newRoot(), args, in, out, errOut)
}

func newRoot() *cobra.Command {
	return daemon.Root(config.Program, &cobra.Command{
		Short: "Measure the miners of Agora subnets and earn dividends",
		Long: `validator asks the miners of a subnet the questions of its benchmark, scores the answers, and commits and reveals its
weights on the chain, for a bonded validator whose operator appointed its hotkey.

The first time, in this order:
  1  validator init       write a commented configuration file
  2  validator keys add   make the hotkey
  3  the validator's operator appoints the hotkey and grants it fees; ` + "`validator keys show`" + ` prints the commands
  4  validator doctor     check chain, key, permit, fees and clock
  5  validator start      measure, commit, reveal`,
		Example: `  validator init --chain-id agora-1 --chain-endpoints http://127.0.0.1:26657
  validator keys add hotkey
  validator keys show
  validator doctor
  validator start`,
	},
		daemon.InitCommand(config.Program, initExample), newKeys(), newStart(), newStatus(), newDoctor(), newEvidence(), newReplay(), newBench(),
		daemon.AddJSONFlag(daemon.VersionCommand(config.Program.Name, versionExample)))
}
