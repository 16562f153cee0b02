package keeper_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/agora-network/agora/x/rewards/keeper"
	"github.com/agora-network/agora/x/rewards/types"
)

func TestTheEmissionHalvesEachTimeHalfOfTheRestIsIssued(t *testing.T) {
	p := types.DefaultParams()
	p.SupplyCap, p.InitialBlockEmission = 1_000, 80
	for name, c := range map[string]struct {
		supply, emission, next uint64
		halvings               uint32
	}{
		"nothing is issued":                       {0, 80, 500, 0},
		"one short of half":                       {499, 80, 500, 0},
		"half":                                    {500, 40, 750, 1},
		"half, and half of the rest but one":      {749, 40, 750, 1},
		"three quarters":                          {750, 20, 875, 2},
		"an odd rest, rounded to whole coins":     {875, 10, 938, 3},
		"so little is left that it would not fit": {999, 0, 1000, 9},
		"all":           {1_000, 0, 1_000, 63},
		"more than all": {2_000, 0, 1_000, 63},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.emission, keeper.BlockEmission(p, c.supply))
			require.Equal(t, c.next, keeper.NextHalvingSupply(p.SupplyCap, c.supply))
			require.Equal(t, c.halvings, keeper.Halvings(p.SupplyCap, c.supply))
		})
	}
}

func TestTheEmissionNeverPassesTheCapAndNeverRises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := types.DefaultParams()
		p.SupplyCap = rapid.Uint64Range(1, math.MaxInt64).Draw(t, "cap")
		p.InitialBlockEmission = rapid.Uint64Range(0, p.SupplyCap).Draw(t, "initial")
		supply, last := uint64(0), uint64(math.MaxUint64)
		for range 200 {
			e := keeper.BlockEmission(p, supply)
			require.LessOrEqual(t, e, last)
			require.LessOrEqual(t, e, p.SupplyCap-supply)
			if supply < keeper.NextHalvingSupply(p.SupplyCap, supply)-1 {
				require.Equal(t, keeper.Halvings(p.SupplyCap, supply), keeper.Halvings(p.SupplyCap, keeper.NextHalvingSupply(p.SupplyCap, supply)-1))
			}
			supply, last = supply+e, e
		}
	})
}

func TestABlockMintsTheConsensusShareAndWhatVotesClaim(t *testing.T) {
	f := newFixture(t)
	alice := account("alice")
	f.staking.addValidator(alice)
	f.staking.delegate(t, f.ctx, alice, alice, 1_000)
	f.subnets.add(1)
	f.subnets.add(2)
	paused := f.subnets.add(3)
	paused.active = false
	require.NoError(t, f.vote(alice, types.VoteWeight{Netuid: 1, WeightBp: 5_000}, types.VoteWeight{Netuid: 2, WeightBp: 2_500}, types.VoteWeight{Netuid: 3, WeightBp: 1_000}))

	f.nextBlock(t)

	require.Equal(t, uint64(100_000), f.bank.amount(f.ctx, authtypes.NewModuleAddress(authtypes.FeeCollectorName)), "a tenth of 1 AGORA")
	require.Equal(t, uint64(450_000), f.pending(t, 1))
	require.Equal(t, uint64(225_000), f.pending(t, 2))
	require.Equal(t, uint64(0), f.pending(t, 3), "a paused subnet accrues nothing")
	require.Equal(t, uint64(775_000), f.bank.amount(f.ctx, total), "what no vote claims is not minted")
}

func TestNothingIsMintedAtTheCap(t *testing.T) {
	f := newFixture(t)
	require.NoError(t, f.bank.MintCoins(f.ctx, "elsewhere", uagora(types.DefaultParams().SupplyCap)))
	f.nextBlock(t)
	require.Equal(t, types.DefaultParams().SupplyCap, f.bank.amount(f.ctx, total))
	res, err := f.queries.Emission(f.ctx, &types.QueryEmissionRequest{})
	require.NoError(t, err)
	require.Equal(t, &types.QueryEmissionResponse{Supply: types.DefaultParams().SupplyCap, NextHalvingSupply: types.DefaultParams().SupplyCap, Halvings: 63}, res)
}
