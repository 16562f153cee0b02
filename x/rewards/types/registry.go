package types

import (
	"math"

	"github.com/agora-network/agora/internal/paramspec"
)

// maxVoteTargets is the most that the parameter max_vote_targets may ever be.
const maxVoteTargets = 1_024

// maxAmount bounds amounts in uagora: what fits a signed number of 64 bits.
const maxAmount = math.MaxInt64

// ParamSpecs lists the module's parameters. Governance sets them all at once; beside the ranges, initial_block_emission may
// not exceed supply_cap, and owner_bp, miner_bp and validator_bp add to 10,000.
var ParamSpecs = []paramspec.Spec[Params]{
	{
		Name: "supply_cap", Min: 1, Max: maxAmount, Default: 21_000_000_000_000, Unit: "uagora", Who: paramspec.Governance,
		Meaning:     "the most that may ever exist at once",
		SideEffects: "moves the supplies at which the emission halves; it cannot be set below what exists",
		Get:         func(p *Params) uint64 { return p.SupplyCap },
		Set:         func(p *Params, v uint64) { p.SupplyCap = v },
	},
	{
		Name: "initial_block_emission", Min: 0, Max: maxAmount, Default: 1_000_000, Unit: "uagora", Who: paramspec.Governance,
		Meaning:     "emission of a block before the first halving; at most supply_cap",
		SideEffects: "the emission of later blocks is this, halved as often as the supply says",
		Get:         func(p *Params) uint64 { return p.InitialBlockEmission },
		Set:         func(p *Params, v uint64) { p.InitialBlockEmission = v },
	},
	{
		Name: "consensus_share_bp", Min: 0, Max: BasisPoints, Default: 1_000, Unit: "basis points", Who: paramspec.Governance,
		Meaning:     "part of the emission that secures consensus, through x/distribution",
		SideEffects: "what subnets get is the rest",
		Get:         func(p *Params) uint64 { return uint64(p.ConsensusShareBp) },
		Set:         func(p *Params, v uint64) { p.ConsensusShareBp = uint32(v) },
	},
	{
		Name: "owner_bp", Min: 0, Max: BasisPoints, Default: 1_800, Unit: "basis points", Who: paramspec.Governance,
		Meaning:     "owner's part of an epoch; with miner_bp and validator_bp it adds to 10,000",
		SideEffects: "epochs that close later are split by it, with all that waits for them",
		Get:         func(p *Params) uint64 { return uint64(p.OwnerBp) },
		Set:         func(p *Params, v uint64) { p.OwnerBp = uint32(v) },
	},
	{
		Name: "miner_bp", Min: 0, Max: BasisPoints, Default: 4_100, Unit: "basis points", Who: paramspec.Governance,
		Meaning:     "miners' part of an epoch",
		SideEffects: "epochs that close later are split by it, with all that waits for them",
		Get:         func(p *Params) uint64 { return uint64(p.MinerBp) },
		Set:         func(p *Params, v uint64) { p.MinerBp = uint32(v) },
	},
	{
		Name: "validator_bp", Min: 0, Max: BasisPoints, Default: 4_100, Unit: "basis points", Who: paramspec.Governance,
		Meaning:     "validators' part of an epoch",
		SideEffects: "epochs that close later are split by it, with all that waits for them",
		Get:         func(p *Params) uint64 { return uint64(p.ValidatorBp) },
		Set:         func(p *Params, v uint64) { p.ValidatorBp = uint32(v) },
	},
	{
		Name: "max_epochs_per_block", Min: 1, Max: 256, Default: 4, Unit: "epochs", Who: paramspec.Governance,
		Meaning:     "epochs that one block closes, each benchmark counted; the others wait for their turn",
		SideEffects: "lowering it delays epochs where many are due at once; raising it makes blocks heavier. An epoch of more benchmarks than are left closes all the same, as the last of its block",
		Get:         func(p *Params) uint64 { return uint64(p.MaxEpochsPerBlock) },
		Set:         func(p *Params, v uint64) { p.MaxEpochsPerBlock = uint32(v) },
	},
	{
		Name: "leftover", Min: uint64(LEFTOVER_BURN), Max: uint64(LEFTOVER_RECYCLE), Default: uint64(LEFTOVER_BURN), Unit: "rule", Who: paramspec.Governance,
		Meaning:     "what becomes of an epoch's shares of nobody: 1 burns them, 2 adds them to the subnet's next epoch",
		SideEffects: "what is burned may be minted again, since the emission follows the supply",
		Get:         func(p *Params) uint64 { return uint64(p.Leftover) },
		Set:         func(p *Params, v uint64) { p.Leftover = Leftover(v) },
	},
	{
		Name: "max_vote_targets", Min: 1, Max: maxVoteTargets, Default: 64, Unit: "subnets", Who: paramspec.Governance,
		Meaning:     "subnets that one vote may name",
		SideEffects: "votes that were cast stand",
		Get:         func(p *Params) uint64 { return uint64(p.MaxVoteTargets) },
		Set:         func(p *Params, v uint64) { p.MaxVoteTargets = uint32(v) },
	},
	{
		Name: "tally_interval", Min: 1, Max: 100_000, Default: 10, Unit: "blocks", Who: paramspec.Governance,
		Meaning:     "blocks between two counts of the votes while no vote changes",
		SideEffects: "stake that moves by itself is seen sooner or later",
		Get:         func(p *Params) uint64 { return p.TallyInterval },
		Set:         func(p *Params, v uint64) { p.TallyInterval = v },
	},
	{
		Name: "tally_half_life", Min: 0, Max: 10_000_000, Default: 3_600, Unit: "blocks", Who: paramspec.Governance,
		Meaning:     "time in which a subnet's share covers half of the way to what the votes now say; 0: at once",
		SideEffects: "a short one lets votes swing pay for single blocks",
		Get:         func(p *Params) uint64 { return p.TallyHalfLife },
		Set:         func(p *Params, v uint64) { p.TallyHalfLife = v },
	},
	{
		Name: "auto_claim_interval", Min: 0, Max: 10_000_000, Default: 0, Unit: "blocks", Who: paramspec.Governance,
		Meaning:     "blocks between rounds that pay what miners accrued; 0: never",
		SideEffects: "counts from the last round; 0 ends the rounds",
		Get:         func(p *Params) uint64 { return p.AutoClaimInterval },
		Set:         func(p *Params, v uint64) { p.AutoClaimInterval = v },
	},
	{
		Name: "auto_claim_min", Min: 0, Max: maxAmount, Default: 100_000, Unit: "uagora", Who: paramspec.Governance,
		Meaning:     "the least that a round pays to a miner",
		SideEffects: "who has less accrues on, and can claim",
		Get:         func(p *Params) uint64 { return p.AutoClaimMin },
		Set:         func(p *Params, v uint64) { p.AutoClaimMin = v },
	},
	{
		Name: "max_auto_claims_per_block", Min: 1, Max: 1_024, Default: 64, Unit: "miners", Who: paramspec.Governance,
		Meaning:     "miners that one block of a round pays",
		SideEffects: "lowering it stretches rounds over more blocks",
		Get:         func(p *Params) uint64 { return uint64(p.MaxAutoClaimsPerBlock) },
		Set:         func(p *Params, v uint64) { p.MaxAutoClaimsPerBlock = uint32(v) },
	},
}
