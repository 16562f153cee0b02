package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/agora-network/agora/miner/config"
)

// Exit codes.
const (
	exitFailed = 1
	exitUsage  = 2
)

// usageError is a command line that cannot be understood.
type usageError struct{ cause error }

func (e *usageError) Error() string { return e.cause.Error() }
func (e *usageError) Unwrap() error { return e.cause }

// Main runs the program with its arguments and returns its exit code.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	return Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
}

// Run runs a command line and returns its exit code.
func Run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	command, err := root.ExecuteContextC(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintf(errOut, "Error: %v\n", err)
	if _, isUsage := errors.AsType[*usageError](err); isUsage {
		fmt.Fprintf(errOut, "Run `%s --help` for what there is.\n", command.CommandPath())
		return exitUsage
	}
	return exitFailed
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "miner",
		Short: "Answer questions for pay on an Agora subnet",
		Long: `miner serves a model to the validators of an Agora subnet and is paid by how well it answers.

The first time, in this order:
  1  miner init       write a commented configuration file
  2  miner keys add   make the hotkey, which signs, and the owner, which pays and is paid
  3  miner register   burn the registration price for a slot on the subnet
  4  miner serve      answer questions
  5  miner claim      have what was earned paid out`,
		Example: `  miner init --chain-id agora-1 --chain-endpoints http://127.0.0.1:26657
  miner keys add hotkey
  miner keys add owner
  miner register --max-price 2AGORA
  miner serve`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	root.PersistentFlags().String(config.HomeFlag, config.DefaultHome(), "folder of configuration, keys and state (environment: "+config.HomeEnv+")")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(newInit(), newKeys(), newRegister(), newServe(), newClaim(), newStatus(), newVersion())
	wrapArgs(root)
	return root
}

// wrapArgs makes wrong arguments usage errors.
func wrapArgs(command *cobra.Command) {
	if check := command.Args; check != nil {
		command.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return &usageError{err}
			}
			return nil
		}
	}
	for _, child := range command.Commands() {
		wrapArgs(child)
	}
}

func homeOf(command *cobra.Command) string {
	home, err := command.Flags().GetString(config.HomeFlag)
	if err != nil {
		return config.DefaultHome()
	}
	return home
}
