package cli

import "github.com/agora-network/agora/benchmark/spec"

// usualValidators are those that a subnet is assumed to have.
const usualValidators = 10

// shares say what becomes of a miner's questions where so many validators ask.
type shares struct {
	validators uint64
	// calibration is how many are the same for all and asked by every validator; they count for nobody's pay.
	calibration uint64
	// places are the others, and asking is how many validators ask at each, with a question of its own each.
	places, asking uint64
	// shared says that a validator asks all miners the same.
	shared bool
}

func sharesOf(s *spec.Spec, validators uint32) shares {
	sampling := &s.Sampling
	out := shares{
		validators: uint64(validators), calibration: uint64(sampling.CalibrationItems), asking: uint64(validators),
		places: uint64(sampling.ItemsPerMiner - sampling.CalibrationItems), shared: sampling.Domain == spec.SAMPLING_DOMAIN_SHARED,
	}
	if each := uint64(sampling.ValidatorsPerItem); each > 0 {
		out.asking = min(out.asking, each)
	}
	return out
}

// paid is how many questions that count one validator at least asks of a miner, and at least one: who asks nothing has no score.
func (s shares) paid() uint64 { return max(s.places*s.asking/max(s.validators, 1), 1) }

// requests are the questions that a miner is asked by all validators together.
func (s shares) requests() uint64 { return s.calibration*s.validators + s.places*s.asking }

// different is how many of the questions of an epoch of so many miners were drawn apart from the others.
func (s shares) different(miners uint64) uint64 {
	if s.shared {
		miners = 1
	}
	return s.calibration + s.places*s.asking*miners
}
