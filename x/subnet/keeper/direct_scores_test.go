package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/agora-network/agora/x/subnet/types"
)

// open is a started market that takes scores in the open.
func open(t *testing.T) *fixture {
	t.Helper()
	f := market(t)
	must(f, f.msgs.UpdateSubnetParams, &types.MsgUpdateSubnetParams{
		Signer: addr("owner"), Netuid: 1, Fields: []string{"direct_scores"}, Params: types.SubnetParams{DirectScores: true},
	})
	must(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: addr("owner"), Netuid: 1})
	f.to(2)
	return f
}

// direct sets what a reveal would open.
func direct(r *types.MsgRevealScores) *types.MsgSetScores {
	return &types.MsgSetScores{
		Hotkey: r.Hotkey, Netuid: r.Netuid, Epoch: r.Epoch, Benchmark: r.Benchmark, BenchmarkVersion: r.BenchmarkVersion,
		MinerIds: r.MinerIds, Weights: r.Weights, EvidenceRoot: r.EvidenceRoot, Items: r.Items,
	}
}

func TestScoresThatAreSetInTheOpenCountWhenRevealedOnesWould(t *testing.T) {
	f := open(t)
	must(f, f.msgs.SetScores, direct(row("v1 hot", 0, 5, 1)))
	require.Len(t, events[types.EventScoresRevealed](f), 1)
	rows, err := f.k.ClosingRows(f.ctx, 1, 0)
	require.NoError(t, err)
	require.Empty(t, rows, "not when the epoch ends in which they were made")
	state, err := f.k.ExportGenesis(f.ctx)
	require.NoError(t, err)
	require.NoError(t, state.Validate())

	f.to(12)
	rows, err = f.k.ClosingRows(f.ctx, 1, 0)
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.Equal(t, []uint32{5, 1}, rows[0].Weights)
	require.Equal(t, []uint32{0}, f.activeOn("v1 hot"))
	kept := f.record("v1 hot", 0)
	require.EqualValues(t, []uint64{1, 1, 0, 0}, []uint64{kept.Commits, kept.Reveals, kept.MissedCommits, kept.MissedReveals})
	require.EqualValues(t, 1, f.record("v2 hot", 0).MissedCommits)
	f.to(22)
	require.Zero(t, f.record("v1 hot", 0).MissedReveals)
	f.sound()
}

func TestWhatWasCommittedBeforeAChangeToOpenScoresIsStillRevealed(t *testing.T) {
	f := started(t)
	r := row("v1 hot", 0, 5, 1)
	must(f, f.msgs.CommitScores, commitOf(t, "v1 hot", r))
	must(f, f.msgs.UpdateSubnetParams, &types.MsgUpdateSubnetParams{
		Signer: addr("owner"), Netuid: 1, Fields: []string{"direct_scores"}, Params: types.SubnetParams{DirectScores: true},
	})
	_, err := do(f, f.msgs.SetScores, direct(row("v2 hot", 0, 1)))
	require.ErrorIs(t, err, types.ErrCommitRevealOnly, "the epoch under way goes on as it began")
	f.to(12)
	must(f, f.msgs.RevealScores, r)
	_, err = do(f, f.msgs.CommitScores, commitOf(t, "v1 hot", row("v1 hot", 1, 5)))
	require.ErrorIs(t, err, types.ErrDirectScores)
	must(f, f.msgs.SetScores, direct(row("v1 hot", 1, 5)))
	f.sound()
}

func TestScoresInTheOpenAreRefused(t *testing.T) {
	for _, tc := range []struct {
		name   string
		want   error
		change func(*fixture, *types.MsgSetScores)
	}{
		{"when the hotkey is no address", sdkerrors.ErrInvalidAddress, func(_ *fixture, m *types.MsgSetScores) { m.Hotkey = "hot" }},
		{"when the subnet does not exist", types.ErrSubnetNotFound, func(_ *fixture, m *types.MsgSetScores) { m.Netuid = 9 }},
		{"when the hotkey has no permit", types.ErrNoPermit, func(_ *fixture, m *types.MsgSetScores) { m.Hotkey = addr("a") }},
		{"for another epoch", types.ErrWrongEpoch, func(_ *fixture, m *types.MsgSetScores) { m.Epoch++ }},
		{"for a benchmark that is not scored", types.ErrBenchmarkNotScored, func(_ *fixture, m *types.MsgSetScores) { m.Benchmark = 1 }},
		{"by another version", types.ErrWrongBenchmarkVersion, func(_ *fixture, m *types.MsgSetScores) { m.BenchmarkVersion++ }},
		{"a second time", types.ErrScoresSetAlready, func(f *fixture, m *types.MsgSetScores) { must(f, f.msgs.SetScores, m) }},
		{"with more entries than there are slots", types.ErrTooManyEntries, func(_ *fixture, m *types.MsgSetScores) {
			m.MinerIds, m.Weights = []uint64{1, 2, 3, 4, 5}, []uint32{1, 1, 1, 1, 1}
		}},
		{"for a miner that never was", types.ErrUnknownMiner, func(_ *fixture, m *types.MsgSetScores) { m.MinerIds[1] = 77 }},
		{"without evidence", types.ErrNoEvidence, func(_ *fixture, m *types.MsgSetScores) { m.Items = 0 }},
		{"with a weight of 0", types.ErrZeroWeight, func(_ *fixture, m *types.MsgSetScores) { m.Weights[0] = 0 }},
		{"while the subnet is paused", types.ErrSubnetPaused, func(f *fixture, _ *types.MsgSetScores) {
			must(f, f.msgs.PauseSubnet, &types.MsgPauseSubnet{Authority: f.gov, Netuid: 1})
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := open(t)
			msg := direct(row("v1 hot", 0, 5, 1))
			tc.change(f, msg)
			_, err := do(f, f.msgs.SetScores, msg)
			require.ErrorIs(t, err, tc.want)
		})
	}
}
