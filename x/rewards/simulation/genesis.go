package simulation

import (
	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	"github.com/cosmos/cosmos-sdk/types/module"

	"github.com/agora-network/agora/x/rewards/types"
)

// RandomizedGenState writes a genesis that has paid nobody yet, with random parameters. Its cap is above
// the supply of the simulated genesis, now and then so closely that emission has all but ended.
func RandomizedGenState(state *module.SimulationState) {
	r := simsx.NewXRand(state.Rand)
	// What x/bank's simulation gives to accounts, and x/staking's to validators.
	supply := state.InitialStake.Mul(math.NewInt(int64(len(state.Accounts)) + state.NumBonded)).Uint64()
	genesis := types.DefaultGenesis()
	genesis.Params = RandomParams(r, genesis.Params)
	genesis.Params.InitialBlockEmission = uint64(between(r, 100_000, 50_000_000))
	left := between(r, 10_000, 1_000_000)
	if percent(r, 15) {
		left = between(r, 100, 10_000)
	}
	genesis.Params.SupplyCap = supply + genesis.Params.InitialBlockEmission*uint64(left)
	state.GenState[types.ModuleName] = state.Cdc.MustMarshalJSON(genesis)
}

// RandomParams draws parameters; the cap and the schedule stay as they are, because a cap below the
// supply would break the invariant of the supply, as it should.
func RandomParams(r *simsx.XRand, p types.Params) types.Params {
	p.ConsensusShareBp = uint32(between(r, 0, 3_000))
	p.OwnerBp = uint32(between(r, 0, 3_000))
	p.MinerBp = uint32(between(r, 0, 7_000))
	p.ValidatorBp = types.BasisPoints - p.OwnerBp - p.MinerBp
	p.MaxEpochsPerBlock = uint32(between(r, 1, 4))
	p.Leftover = simsx.OneOf(r, []types.Leftover{types.LEFTOVER_BURN, types.LEFTOVER_RECYCLE})
	p.MaxVoteTargets = uint32(between(r, 4, 16))
	p.TallyInterval = uint64(between(r, 1, 20))
	p.TallyHalfLife = simsx.OneOf(r, []uint64{0, 1, 5, 50})
	p.AutoClaimInterval = simsx.OneOf(r, []uint64{0, 3, 10, 40})
	p.AutoClaimMin = simsx.OneOf(r, []uint64{1, 1_000, 1_000_000})
	p.MaxAutoClaimsPerBlock = uint32(between(r, 1, 8))
	return p
}
