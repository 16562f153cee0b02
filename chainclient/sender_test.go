package chainclient_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdkmath "cosmossdk.io/math"
	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	cryptocodec "github.com/cosmos/cosmos-sdk/crypto/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"
	querytypes "github.com/cosmos/cosmos-sdk/types/query"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"
	authsigning "github.com/cosmos/cosmos-sdk/x/auth/signing"
	authtx "github.com/cosmos/cosmos-sdk/x/auth/tx"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/agora-network/agora/chainclient"
	"github.com/agora-network/agora/chainclient/chaintest"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

func pageResponse(more bool) *querytypes.PageResponse {
	if more {
		return &querytypes.PageResponse{NextKey: []byte{1}}
	}
	return &querytypes.PageResponse{}
}

func newSender(t *testing.T, node *chaintest.Node, config chainclient.SenderConfig) *chainclient.Sender {
	t.Helper()
	key, err := chainclient.GenerateKey()
	require.NoError(t, err)
	node.AddAccount(key.Address(), 7, 3)
	sender, err := newClient(t, nil, node).NewSender(key, config)
	require.NoError(t, err)
	return sender
}

func commit(sender *chainclient.Sender) *subnettypes.MsgCommitScores {
	return &subnettypes.MsgCommitScores{Hotkey: sender.Address(), Netuid: 1, Epoch: 4, BenchmarkVersion: 1, Hash: make([]byte, 32)}
}

func price(t *testing.T, text string) chainclient.Price {
	t.Helper()
	parsed, err := chainclient.ParsePrice(text)
	require.NoError(t, err)
	return parsed
}

func TestUnorderedTransactionsAreSentAndReadBack(t *testing.T) {
	node := chaintest.NewNode(t, chainID)
	node.Instant(true)
	var sent []chaintest.Tx
	node.OnDeliver(func(_ int64, tx chaintest.Tx) chaintest.Result {
		sent = append(sent, tx)
		response, err := codectypes.NewAnyWithValue(&subnettypes.MsgRegisterMinerResponse{Uid: 4, MinerId: 9})
		require.NoError(t, err)
		data, err := (&sdk.TxMsgData{MsgResponses: []*codectypes.Any{response}}).Marshal()
		require.NoError(t, err)
		return chaintest.Result{Data: data}
	})
	granter := "agora1granter"
	sender := newSender(t, node, chainclient.SenderConfig{GasPrice: price(t, "0.0011uagora"), FeeGranter: granter, Memo: "hello"})
	for range 20 { // all in one instant of the chain: the timeouts must differ all the same
		result, err := sender.Send(t.Context(), commit(sender))
		require.NoError(t, err)
		require.Equal(t, node.Height(), result.Height)
		var response subnettypes.MsgRegisterMinerResponse
		require.NoError(t, result.Response(0, &response))
		require.Equal(t, uint64(9), response.MinerId)
		require.Error(t, result.Response(1, &response))
	}
	require.Len(t, sent, 20)
	first := sent[0]
	require.True(t, first.Body.Unordered)
	require.Equal(t, "hello", first.Body.Memo)
	require.Equal(t, granter, first.Auth.Fee.Granter)
	require.Equal(t, uint64(200_000), first.Auth.Fee.GasLimit)
	require.Equal(t, "220uagora", first.Auth.Fee.Amount.String())
	require.Zero(t, first.Auth.SignerInfos[0].Sequence)
	require.WithinRange(t, *first.Body.TimeoutTimestamp, node.TimeAt(1).Add(50*time.Second), node.TimeAt(1).Add(time.Minute))
}

func TestAKeyThatHoldsNothingIsPaidForByWhoGrantedIt(t *testing.T) {
	node := chaintest.NewNode(t, chainID)
	node.Instant(true)
	var payers []string
	node.OnDeliver(func(_ int64, tx chaintest.Tx) chaintest.Result {
		payers = append(payers, tx.Auth.Fee.Granter)
		return chaintest.Result{}
	})
	sender := newSender(t, node, chainclient.SenderConfig{GasPrice: price(t, "0.001uagora")})
	send := func() {
		_, err := sender.Send(t.Context(), commit(sender))
		require.NoError(t, err)
	}
	send()
	node.GrantFees("agora1operator", sender.Address())
	send()
	node.SetBalance(sender.Address(), "uagora", 5)
	send()
	require.Equal(t, []string{"", "agora1operator", ""}, payers)
}

