package cli

import (
	"crypto/sha256"
	"fmt"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	clienttx "github.com/cosmos/cosmos-sdk/client/tx"

	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/x/subnet/types"
)

// NewTxCommand returns the transactions that are written by hand; AutoCLI adds the others.
func NewTxCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   types.ModuleName,
		Short: "Register subnets and miners, appoint hotkeys, commit and reveal scores",
		RunE:  client.ValidateCmd,
	}
	cmd.AddCommand(proposeBenchmarkCommand(), revealScoresCommand())
	return cmd
}

func proposeBenchmarkCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "propose-benchmark [netuid] [spec.yaml]",
		Short: "Propose the next version of what a subnet measures",
		Long: `Reads a benchmark spec in YAML, checks it as the chain will, encodes it canonically and proposes it.
Version 1 is in force when the subnet starts; a later version after the subnet's notice.`,
		Example: "  agorad tx subnet propose-benchmark 1 basics.yaml --from owner",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			clientCtx, err := client.GetClientTxContext(cmd)
			if err != nil {
				return err
			}
			netuid, err := parseNetuid(args[0])
			if err != nil {
				return err
			}
			canonical, err := readSpec(args[1])
			if err != nil {
				return err
			}
			digest := sha256.Sum256(canonical)
			return clienttx.GenerateOrBroadcastTxCLI(clientCtx, cmd.Flags(), &types.MsgProposeBenchmark{
				Owner: clientCtx.GetFromAddress().String(), Netuid: netuid, Spec: canonical, Digest: digest[:],
			})
		},
	}
	flags.AddTxFlagsToCmd(cmd)
	return cmd
}

func revealScoresCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "reveal-scores [row.json]",
		Short: "Open the commit of the epoch before",
		Long: `Reads the row that was committed, as JSON with the fields of MsgRevealScores, and opens it:

  {"netuid": 1, "epoch": "41", "benchmark_version": 1, "miner_ids": ["1", "2"], "weights": [65535, 100],
   "evidence_root": "base64 of 32 bytes", "items": "64", "salt": "base64 of 16 to 64 bytes"}

A validator does this by itself; the command is for repairs and tests.`,
		Example: "  agorad tx subnet reveal-scores row.json --from hotkey",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			clientCtx, err := client.GetClientTxContext(cmd)
			if err != nil {
				return err
			}
			text, err := os.ReadFile(args[0])
			if err != nil {
				return fmt.Errorf("read the row: %w", err)
			}
			msg := &types.MsgRevealScores{}
			if err := clientCtx.Codec.UnmarshalJSON(text, msg); err != nil {
				return fmt.Errorf("%s is not a row: %w; --help shows the form", args[0], err)
			}
			msg.Hotkey = clientCtx.GetFromAddress().String()
			return clienttx.GenerateOrBroadcastTxCLI(clientCtx, cmd.Flags(), msg)
		},
	}
	flags.AddTxFlagsToCmd(cmd)
	return cmd
}

// readSpec returns the canonical bytes of a YAML file.
func readSpec(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the benchmark spec: %w", err)
	}
	parsed, err := spec.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return spec.Encode(parsed)
}

func parseNetuid(text string) (uint32, error) {
	netuid, err := strconv.ParseUint(text, 10, 32)
	if err != nil || netuid == 0 {
		return 0, fmt.Errorf("netuid %q is not a number from 1 on: agorad query subnet subnets lists them", text)
	}
	return uint32(netuid), nil
}
