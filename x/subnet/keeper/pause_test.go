package keeper_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/agora-network/agora/x/subnet/keeper"
	"github.com/agora-network/agora/x/subnet/types"
)

func (f *fixture) pause(netuid uint32) {
	f.t.Helper()
	must(f, f.msgs.PauseSubnet, &types.MsgPauseSubnet{Authority: f.gov, Netuid: netuid, Reason: "its tasks leaked"})
}

func (f *fixture) resume(netuid uint32) {
	f.t.Helper()
	must(f, f.msgs.ResumeSubnet, &types.MsgResumeSubnet{Authority: f.gov, Netuid: netuid})
}

func (f *fixture) records() map[string]types.ScoringRecord {
	f.t.Helper()
	response, err := f.queries.ScoringRecords(f.ctx, &types.QueryScoringRecordsRequest{Netuid: 1})
	require.NoError(f.t, err)
	found := map[string]types.ScoringRecord{}
	for _, record := range response.Records {
		found[record.Hotkey] = record
	}
	return found
}

func TestAPausedSubnetIsNeitherActiveNorDueAndBeginsNoEpoch(t *testing.T) {
	f := started(t)
	f.to(5)
	f.pause(1)
	require.Equal(t, []types.EventSubnetPaused{{Netuid: 1, Reason: "its tasks leaked"}}, events[types.EventSubnetPaused](f))
	require.EqualValues(t, 5, f.subnet(1).PausedHeight)
	f.to(40)
	due, err := f.k.DueSubnets(f.ctx)
	require.NoError(t, err)
	require.Empty(t, due)
	active, err := f.k.ActiveNetuids(f.ctx)
	require.NoError(t, err)
	require.Empty(t, active)
	require.Zero(t, f.subnet(1).Epoch)
	require.ErrorIs(t, f.k.AdvanceEpoch(f.ctx, 1), types.ErrSubnetPaused)
	_, err = f.k.CurrentEpoch(f.ctx, 1)
	require.ErrorIs(t, err, types.ErrSubnetPaused)
	f.sound()
}

func TestASubnetPausedAsItsEpochIsToBeginDoesNotBeginIt(t *testing.T) {
	f := started(t)
	reveal := row("v1 hot", 0, 1)
	must(f, f.msgs.CommitScores, commitOf(t, "v1 hot", reveal))
	f.to(11)
	f.endBlock()
	f.pause(1) // as x/gov may in the same block
	f.beginBlock()
	require.Empty(t, events[types.EventEpochStarted](f))
	f.to(30)
	f.resume(1)
	f.to(31)
	require.EqualValues(t, 1, f.epoch().Index, "the epoch that was to begin is the next one, not one that was abandoned")
	must(f, f.msgs.RevealScores, reveal)
	f.sound()
}

func TestAPausedSubnetRefuses(t *testing.T) {
	for _, tc := range []struct {
		name string
		send func(*fixture) error
	}{
		{"miners", func(f *fixture) error {
			_, err := do(f, f.msgs.RegisterMiner, &types.MsgRegisterMiner{Owner: addr("d"), Netuid: 1, Hotkey: addr("d hot")})
			return err
		}},
		{"commits", func(f *fixture) error {
			_, err := do(f, f.msgs.CommitScores, commitOf(f.t, "v2 hot", row("v2 hot", 1, 1)))
			return err
		}},
		{"reveals", func(f *fixture) error {
			_, err := do(f, f.msgs.RevealScores, row("v1 hot", 0, 1))
			return err
		}},
		{"a start", func(f *fixture) error {
			_, err := do(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: addr("owner"), Netuid: 1})
			return err
		}},
		{"another pause", func(f *fixture) error {
			_, err := do(f, f.msgs.PauseSubnet, &types.MsgPauseSubnet{Authority: f.gov, Netuid: 1})
			return err
		}},
		{"the question for its epoch", func(f *fixture) error {
			_, err := f.k.CurrentEpoch(f.ctx, 1)
			return err
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := started(t)
			must(f, f.msgs.CommitScores, commitOf(t, "v1 hot", row("v1 hot", 0, 1)))
			f.to(13)
			f.pause(1)
			require.ErrorIs(t, tc.send(f), types.ErrSubnetPaused)
			f.to(14)
			require.ErrorIs(t, tc.send(f), types.ErrSubnetPaused)
		})
	}
}

