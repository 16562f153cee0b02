package localnet

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/localnet/view"
	rewardstypes "github.com/agora-network/agora/x/rewards/types"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

func TestAStallIsSaidOnlyWhenBlocksAreLongOverdue(t *testing.T) {
	n := &network{plan: newPlan(DefaultSettings())}
	require.Empty(t, n.stall(time.Now()))
	require.Contains(t, n.stall(time.Now().Add(-time.Hour)), "more than two thirds of the nodes must run")
	n.plan.Settings.BlockTime = time.Hour
	require.Empty(t, n.stall(time.Now().Add(-time.Hour)))
}

// twoMiners is a network whose miners "a" and "b" are registered as identities 7 and 8.
func twoMiners() *view.Snapshot {
	s := &view.Snapshot{
		Miners:     []view.Miner{{Name: "miner-1", Hotkey: "a", Owner: "x"}, {Name: "miner-2", Hotkey: "b", Owner: "y"}},
		Validators: []view.Validator{{Name: "validator-1", Hotkey: "v"}, {Name: "validator-2", Hotkey: "w"}},
	}
	applyMiners(s, []subnettypes.Miner{{Hotkey: "b", MinerId: 8, Uid: 0}, {Hotkey: "a", MinerId: 7, Uid: 1, Capabilities: subnettypes.Capabilities{Model: "m"}}})
	return s
}

func TestTheTableFollowsWhatTheChainSays(t *testing.T) {
	s := twoMiners()
	require.Equal(t, uint32(1), s.Miners[0].UID)
	require.Equal(t, "m", s.Miners[0].Model)

	earned := &ledger{Miners: map[uint64]uint64{7: 70}, Validators: map[string]uint64{"v": 5}}
	applyResult(s, &rewardstypes.EpochResult{
		Epoch: 4, OwnerAmount: 1, MinerAmount: 2, ValidatorAmount: 3,
		MinerIds: []uint64{7, 8}, Incentives: []uint64{750_000_000, 250_000_000},
		Validators: []rewardstypes.ValidatorResult{{Hotkey: "v", Trust: 1_000_000_000, Dividends: 500_000_000, Revealed: true}},
	}, earned)
	require.Equal(t, view.Epoch{Closed: 5, Paid: 6}, s.Epoch)
	require.InDelta(t, 0.75, s.Miners[0].Incentive, 1e-12)
	require.EqualValues(t, 70, s.Miners[0].Earned)
	require.InDelta(t, 0.5, s.Validators[0].Dividends, 1e-12)
	require.True(t, s.Validators[0].Revealed)
	require.False(t, s.Validators[1].Revealed)

	applyRows(s, []subnettypes.ScoreRow{
		{MinerIds: []uint64{7, 8}, Weights: []uint32{maxWeight, maxWeight / 5}},
		{MinerIds: []uint64{7}, Weights: []uint32{maxWeight}},
	})
	require.InDelta(t, 1, s.Miners[0].Score, 1e-12)
	require.InDelta(t, 0.1, s.Miners[1].Score, 1e-12)
	applyRows(s, nil)
	require.Zero(t, s.Miners[0].Score)

	applyPermits(s, []subnettypes.Permit{{Hotkey: "w", Power: 9}})
	require.Zero(t, s.Validators[0].Power)
	require.EqualValues(t, 9, s.Validators[1].Power)
	applyRecords(s, []subnettypes.ScoringRecord{{Hotkey: "v", Commits: 3, MissedCommits: 1, MissedReveals: 1}})
	require.EqualValues(t, 2, s.Validators[0].Missed)
	applyAccrued(s, "x", []rewardstypes.AccruedAmount{{Netuid: 9, Amount: sdk.NewInt64Coin("uagora", 1)}, {Netuid: netuid, Amount: sdk.NewInt64Coin("uagora", 44)}})
	require.EqualValues(t, 44, s.Miners[0].Claimable)
	require.Zero(t, s.Miners[1].Claimable)
}

func TestAMinerThatLostItsSlotIsShownWithoutIncentive(t *testing.T) {
	s := twoMiners()
	applyMiners(s, []subnettypes.Miner{{Hotkey: "a", MinerId: 7}})
	applyResult(s, &rewardstypes.EpochResult{MinerIds: []uint64{7, 8}, Incentives: []uint64{1, 999_999_999}}, &ledger{})
	require.False(t, s.Miners[1].Registered)
	require.Zero(t, s.Miners[1].Incentive)
}
