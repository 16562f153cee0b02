package types

import (
	"math"

	errorsmod "cosmossdk.io/errors"
)

// Bounds of parameters.
const (
	maxEpochsPerBlock = 256
	maxVoteTargets    = 1_024
	maxTallyInterval  = 100_000
	maxTallyHalfLife  = 10_000_000
	maxAutoInterval   = 10_000_000
	maxAutoClaims     = 1_024
)

// DefaultParams are a cap of 21,000,000 AGORA and 1 AGORA a block before the first halving, of which
// a tenth secures consensus; a subnet's epoch goes 18 % to the owner and 41 % each to miners and
// validators; what belongs to nobody is burned; votes act by halves of 3,600 blocks; miners claim by
// themselves.
func DefaultParams() Params {
	return Params{
		SupplyCap:             21_000_000_000_000,
		InitialBlockEmission:  1_000_000,
		ConsensusShareBp:      1_000,
		OwnerBp:               1_800,
		MinerBp:               4_100,
		ValidatorBp:           4_100,
		MaxEpochsPerBlock:     4,
		Leftover:              LEFTOVER_BURN,
		MaxVoteTargets:        64,
		TallyInterval:         10,
		TallyHalfLife:         3_600,
		AutoClaimInterval:     0,
		AutoClaimMin:          100_000,
		MaxAutoClaimsPerBlock: 64,
	}
}

// Validate checks every value against its range; it returns ErrParamsInvalid, naming the parameter.
func (p Params) Validate() error {
	split := uint64(p.OwnerBp) + uint64(p.MinerBp) + uint64(p.ValidatorBp)
	switch {
	case p.SupplyCap < 1 || p.SupplyCap > math.MaxInt64:
		return errorsmod.Wrapf(ErrParamsInvalid, "supply_cap is %d, want 1 to %d", p.SupplyCap, int64(math.MaxInt64))
	case p.InitialBlockEmission > p.SupplyCap:
		return errorsmod.Wrapf(ErrParamsInvalid, "initial_block_emission is %d, want at most supply_cap, %d", p.InitialBlockEmission, p.SupplyCap)
	case p.ConsensusShareBp > BasisPoints:
		return errorsmod.Wrapf(ErrParamsInvalid, "consensus_share_bp is %d, want at most %d", p.ConsensusShareBp, BasisPoints)
	case split != BasisPoints:
		return errorsmod.Wrapf(ErrParamsInvalid, "owner_bp, miner_bp and validator_bp add to %d, want %d", split, BasisPoints)
	case p.MaxEpochsPerBlock < 1 || p.MaxEpochsPerBlock > maxEpochsPerBlock:
		return errorsmod.Wrapf(ErrParamsInvalid, "max_epochs_per_block is %d, want 1 to %d", p.MaxEpochsPerBlock, maxEpochsPerBlock)
	case p.Leftover != LEFTOVER_BURN && p.Leftover != LEFTOVER_RECYCLE:
		return errorsmod.Wrapf(ErrParamsInvalid, "leftover is %s, want %s or %s", p.Leftover, LEFTOVER_BURN, LEFTOVER_RECYCLE)
	case p.MaxVoteTargets < 1 || p.MaxVoteTargets > maxVoteTargets:
		return errorsmod.Wrapf(ErrParamsInvalid, "max_vote_targets is %d, want 1 to %d", p.MaxVoteTargets, maxVoteTargets)
	case p.TallyInterval < 1 || p.TallyInterval > maxTallyInterval:
		return errorsmod.Wrapf(ErrParamsInvalid, "tally_interval is %d, want 1 to %d", p.TallyInterval, maxTallyInterval)
	case p.TallyHalfLife > maxTallyHalfLife:
		return errorsmod.Wrapf(ErrParamsInvalid, "tally_half_life is %d, want 0 (at once) to %d", p.TallyHalfLife, maxTallyHalfLife)
	case p.AutoClaimInterval > maxAutoInterval:
		return errorsmod.Wrapf(ErrParamsInvalid, "auto_claim_interval is %d, want 0 (never) to %d", p.AutoClaimInterval, maxAutoInterval)
	case p.AutoClaimMin > math.MaxInt64:
		return errorsmod.Wrapf(ErrParamsInvalid, "auto_claim_min is %d, want at most %d", p.AutoClaimMin, int64(math.MaxInt64))
	case p.MaxAutoClaimsPerBlock < 1 || p.MaxAutoClaimsPerBlock > maxAutoClaims:
		return errorsmod.Wrapf(ErrParamsInvalid, "max_auto_claims_per_block is %d, want 1 to %d", p.MaxAutoClaimsPerBlock, maxAutoClaims)
	}
	return nil
}
