package cli

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/agora-network/agora/internal/daemon"
	"github.com/agora-network/agora/miner/config"
)

const (
	initExample = `  miner init --chain-id agora-1
  miner init --home /var/lib/miner --chain-id agora-1 --netuid 3 --backend openai=http://127.0.0.1:8000`
	versionExample = `  miner version
  miner version --output json`
)

// Main runs the program with its arguments and returns its exit code.
func Main() int { return daemon.Main(newRoot()) }

// Run runs a command line and returns its exit code.
func Run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	return daemon.Run(ctx, newRoot(), args, in, out, errOut)
}

func newRoot() *cobra.Command {
	return daemon.Root(config.Program, &cobra.Command{
		Short: "Answer questions for pay on an Agora subnet",
		Long: `miner serves a model to the validators of an Agora subnet and is paid by how well it answers.

The first time, in this order:
  1  miner init       write a commented configuration file
  2  miner keys add   make the hotkey, which signs, and the owner, which pays and is paid
  3  miner eval       see what a model would reach, before anything is paid
  4  miner register   burn the registration price for a slot on the subnet
  5  miner serve      answer questions
  6  miner claim      have what was earned paid out`,
		Example: `  miner init --chain-id agora-1 --chain-endpoints http://127.0.0.1:26657
  miner keys add hotkey
  miner keys add owner
  miner eval chain:1
  miner register --max-price 2AGORA
  miner serve`,
	},
		daemon.InitCommand(config.Program, initExample), newKeys(), newEval(), newRegister(), newServe(), newClaim(), newStatus(), newDoctor(),
		daemon.VersionCommand(config.Program.Name, versionExample))
}
