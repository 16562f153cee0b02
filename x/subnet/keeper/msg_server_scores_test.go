package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/agora-network/agora/x/subnet/types"
)

func TestACommitIsOpenedInTheNextEpochAndPaysThere(t *testing.T) {
	f := started(t)
	reveal := row("v1 hot", 0, 60_000, 0, 5_000)
	commit := commitOf(t, "v1 hot", reveal)
	f.to(11) // the last block of epoch 0
	must(f, f.msgs.CommitScores, commit)
	require.Equal(t, []types.EventScoresCommitted{{Netuid: 1, Epoch: 0, Hotkey: addr("v1 hot"), Validator: valoper("v1")}}, events[types.EventScoresCommitted](f))
	stored, err := f.queries.Commit(f.ctx, &types.QueryCommitRequest{Netuid: 1, Epoch: 0, Hotkey: addr("v1 hot")})
	require.NoError(t, err)
	require.Equal(t, types.ScoreCommit{Netuid: 1, Epoch: 0, Hotkey: addr("v1 hot"), Validator: valoper("v1"), BenchmarkVersion: 1, Hash: commit.Hash, Height: 11}, stored.Commit)

	f.to(16) // the last block of the reveal window of epoch 1
	must(f, f.msgs.RevealScores, reveal)
	require.Equal(t, []types.EventScoresRevealed{{Netuid: 1, Epoch: 0, Hotkey: addr("v1 hot"), Validator: valoper("v1"), Entries: 2}}, events[types.EventScoresRevealed](f))
	want := types.ScoreRow{
		Netuid: 1, Epoch: 0, Hotkey: addr("v1 hot"), Validator: valoper("v1"), BenchmarkVersion: 1,
		MinerIds: []uint64{1, 3}, Weights: []uint32{60_000, 5_000}, EvidenceRoot: make([]byte, 32), Items: 8, Height: 16,
	}
	stored2, err := f.queries.Row(f.ctx, &types.QueryRowRequest{Netuid: 1, Epoch: 0, Hotkey: addr("v1 hot")})
	require.NoError(t, err)
	require.Equal(t, want, stored2.Row)
	closing, err := f.k.ClosingRows(f.ctx, 1, 0)
	require.NoError(t, err)
	require.Equal(t, []types.ScoreRow{want}, closing)
	f.sound()
	f.to(22)
	closing, err = f.k.ClosingRows(f.ctx, 1, 0)
	require.NoError(t, err)
	require.Empty(t, closing, "a row pays once")
}

func TestCommitScoresIsRefused(t *testing.T) {
	for _, tc := range []struct {
		name  string
		want  error
		setup func(*fixture, *types.MsgCommitScores)
	}{
		{"when the hotkey is no address", sdkerrors.ErrInvalidAddress, func(_ *fixture, m *types.MsgCommitScores) { m.Hotkey = "x" }},
		{"when the hash is not 32 bytes", types.ErrCommitHashInvalid, func(_ *fixture, m *types.MsgCommitScores) { m.Hash = m.Hash[:31] }},
		{"when the subnet does not exist", types.ErrSubnetNotFound, func(_ *fixture, m *types.MsgCommitScores) { m.Netuid = 9 }},
		{"when the subnet is not started", types.ErrSubnetNotStarted, func(f *fixture, m *types.MsgCommitScores) {
			f.rich("owner")
			m.Netuid = must(f, f.msgs.RegisterSubnet, &types.MsgRegisterSubnet{Owner: addr("owner"), Name: "other"}).Netuid
		}},
		{"when the epoch is over", types.ErrWrongEpoch, func(f *fixture, _ *types.MsgCommitScores) { f.to(12) }},
		{"when the epoch is yet to come", types.ErrWrongEpoch, func(_ *fixture, m *types.MsgCommitScores) { m.Epoch = 1 }},
		{"when the hotkey has no permit", types.ErrNoPermit, func(_ *fixture, m *types.MsgCommitScores) { m.Hotkey = addr("v9 hot") }},
		{"when another benchmark version counts", types.ErrWrongBenchmarkVersion, func(_ *fixture, m *types.MsgCommitScores) { m.BenchmarkVersion = 2 }},
		{"when the hotkey has committed in this epoch", types.ErrAlreadyCommitted, func(f *fixture, m *types.MsgCommitScores) {
			first := *m
			first.Hash = make([]byte, 32)
			must(f, f.msgs.CommitScores, &first)
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := started(t)
			msg := commitOf(t, "v1 hot", row("v1 hot", 0, 1))
			tc.setup(f, msg)
			_, err := do(f, f.msgs.CommitScores, msg)
			require.ErrorIs(t, err, tc.want)
		})
	}
	t.Run("in the block that starts the subnet", func(t *testing.T) {
		f := market(t)
		must(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: addr("owner"), Netuid: 1})
		_, err := do(f, f.msgs.CommitScores, commitOf(t, "v1 hot", row("v1 hot", 0, 1)))
		require.ErrorIs(t, err, types.ErrEpochNotBegun)
	})
}

