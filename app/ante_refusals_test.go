package app_test

import (
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/x/authz"
	"github.com/cosmos/cosmos-sdk/x/feegrant"

	"github.com/agora-network/agora/app/apptest"
	"github.com/agora-network/agora/x/subnet/scorehash"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// refusals of a hotkey on subnet 1, as the state counts them.
func (m *market) refusals(hotkey apptest.Account) map[uint32]subnettypes.Refusal {
	m.t.Helper()
	counts := map[uint32]subnettypes.Refusal{}
	has, err := m.App.SubnetKeeper.Refusals.Has(m.Ctx(), collections.Join(uint32(1), hotkey.Addr))
	require.NoError(m.t, err)
	if !has {
		return counts
	}
	record, err := m.App.SubnetKeeper.Refusals.Get(m.Ctx(), collections.Join(uint32(1), hotkey.Addr))
	require.NoError(m.t, err)
	require.Equal(m.t, hotkey.String(), record.Hotkey)
	for i, r := range record.Refusals {
		require.True(m.t, i == 0 || record.Refusals[i-1].Code < r.Code, "codes ascend")
		counts[r.Code] = r
	}
	return counts
}

// refused sends a message that must fail with an error, and be counted for its hotkey, with an event.
func (m *market) refused(hotkey, payer apptest.Account, msg sdk.Msg, want *errorsmod.Error) {
	m.t.Helper()
	before := m.refusals(hotkey)[want.ABCICode()]
	paid := m.Balance(payer.Addr)
	res, err := m.Try(hotkey, msg, apptest.PaidBy(payer))
	require.ErrorIs(m.t, err, want)
	require.Less(m.t, m.Balance(payer.Addr), paid, "the fee is paid all the same")
	after := m.refusals(hotkey)[want.ABCICode()]
	require.Equal(m.t, subnettypes.Refusal{Code: want.ABCICode(), Count: before.Count + 1, LastHeight: m.Height}, after)
	told := refusalEvents(m.t, res)
	require.Len(m.t, told, 1)
	require.Equal(m.t, want.ABCICode(), told[0].Code)
	require.Equal(m.t, hotkey.String(), told[0].Hotkey)
	require.Equal(m.t, payer.ValAddress().String(), told[0].Validator)
	require.Contains(m.t, told[0].Reason, want.Error())
}

// refusalEvents are what a transaction says of refusals.
func refusalEvents(t *testing.T, res *abci.ExecTxResult) (told []subnettypes.EventScoresRefused) {
	t.Helper()
	for _, event := range res.Events {
		if event.Type != "agora.subnet.v1.EventScoresRefused" {
			continue
		}
		parsed, err := sdk.ParseTypedEvent(event)
		require.NoError(t, err)
		told = append(told, *parsed.(*subnettypes.EventScoresRefused))
	}
	return told
}

// sealedRow is a row of a hotkey in an epoch, with the message that commits it.
func sealedRow(t *testing.T, hotkey apptest.Account, epoch uint64, ids ...uint64) (*subnettypes.MsgCommitScores, *subnettypes.MsgRevealScores) {
	t.Helper()
	reveal := &subnettypes.MsgRevealScores{
		Hotkey: hotkey.String(), Netuid: 1, Epoch: epoch, BenchmarkVersion: 1, MinerIds: ids,
		EvidenceRoot: make([]byte, scorehash.RootSize), Items: 16, Salt: []byte("sixteen bytes or more " + hotkey.Name),
	}
	for range ids {
		reveal.Weights = append(reveal.Weights, 7)
	}
	hash, err := scorehash.Hash(scorehash.Row{
		ChainID: apptest.ChainID, Netuid: 1, BenchmarkVersion: 1, Epoch: epoch, Hotkey: hotkey.Addr,
		MinerIDs: ids, Weights: reveal.Weights, EvidenceRoot: reveal.EvidenceRoot, Items: reveal.Items, Salt: reveal.Salt,
	})
	require.NoError(t, err)
	return &subnettypes.MsgCommitScores{Hotkey: hotkey.String(), Netuid: 1, Epoch: epoch, BenchmarkVersion: 1, Hash: hash[:]}, reveal
}

// with changes a copy of a message.
func with[M any](msg *M, change func(*M)) *M {
	changed := *msg
	change(&changed)
	return &changed
}

func TestEveryRefusalOfScoresHasItsCodeIsCountedAndTold(t *testing.T) {
	m := newMarket(t, 3)
	m.finishEpoch()
	one, two, three := m.hotkeys[0], m.hotkeys[1], m.hotkeys[2]
	payer, second, third := m.Operators[0], m.Operators[1], m.Operators[2]
	weak, late := apptest.NewAccount("weak hotkey"), apptest.NewAccount("late hotkey")

	// A tenth of a validator's stake is not enough here.
	subnet, err := m.App.SubnetKeeper.Subnets.Get(m.Ctx(), 1)
	require.NoError(t, err)
	subnet.Params.MinScoringPower = 200_000_000_000
	require.NoError(t, m.App.SubnetKeeper.Subnets.Set(m.Ctx(), 1, subnet))
	m.Must(payer, &subnettypes.MsgAppointHotkey{Operator: payer.String(), Netuid: 1, Hotkey: one.String(), ShareBp: 5_000})
	m.Must(payer, &subnettypes.MsgAppointHotkey{Operator: payer.String(), Netuid: 1, Hotkey: weak.String(), ShareBp: 1_000})
	m.grantFees(payer, weak)
	m.finishEpoch()
	m.Must(payer, &subnettypes.MsgAppointHotkey{Operator: payer.String(), Netuid: 1, Hotkey: late.String(), ShareBp: 4_000})
	m.grantFees(payer, late)

	epoch := m.epoch().Epoch.Index
	commit, _ := sealedRow(t, one, epoch, 1, 2)
	m.refused(one, payer, with(commit, func(c *subnettypes.MsgCommitScores) { c.Epoch++ }), subnettypes.ErrWrongEpoch)
	m.refused(one, payer, with(commit, func(c *subnettypes.MsgCommitScores) { c.Benchmark = 3 }), subnettypes.ErrBenchmarkNotScored)
	m.refused(one, payer, with(commit, func(c *subnettypes.MsgCommitScores) { c.BenchmarkVersion = 2 }), subnettypes.ErrWrongBenchmarkVersion)
	m.refused(one, payer, &subnettypes.MsgSetScores{
		Hotkey: one.String(), Netuid: 1, Epoch: epoch, BenchmarkVersion: 1, EvidenceRoot: make([]byte, 32),
	}, subnettypes.ErrCommitRevealOnly)
	m.refused(weak, payer, with(commit, func(c *subnettypes.MsgCommitScores) { c.Hotkey = weak.String() }), subnettypes.ErrTooLittlePower)
	m.refused(late, payer, with(commit, func(c *subnettypes.MsgCommitScores) { c.Hotkey = late.String() }), subnettypes.ErrNoPermit)
	m.finishEpoch()

	epoch++
	commit, reveal := sealedRow(t, one, epoch, 1, 2)
	m.refused(one, payer, with(reveal, func(r *subnettypes.MsgRevealScores) { r.Epoch-- }), subnettypes.ErrNoCommit)
	m.Must(one, commit, apptest.PaidBy(payer))
	m.refused(one, payer, commit, subnettypes.ErrAlreadyCommitted)
	m.refused(one, payer, reveal, subnettypes.ErrRevealTooEarly)
	// The second one copies the hash of the first, the third binds a miner that does not exist.
	m.Must(two, with(commit, func(c *subnettypes.MsgCommitScores) { c.Hotkey = two.String() }), apptest.PaidBy(second))
	unknownCommit, unknown := sealedRow(t, three, epoch, 1, 99)
	m.Must(three, unknownCommit, apptest.PaidBy(third))
	m.finishEpoch()

	m.refused(one, payer, with(reveal, func(r *subnettypes.MsgRevealScores) { r.Weights = []uint32{7, 8} }), subnettypes.ErrHashMismatch)
	m.refused(two, second, with(reveal, func(r *subnettypes.MsgRevealScores) { r.Hotkey = two.String() }), subnettypes.ErrHashMismatch)
	m.refused(three, third, unknown, subnettypes.ErrUnknownMiner)
	m.Must(one, reveal, apptest.PaidBy(payer))
	for m.Height < m.epoch().RevealUntil {
		m.NextBlock()
	}
	m.refused(two, second, with(reveal, func(r *subnettypes.MsgRevealScores) { r.Hotkey = two.String() }), subnettypes.ErrRevealTooLate)

	// Those that were never opened are counted as missed when the epoch closes.
	m.finishEpoch()
	for hotkey, missed := range map[*apptest.Account]uint64{&one: 0, &two: 1, &three: 1} {
		record, err := m.App.SubnetKeeper.Records.Get(m.Ctx(), collections.Join3(uint32(1), hotkey.Addr, uint32(0)))
		require.NoError(t, err)
		require.Equal(t, missed, record.MissedReveals, hotkey.Name)
	}

	epoch += 2
	commit, reveal = sealedRow(t, one, epoch, 1, 2)
	m.Must(one, commit, apptest.PaidBy(payer))
	m.finishEpoch()
	long := with(reveal, func(r *subnettypes.MsgRevealScores) { r.MinerIds, r.Weights = nil, nil })
	for id := range uint64(subnet.Params.MaxMiners) + 1 {
		long.MinerIds, long.Weights = append(long.MinerIds, id+1), append(long.Weights, 1)
	}
	m.refused(one, payer, long, subnettypes.ErrTooManyEntries)
	m.refused(one, payer, with(reveal, func(r *subnettypes.MsgRevealScores) { r.BenchmarkVersion = 2 }), subnettypes.ErrWrongBenchmarkVersion)
	m.Must(one, reveal, apptest.PaidBy(payer))
	m.refused(one, payer, reveal, subnettypes.ErrAlreadyRevealed)

	require.EqualValues(t, 2, m.refusals(one)[subnettypes.ErrWrongBenchmarkVersion.ABCICode()].Count, "one of a commit and one of a reveal")
	exported, err := m.App.SubnetKeeper.ExportGenesis(m.Ctx())
	require.NoError(t, err)
	require.Len(t, exported.Refusals, 5)
	require.NoError(t, exported.Validate())
}

// grantFees lets a validator pay the fees of a hotkey.
func (m *market) grantFees(operator, hotkey apptest.Account) {
	m.t.Helper()
	grant, err := feegrant.NewMsgGrantAllowance(&feegrant.BasicAllowance{}, operator.Addr, hotkey.Addr)
	require.NoError(m.t, err)
	m.Must(operator, grant)
}

func TestRefusalsAreCountedOnlyForHotkeysOfValidatorsAndOnlyInBlocks(t *testing.T) {
	m := newMarket(t, 1)
	hotkey, payer := m.hotkeys[0], m.Operators[0]
	wrong := func(hotkey apptest.Account) *subnettypes.MsgCommitScores {
		return &subnettypes.MsgCommitScores{Hotkey: hotkey.String(), Netuid: 1, Epoch: 1_000, BenchmarkVersion: 1, Hash: make([]byte, 32)}
	}
	t.Run("a stranger is not counted", func(t *testing.T) {
		res, err := m.Try(m.owner, wrong(m.owner))
		require.ErrorIs(t, err, subnettypes.ErrWrongEpoch)
		require.Empty(t, m.refusals(m.owner))
		require.Empty(t, refusalEvents(t, res))
	})
	t.Run("a subnet that does not exist is not counted", func(t *testing.T) {
		_, err := m.Try(hotkey, with(wrong(hotkey), func(c *subnettypes.MsgCommitScores) { c.Netuid = 7 }), apptest.PaidBy(payer))
		require.ErrorIs(t, err, subnettypes.ErrSubnetNotFound)
		require.Empty(t, m.refusals(hotkey))
	})
	t.Run("neither the mempool nor a simulation counts", func(t *testing.T) {
		signed := m.Sign(hotkey, []sdk.Msg{wrong(hotkey)}, apptest.PaidBy(payer))
		_, _, err := m.App.Simulate(signed)
		require.ErrorIs(t, err, subnettypes.ErrWrongEpoch)
		checked, err := m.App.CheckTx(&abci.RequestCheckTx{Tx: signed, Type: abci.CheckTxType_New})
		require.NoError(t, err)
		require.Zero(t, checked.Code, checked.Log)
		m.NextBlock()
		require.Empty(t, m.refusals(hotkey))
	})
	t.Run("every message of a transaction is looked at", func(t *testing.T) {
		epoch := m.epoch().Epoch.Index
		commit, _ := sealedRow(t, hotkey, epoch, 1)
		res := m.NextBlock(m.Sign(hotkey, []sdk.Msg{commit, commit, wrong(hotkey)}, apptest.PaidBy(payer))).TxResults[0]
		require.Equal(t, subnettypes.ErrAlreadyCommitted.ABCICode(), res.Code, res.Log)
		require.Len(t, refusalEvents(t, res), 2)
		counts := m.refusals(hotkey)
		require.EqualValues(t, 1, counts[subnettypes.ErrAlreadyCommitted.ABCICode()].Count)
		require.EqualValues(t, 1, counts[subnettypes.ErrWrongEpoch.ABCICode()].Count)
		m.Must(hotkey, commit, apptest.PaidBy(payer))
		require.Equal(t, counts, m.refusals(hotkey), "the failed transaction committed nothing")
	})
	t.Run("who sends for a hotkey counts for it if it may", func(t *testing.T) {
		before := m.refusals(hotkey)[subnettypes.ErrWrongEpoch.ABCICode()].Count
		other := m.Account("delegator")
		exec := authz.NewMsgExec(other.Addr, []sdk.Msg{wrong(hotkey)})
		_, err := m.Try(other, &exec)
		require.ErrorIs(t, err, authz.ErrNoAuthorizationFound)
		require.Equal(t, before, m.refusals(hotkey)[subnettypes.ErrWrongEpoch.ABCICode()].Count, "without a grant it is nobody's")

		grant, err := authz.NewMsgGrant(hotkey.Addr, other.Addr, authz.NewGenericAuthorization(sdk.MsgTypeURL(&subnettypes.MsgCommitScores{})), nil)
		require.NoError(t, err)
		m.Must(hotkey, grant, apptest.PaidBy(payer))
		_, err = m.Try(other, &exec)
		require.ErrorIs(t, err, subnettypes.ErrWrongEpoch)
		require.Equal(t, before+1, m.refusals(hotkey)[subnettypes.ErrWrongEpoch.ABCICode()].Count)
	})
	t.Run("a transaction without gas for the counting pays its fee", func(t *testing.T) {
		before, paid := m.refusals(hotkey), m.Balance(payer.Addr)
		// Enough for the checks of signature and fee, and little more.
		_, err := m.Try(hotkey, wrong(hotkey), apptest.PaidBy(payer), apptest.Gas(leastGas(t, m, hotkey, payer, wrong(hotkey))))
		require.ErrorIs(t, err, sdkerrors.ErrOutOfGas)
		require.Equal(t, before, m.refusals(hotkey))
		require.Less(t, m.Balance(payer.Addr), paid)
	})
}

// leastGas is the least gas limit, in steps of a thousand, with which a message gets through the checks of its transaction.
func leastGas(t *testing.T, m *market, from, payer apptest.Account, msg sdk.Msg) uint64 {
	t.Helper()
	for gas := uint64(10_000); gas < 500_000; gas += 1_000 {
		checked, err := m.App.CheckTx(&abci.RequestCheckTx{Tx: m.Sign(from, []sdk.Msg{msg}, apptest.PaidBy(payer), apptest.Gas(gas)), Type: abci.CheckTxType_New})
		require.NoError(t, err)
		if checked.Code == abci.CodeTypeOK {
			return gas
		}
	}
	require.Fail(t, "no gas limit is enough")
	return 0
}