func TestAPausedSubnetLetsMinersServeOwnersProposeAndValidatorsAppoint(t *testing.T) {
	f := started(t)
	f.to(5)
	f.pause(1)
	must(f, f.msgs.Serve, &types.MsgServe{Hotkey: addr("a hot"), Netuid: 1, Endpoints: []string{"http://a.example"}})
	must(f, f.msgs.ProposeBenchmark, proposal("owner", 1, "repaired"))
	f.appoint("v1", 1, "v1 special", 5_000)
	f.to(20)
	f.resume(1)
	f.to(21)
	require.EqualValues(t, 2, f.epoch().Version(0), "the repaired benchmark is in force as the subnet goes on")
	require.Contains(t, f.epoch().Permits, types.Permit{Validator: valoper("v1"), Hotkey: addr("v1 special"), Power: 150_000_000})
}

func TestPauseAndResumeAreRefused(t *testing.T) {
	pause := func(change func(*types.MsgPauseSubnet)) func(*fixture) error {
		return func(f *fixture) error {
			msg := &types.MsgPauseSubnet{Authority: f.gov, Netuid: 1}
			change(msg)
			_, err := do(f, f.msgs.PauseSubnet, msg)
			return err
		}
	}
	resume := func(change func(*types.MsgResumeSubnet)) func(*fixture) error {
		return func(f *fixture) error {
			msg := &types.MsgResumeSubnet{Authority: f.gov, Netuid: 1}
			change(msg)
			_, err := do(f, f.msgs.ResumeSubnet, msg)
			return err
		}
	}
	for _, tc := range []struct {
		name string
		want error
		send func(*fixture) error
	}{
		{"when somebody else than governance pauses", sdkerrors.ErrUnauthorized, pause(func(m *types.MsgPauseSubnet) { m.Authority = addr("owner") })},
		{"when the subnet to pause does not exist", types.ErrSubnetNotFound, pause(func(m *types.MsgPauseSubnet) { m.Netuid = 9 })},
		{"when the reason is too long", types.ErrTextInvalid, pause(func(m *types.MsgPauseSubnet) { m.Reason = strings.Repeat("x", types.MaxReasonBytes+1) })},
		{"when the reason is no text", types.ErrTextInvalid, pause(func(m *types.MsgPauseSubnet) { m.Reason = "\xff" })},
		{"when somebody else than governance resumes", sdkerrors.ErrUnauthorized, resume(func(m *types.MsgResumeSubnet) { m.Authority = addr("owner") })},
		{"when the subnet to resume does not exist", types.ErrSubnetNotFound, resume(func(m *types.MsgResumeSubnet) { m.Netuid = 9 })},
		{"when the subnet to resume is not paused", types.ErrSubnetNotPaused, resume(func(*types.MsgResumeSubnet) {})},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := started(t)
			before := f.subnet(1)
			require.ErrorIs(t, tc.send(f), tc.want)
			require.Equal(t, before, f.subnet(1))
		})
	}
	t.Run("but a reason of 512 bytes is taken", func(t *testing.T) {
		require.NoError(t, pause(func(m *types.MsgPauseSubnet) { m.Reason = strings.Repeat("x", types.MaxReasonBytes) })(started(t)))
	})
}

