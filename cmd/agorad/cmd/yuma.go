package cmd

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/agora-network/agora/x/rewards/yuma/scenario"
)

// errOutsideTolerance is returned by a check that finds a field too far from what is expected.
var errOutsideTolerance = errors.New("the outcome differs from what the file expects by more than the tolerance")

// yumaCommand runs the arithmetic of an epoch on networks in files, without a node.
func yumaCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:         "yuma",
		Short:       "Run the arithmetic of epochs on a network in a file",
		Annotations: map[string]string{selfContained: "yes"},
		RunE:        func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		Args:        cobra.NoArgs,
	}
	cmd.AddCommand(yumaRunCommand())
	return cmd
}

func yumaRunCommand() *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:   "run FILE",
		Short: "Run every epoch of a network and print consensus, incentive, dividends and trust",
		Long: `Reads a network in the schema agora-yuma/1 (JSON, gzipped or plain; - reads standard input), runs its
epochs with the arithmetic of the chain's own end-blocker and prints the outcome as JSON.

With --check it prints, instead of the outcome, the largest absolute difference of each field from
the figures that the file expects, and fails where one is above its tolerance: 0.000000001 for
consensus, incentive and trust, 0.00000001 for dividends.`,
		Example: "  agorad yuma run network.json.gz\n  agorad yuma run network.json.gz --check\n  zcat network.json.gz | agorad yuma run -",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			network, err := readScenario(cmd.InOrStdin(), args[0])
			if err != nil {
				return err
			}
			started := time.Now()
			outcome, err := network.Run(func() int64 { return time.Since(started).Nanoseconds() })
			if err != nil {
				return fmt.Errorf("run %s: %w", args[0], err)
			}
			if !check {
				return outcome.Write(cmd.OutOrStdout())
			}
			return checkOutcome(cmd.OutOrStdout(), network, outcome)
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "compare with the figures in the file; fail beyond the tolerances")
	return cmd
}

func readScenario(stdin io.Reader, name string) (*scenario.Scenario, error) {
	if name == "-" {
		network, err := scenario.Read(stdin)
		if err != nil {
			return nil, fmt.Errorf("read standard input: %w", err)
		}
		return network, nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // nothing was written
	network, err := scenario.Read(file)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return network, nil
}

// checkOutcome prints how far each field strays and fails where one strays too far.
func checkOutcome(out io.Writer, network *scenario.Scenario, outcome *scenario.Outcome) error {
	differences, err := network.Compare(outcome)
	if err != nil {
		return err
	}
	within := true
	for _, d := range differences {
		verdict := "ok"
		if !d.Within() {
			verdict, within = fmt.Sprintf("TOO FAR, in epoch %d at %d", d.Epoch, d.Index), false
		}
		if _, err := fmt.Fprintf(out, "%-9s  max |difference| %s  tolerance %s  %s\n", d.Field, d.Largest, d.Tolerance, verdict); err != nil {
			return err
		}
	}
	if !within {
		return errOutsideTolerance
	}
	return nil
}
