package types

import (
	"slices"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

const (
	// MaxBenchmarks is how many benchmarks a subnet may have. Each is an epoch of its own for the chain.
	MaxBenchmarks = 8
	// MaxShareSteps bounds the schedule by which benchmarks share a subnet's emission.
	MaxShareSteps = 8
	// MaxActivationAhead is how many blocks ahead the activation of a benchmark, or a step of shares, may lie.
	MaxActivationAhead = 10_000_000
)

var (
	_ sdk.HasValidateBasic = (*MsgSetBenchmarkShares)(nil)
	_ sdk.HasValidateBasic = (*MsgWithdrawBenchmark)(nil)
)

// ValidateBasic checks the steps by themselves.
func (m *MsgSetBenchmarkShares) ValidateBasic() error { return validateSteps(m.Steps) }

// ValidateBasic checks the number of the benchmark.
func (m *MsgWithdrawBenchmark) ValidateBasic() error { return checkBenchmarkNumber(m.Benchmark) }

// checkBenchmarkNumber refuses a number that no benchmark can have.
func checkBenchmarkNumber(benchmark uint32) error {
	if benchmark >= MaxBenchmarks {
		return errorsmod.Wrapf(ErrBenchmarkNumber, "%d", benchmark)
	}
	return nil
}

// validateSteps checks a schedule: a bounded number of steps at ascending heights, each of which gives away all of the emission.
func validateSteps(steps []ShareStep) error {
	if len(steps) > MaxShareSteps {
		return errorsmod.Wrapf(ErrSharesInvalid, "%d steps, at most %d", len(steps), MaxShareSteps)
	}
	for i, step := range steps {
		switch {
		case step.FromHeight < 0:
			return errorsmod.Wrapf(ErrSharesInvalid, "step %d begins at height %d", i, step.FromHeight)
		case i > 0 && step.FromHeight <= steps[i-1].FromHeight:
			return errorsmod.Wrapf(ErrSharesInvalid, "step %d begins at height %d, the one before it at %d", i, step.FromHeight, steps[i-1].FromHeight)
		case len(step.SharesBp) > MaxBenchmarks:
			return errorsmod.Wrapf(ErrSharesInvalid, "step %d names %d benchmarks, at most %d", i, len(step.SharesBp), MaxBenchmarks)
		}
		var sum uint64
		for _, share := range step.SharesBp {
			sum += uint64(share)
		}
		if sum != BasisPoints {
			return errorsmod.Wrapf(ErrSharesInvalid, "the shares of step %d add up to %d", i, sum)
		}
	}
	return nil
}

// SharesAt returns how the benchmarks share the emission of an epoch that begins at a height: basis points by the number of
// the benchmark, which add up to 10,000.
func (s Subnet) SharesAt(height int64) []uint32 {
	shares := []uint32{BasisPoints}
	for _, step := range s.ShareSteps {
		if step.FromHeight > height {
			break
		}
		shares = step.SharesBp
	}
	return shares
}

// ScoredAtOnce returns how many benchmarks are scored in one epoch by the schedule, at most.
func ScoredAtOnce(steps []ShareStep) int {
	most := 1
	for _, step := range steps {
		scored := 0
		for _, share := range step.SharesBp {
			if share > 0 {
				scored++
			}
		}
		most = max(most, scored)
	}
	return most
}

// CheckWork refuses epochs that cost more than a subnet may; benchmarks is how many are scored in one epoch.
func (p SubnetParams) CheckWork(benchmarks int) error {
	if work := uint64(p.MaxMiners) * uint64(p.MaxValidators) * uint64(benchmarks); work > MaxWorkPerBlock*p.Tempo {
		return errorsmod.Wrapf(ErrSubnetWorkExceeded, "max_miners x max_validators x benchmarks is %d x %d x %d, with a tempo of %d it may not exceed %d",
			p.MaxMiners, p.MaxValidators, benchmarks, p.Tempo, MaxWorkPerBlock*p.Tempo)
	}
	return nil
}

// Version returns the version of a benchmark that is scored in the epoch, 0 when it is not scored or none is active.
func (e Epoch) Version(benchmark uint32) uint32 {
	for _, b := range e.Benchmarks {
		if b.Benchmark == benchmark {
			return b.Version
		}
	}
	return 0
}

// CountsOn tells whether the hotkey counts on a benchmark.
func (p Permit) CountsOn(benchmark uint32) bool { return slices.Contains(p.ActiveOn, benchmark) }
