package keeper_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"

	"github.com/agora-network/agora/x/subnet/keeper"
	"github.com/agora-network/agora/x/subnet/types"
)

func TestEpochsFollowEachOtherWithoutAGap(t *testing.T) {
	f := started(t)
	first := f.epoch()
	require.Equal(t, []types.EventEpochStarted{{Netuid: 1, Epoch: 0, StartHeight: 2, Beacon: first.Beacon, Benchmarks: whole(1)}}, events[types.EventEpochStarted](f))
	f.to(11)
	require.EqualValues(t, 0, f.epoch().Index)
	f.to(12)
	second := f.epoch()
	require.EqualValues(t, 1, second.Index)
	require.EqualValues(t, 12, second.StartHeight)
	require.EqualValues(t, 21, second.EndHeight)
	require.NotEqual(t, first.Beacon, second.Beacon)
	beacon, err := f.queries.Beacon(f.ctx, &types.QueryBeaconRequest{})
	require.NoError(t, err)
	require.Equal(t, beacon.Beacon, second.Beacon, "an epoch's beacon is that of its first block")
}

func TestAnEpochStaysDueUntilItIsClosed(t *testing.T) {
	f := started(t)
	due := func() []uint32 {
		netuids, err := f.k.DueSubnets(f.ctx)
		require.NoError(t, err)
		return netuids
	}
	f.to(10)
	require.Empty(t, due())
	f.to(11)
	require.Equal(t, []uint32{1}, due())
	for range 3 { // the module that pays has more urgent ones
		f.beginBlock()
	}
	require.Equal(t, []uint32{1}, due())
	require.EqualValues(t, 0, f.epoch().Index, "a deferred epoch goes on")
	require.NoError(t, f.k.AdvanceEpoch(f.ctx, 1))
	require.Empty(t, due())
	f.beginBlock()
	require.EqualValues(t, 15, f.epoch().StartHeight, "the next epoch has its full length")
	require.EqualValues(t, 24, f.epoch().EndHeight)
}

func TestDueSubnetsAreServedOldestFirst(t *testing.T) {
	f := started(t)
	f.rich("owner")
	for _, name := range []string{"second", "third"} {
		netuid := must(f, f.msgs.RegisterSubnet, &types.MsgRegisterSubnet{Owner: addr("owner"), Name: name, Params: &types.SubnetParams{Tempo: 4}}).Netuid
		must(f, f.msgs.ProposeBenchmark, proposal("owner", netuid, name))
		must(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: addr("owner"), Netuid: netuid})
	}
	for f.ctx.BlockHeight() < 12 {
		f.beginBlock()
	}
	due, err := f.k.DueSubnets(f.ctx)
	require.NoError(t, err)
	require.Equal(t, []uint32{2, 3, 1}, due, "2 and 3 were due at height 6, 1 at height 11")
	active, err := f.k.ActiveNetuids(f.ctx)
	require.NoError(t, err)
	require.Equal(t, []uint32{1, 2, 3}, active)
}

func TestSubnetsThatDoNotRunAreNeitherActiveNorDue(t *testing.T) {
	f := market(t)
	f.to(100)
	due, err := f.k.DueSubnets(f.ctx)
	require.NoError(t, err)
	require.Empty(t, due)
	active, err := f.k.ActiveNetuids(f.ctx)
	require.NoError(t, err)
	require.Empty(t, active)
	require.ErrorIs(t, f.k.AdvanceEpoch(f.ctx, 1), types.ErrSubnetNotStarted)
	require.ErrorIs(t, f.k.AdvanceEpoch(f.ctx, 2), types.ErrSubnetNotFound)
	has, err := f.k.HasSubnet(f.ctx, 1)
	require.NoError(t, err)
	require.True(t, has)
	has, err = f.k.HasSubnet(f.ctx, 2)
	require.NoError(t, err)
	require.False(t, has)
	rows, err := f.k.ClosingRows(f.ctx, 1, 0)
	require.NoError(t, err)
	require.Empty(t, rows)
}

