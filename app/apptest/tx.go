package apptest

import (
	"context"
	"fmt"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
	authsigning "github.com/cosmos/cosmos-sdk/x/auth/signing"

	"github.com/agora-network/agora/internal/chaincfg"
)

const (
	txGas = 5_000_000
	txFee = 5_000
)

// TxOption changes a transaction before it is signed.
type TxOption func(*txOptions)

type txOptions struct {
	granter sdk.AccAddress
	gas     uint64
}

// PaidBy lets granter pay the fee through a fee grant.
func PaidBy(granter Account) TxOption {
	return func(o *txOptions) { o.granter = granter.Addr }
}

// Gas limits what the transaction may use, in place of a limit that is enough for any.
func Gas(limit uint64) TxOption {
	return func(o *txOptions) { o.gas = limit }
}

// Sign returns a signed transaction of the account's messages, with its next sequence.
func (c *Chain) Sign(from Account, msgs []sdk.Msg, options ...TxOption) []byte {
	c.t.Helper()
	opts := txOptions{gas: txGas}
	for _, option := range options {
		option(&opts)
	}
	config := c.App.Encoding().TxConfig
	number, sequence := c.sequence(from.Addr)
	builder := config.NewTxBuilder()
	require.NoError(c.t, builder.SetMsgs(msgs...))
	builder.SetGasLimit(opts.gas)
	builder.SetFeeAmount(sdk.NewCoins(sdk.NewInt64Coin(chaincfg.Denom, txFee)))
	builder.SetFeeGranter(opts.granter)
	mode := signing.SignMode_SIGN_MODE_DIRECT
	empty := signing.SignatureV2{
		PubKey: from.Key.PubKey(), Data: &signing.SingleSignatureData{SignMode: mode}, Sequence: sequence,
	}
	require.NoError(c.t, builder.SetSignatures(empty))
	bz, err := authsigning.GetSignBytesAdapter(context.Background(), config.SignModeHandler(), mode, authsigning.SignerData{
		Address: from.String(), ChainID: ChainID, AccountNumber: number, Sequence: sequence, PubKey: from.Key.PubKey(),
	}, builder.GetTx())
	require.NoError(c.t, err)
	signature, err := from.Key.Sign(bz)
	require.NoError(c.t, err)
	empty.Data = &signing.SingleSignatureData{SignMode: mode, Signature: signature}
	require.NoError(c.t, builder.SetSignatures(empty))
	raw, err := config.TxEncoder()(builder.GetTx())
	require.NoError(c.t, err)
	return raw
}

// Try runs a block with one transaction and returns its failure, which errors.Is matches against the
// modules' registered errors.
func (c *Chain) Try(from Account, msg sdk.Msg, options ...TxOption) (*abci.ExecTxResult, error) {
	c.t.Helper()
	res := c.NextBlock(c.Sign(from, []sdk.Msg{msg}, options...)).TxResults[0]
	if res.Code != abci.CodeTypeOK {
		return res, errorsmod.ABCIError(res.Codespace, res.Code, res.Log)
	}
	return res, nil
}

// Must runs a block with one transaction that has to succeed.
func (c *Chain) Must(from Account, msg sdk.Msg, options ...TxOption) *abci.ExecTxResult {
	c.t.Helper()
	res, err := c.Try(from, msg, options...)
	require.NoError(c.t, err, "%T by %s", msg, from.Name)
	return res
}

// MustAll runs one block with one transaction per account, all of which have to succeed.
func (c *Chain) MustAll(signed ...[]byte) {
	c.t.Helper()
	for i, res := range c.NextBlock(signed...).TxResults {
		require.Equal(c.t, abci.CodeTypeOK, res.Code, "transaction %d: %s", i, res.Log)
	}
}

// Response decodes the response of a transaction's only message.
func (c *Chain) Response(res *abci.ExecTxResult, into proto.Message) {
	c.t.Helper()
	var data sdk.TxMsgData
	require.NoError(c.t, proto.Unmarshal(res.Data, &data))
	require.Len(c.t, data.MsgResponses, 1)
	require.NoError(c.t, proto.Unmarshal(data.MsgResponses[0].Value, into), fmt.Sprintf("decode %s", data.MsgResponses[0].TypeUrl))
}
