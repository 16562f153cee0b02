package cli

import (
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	clienttx "github.com/cosmos/cosmos-sdk/client/tx"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/authz"

	"github.com/agora-network/agora/x/subnet/types"
)

const flagUntil = "until"

// grantTuningCommand is written by hand because the command of x/authz knows only the authorizations of the SDK.
func grantTuningCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "grant-tuning [grantee] [netuid] [benchmark]",
		Short: "Let another account tune one benchmark for you, within its bounds",
		Long: `Grants an account the right to tune a benchmark of your subnet by MsgTuneBenchmark, within the bounds that stand on the
chain when it does: agorad tx subnet set-benchmark-bounds. The account writes the message with --generate-only and sends
it with agorad tx authz exec. agorad tx authz revoke takes the right back.`,
		Example: `  agorad tx subnet grant-tuning agora1... 1 0 --until 2027-01-01T00:00:00Z --from owner`,
		Args:    cobra.ExactArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			clientCtx, err := client.GetClientTxContext(cmd)
			if err != nil {
				return err
			}
			msg, err := grantTuning(cmd, clientCtx.GetFromAddress(), args)
			if err != nil {
				return err
			}
			return clienttx.GenerateOrBroadcastTxCLI(clientCtx, cmd.Flags(), msg)
		},
	}
	cmd.Flags().String(flagUntil, "", "time at which the grant ends, such as 2027-01-01T00:00:00Z; without it the grant has no end")
	flags.AddTxFlagsToCmd(cmd)
	return cmd
}

func grantTuning(cmd *cobra.Command, owner sdk.AccAddress, args []string) (*authz.MsgGrant, error) {
	grantee, err := sdk.AccAddressFromBech32(args[0])
	if err != nil {
		return nil, fmt.Errorf("grantee: %w", err)
	}
	netuid, err := parseNetuid(args[1])
	if err != nil {
		return nil, err
	}
	benchmark, err := strconv.ParseUint(args[2], 10, 32)
	if err != nil {
		return nil, fmt.Errorf("benchmark %q is not a number from 0 on: agorad query subnet benchmarks %d lists them", args[2], netuid)
	}
	var until *time.Time
	if text, _ := cmd.Flags().GetString(flagUntil); text != "" {
		end, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return nil, fmt.Errorf("--%s %q: write it as 2027-01-01T00:00:00Z: %w", flagUntil, text, err)
		}
		until = &end
	}
	return authz.NewMsgGrant(owner, grantee, &types.TuneBenchmarkAuthorization{Netuid: netuid, Benchmark: uint32(benchmark)}, until)
}