func TestAStrangersGrantThatCoversNothingStopsNobody(t *testing.T) {
	for name, refusal := range map[string]chaintest.Result{
		"it is for other messages":      {Codespace: "feegrant", Code: 7, Log: "message not allowed"},
		"the stranger holds no coins":   {Codespace: "sdk", Code: 5, Log: "insufficient funds"},
		"the allowance is gone already": {Codespace: "sdk", Code: 4, Log: "fee-grant not found: unauthorized"},
	} {
		for where, fixedGas := range map[string]uint64{"in simulation": 0, "by the node": 100_000} {
			t.Run(name+", found "+where, func(t *testing.T) {
				node := chaintest.NewNode(t, chainID)
				node.Instant(true)
				node.OnQuery("/app/simulate", func(_ int64, request []byte) chaintest.Result {
					var tx txtypes.Tx
					require.NoError(t, tx.Unmarshal(request))
					if tx.AuthInfo.Fee.Granter == "agora1astranger" {
						return refusal
					}
					return chaintest.Result{Data: []byte(`{"gas_info":{"gas_used":"100000"}}`)}
				})
				node.OnCheck(func(tx chaintest.Tx) chaintest.Result {
					if tx.Auth.Fee.Granter == "agora1astranger" {
						return refusal
					}
					return chaintest.Result{}
				})
				sender := newSender(t, node, chainclient.SenderConfig{GasPrice: price(t, "0.001uagora"), Gas: fixedGas})
				node.GrantFees("agora1astranger", sender.Address())
				_, err := sender.Send(t.Context(), commit(sender))
				require.Error(t, err, "nobody else pays")
				node.GrantFees("agora1operator", sender.Address())
				_, err = sender.Send(t.Context(), commit(sender))
				require.NoError(t, err)
			})
		}
	}
}

func TestTheGasOfDeductingAFeeIsSimulated(t *testing.T) {
	node := chaintest.NewNode(t, chainID)
	node.Instant(true)
	var simulated string
	node.OnQuery("/app/simulate", func(_ int64, request []byte) chaintest.Result {
		var tx txtypes.Tx
		require.NoError(t, tx.Unmarshal(request))
		simulated = tx.AuthInfo.Fee.Amount.String()
		return chaintest.Result{Data: []byte(`{"gas_info":{"gas_used":"100000"}}`)}
	})
	sender := newSender(t, node, chainclient.SenderConfig{GasPrice: price(t, "0.001uagora")})
	_, err := sender.Send(t.Context(), commit(sender))
	require.NoError(t, err)
	require.Equal(t, "1uagora", simulated)
}

func TestFeesAreRoundedUp(t *testing.T) {
	node := chaintest.NewNode(t, chainID)
	node.Instant(true)
	var fees []string
	node.OnDeliver(func(_ int64, tx chaintest.Tx) chaintest.Result {
		fees = append(fees, tx.Auth.Fee.Amount.String())
		return chaintest.Result{}
	})
	for _, text := range []string{"0.0001uagora", "", "0uagora", "0.01uagora"} {
		sender := newSender(t, node, chainclient.SenderConfig{GasPrice: price(t, text), Gas: 100_001})
		_, err := sender.Send(t.Context(), commit(sender))
		require.NoError(t, err)
	}
	require.Equal(t, []string{"11uagora", "", "", "1001uagora"}, fees)
	require.Zero(t, node.Calls("simulate"))
}

func TestOrderedTransactionsRecoverFromAForeignSequence(t *testing.T) {
	node := chaintest.NewNode(t, chainID)
	node.Instant(true)
	sender := newSender(t, node, chainclient.SenderConfig{})
	tries := 0
	node.OnCheck(func(chaintest.Tx) chaintest.Result {
		if tries++; tries == 1 {
			return chaintest.Result{Code: 32, Codespace: "sdk", Log: "account sequence mismatch"}
		}
		return chaintest.Result{}
	})
	for range 3 {
		_, err := sender.SendOrdered(t.Context(), commit(sender))
		require.NoError(t, err)
	}
	require.Equal(t, 4, tries)
}