func TestRevealScoresIsRefused(t *testing.T) {
	for _, tc := range []struct {
		name  string
		want  error
		setup func(*fixture, *types.MsgRevealScores)
	}{
		{"when the hotkey is no address", sdkerrors.ErrInvalidAddress, func(_ *fixture, m *types.MsgRevealScores) { m.Hotkey = "x" }},
		{"when the subnet does not exist", types.ErrSubnetNotFound, func(_ *fixture, m *types.MsgRevealScores) { m.Netuid = 9 }},
		{"when the subnet is not started", types.ErrSubnetNotStarted, func(f *fixture, m *types.MsgRevealScores) {
			m.Netuid = must(f, f.msgs.RegisterSubnet, &types.MsgRegisterSubnet{Owner: addr("owner"), Name: "other"}).Netuid
		}},
		{"when the epoch of the commit is still under way", types.ErrRevealTooEarly, func(_ *fixture, m *types.MsgRevealScores) { m.Epoch = 1 }},
		{"when the epoch is yet to come", types.ErrRevealTooEarly, func(_ *fixture, m *types.MsgRevealScores) { m.Epoch = 7 }},
		{"when the reveal window has closed", types.ErrRevealTooLate, func(f *fixture, _ *types.MsgRevealScores) { f.to(17) }},
		{"when the commit is two epochs old", types.ErrRevealTooLate, func(f *fixture, _ *types.MsgRevealScores) { f.to(22) }},
		{"when the hotkey committed nothing", types.ErrNoCommit, func(_ *fixture, m *types.MsgRevealScores) { m.Hotkey = addr("v2 hot") }},
		{"when the commit is open already", types.ErrAlreadyRevealed, func(f *fixture, m *types.MsgRevealScores) { must(f, f.msgs.RevealScores, m) }},
		{"when the benchmark version is not the committed one", types.ErrWrongBenchmarkVersion, func(_ *fixture, m *types.MsgRevealScores) { m.BenchmarkVersion = 2 }},
		{"when a weight was changed", types.ErrHashMismatch, func(_ *fixture, m *types.MsgRevealScores) { m.Weights[0]-- }},
		{"when a miner was left out", types.ErrHashMismatch, func(_ *fixture, m *types.MsgRevealScores) { m.MinerIds, m.Weights = m.MinerIds[1:], m.Weights[1:] }},
		{"when the salt is another", types.ErrHashMismatch, func(_ *fixture, m *types.MsgRevealScores) { m.Salt = make([]byte, 16) }},
		{"when the evidence root is another", types.ErrHashMismatch, func(_ *fixture, m *types.MsgRevealScores) { m.EvidenceRoot[31] = 1 }},
		{"when the number of items is another", types.ErrHashMismatch, func(_ *fixture, m *types.MsgRevealScores) { m.Items++ }},
		{"when there are more entries than slots", types.ErrTooManyEntries, func(_ *fixture, m *types.MsgRevealScores) {
			m.MinerIds, m.Weights = []uint64{1, 2, 3, 4, 5}, []uint32{1, 1, 1, 1, 1}
		}},
		{"when ids and weights do not pair", types.ErrEntriesMismatch, func(_ *fixture, m *types.MsgRevealScores) { m.Weights = nil }},
		{"when ids are not ascending", types.ErrEntriesUnsorted, func(_ *fixture, m *types.MsgRevealScores) { m.MinerIds[0] = 9 }},
		{"when a weight is 0", types.ErrZeroWeight, func(_ *fixture, m *types.MsgRevealScores) { m.Weights[0] = 0 }},
		{"when a weight is too large", types.ErrWeightTooLarge, func(_ *fixture, m *types.MsgRevealScores) { m.Weights[0] = 65_536 }},
		{"when the salt is too short", types.ErrSaltInvalid, func(_ *fixture, m *types.MsgRevealScores) { m.Salt = m.Salt[:15] }},
		{"when the evidence root is malformed", types.ErrEvidenceRootInvalid, func(_ *fixture, m *types.MsgRevealScores) { m.EvidenceRoot = nil }},
		{"when there are weights without evidence", types.ErrNoEvidence, func(_ *fixture, m *types.MsgRevealScores) { m.Items = 0 }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := started(t)
			msg := row("v1 hot", 0, 60_000, 5_000)
			must(f, f.msgs.CommitScores, commitOf(t, "v1 hot", msg))
			f.to(12)
			tc.setup(f, msg)
			before, err := f.k.ExportGenesis(f.ctx)
			require.NoError(t, err)
			_, err = do(f, f.msgs.RevealScores, msg)
			require.ErrorIs(t, err, tc.want)
			after, err := f.k.ExportGenesis(f.ctx)
			require.NoError(t, err)
			require.Equal(t, before, after)
		})
	}
	for name, unknown := range map[string]uint64{"an identity that was never given": 4, "identity 0": 0} {
		t.Run("when a weight is for "+name, func(t *testing.T) {
			f := started(t)
			msg := row("v1 hot", 0, 1)
			msg.MinerIds[0] = unknown
			must(f, f.msgs.CommitScores, commitOf(t, "v1 hot", msg))
			f.to(12)
			_, err := do(f, f.msgs.RevealScores, msg)
			require.ErrorIs(t, err, types.ErrUnknownMiner)
		})
	}
}

