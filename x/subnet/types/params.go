package types

import (
	errorsmod "cosmossdk.io/errors"

	"github.com/agora-network/agora/internal/paramspec"
)

// DefaultSubnetParams are the defaults of the table SubnetParamSpecs.
func DefaultSubnetParams() SubnetParams {
	var p SubnetParams
	for _, spec := range SubnetParamSpecs {
		spec.Set(&p, spec.Default)
	}
	return p
}

// DefaultParams are the defaults of the table ModuleParamSpecs, with DefaultSubnetParams.
func DefaultParams() Params {
	p := Params{DefaultSubnetParams: DefaultSubnetParams()}
	for _, spec := range ModuleParamSpecs {
		spec.Set(&p, spec.Default)
	}
	return p
}

// Validate checks every value against its range; it returns ErrParamsInvalid or ErrSubnetParamsInvalid.
func (p Params) Validate() error {
	if wrong := paramspec.Wrong(ModuleParamSpecs, &p); wrong != "" {
		return errorsmod.Wrap(ErrParamsInvalid, wrong)
	}
	if err := p.DefaultSubnetParams.Validate(); err != nil {
		return errorsmod.Wrap(err, "default_subnet_params")
	}
	return nil
}

// Validate checks every value against its range and against each other; it returns ErrSubnetParamsInvalid, or
// ErrSubnetWorkExceeded for epochs that cost more than a subnet may.
func (p SubnetParams) Validate() error {
	if wrong := paramspec.Wrong(SubnetParamSpecs, &p); wrong != "" {
		return errorsmod.Wrap(ErrSubnetParamsInvalid, wrong)
	}
	switch {
	case p.RevealWindow >= p.Tempo:
		return errorsmod.Wrapf(ErrSubnetParamsInvalid, "reveal_window is %d, it must be below tempo, %d", p.RevealWindow, p.Tempo)
	case p.MinBurn > p.MaxBurn:
		return errorsmod.Wrapf(ErrSubnetParamsInvalid, "min_burn is %d, it may not exceed max_burn, %d", p.MinBurn, p.MaxBurn)
	case p.AlphaLow > p.AlphaHigh:
		return errorsmod.Wrapf(ErrSubnetParamsInvalid, "alpha_low is %d, it may not exceed alpha_high, %d", p.AlphaLow, p.AlphaHigh)
	}
	return p.CheckWork(1)
}

// WithDefaults returns p with every field that is zero taken from defaults. A reveal window that is
// left out follows a tempo that is not: it is half of it.
func (p SubnetParams) WithDefaults(defaults SubnetParams) SubnetParams {
	halfTempo := p.RevealWindow == 0 && p.Tempo != 0 && p.Tempo != defaults.Tempo
	for _, spec := range SubnetParamSpecs {
		if spec.Get(&p) == 0 {
			spec.Set(&p, spec.Get(&defaults))
		}
	}
	if halfTempo {
		p.RevealWindow = p.Tempo / 2
	}
	return p
}
