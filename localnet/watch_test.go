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
	applyResults(s, closing{{
		Epoch: 4, ShareBp: 10_000, OwnerAmount: 1, MinerAmount: 2, ValidatorAmount: 3,
		MinerIds: []uint64{7, 8}, Incentives: []uint64{750_000_000, 250_000_000},
		Validators: []rewardstypes.ValidatorResult{{Hotkey: "v", Trust: 1_000_000_000, Dividends: 500_000_000, Revealed: true}},
	}}, earned)
	require.Equal(t, view.Epoch{Closed: 5, Paid: 6}, s.Epoch)
	require.InDelta(t, 0.75, s.Miners[0].Incentive, 1e-12)
	require.EqualValues(t, 70, s.Miners[0].Earned)
	require.InDelta(t, 0.5, s.Validators[0].Dividends, 1e-12)
	require.True(t, s.Validators[0].Revealed)
	require.False(t, s.Validators[1].Revealed)

	applyRows(s, [][]subnettypes.ScoreRow{{
		{MinerIds: []uint64{7, 8}, Weights: []uint32{maxWeight, maxWeight / 5}},
		{MinerIds: []uint64{7}, Weights: []uint32{maxWeight}},
	}})
	require.InDelta(t, 1, s.Miners[0].Score, 1e-12)
	require.InDelta(t, 0.1, s.Miners[1].Score, 1e-12)
	applyRows(s, [][]subnettypes.ScoreRow{nil})
	require.Zero(t, s.Miners[0].Score)

	applyPermits(s, []subnettypes.Permit{{Hotkey: "w", Power: 9}})
	require.Zero(t, s.Validators[0].Power)
	require.EqualValues(t, 9, s.Validators[1].Power)
	for range 2 { // it may be read again
		applyRecords(s, []subnettypes.ScoringRecord{
			{Hotkey: "v", Commits: 3, MissedCommits: 1, MissedReveals: 1}, {Hotkey: "v", Benchmark: 1, Commits: 4, MissedCommits: 1},
		})
	}
	require.EqualValues(t, 7, s.Validators[0].Commits)
	require.EqualValues(t, 3, s.Validators[0].Missed)
	applyAccrued(s, "x", []rewardstypes.AccruedAmount{{Netuid: 9, Amount: sdk.NewInt64Coin("uagora", 1)}, {Netuid: netuid, Amount: sdk.NewInt64Coin("uagora", 44)}})
	require.EqualValues(t, 44, s.Miners[0].Claimable)
	require.Zero(t, s.Miners[1].Claimable)
}

func TestAMinerThatLostItsSlotIsShownWithoutIncentive(t *testing.T) {
	s := twoMiners()
	applyMiners(s, []subnettypes.Miner{{Hotkey: "a", MinerId: 7}})
	applyResults(s, closing{{ShareBp: 10_000, MinerIds: []uint64{7, 8}, Incentives: []uint64{1, 999_999_999}}}, &ledger{})
	require.False(t, s.Miners[1].Registered)
	require.Zero(t, s.Miners[1].Incentive)
}

func TestTheBenchmarksOfASubnetAreShownOneByOneAndTogetherByTheirShares(t *testing.T) {
	s := twoMiners()
	results := closing{
		{
			ShareBp: 7000, MinerAmount: 70, MinerIds: []uint64{7, 8}, Incentives: []uint64{600_000_000, 400_000_000},
			Validators: []rewardstypes.ValidatorResult{{Hotkey: "v", Trust: 1_000_000_000, Revealed: true}, {Hotkey: "w", Trust: 1_000_000_000, Revealed: true}},
		},
		{
			Benchmark: 1, ShareBp: 3000, MinerAmount: 30, MinerIds: []uint64{7, 8}, Incentives: []uint64{1_000_000_000, 0},
			Validators: []rewardstypes.ValidatorResult{{Hotkey: "v", Trust: 500_000_000, Revealed: true}, {Hotkey: "w"}},
		},
	}
	applyResults(s, results, &ledger{})
	require.EqualValues(t, 100, s.Epoch.Paid)
	require.InDelta(t, 0.7*0.6+0.3, s.Miners[0].Incentive, 1e-12)
	require.InDelta(t, 0.7*0.4, s.Miners[1].Incentive, 1e-12)
	require.Equal(t, []view.Part{{Incentive: 0.4}, {}}, s.Miners[1].Benchmarks)
	require.InDelta(t, 0.85, s.Validators[0].Trust, 1e-12)
	require.True(t, s.Validators[0].Revealed)
	require.False(t, s.Validators[1].Revealed, "it did not reveal the other row")
	applyRows(s, [][]subnettypes.ScoreRow{
		{{MinerIds: []uint64{7, 8}, Weights: []uint32{maxWeight, maxWeight}}}, {{MinerIds: []uint64{7}, Weights: []uint32{maxWeight}}},
	})
	require.InDelta(t, 1, s.Miners[0].Score, 1e-12)
	require.InDelta(t, 0.7, s.Miners[1].Score, 1e-12)
	require.Zero(t, s.Miners[1].Benchmarks[1].Score)
}

func TestTheSharesOfTheBenchmarksAreWholeAndTheirSpecsShip(t *testing.T) {
	for benchmarks := 1; benchmarks <= maxBenchmarks; benchmarks++ {
		shares := sharesOf(benchmarks)
		require.Len(t, shares, benchmarks)
		whole := uint32(0)
		for number, share := range shares {
			whole += share
			message, err := propose("agora1owner", number)
			require.NoError(t, err)
			require.NoError(t, message.ValidateBasic())
			require.EqualValues(t, number, message.Benchmark)
		}
		require.EqualValues(t, fullShare, whole)
	}
}
