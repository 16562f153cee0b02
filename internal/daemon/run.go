package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/agora-network/agora/internal/settings"
)

// Exit codes.
const (
	ExitFailed = 1
	ExitUsage  = 2
	ExitUnwell = 3
)

// ErrUnwell: the command worked, and what it looked at is not as it should be. The output has said so.
var ErrUnwell = errors.New("something is wrong")

// usageError is a command line that cannot be understood.
type usageError struct{ cause error }

func (e *usageError) Error() string { return e.cause.Error() }
func (e *usageError) Unwrap() error { return e.cause }

// UsageError marks an error as one of a command line that cannot be understood.
func UsageError(cause error) error { return &usageError{cause} }

// Main runs the program with its arguments and returns its exit code. An interrupt or SIGTERM ends the context of the
// command.
func Main(root *cobra.Command) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	return Run(ctx, root, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
}

// Run runs a command line, prints its error, and returns its exit code.
func Run(ctx context.Context, root *cobra.Command, args []string, in io.Reader, out, errOut io.Writer) int {
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	command, err := root.ExecuteContextC(ctx)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, ErrUnwell):
		return ExitUnwell
	}
	fmt.Fprintf(errOut, "Error: %v\n", err)
	if _, isUsage := errors.AsType[*usageError](err); isUsage {
		fmt.Fprintf(errOut, "Run `%s --help` for what there is.\n", command.CommandPath())
		return ExitUsage
	}
	return ExitFailed
}

// Root completes the root command of a program, of which Short, Long and Example are given: the flag of the home, the
// commands, and usage errors where arguments or flags are wrong. It returns root.
func Root[C any](program settings.Program[C], root *cobra.Command, commands ...*cobra.Command) *cobra.Command {
	root.Use = program.Name
	root.SilenceUsage, root.SilenceErrors = true, true
	root.Args = cobra.NoArgs
	root.RunE = func(command *cobra.Command, _ []string) error { return command.Help() }
	root.PersistentFlags().String(settings.HomeFlag, program.DefaultHome(), "folder of configuration, keys and state (environment: "+program.HomeEnv()+")")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return UsageError(err) })
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(commands...)
	wrapArgs(root)
	return root
}

// wrapArgs makes wrong arguments usage errors.
func wrapArgs(command *cobra.Command) {
	if check := command.Args; check != nil {
		command.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return UsageError(err)
			}
			return nil
		}
	}
	for _, child := range command.Commands() {
		wrapArgs(child)
	}
}

// Home is the folder that a command line below [Root] names.
func Home(command *cobra.Command) string {
	home, _ := command.Flags().GetString(settings.HomeFlag) // declared by Root
	return home
}

// Load reads the configuration that a command line names and overrides.
func Load[C any](program settings.Program[C], command *cobra.Command) (*C, error) {
	return program.Load(Home(command), command.Flags())
}
