package simulation

import (
	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	"github.com/cosmos/cosmos-sdk/types/module"

	"github.com/agora-network/agora/x/subnet/types"
)

// RandomizedGenState writes a genesis without subnets, with parameters that make much happen in few
// blocks: short epochs, few slots, little room for subnets.
func RandomizedGenState(state *module.SimulationState) {
	genesis := types.DefaultGenesis()
	genesis.Params = RandomParams(simsx.NewXRand(state.Rand))
	state.GenState[types.ModuleName] = state.Cdc.MustMarshalJSON(genesis)
}

// RandomParams draws parameters of the module. Whatever it draws, five subnets have room.
func RandomParams(r *simsx.XRand) types.Params {
	p := types.DefaultParams()
	p.MaxSubnets = uint32(between(r, 5, 7))
	p.SubnetDepositMin = uint64(between(r, 1_000_000, 5_000_000))
	p.SubnetDepositDecayBlocks = uint64(between(r, 5, 50))
	p.MaxMinerRegistrationsPerBlock = uint32(between(r, 1, 4))
	p.SubnetImmunityPeriod = uint64(between(r, 30, 120))
	p.SubnetCloseNotice = uint32(between(r, 1, 4))
	p.SubnetCloseBurnBp = uint32(between(r, 0, types.BasisPoints))
	p.ParamsFreeze = uint64(between(r, 0, 4))
	p.DefaultSubnetParams = RandomSubnetParams(r)
	return p
}

// RandomSubnetParams draws parameters of a subnet whose epochs last 5 to 10 blocks.
func RandomSubnetParams(r *simsx.XRand) types.SubnetParams {
	p := types.DefaultSubnetParams()
	p.Tempo = uint64(between(r, 5, 10))
	p.RevealWindow = uint64(between(r, 2, int(p.Tempo)-1))
	p.MaxMiners = uint32(between(r, 2, 8))
	p.MaxValidators = uint32(between(r, 3, 10))
	p.MinOpenSlots = uint32(between(r, 0, 2))
	p.HotkeyInterval = uint64(between(r, 1, 10))
	p.ModelInterval = uint64(between(r, 1, 10))
	p.BondRelease = 20 // no owner may choose less than the default, which is drawn here too
	p.ImmunityPeriod = uint64(between(r, 3, 20))
	p.MinBurn = uint64(between(r, 100, 10_000))
	p.BurnHalfLife = uint64(between(r, 2, 20))
	p.BurnIncreaseBp = uint32(between(r, 10_000, 30_000))
	p.ActivityCutoff = uint32(between(r, 1, 4))
	p.BenchmarkNotice = uint32(between(r, 1, 3))
	p.YumaVariant = simsx.OneOf(r, []types.YumaVariant{types.YUMA_VARIANT_2, types.YUMA_VARIANT_3})
	p.Kappa = uint32(between(r, 20_000, 50_000))
	p.BondsPenalty = uint32(between(r, 1, 65_535))
	p.BondsMovingAverage = uint32(between(r, 1, 975_000))
	p.LiquidAlpha = percent(r, 30)
	p.DirectScores = percent(r, 15)
	return p
}
