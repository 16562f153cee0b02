package cmd

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
)

// blocks answers with the transaction from the third question on.
type blocks struct {
	client.CometRPC
	result abci.ExecTxResult
	asked  int
}

func (b *blocks) Tx(context.Context, []byte, bool) (*coretypes.ResultTx, error) {
	if b.asked++; b.asked < 3 {
		return nil, errors.New("tx not found")
	}
	return &coretypes.ResultTx{Height: 7, TxResult: b.result}, nil
}

func TestAwaitTransaction(t *testing.T) {
	hash := strings.Repeat("A0", 32)
	for name, test := range map[string]struct {
		printed string
		result  abci.ExecTxResult
		out     string
		err     string
	}{
		"a transaction that succeeds in a block is reported with it": {
			printed: "code: 0\ncodespace: \"\"\ntxhash: " + hash + "\n", out: "done in block 7: " + hash + "\n",
		},
		"the node's answer in JSON is understood too": {
			printed: `{"height":"0","txhash":"` + hash + `","codespace":"","code":0}`, out: "done in block 7: " + hash + "\n",
		},
		"a transaction that fails in its block fails the command": {
			printed: "code: 0\ntxhash: " + hash + "\n",
			result:  abci.ExecTxResult{Code: 5, Codespace: "sdk", Log: "no funds"}, err: "failed in block 7",
		},
		"a refusal of the node is printed as it came and fails the command": {
			printed: "code: 11\nraw_log: out of gas\ntxhash: " + hash + "\n",
			out:     "code: 11\nraw_log: out of gas\ntxhash: " + hash + "\n", err: "the node refused the transaction",
		},
		"a transaction that was only made is printed as it came": {printed: `{"body":{}}`, out: `{"body":{}}`},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			cmd := &cobra.Command{Use: "send"}
			cmd.SetOut(&out)
			flags.AddTxFlagsToCmd(cmd)
			node := &blocks{result: test.result}
			cmd.SetContext(context.WithValue(t.Context(), client.ClientContextKey, &client.Context{
				Client: node, OutputFormat: flags.OutputFormatText,
			}))
			require.NoError(t, cmd.Flags().Set(flags.FlagOutput, flags.OutputFormatText))
			err := awaitTransaction(cmd, []byte(test.printed))
			if test.err == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, test.err)
			}
			require.Equal(t, test.out, out.String())
		})
	}
}

func TestATransactionThatNeverGetsIntoABlockEndsWithTheCommandsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(ErrNotInBlock)
	_, err := transactionInBlock(ctx, client.Context{Client: &blocks{asked: -1000}}, make([]byte, 32))
	require.ErrorIs(t, err, ErrNotInBlock)
}

func TestEnvironmentNamesFollowTheFlags(t *testing.T) {
	require.Equal(t, "AGORA_GAS_PRICES", environmentName("gas-prices"))
	require.Equal(t, "AGORA_RPC_LADDR", environmentName("rpc.laddr"))
}