func TestRefusalsCarryCodeAndCondition(t *testing.T) {
	for name, test := range map[string]struct {
		result chaintest.Result
		want   error
		text   string
	}{
		"an empty balance says how to fill it": {chaintest.Result{Code: 5, Codespace: "sdk", Log: "0uagora is smaller than 10uagora: insufficient funds"}, chainclient.ErrBalance, "send uagora"},
		"a low fee says what to raise":         {chaintest.Result{Code: 13, Codespace: "sdk", Log: "insufficient fees"}, chainclient.ErrFeeTooLow, "raise the gas price"},
		"a used up grant says whom to ask":     {chaintest.Result{Code: 2, Codespace: "feegrant", Log: "fee limit exceeded"}, chainclient.ErrFeeGrant, "renew the grant"},
		"a missing grant says whom to ask":     {chaintest.Result{Code: 22, Codespace: "sdk", Log: "fee-grant not found: not found"}, chainclient.ErrFeeGrant, "renew the grant"},
	} {
		t.Run(name, func(t *testing.T) {
			node := chaintest.NewNode(t, chainID)
			node.OnCheck(func(chaintest.Tx) chaintest.Result { return test.result })
			sender := newSender(t, node, chainclient.SenderConfig{})
			_, err := sender.Send(t.Context(), commit(sender))
			require.ErrorIs(t, err, test.want)
			require.ErrorContains(t, err, test.text)
			require.True(t, chainclient.IsRefusal(err))
		})
	}
}

type registered struct {
	codespace string
	code      uint32
}

func (r registered) Error() string     { return "registered" }
func (r registered) Codespace() string { return r.codespace }
func (r registered) ABCICode() uint32  { return r.code }

func TestAFailureInABlockIsDistinguishedFromOneBeforeIt(t *testing.T) {
	node := chaintest.NewNode(t, chainID)
	node.Instant(true)
	node.OnDeliver(func(int64, chaintest.Tx) chaintest.Result {
		return chaintest.Result{Code: 12, Codespace: "subnet", Log: "the epoch is over"}
	})
	sender := newSender(t, node, chainclient.SenderConfig{})
	_, err := sender.Send(t.Context(), commit(sender))
	var refused *chainclient.TxError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, node.Height(), refused.Height)
	require.True(t, chainclient.IsCode(err, registered{"subnet", 12}))
	require.False(t, chainclient.IsCode(err, registered{"subnet", 13}))
	require.False(t, chainclient.IsCode(err, registered{"rewards", 12}))
	require.ErrorContains(t, err, "failed in block 2: the epoch is over (subnet/12)")
}

func TestARefusalInSimulationSendsNothing(t *testing.T) {
	node := chaintest.NewNode(t, chainID)
	node.OnQuery("/app/simulate", func(int64, []byte) chaintest.Result {
		return chaintest.Result{Code: 12, Codespace: "subnet", Log: "failed to simulate tx: no permit"}
	})
	sender := newSender(t, node, chainclient.SenderConfig{})
	_, err := sender.Send(t.Context(), commit(sender))
	require.True(t, chainclient.IsCode(err, registered{"subnet", 12}))
	require.ErrorContains(t, err, "refused in simulation")
	require.Zero(t, node.Calls("broadcast_tx_sync"))
}

func TestALostTransactionIsReportedAsExpiredOnceTheChainsTimeHasPassed(t *testing.T) {
	node := chaintest.NewNode(t, chainID)
	node.DropTxs(true)
	sender := newSender(t, node, chainclient.SenderConfig{TTL: 2 * time.Second, Gas: 1})
	done := make(chan error, 1)
	go func() {
		_, err := sender.Send(context.WithoutCancel(t.Context()), commit(sender))
		done <- err
	}()
	require.Eventually(t, func() bool { return node.Calls("broadcast_tx_sync") == 1 }, 10*time.Second, time.Millisecond)
	node.Advance(10)
	err := <-done
	require.ErrorIs(t, err, chainclient.ErrExpired)
	require.False(t, chainclient.IsRefusal(err))
}

func TestGivingUpAfterSendingIsReportedAsUncertain(t *testing.T) {
	node := chaintest.NewNode(t, chainID)
	sender := newSender(t, node, chainclient.SenderConfig{Gas: 1})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := sender.Send(ctx, commit(sender))
		done <- err
	}()
	require.Eventually(t, func() bool { return node.Pending() == 1 }, 10*time.Second, time.Millisecond)
	cancel()
	err := <-done
	require.ErrorIs(t, err, chainclient.ErrUncertain)
	require.ErrorIs(t, err, context.Canceled)
}

