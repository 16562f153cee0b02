package yuma

import (
	"errors"
	"fmt"
)

// Variant names the arithmetic of bonds.
type Variant uint8

const (
	// Yuma2 shares a miner's bonds between the validators.
	Yuma2 Variant = 2
	// Yuma3 keeps each validator's bonds relative to its own weights.
	Yuma3 Variant = 3
)

// String is the name that test vectors use.
func (v Variant) String() string { return fmt.Sprintf("yuma%d", uint8(v)) }

const (
	// SteepnessUnit is a steepness of 1: AlphaSteepness counts 2^-32ths.
	SteepnessUnit uint64 = 1 << 32
	// MaxSteepness is the largest steepness of the liquid alpha, 65,536.
	MaxSteepness = SteepnessUnit << 16
)

// ErrParams is returned for parameters outside their ranges.
var ErrParams = errors.New("yuma parameters out of range")

// Params are the parameters of one subnet's epochs. All fractions lie in 0..One.
type Params struct {
	Variant Variant
	// Kappa is the share of power that must agree on a weight (κ).
	Kappa Fixed
	// BondsPenalty is how much of an out-of-consensus weight is cut before it becomes a bond (β).
	BondsPenalty Fixed
	// BondsMovingAverage is how much of an old bond stays (1 − α).
	BondsMovingAverage Fixed
	// LiquidAlpha lets α follow the distance from consensus, between AlphaLow and AlphaHigh. It has
	// no effect on Yuma2.
	LiquidAlpha bool
	AlphaLow    Fixed
	AlphaHigh   Fixed
	// AlphaSteepness is the slope of the sigmoid, in units of 2^-32, at most MaxSteepness.
	AlphaSteepness uint64
}

// DefaultParams are Yuma 3 with κ = 32767/65535, β = 1 and a moving average of 0.9.
func DefaultParams() Params {
	return Params{
		Variant:            Yuma3,
		Kappa:              Ratio(32767, 65535),
		BondsPenalty:       One,
		BondsMovingAverage: Ratio(9, 10),
		AlphaLow:           Ratio(45875, 65535),
		AlphaHigh:          Ratio(58982, 65535),
		AlphaSteepness:     10 * SteepnessUnit,
	}
}

// Validate returns an error that wraps ErrParams and names the parameter that is out of range.
func (p Params) Validate() error {
	if p.Variant != Yuma2 && p.Variant != Yuma3 {
		return fmt.Errorf("%w: variant %d, want 2 or 3", ErrParams, uint8(p.Variant))
	}
	for _, f := range []struct {
		name  string
		value Fixed
	}{
		{"kappa", p.Kappa},
		{"bonds penalty", p.BondsPenalty},
		{"bonds moving average", p.BondsMovingAverage},
		{"alpha low", p.AlphaLow},
		{"alpha high", p.AlphaHigh},
	} {
		if f.value > One {
			return fmt.Errorf("%w: %s is above 1", ErrParams, f.name)
		}
	}
	if p.AlphaLow > p.AlphaHigh {
		return fmt.Errorf("%w: alpha low %s is above alpha high %s", ErrParams, p.AlphaLow, p.AlphaHigh)
	}
	if p.AlphaSteepness > MaxSteepness {
		return fmt.Errorf("%w: alpha steepness is above %d", ErrParams, MaxSteepness/SteepnessUnit)
	}
	return nil
}
