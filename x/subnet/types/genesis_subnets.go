package types

import (
	"errors"
	"fmt"
)

// validatePlans checks what an owner said of its subnet and what waits for a later epoch.
func (s Subnet) validatePlans() error {
	if err := checkNames(s.Name, s.Description); err != nil {
		return err
	}
	if err := s.Details.validate(); err != nil {
		return err
	}
	if s.OfferedTo == s.Owner {
		return errors.New("it is offered to its owner")
	}
	if s.Status != SUBNET_STATUS_ACTIVE && (s.ClosingEpoch != 0 || s.NextParams != nil) {
		return errors.New("it waits for an epoch and was never started")
	}
	if err := s.validateBenchmarks(); err != nil {
		return err
	}
	if s.NextParams == nil {
		return nil
	}
	if err := s.NextParams.CheckWork(ScoredAtOnce(s.ShareSteps)); err != nil {
		return fmt.Errorf("next_params: %w", err)
	}
	if s.MinerCount > s.NextParams.MaxMiners {
		return fmt.Errorf("it has %d miners, next_params have %d slots", s.MinerCount, s.NextParams.MaxMiners)
	}
	if err := s.NextParams.Validate(); err != nil {
		return fmt.Errorf("next_params: %w", err)
	}
	return nil
}

// validateBenchmarks checks the numbers of the benchmarks and how they share the emission.
func (s Subnet) validateBenchmarks() error {
	if len(s.LatestVersions) > MaxBenchmarks {
		return fmt.Errorf("it has %d benchmarks, at most %d", len(s.LatestVersions), MaxBenchmarks)
	}
	if err := validateSteps(s.ShareSteps); err != nil {
		return err
	}
	for i, step := range s.ShareSteps {
		if len(step.SharesBp) > len(s.LatestVersions) {
			return fmt.Errorf("step %d of its shares names %d benchmarks, it has %d", i, len(step.SharesBp), len(s.LatestVersions))
		}
	}
	return s.Params.CheckWork(ScoredAtOnce(s.ShareSteps))
}

// validateBenchmarks checks that the benchmarks of an epoch ascend and share all of its emission.
func (e Epoch) validateBenchmarks() error {
	var sum uint64
	for i, b := range e.Benchmarks {
		if b.Benchmark >= MaxBenchmarks || (i > 0 && b.Benchmark <= e.Benchmarks[i-1].Benchmark) {
			return fmt.Errorf("benchmark %d is out of order or range", b.Benchmark)
		}
		sum += uint64(b.ShareBp)
	}
	if sum != BasisPoints {
		return fmt.Errorf("its benchmarks share %d basis points", sum)
	}
	return nil
}

func (g GenesisState) validateParamChanges(subnets map[uint32]Subnet) error {
	type key struct {
		netuid uint32
		name   string
	}
	seen := set[key]{}
	for _, c := range g.ParamChanges {
		_, ok := subnets[c.Netuid]
		_, known := SubnetParamSpec(c.Name)
		switch {
		case !ok:
			return fmt.Errorf("change of %q on subnet %d: no such subnet", clipText(c.Name), c.Netuid)
		case !known:
			return fmt.Errorf("change of %q on subnet %d: no such parameter", clipText(c.Name), c.Netuid)
		case c.Height < 0 || c.By == "":
			return fmt.Errorf("change of %s on subnet %d: height %d by %q", c.Name, c.Netuid, c.Height, c.By)
		case !seen.add(key{c.Netuid, c.Name}):
			return fmt.Errorf("change of %s on subnet %d is there twice", c.Name, c.Netuid)
		}
	}
	return nil
}