func TestACopiedCommitCannotBeOpenedByTheCopier(t *testing.T) {
	f := started(t)
	reveal := row("v1 hot", 0, 60_000)
	commit := commitOf(t, "v1 hot", reveal)
	must(f, f.msgs.CommitScores, commit)
	copied := *commit
	copied.Hotkey = addr("v2 hot")
	must(f, f.msgs.CommitScores, &copied)
	f.to(12)
	must(f, f.msgs.RevealScores, reveal)
	stolen := *reveal
	stolen.Hotkey = addr("v2 hot")
	_, err := do(f, f.msgs.RevealScores, &stolen)
	require.ErrorIs(t, err, types.ErrHashMismatch)
}

func TestACommitOfAnotherChainCannotBeOpened(t *testing.T) {
	f := started(t)
	reveal := row("v1 hot", 0, 60_000)
	must(f, f.msgs.CommitScores, commitOf(t, "v1 hot", reveal))
	f.to(12)
	f.ctx = f.ctx.WithChainID("another-chain")
	_, err := do(f, f.msgs.RevealScores, reveal)
	require.ErrorIs(t, err, types.ErrHashMismatch)
}

func TestEntriesOfMinersReplacedSinceTheCommitAreDroppedAndCounted(t *testing.T) {
	f := market(t)
	f.register("d")
	f.to(30)
	must(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: addr("owner"), Netuid: 1})
	f.to(31)
	reveal := row("v1 hot", 0, 100, 200, 300)
	must(f, f.msgs.CommitScores, commitOf(t, "v1 hot", reveal))
	f.to(41)
	f.rich("e")
	require.EqualValues(t, 0, f.register("e").Uid, "e takes the slot of miner 1")
	must(f, f.msgs.RevealScores, reveal)
	require.Equal(t, []types.EventScoresRevealed{{Netuid: 1, Epoch: 0, Hotkey: addr("v1 hot"), Validator: valoper("v1"), Entries: 2, Dropped: 1}}, events[types.EventScoresRevealed](f))
	closing, err := f.k.ClosingRows(f.ctx, 1, 0)
	require.NoError(t, err)
	require.Equal(t, []uint64{2, 3}, closing[0].MinerIds)
	require.Equal(t, []uint32{200, 300}, closing[0].Weights)
}

