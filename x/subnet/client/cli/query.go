package cli

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"

	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/x/subnet/types"
)

// NewQueryCommand returns the queries that are written by hand; AutoCLI adds the others.
func NewQueryCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   types.ModuleName,
		Short: "Read subnets, miners, epochs and scores",
		RunE:  client.ValidateCmd,
	}
	cmd.AddCommand(specCommand())
	return cmd
}

func specCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "spec [netuid] [version]",
		Short:   "Print a benchmark version as YAML, ready to edit; the newest without a version",
		Example: "  agorad query subnet spec 1 > basics.yaml\n  agorad query subnet spec 1 2 --benchmark 1",
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			clientCtx, err := client.GetClientQueryContext(cmd)
			if err != nil {
				return err
			}
			req := &types.QueryBenchmarkRequest{}
			if req.Netuid, err = parseNetuid(args[0]); err != nil {
				return err
			}
			if len(args) == 2 {
				version, err := strconv.ParseUint(args[1], 10, 32)
				if err != nil {
					return fmt.Errorf("version %q is not a number: agorad query subnet subnet %d names the newest", args[1], req.Netuid)
				}
				req.Version = uint32(version)
			}
			if req.Benchmark, err = cmd.Flags().GetUint32(flagBenchmark); err != nil {
				return err
			}
			res, err := types.NewQueryClient(clientCtx).Benchmark(cmd.Context(), req)
			if err != nil {
				return err
			}
			declared, err := spec.Decode(res.Benchmark.Spec)
			if err != nil {
				return fmt.Errorf("version %d of benchmark %d of subnet %d: %w", res.Benchmark.Version, req.Benchmark, req.Netuid, err)
			}
			text, err := spec.Format(declared)
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(text)
			return err
		},
	}
	cmd.Flags().Uint32(flagBenchmark, 0, "number of the benchmark on the subnet")
	flags.AddQueryFlagsToCmd(cmd)
	return cmd
}
