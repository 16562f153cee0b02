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

	"github.com/agora-network/agora/validator/config"
)

// Exit codes.
const (
	exitFailed = 1
	exitUsage  = 2
	exitUnwell = 3
)

// usageError is a command line that cannot be understood.
type usageError struct{ cause error }

func (e *usageError) Error() string { return e.cause.Error() }
func (e *usageError) Unwrap() error { return e.cause }

// errUnwell: the command worked, and what it looked at is not as it should be. The output has said so.
var errUnwell = errors.New("something is wrong")

// Main runs the program with its arguments and returns its exit code.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
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
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errUnwell):
		return exitUnwell
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
		Use:   "validator",
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
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	root.PersistentFlags().String(config.HomeFlag, config.DefaultHome(), "folder of configuration, keys and state (environment: "+config.HomeEnv+")")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(newInit(), newKeys(), newStart(), newStatus(), newDoctor(), newEvidence(), newVersion())
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
