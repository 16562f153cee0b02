package cmd

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"time"

	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	"github.com/spf13/cobra"

	errorsmod "cosmossdk.io/errors"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	sdk "github.com/cosmos/cosmos-sdk/types"
)

const (
	flagWait     = "wait"
	waitAtMost   = time.Minute
	waitInterval = 200 * time.Millisecond
)

// ErrNotInBlock is returned when a transaction that was sent is in no block after a minute.
var ErrNotInBlock = errors.New("the transaction is in no block yet")

// sentTransaction finds what a node answered to a broadcast, as YAML or as JSON.
var sentTransaction = struct{ hash, code *regexp.Regexp }{
	hash: regexp.MustCompile(`(?m)"?txhash"?: ?"?([0-9A-F]{64})`),
	code: regexp.MustCompile(`(?m)^code: 0$|"code": ?0\b`),
}

// addWaitFlag lets every tx command wait until the chain has run what it sent. Without it a command
// ends when a node took the transaction, which may still fail in its block.
func addWaitFlag(tx *cobra.Command) {
	tx.PersistentFlags().Bool(flagWait, false, "wait until the transaction is in a block, and fail if it failed there")
}

func waits(cmd *cobra.Command) bool {
	wait, err := cmd.Flags().GetBool(flagWait)
	return err == nil && wait // other commands have no such flag
}

// holdBack keeps what the command prints until the transaction's fate is known.
func holdBack(cmd *cobra.Command, clientCtx client.Context) (client.Context, *bytes.Buffer) {
	var held bytes.Buffer
	cmd.SetOut(&held)
	return clientCtx.WithOutput(&held), &held
}

// awaitTransaction prints the fate of the transaction whose hash a command printed.
func awaitTransaction(cmd *cobra.Command, printed []byte) error {
	out := cmd.Root().OutOrStdout()
	match := sentTransaction.hash.FindSubmatch(printed)
	if match == nil || !sentTransaction.code.Match(printed) { // nothing was sent, or the node refused it and says why
		if _, err := out.Write(printed); err != nil {
			return err
		}
		if match != nil {
			return errors.New("the node refused the transaction")
		}
		return nil
	}
	clientCtx, err := client.GetClientTxContext(cmd)
	if err != nil {
		return err
	}
	hash, err := hex.DecodeString(string(match[1]))
	if err != nil {
		return err
	}
	result, err := transactionInBlock(cmd.Context(), clientCtx, hash)
	if err != nil {
		return fmt.Errorf("%w; ask later: agorad query tx %s", err, match[1])
	}
	if result.TxResult.Code != 0 {
		return fmt.Errorf("transaction %s failed in block %d: %w", match[1], result.Height,
			errorsmod.ABCIError(result.TxResult.Codespace, result.TxResult.Code, result.TxResult.Log))
	}
	if clientCtx.OutputFormat == flags.OutputFormatText {
		_, err = fmt.Fprintf(out, "done in block %d: %s\n", result.Height, match[1])
		return err
	}
	return clientCtx.WithOutput(out).PrintProto(sdk.NewResponseResultTx(result, nil, ""))
}

// transactionInBlock asks until a block holds the transaction.
func transactionInBlock(ctx context.Context, clientCtx client.Context, hash []byte) (*coretypes.ResultTx, error) {
	node, err := clientCtx.GetNode()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, waitAtMost, fmt.Errorf("%w after %s", ErrNotInBlock, waitAtMost))
	defer cancel()
	ticker := time.NewTicker(waitInterval)
	defer ticker.Stop()
	for {
		if result, err := node.Tx(ctx, hash, false); err == nil { // an error means not found yet, or a node that is away for a while
			return result, nil
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-ticker.C:
		}
	}
}