func TestANodeWithoutAnIndexIsNamedAsTheCause(t *testing.T) {
	node := chaintest.NewNode(t, chainID)
	node.SetIndexing(false)
	sender := newSender(t, node, chainclient.SenderConfig{Gas: 1})
	_, err := sender.Send(t.Context(), commit(sender))
	require.ErrorIs(t, err, chainclient.ErrUncertain)
	require.ErrorContains(t, err, "indexer")
}

func TestAnAddressWithoutAccountIsToldHowToGetOne(t *testing.T) {
	node := chaintest.NewNode(t, chainID)
	key, err := chainclient.GenerateKey()
	require.NoError(t, err)
	sender, err := newClient(t, nil, node).NewSender(key, chainclient.SenderConfig{})
	require.NoError(t, err)
	for _, send := range []func(context.Context, ...sdk.Msg) (chainclient.TxResult, error){sender.Send, sender.SendOrdered} {
		_, err = send(t.Context(), commit(sender))
		require.ErrorIs(t, err, chainclient.ErrNoAccount)
		require.ErrorContains(t, err, "send it uagora")
	}
}

func TestAnAccountThatGotAnotherNumberIsReadAgain(t *testing.T) {
	node := chaintest.NewNode(t, chainID)
	node.Instant(true)
	sender := newSender(t, node, chainclient.SenderConfig{})
	_, err := sender.Send(t.Context(), commit(sender))
	require.NoError(t, err)
	node.AddAccount(sender.Address(), 70, 0) // the chain was reset
	_, err = sender.Send(t.Context(), commit(sender))
	require.ErrorContains(t, err, "signature verification failed")
	_, err = sender.Send(t.Context(), commit(sender))
	require.NoError(t, err)
}

func TestWhileTheChainIsAwayNothingIsSent(t *testing.T) {
	node := chaintest.NewNode(t, chainID)
	sender := newSender(t, node, chainclient.SenderConfig{})
	node.Break(func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) })
	_, err := sender.Send(t.Context(), commit(sender))
	require.ErrorIs(t, err, chainclient.ErrUnreachable)
	require.NotErrorIs(t, err, chainclient.ErrUncertain)
}

// The SDK itself is the oracle of the encoding: it decodes the transaction and verifies the signature.
func TestTheSDKDecodesAndVerifiesOurTransactions(t *testing.T) {
	sdk.GetConfig().SetBech32PrefixForAccount("agora", "agorapub")
	registry := codectypes.NewInterfaceRegistry()
	cryptocodec.RegisterInterfaces(registry)
	banktypes.RegisterInterfaces(registry)
	txConfig := authtx.NewTxConfig(codec.NewProtoCodec(registry), authtx.DefaultSignModes)

	node := chaintest.NewNode(t, chainID)
	node.Instant(true)
	var raw []byte
	node.OnDeliver(func(_ int64, tx chaintest.Tx) chaintest.Result {
		raw = tx.Bytes
		return chaintest.Result{}
	})
	key, err := chainclient.GenerateKey()
	require.NoError(t, err)
	node.AddAccount(key.Address(), 7, 3)
	sender, err := newClient(t, nil, node).NewSender(key, chainclient.SenderConfig{GasPrice: price(t, "0.5uagora")})
	require.NoError(t, err)
	message := &banktypes.MsgSend{FromAddress: key.Address(), ToAddress: key.Address(), Amount: sdk.Coins{{Denom: "uagora", Amount: sdkmath.NewInt(5)}}}
	for name, send := range map[string]func(context.Context, ...sdk.Msg) (chainclient.TxResult, error){
		"unordered": sender.Send, "ordered": sender.SendOrdered,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := send(t.Context(), message)
			require.NoError(t, err)
			tx, err := txConfig.TxDecoder()(raw)
			require.NoError(t, err)
			require.Equal(t, name == "unordered", tx.(sdk.TxWithUnordered).GetUnordered())
			signatures, err := tx.(authsigning.SigVerifiableTx).GetSignaturesV2()
			require.NoError(t, err)
			require.Len(t, signatures, 1)
			require.Equal(t, key.PubKey(), signatures[0].PubKey.Bytes())
			again, err := txConfig.TxEncoder()(tx)
			require.NoError(t, err)
			require.Equal(t, raw, again, "the encoding is the SDK's own")
		})
	}
}