func TestAnEmptyRowIsAnAbstentionThatKeepsAValidatorAwake(t *testing.T) {
	f := started(t)
	reveal := row("v1 hot", 0)
	reveal.Items = 0
	must(f, f.msgs.CommitScores, commitOf(t, "v1 hot", reveal))
	f.to(12)
	must(f, f.msgs.RevealScores, reveal)
	closing, err := f.k.ClosingRows(f.ctx, 1, 0)
	require.NoError(t, err)
	require.Len(t, closing, 1)
	require.Empty(t, closing[0].MinerIds)
}

func TestRecordsCountWhatEachHotkeyDidAndMissed(t *testing.T) {
	f := started(t)
	// v1 commits and reveals; v2 commits in epoch 0 only and reveals nothing.
	for epoch := range uint64(3) {
		reveal := row("v1 hot", epoch, 1)
		must(f, f.msgs.CommitScores, commitOf(t, "v1 hot", reveal))
		if epoch == 0 {
			must(f, f.msgs.CommitScores, commitOf(t, "v2 hot", row("v2 hot", 0, 1)))
		}
		f.to(f.epoch().EndHeight)
		f.endBlock()
		missed := events[types.EventScoresMissed](f)
		switch epoch {
		case 0:
			require.Empty(t, missed)
		case 1:
			require.ElementsMatch(t, []types.EventScoresMissed{
				{Netuid: 1, Epoch: 1, Hotkey: addr("v2 hot"), Validator: valoper("v2"), Reason: "no_commit"},
				{Netuid: 1, Epoch: 0, Hotkey: addr("v2 hot"), Validator: valoper("v2"), Reason: "no_reveal"},
			}, missed)
		}
		f.beginBlock()
		must(f, f.msgs.RevealScores, reveal)
	}
	response, err := f.queries.ScoringRecords(f.ctx, &types.QueryScoringRecordsRequest{Netuid: 1})
	require.NoError(t, err)
	require.ElementsMatch(t, []types.ScoringRecord{
		{Netuid: 1, Hotkey: addr("v1 hot"), Validator: valoper("v1"), Commits: 3, Reveals: 3, ActiveEpoch: 3},
		{Netuid: 1, Hotkey: addr("v2 hot"), Validator: valoper("v2"), Commits: 1, MissedCommits: 2, MissedReveals: 1},
	}, response.Records)
}

func TestAValidatorThatFellSilentCountsAgainInTheEpochInWhichItReveals(t *testing.T) {
	f := started(t)
	active := func() bool {
		for _, permit := range f.epoch().Permits {
			if permit.Hotkey == addr("v1 hot") {
				return permit.CountsOn(0)
			}
		}
		return false
	}
	// Its first permit was in epoch 0 and the cutoff is 3 epochs: epoch 3 is the last in which it counts.
	f.to(2 + 3*10)
	require.True(t, active())
	f.to(2 + 4*10)
	require.False(t, active())
	reveal := row("v1 hot", 4, 1)
	must(f, f.msgs.CommitScores, commitOf(t, "v1 hot", reveal))
	f.to(2 + 5*10)
	require.False(t, active())
	must(f, f.msgs.RevealScores, reveal)
	require.True(t, active())
	f.to(2 + 8*10)
	require.True(t, active())
	f.to(2 + 9*10)
	require.False(t, active())
}
