package types

import (
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

var (
	_ sdk.HasValidateBasic = (*MsgSetBenchmarkBounds)(nil)
	_ sdk.HasValidateBasic = (*MsgTuneBenchmark)(nil)
)

// ValidateBasic checks the number of the benchmark and the form of the bounds, with ErrBenchmarkNumber and ErrBoundsInvalid.
// Against the benchmark they are checked when it is known.
func (m *MsgSetBenchmarkBounds) ValidateBasic() error {
	if err := checkBenchmarkNumber(m.Benchmark); err != nil {
		return err
	}
	return checkBounds(m.Bounds)
}

// ValidateBasic checks the number of the benchmark and the form of the changes, with ErrBenchmarkNumber and ErrChangesInvalid.
func (m *MsgTuneBenchmark) ValidateBasic() error {
	if err := checkBenchmarkNumber(m.Benchmark); err != nil {
		return err
	}
	if n := len(m.Changes); n == 0 || n > MaxFieldBounds {
		return errorsmod.Wrapf(ErrChangesInvalid, "%d changes, 1 to %d are made at once", n, MaxFieldBounds)
	}
	var last string
	for i, c := range m.Changes {
		if wrong := checkField(c.Field, last, i > 0); wrong != "" {
			return errorsmod.Wrapf(ErrChangesInvalid, "change %d: %s", i, wrong)
		}
		last = c.Field
	}
	return nil
}

// validateBounds checks the bounds of a genesis state. They need not fit the newest versions: a version that was proposed after
// they were set may have other numbers, and other values of them.
func (g GenesisState) validateBounds(subnets map[uint32]Subnet) error {
	type key struct{ netuid, benchmark uint32 }
	seen := set[key]{}
	for _, b := range g.BenchmarkBounds {
		what := func(wrong string) error {
			return errorsmod.Wrapf(ErrBoundsInvalid, "of benchmark %d of subnet %d: %s", b.Benchmark, b.Netuid, wrong)
		}
		s, ok := subnets[b.Netuid]
		switch {
		case !ok:
			return what("no such subnet")
		case int(b.Benchmark) >= len(s.LatestVersions):
			return what("no such benchmark")
		case len(b.Bounds) == 0:
			return what("there are none")
		case !seen.add(key{b.Netuid, b.Benchmark}):
			return what("they are there twice")
		}
		if err := checkBounds(b.Bounds); err != nil {
			return what(err.Error())
		}
	}
	return nil
}