func TestASubnetWhoseEpochCannotBeginDoesNotStopTheOthers(t *testing.T) {
	f := started(t)
	f.rich("owner")
	netuid := must(f, f.msgs.RegisterSubnet, &types.MsgRegisterSubnet{Owner: addr("owner"), Name: "other", Params: quick()}).Netuid
	must(f, f.msgs.ProposeBenchmark, proposal("owner", netuid, "other"))
	must(f, f.msgs.StartSubnet, &types.MsgStartSubnet{Owner: addr("owner"), Netuid: netuid})
	f.to(11)
	f.endBlock()
	// Subnet 1 loses its benchmark, as only a fault could make it.
	lost := collections.Join3(uint32(1), uint32(0), uint32(1))
	benchmark, err := f.k.Benchmarks.Get(f.ctx, lost)
	require.NoError(t, err)
	require.NoError(t, f.k.Benchmarks.Remove(f.ctx, lost))
	f.beginBlock()
	failed := events[types.EventEpochStartFailed](f)
	require.Len(t, failed, 1)
	require.EqualValues(t, 1, failed[0].Netuid)
	require.EqualValues(t, 1, failed[0].Epoch)
	_, err = f.k.CurrentEpoch(f.ctx, 1)
	require.ErrorIs(t, err, types.ErrEpochNotBegun)
	_, err = do(f, f.msgs.CommitScores, commitOf(t, "v1 hot", row("v1 hot", 1, 1)))
	require.ErrorIs(t, err, types.ErrEpochNotBegun)

	t.Run("and it is closed on time and tried afresh", func(t *testing.T) {
		f.to(13)
		other, err := f.k.CurrentEpoch(f.ctx, netuid)
		require.NoError(t, err)
		require.EqualValues(t, 1, other.Index)
		require.NoError(t, f.k.Benchmarks.Set(f.ctx, lost, benchmark))
		f.to(22)
		require.EqualValues(t, 2, f.epoch().Index)
		require.Len(t, f.epoch().Permits, 2)
	})
}

func TestAFailureOfStakingLeavesTheEpochWithoutPermits(t *testing.T) {
	f := started(t)
	f.to(11)
	f.endBlock()
	f.staking.err = errors.New("staking is broken")
	f.beginBlock()
	failed := events[types.EventEpochStartFailed](f)
	require.Len(t, failed, 1)
	require.Contains(t, failed[0].Reason, "staking is broken")
	f.staking.err = nil
	f.to(22)
	require.EqualValues(t, 2, f.epoch().Index)
	require.Len(t, f.epoch().Permits, 2)
}

func TestAPanicInOneSubnetsEpochStartStopsNeitherTheBlockNorTheOthers(t *testing.T) {
	f := started(t)
	f.to(11)
	f.endBlock()
	f.staking.panics = true
	f.beginBlock()
	failed := events[types.EventEpochStartFailed](f)
	require.Len(t, failed, 1)
	require.Contains(t, failed[0].Reason, "staking has a fault")
	require.Contains(t, failed[0].Reason, types.ErrStepPanicked.Error())
	require.Empty(t, events[types.EventEpochStarted](f), "nothing of the attempt stays")
	f.staking.panics = false
	f.to(22)
	require.EqualValues(t, 2, f.epoch().Index)
	f.sound()
}

func TestOldEpochsAreForgottenWithTheirCommitsAndRows(t *testing.T) {
	f := started(t)
	for epoch := range uint64(keeper.KeptEpochs + 4) {
		reveal := row("v1 hot", epoch, 1)
		must(f, f.msgs.CommitScores, commitOf(t, "v1 hot", reveal))
		f.to(f.epoch().EndHeight + 1)
		must(f, f.msgs.RevealScores, reveal)
	}
	state, err := f.k.ExportGenesis(f.ctx)
	require.NoError(t, err)
	require.Len(t, state.Epochs, keeper.KeptEpochs+1)
	require.Len(t, state.Commits, keeper.KeptEpochs)
	require.Len(t, state.Rows, keeper.KeptEpochs)
	require.EqualValues(t, 4, state.Epochs[0].Index)
	require.EqualValues(t, 4, state.Commits[0].Epoch)
	f.sound()
}
