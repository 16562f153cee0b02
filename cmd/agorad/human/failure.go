package human

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"

	rpctypes "github.com/cometbft/cometbft/rpc/jsonrpc/types"
	"github.com/spf13/cobra"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	errorsmod "cosmossdk.io/errors"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
)

// Exit codes of the commands of this package; programs may rely on them.
const (
	// ExitOK: the answer is on standard output.
	ExitOK = 0
	// ExitFailure: something went wrong that no other code names; "agorad doctor" found a problem.
	ExitFailure = 1
	// ExitUsage: the command line is not understood, or lacks something.
	ExitUsage = 2
	// ExitNotFound: what was asked for does not exist.
	ExitNotFound = 3
	// ExitUnreachable: the node does not answer.
	ExitUnreachable = 4
	// ExitRefused: the chain refused the transaction; the error carries the registered code.
	ExitRefused = 5
)

// Failure is why a command gives no answer, ready for the envelope.
type Failure struct {
	// Exit code of the program.
	Exit int
	// Code for programs: codespace/number of a registered error, or a word such as "usage".
	Code string
	// Message says what happened, Remediation what to do about it.
	Message, Remediation string
	// Data that is an answer all the same, such as the checks of a check-up that found a problem.
	Data view

	cause error
	json  bool
	meta  *meta
}

// Error implements error.
func (f *Failure) Error() string {
	if f.Remediation == "" {
		return f.Message
	}
	return f.Message + ": " + f.Remediation
}

// Unwrap returns the error behind the failure, if any.
func (f *Failure) Unwrap() error { return f.cause }

func usage(remediation, format string, args ...any) *Failure {
	return &Failure{Exit: ExitUsage, Code: "usage", Message: fmt.Sprintf(format, args...), Remediation: remediation}
}

func notFound(remediation, format string, args ...any) *Failure {
	return &Failure{Exit: ExitNotFound, Code: "not_found", Message: fmt.Sprintf(format, args...), Remediation: remediation}
}

func unreachable(node string, err error) *Failure {
	return &Failure{
		Exit: ExitUnreachable, Code: "node_unreachable", Message: fmt.Sprintf("the node at %s does not answer: %v", node, err),
		Remediation: "name another with --node or AGORA_NODE, or start one: agorad start, or agorad localnet up", cause: err,
	}
}

// failureOf sorts an error of the SDK, the node or a module into the exit codes.
func failureOf(err error) *Failure {
	var known *Failure
	if errors.As(err, &known) {
		return known
	}
	if registered, ok := registeredIn(err); ok {
		f := &Failure{
			Exit: ExitFailure, Code: registered.Code, Message: registered.Message, Remediation: registered.Remediation, cause: err,
		}
		if detail := detailOf(err, registered); detail != "" {
			f.Message += " (" + detail + ")"
		}
		if status.Code(err) == codes.NotFound {
			f.Exit = ExitNotFound
		}
		return f
	}
	var (
		operation *net.OpError
		address   *url.Error
		answered  *rpctypes.RPCError
	)
	switch {
	case errors.As(err, &operation), errors.As(err, &address), errors.Is(err, context.DeadlineExceeded):
		return unreachable("the given address", err)
	case errors.As(err, &answered):
		return &Failure{Exit: ExitFailure, Code: "node", Message: strings.TrimSpace(answered.Message + " " + answered.Data), Remediation: "ask for a height that the node keeps, or another node", cause: err}
	case errors.Is(err, sdkerrors.ErrKeyNotFound):
		return notFound("list the keys: agorad keys list", "%v", err)
	case status.Code(err) == codes.NotFound:
		return notFound("check the arguments", "%s", status.Convert(err).Message())
	}
	return &Failure{Exit: ExitFailure, Code: "failure", Message: plain(err), cause: err}
}

// plain is an error's text without what only gRPC understands.
func plain(err error) string {
	if s, ok := status.FromError(err); ok {
		return s.Message()
	}
	return err.Error()
}

