package types

import (
	errorsmod "cosmossdk.io/errors"

	"github.com/agora-network/agora/internal/paramspec"
)

// DefaultParams are the defaults of the table ParamSpecs.
func DefaultParams() Params {
	var p Params
	for _, spec := range ParamSpecs {
		spec.Set(&p, spec.Default)
	}
	return p
}

// Validate checks every value against its range and against each other; it returns ErrParamsInvalid, naming the parameter.
func (p Params) Validate() error {
	if wrong := paramspec.Wrong(ParamSpecs, &p); wrong != "" {
		return errorsmod.Wrap(ErrParamsInvalid, wrong)
	}
	if p.InitialBlockEmission > p.SupplyCap {
		return errorsmod.Wrapf(ErrParamsInvalid, "initial_block_emission is %d, it may not exceed supply_cap, %d", p.InitialBlockEmission, p.SupplyCap)
	}
	if split := p.OwnerBp + p.MinerBp + p.ValidatorBp; split != BasisPoints {
		return errorsmod.Wrapf(ErrParamsInvalid, "owner_bp, miner_bp and validator_bp add to %d, want %d", split, BasisPoints)
	}
	return nil
}