func TestAResumedSubnetGoesOnWithTheNextEpochAndTheCommitsOfTheLast(t *testing.T) {
	f := started(t)
	first := row("v1 hot", 0, 1, 2)
	must(f, f.msgs.CommitScores, commitOf(t, "v1 hot", first))
	must(f, f.msgs.CommitScores, commitOf(t, "v2 hot", row("v2 hot", 0, 1)))
	f.to(12)
	must(f, f.msgs.RevealScores, first)
	second := row("v1 hot", 1, 3, 4)
	must(f, f.msgs.CommitScores, commitOf(t, "v1 hot", second))
	f.to(13)
	before := f.records()
	f.pause(1) // v2 has neither revealed epoch 0 nor committed in epoch 1
	f.to(500)
	f.resume(1)
	require.Equal(t, []types.EventSubnetResumed{{Netuid: 1, NextEpochHeight: 501}}, events[types.EventSubnetResumed](f))
	_, err := do(f, f.msgs.RevealScores, second)
	require.ErrorIs(t, err, types.ErrRevealTooEarly)
	f.to(501)
	epoch := f.epoch()
	require.EqualValues(t, 2, epoch.Index)
	require.EqualValues(t, 501, epoch.StartHeight)
	require.EqualValues(t, 510, epoch.EndHeight)
	active, err := f.k.ActiveNetuids(f.ctx)
	require.NoError(t, err)
	require.Equal(t, []uint32{1}, active)

	t.Run("nobody missed anything in the epoch that was given up", func(t *testing.T) {
		now := f.records()
		for hotkey, record := range before {
			require.Zero(t, now[hotkey].MissedCommits)
			require.Zero(t, now[hotkey].MissedReveals)
			require.Equal(t, record.ActiveEpoch+1, now[hotkey].ActiveEpoch, "it does not count towards the activity cutoff")
		}
	})
	t.Run("whoever had committed in it counts and reveals, the others are not counted as voting zero", func(t *testing.T) {
		for _, permit := range epoch.Permits {
			require.Equal(t, permit.Hotkey == addr("v1 hot"), permit.CountsOn(0))
		}
		must(f, f.msgs.RevealScores, second)
		rows, err := f.k.ClosingRows(f.ctx, 1, 0)
		require.NoError(t, err)
		require.Len(t, rows, 1)
		require.Equal(t, second.Weights, rows[0].Weights)
	})
	t.Run("of the epoch that was given up the permits that committed are kept", func(t *testing.T) {
		past, err := f.queries.PastEpoch(f.ctx, &types.QueryPastEpochRequest{Netuid: 1, Index: 1})
		require.NoError(t, err)
		require.Len(t, past.Epoch.Permits, 1)
		require.Equal(t, addr("v1 hot"), past.Epoch.Permits[0].Hotkey)
	})
	t.Run("and the epoch after pays everybody again", func(t *testing.T) {
		f.to(511)
		for _, permit := range f.epoch().Permits {
			require.True(t, permit.CountsOn(0))
		}
	})
	f.sound()
}

func TestASubnetThatNeverRanCanBeStartedOnceItIsResumed(t *testing.T) {
	f := market(t)
	f.pause(1)
	f.to(20)
	f.resume(1)
	require.Equal(t, []types.EventSubnetResumed{{Netuid: 1}}, events[types.EventSubnetResumed](f))
	require.Zero(t, f.subnet(1).PausedHeight)
	must(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: addr("owner"), Netuid: 1})
	f.to(21)
	require.Zero(t, f.epoch().Index)
	f.register("d")
	f.sound()
}

func TestASubnetPausedInTheBlockOfItsStartBeginsWithEpochZero(t *testing.T) {
	f := market(t)
	must(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: addr("owner"), Netuid: 1})
	f.pause(1)
	f.to(20)
	f.resume(1)
	f.to(21)
	require.Zero(t, f.epoch().Index)
	require.EqualValues(t, 21, f.epoch().StartHeight)
}

func TestASubnetCanBePausedAndResumedInOneBlock(t *testing.T) {
	f := started(t)
	f.to(5)
	f.pause(1)
	f.resume(1)
	f.to(6)
	require.EqualValues(t, 1, f.epoch().Index)
	require.EqualValues(t, 6, f.epoch().StartHeight)
	f.sound()
}

func TestASubnetWhoseEpochFailedToBeginCanBePausedAndResumed(t *testing.T) {
	f := started(t)
	f.to(11)
	f.endBlock()
	f.staking.err = errBroken
	f.beginBlock()
	f.staking.err = nil
	f.pause(1)
	f.to(20)
	f.resume(1)
	f.to(21)
	require.EqualValues(t, 2, f.epoch().Index)
	f.sound()
}

func TestPausesLeaveNoEpochBehind(t *testing.T) {
	f := started(t)
	for range keeper.KeptEpochs + 4 {
		f.pause(1)
		f.beginBlock()
		f.resume(1)
		f.beginBlock()
	}
	state, err := f.k.ExportGenesis(f.ctx)
	require.NoError(t, err)
	require.Len(t, state.Epochs, keeper.KeptEpochs+1)
	f.sound()
}

func TestAPausedSubnetAnswersQueriesAsOneWithoutAnEpoch(t *testing.T) {
	f := started(t)
	f.pause(1)
	_, err := f.queries.Epoch(f.ctx, &types.QueryEpochRequest{Netuid: 1})
	require.ErrorContains(t, err, types.ErrSubnetPaused.Error())
	shown, err := f.queries.Subnet(f.ctx, &types.QuerySubnetRequest{Netuid: 1})
	require.NoError(t, err)
	require.EqualValues(t, 2, shown.Subnet.PausedHeight)
}
