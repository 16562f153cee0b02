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
	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"

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
	cmd.AddCommand(proposeBenchmarkCommand(), grantTuningCommand(), revealScoresCommand(), setScoresCommand())
	return cmd
}

const (
	flagBenchmark        = "benchmark"
	flagActivationHeight = "activation-height"
	flagBlobs            = "blobs"
)

func proposeBenchmarkCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "propose-benchmark [netuid] [spec.yaml]",
		Short: "Propose the next version of what a subnet measures",
		Long: `Reads a benchmark spec in YAML, checks it as the chain will, encodes it canonically and proposes it.
Version 1 is in force when the subnet starts; a later version after the subnet's notice, or from a height on.
--benchmark 1 is a second benchmark of the subnet; agorad tx subnet set-benchmark-shares gives it a share.
Each --blobs is a file that the benchmark needs, by its sha256 (base64) and where it is, as JSON.`,
		Example: `  agorad tx subnet propose-benchmark 1 basics.yaml --from owner
  agorad tx subnet propose-benchmark 1 basics.yaml --benchmark 1 --activation-height 90000 --from owner
  agorad tx subnet propose-benchmark 1 basics.yaml --blobs '{"sha256":"n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=","size":"1024","urls":["https://files.example/set"]}' --from owner`,
		Args: cobra.ExactArgs(2),
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
			msg := &types.MsgProposeBenchmark{
				Owner: clientCtx.GetFromAddress().String(), Netuid: netuid, Spec: canonical, Digest: digest[:],
			}
			if msg.Benchmark, err = cmd.Flags().GetUint32(flagBenchmark); err != nil {
				return err
			}
			if msg.ActivationHeight, err = cmd.Flags().GetInt64(flagActivationHeight); err != nil {
				return err
			}
			if msg.Blobs, err = blobs(clientCtx.Codec, cmd); err != nil {
				return err
			}
			return clienttx.GenerateOrBroadcastTxCLI(clientCtx, cmd.Flags(), msg)
		},
	}
	cmd.Flags().Uint32(flagBenchmark, 0, "number of the benchmark on the subnet; the next unused number makes a new one")
	cmd.Flags().Int64(flagActivationHeight, 0, "height before which the version does not count; 0: as soon as the notice allows")
	cmd.Flags().StringArray(flagBlobs, nil, "a file that the benchmark needs: sha256, size and urls as JSON; may be repeated")
	flags.AddTxFlagsToCmd(cmd)
	return cmd
}

// blobs are the files that the flag names.
func blobs(cdc codec.JSONCodec, cmd *cobra.Command) ([]types.Blob, error) {
	texts, err := cmd.Flags().GetStringArray(flagBlobs)
	if err != nil {
		return nil, err
	}
	all := make([]types.Blob, len(texts))
	for i, text := range texts {
		if err := cdc.UnmarshalJSON([]byte(text), &all[i]); err != nil {
			return nil, fmt.Errorf("--%s %s is not a file: %w; --help shows the form", flagBlobs, text, err)
		}
	}
	return all, nil
}

func revealScoresCommand() *cobra.Command {
	return rowCommand(&cobra.Command{
		Use:   "reveal-scores [row.json]",
		Short: "Open the commit of the epoch before",
		Long: `Reads the row that was committed, as JSON with the fields of MsgRevealScores, and opens it:

  {"netuid": 1, "epoch": "41", "benchmark": 0, "benchmark_version": 1, "miner_ids": ["1", "2"], "weights": [65535, 100],
   "evidence_root": "base64 of 32 bytes", "items": "64", "salt": "base64 of 16 to 64 bytes"}

A validator does this by itself; the command is for repairs and tests.`,
		Example: "  agorad tx subnet reveal-scores row.json --from hotkey",
	}, func(cdc codec.JSONCodec, text []byte, hotkey string) (sdk.Msg, error) {
		msg := &types.MsgRevealScores{}
		err := cdc.UnmarshalJSON(text, msg)
		msg.Hotkey = hotkey
		return msg, err
	})
}

func setScoresCommand() *cobra.Command {
	return rowCommand(&cobra.Command{
		Use:   "set-scores [row.json]",
		Short: "Set a row in the open, on a subnet with direct_scores",
		Long: `Reads a row as JSON with the fields of MsgSetScores, and sets it for the epoch under way:

  {"netuid": 1, "epoch": "41", "benchmark": 0, "benchmark_version": 1, "miner_ids": ["1", "2"], "weights": [65535, 100],
   "evidence_root": "base64 of 32 bytes", "items": "64"}

A validator does this by itself; the command is for repairs and tests.`,
		Example: "  agorad tx subnet set-scores row.json --from hotkey",
	}, func(cdc codec.JSONCodec, text []byte, hotkey string) (sdk.Msg, error) {
		msg := &types.MsgSetScores{}
		err := cdc.UnmarshalJSON(text, msg)
		msg.Hotkey = hotkey
		return msg, err
	})
}

// rowCommand completes a command that reads a row from a file.
func rowCommand(cmd *cobra.Command, read func(cdc codec.JSONCodec, text []byte, hotkey string) (sdk.Msg, error)) *cobra.Command {
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		clientCtx, err := client.GetClientTxContext(cmd)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(args[0])
		if err != nil {
			return fmt.Errorf("read the row: %w", err)
		}
		msg, err := read(clientCtx.Codec, text, clientCtx.GetFromAddress().String())
		if err != nil {
			return fmt.Errorf("%s is not a row: %w; --help shows the form", args[0], err)
		}
		return clienttx.GenerateOrBroadcastTxCLI(clientCtx, cmd.Flags(), msg)
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
