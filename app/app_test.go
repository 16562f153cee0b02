package app_test

import (
	"encoding/json"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/agora-network/agora/app"
	"github.com/agora-network/agora/app/apptest"
	"github.com/agora-network/agora/internal/chaincfg"
)

type noOptions struct{}

func (noOptions) Get(string) any { return nil }

func TestTwoNodesThatRunTheSameBlocksAgreeOnTheAppHash(t *testing.T) {
	run := func() []byte {
		t.Helper()
		m := newMarket(t, 3)
		for range 3 {
			m.score([]uint32{50_000, 30_000, 10})
		}
		return m.App.LastCommitID().Hash
	}
	first, second := run(), run()
	require.Equal(t, first, second)
}

func TestAnExportedStateStartsANewChainThatExportsTheSame(t *testing.T) {
	m := newMarket(t, 2)
	for range 3 {
		m.score([]uint32{50_000, 30_000})
	}
	exported, err := m.App.Export(false, nil)
	require.NoError(t, err)

	second := app.New(log.NewNopLogger(), dbm.NewMemDB(), true, noOptions{}, baseapp.SetChainID(apptest.ChainID))
	params := exported.ConsensusParams
	_, err = second.InitChain(&abci.RequestInitChain{
		ChainId: apptest.ChainID, Time: m.Time, InitialHeight: exported.Height,
		ConsensusParams: &params, AppStateBytes: exported.AppState,
	})
	require.NoError(t, err)
	_, err = second.FinalizeBlock(&abci.RequestFinalizeBlock{Height: exported.Height, Time: m.Time})
	require.NoError(t, err)
	_, err = second.Commit()
	require.NoError(t, err)

	again, err := second.Export(false, []string{"subnet", "rewards"})
	require.NoError(t, err)
	var before, after map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(exported.AppState, &before))
	require.NoError(t, json.Unmarshal(again.AppState, &after))
	// The block in between mints and moves the beacon; what players did must be unchanged.
	for _, field := range []string{"subnets", "benchmarks", "miners", "appointments", "commits", "rows", "records"} {
		require.JSONEq(t, string(pick(t, before["subnet"], field)), string(pick(t, after["subnet"], field)), field)
	}
	for _, field := range []string{"votes", "ledgers", "bonds", "results"} {
		require.JSONEq(t, string(pick(t, before["rewards"], field)), string(pick(t, after["rewards"], field)), field)
	}
}

func pick(t *testing.T, module json.RawMessage, field string) json.RawMessage {
	t.Helper()
	var fields map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(module, &fields))
	require.Contains(t, fields, field)
	return fields[field]
}

func TestAnExportForHeightZeroIsRefused(t *testing.T) {
	chain := apptest.New(t, apptest.Options{})
	_, err := chain.App.Export(true, nil)
	require.ErrorIs(t, err, app.ErrZeroHeightExport)
}

func TestProposalsBeyondTheConsensusParametersAreRejected(t *testing.T) {
	chain := apptest.New(t, apptest.Options{Accounts: []string{"alice"}})
	alice := chain.Account("alice")
	send := chain.Sign(alice, []sdk.Msg{banktypes.NewMsgSend(alice.Addr, chain.Operators[0].Addr,
		sdk.NewCoins(sdk.NewInt64Coin(chaincfg.Denom, 1)))})
	many := func(n int) [][]byte {
		txs := make([][]byte, n)
		for i := range txs {
			txs[i] = send
		}
		return txs
	}
	limit := app.DefaultConsensusParams().Block
	for name, test := range map[string]struct {
		txs    [][]byte
		accept bool
	}{
		"an empty block is accepted":                        {nil, true},
		"a block within the limits is accepted":             {many(3), true},
		"bytes that are no transaction are rejected":        {[][]byte{{1, 2, 3}}, false},
		"a block with more gas than max_gas is rejected":    {many(int(limit.MaxGas/5_000_000) + 1), false},
		"a block with more bytes than max_bytes is refused": {[][]byte{make([]byte, limit.MaxBytes+1)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			res, err := chain.App.ProcessProposal(&abci.RequestProcessProposal{Height: chain.Height + 1, Time: chain.Time, Txs: test.txs})
			require.NoError(t, err)
			require.Equal(t, test.accept, res.Status == abci.ResponseProcessProposal_ACCEPT)
		})
	}
}
