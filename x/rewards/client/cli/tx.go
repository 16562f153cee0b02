package cli

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	clienttx "github.com/cosmos/cosmos-sdk/client/tx"

	"github.com/agora-network/agora/x/rewards/types"
)

// NewTxCommand returns the transactions that are written by hand; AutoCLI adds the others.
func NewTxCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   types.ModuleName,
		Short: "Vote where emission goes, claim what miners earned",
		RunE:  client.ValidateCmd,
	}
	cmd.AddCommand(claimCommand())
	return cmd
}

// claimCommand is written by hand because AutoCLI cannot fill a list of 32-bit numbers.
func claimCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "claim [netuids...]",
		Short:   "Claim what your miners accrued on these subnets",
		Example: "  agorad tx rewards claim 1 2 --from alice",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			clientCtx, err := client.GetClientTxContext(cmd)
			if err != nil {
				return err
			}
			netuids, err := parseNetuids(args)
			if err != nil {
				return err
			}
			return clienttx.GenerateOrBroadcastTxCLI(clientCtx, cmd.Flags(), &types.MsgClaim{
				Owner: clientCtx.GetFromAddress().String(), Netuids: netuids,
			})
		},
	}
	flags.AddTxFlagsToCmd(cmd)
	return cmd
}

func parseNetuids(args []string) ([]uint32, error) {
	netuids := make([]uint32, 0, len(args))
	for _, arg := range args {
		netuid, err := strconv.ParseUint(arg, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("netuid %q is not the number of a subnet: agorad query subnet subnets lists them", arg)
		}
		netuids = append(netuids, uint32(netuid))
	}
	return netuids, nil
}
