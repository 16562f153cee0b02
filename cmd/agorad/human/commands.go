package human

import (
	"context"
	"time"

	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
)

const (
	// annotation marks the commands of this package.
	annotation = "agora.human"
	flagJSON   = "json"
	// patience is how long a question may take in all.
	patience = 30 * time.Second
)

// Options are what the commands take from the program around them.
type Options struct {
	// Now is the clock against which a node's is checked; default time.Now.
	Now func() time.Time
	// Await returns the result of a transaction once a block holds it.
	Await func(ctx context.Context, clientCtx client.Context, hash []byte) (*coretypes.ResultTx, error)
	// NeedsNoHome are the annotations of commands that need no home directory.
	NeedsNoHome map[string]string
}

// program is what all commands share.
type program struct{ Options }

// Commands returns the short commands, for the root of the program. The program's main passes errors
// of its root to [Report].
func Commands(options Options) []*cobra.Command {
	if options.Now == nil {
		options.Now = time.Now
	}
	p := &program{options}
	all := []*cobra.Command{
		p.subnetCommand(), p.metagraphCommand(), p.walletCommand(), p.explainCommand(), p.doctorCommand(),
	}
	for _, cmd := range all {
		if cmd.Annotations == nil {
			cmd.Annotations = map[string]string{}
		}
		cmd.Annotations[annotation] = "true"
		silence(cmd)
	}
	return all
}

// silence keeps the usage text out of answers; failures name the help instead.
func silence(cmd *cobra.Command) {
	cmd.SilenceUsage = true
	for _, sub := range cmd.Commands() {
		silence(sub)
	}
}

// request is one run of a command.
type request struct {
	*program
	ctx  context.Context
	cmd  *cobra.Command
	args []string
	json bool
	meta *meta
}

// answering wraps what a command does: bounds its time, prints the answer, and names the failure.
func (p *program) answering(do func(*request) (view, error)) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		ctx, cancel := context.WithTimeout(cmd.Context(), patience)
		defer cancel()
		json, _ := cmd.Flags().GetBool(flagJSON) // every command has the flag
		r := &request{program: p, ctx: ctx, cmd: cmd, args: args, json: json}
		answer, err := do(r)
		if err != nil {
			f := *failureOf(err)
			f.json, f.meta = json, r.meta
			return &f
		}
		if json {
			writeEnvelope(cmd.OutOrStdout(), envelope{OK: true, Data: answer, Meta: r.meta})
		} else {
			answer.text(cmd.OutOrStdout())
		}
		return nil
	}
}

// query gives a command the flags of a question.
func query(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().String(flags.FlagNode, "tcp://localhost:26657", "RPC address of a node")
	cmd.Flags().Int64(flags.FlagHeight, 0, "answer for the state after this block; 0: the newest")
	return withJSON(cmd)
}

func withJSON(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().Bool(flagJSON, false, "answer in one JSON envelope, and never ask anything")
	args := cmd.Args
	cmd.Args = func(cmd *cobra.Command, given []string) error {
		if args == nil {
			return nil
		}
		if err := args(cmd, given); err != nil {
			return usage(cmd.CommandPath()+" --help shows how", "%v", err)
		}
		return nil
	}
	return cmd
}

// group is a command that only holds others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short,
		FParseErrWhitelist: cobra.FParseErrWhitelist{UnknownFlags: true}, // the unknown command is the mistake
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return usage(cmd.CommandPath()+" --help lists the commands", "unknown command %q for %q", args[0], cmd.CommandPath())
		},
	}
	cmd.AddCommand(commands...)
	return cmd
}