// registeredIn finds which registered error of x/subnet or x/rewards an error is. An error that came
// through a query has lost its code, but keeps its text, and each registered text is unique.
func registeredIn(err error) (explanation, bool) {
	var own *errorsmod.Error
	if errors.As(err, &own) {
		for _, known := range registeredErrors() {
			if known.Code == fmt.Sprintf("%s/%d", own.Codespace(), own.ABCICode()) {
				return known, true
			}
		}
		return explanation{}, false
	}
	text := err.Error()
	for _, known := range registeredErrors() {
		if strings.Contains(text, known.Message+": "+known.Remediation) {
			return known, true
		}
	}
	return explanation{}, false
}

// detailOf is what an error says beside its registered text, such as the netuid that was asked for.
func detailOf(err error, registered explanation) string {
	before, _, _ := strings.Cut(plain(err), registered.Message+": "+registered.Remediation)
	if at := strings.LastIndex(before, "desc = "); at >= 0 {
		before = before[at+len("desc = "):]
	}
	if _, after, found := strings.Cut(before, "failed to execute message; message index: 0: "); found {
		before = after
	}
	return strings.Trim(strings.TrimSpace(before), ":")
}

// refused is a transaction that the chain did not take; the registered error stays visible.
func refused(err error) *Failure {
	f := *failureOf(err)
	if f.Exit == ExitFailure || f.Exit == ExitNotFound {
		f.Exit = ExitRefused
		if f.Code == "failure" || f.Code == "not_found" {
			f.Code = "refused"
		}
		var own *errorsmod.Error
		if f.Code == "refused" && errors.As(err, &own) {
			f.Code = fmt.Sprintf("%s/%d", own.Codespace(), own.ABCICode())
		}
	}
	return &f
}

// Report prints why a command of the program failed and returns the exit code of the program. root and
// arguments are what was run. Only commands of this package have codes above 1 and an envelope.
func Report(root *cobra.Command, arguments []string, err error) int {
	if err == nil {
		return ExitOK
	}
	ours := isHuman(root, arguments)
	var f *Failure
	if !errors.As(err, &f) {
		if !ours {
			fmt.Fprintln(root.ErrOrStderr(), "agorad:", err)
			return ExitFailure
		}
		f = usage("agorad --help lists the commands", "%v", err)
		if wantsHelp := " --help lists the flags"; strings.Contains(err.Error(), wantsHelp) {
			message, help, _ := strings.Cut(err.Error(), "; ")
			f = usage(help, "%s", message)
		}
	}
	if f.json || ours && asksJSON(arguments) {
		writeEnvelope(root.OutOrStdout(), envelope{Data: f.Data, Error: f.body(), Meta: f.meta})
		return f.Exit
	}
	if f.Data != nil {
		printView(root.OutOrStdout(), f.Data)
	}
	writeFailure(root.ErrOrStderr(), f)
	return f.Exit
}

func writeFailure(w io.Writer, f *Failure) {
	fmt.Fprintf(w, "agorad: %s\n", f.Message)
	if f.Remediation != "" {
		fmt.Fprintf(w, "  what to do: %s\n", f.Remediation)
	}
	if strings.Contains(f.Code, "/") {
		fmt.Fprintf(w, "  error %s, agorad explain %s tells more\n", f.Code, f.Code)
	}
}

func asksJSON(arguments []string) bool {
	if end := slices.Index(arguments, "--"); end >= 0 {
		arguments = arguments[:end]
	}
	return slices.Contains(arguments, "--json") || slices.Contains(arguments, "--json=true")
}

func isHuman(root *cobra.Command, arguments []string) bool {
	found, _, err := root.Find(arguments)
	if err != nil {
		return false
	}
	for c := found; c != nil; c = c.Parent() {
		if c.Annotations[annotation] != "" {
			return true
		}
	}
	return false
}
