package main

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/benchmark/stat"
	"github.com/agora-network/agora/benchmark/stat/report"
	"github.com/agora-network/agora/benchmarks"
	"github.com/agora-network/agora/x/rewards/yuma"
)

// Size of a simulation.
type Size struct {
	Miners int
	// Worlds are simulated each with a seed of its own; intervals are over them. At least two.
	Worlds int
	// Before and Counted are epochs: standings settle in the former, what is reported is the mean of the latter.
	Before, Counted int
}

// Standard is what the documented figures are of.
func Standard() Size {
	return Size{Miners: 64, Worlds: 6, Before: 40, Counted: 10}
}

// Setting is how the work is shared.
type Setting struct {
	// Validators share the work, all with the same power.
	Validators int
	// Items, Calibration and PerItem are items_per_miner, calibration_items and validators_per_item of the spec.
	Items, Calibration, PerItem uint32
	// Shared has a validator ask all miners the same questions.
	Shared bool
}

// Cost is the number of requests of all validators in an epoch, relative to one full evaluation.
func (s Setting) Cost() float64 {
	n := float64(s.Validators)
	if s.PerItem == 0 || int(s.PerItem) >= s.Validators {
		return n
	}
	calibration := float64(s.Calibration) / float64(s.Items)
	return float64(calibration*n) + float64((1-calibration)*float64(s.PerItem))
}

// Estimate is a mean over worlds with its 95 % interval, in units of 1e-9.
type Estimate struct{ Mean, Low, High int64 }

// Agreement is what comes of a setting with one share of the newest epoch in a standing. All are 0 to 1e9 (tau from -1e9).
type Agreement struct {
	// Between is Kendall's tau between the rows of two validators, the mean of all pairs; 0 where there is but one.
	Between Estimate
	// Truth is tau between a validator's row and the true abilities, Pay between what miners earn and these.
	Truth, Pay Estimate
	// Trust is the mean validator trust: the share of a row that is within consensus. What is missing to 1 is cut off.
	Trust Estimate
	// Misplaced is the share of the pay that goes to others than it would if all knew the true abilities.
	Misplaced Estimate
}

// Result of a setting.
type Result struct {
	Setting Setting
	// Requests of all validators relative to one full evaluation, counted.
	Requests float64
	// Agreement by the shares that were asked for.
	Agreement []Agreement
}

// Run simulates settings, each for every share of the newest epoch in a standing (ema_alpha_bp).
func Run(ctx context.Context, size Size, settings []Setting, alphas []uint32) ([]Result, error) {
	results := make([]Result, len(settings))
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	outcomes := make([][]outcome, len(settings))
	failures := make([]error, len(settings)*size.Worlds)
	var group sync.WaitGroup
	for i := range settings {
		outcomes[i] = make([]outcome, size.Worlds)
		for number := range size.Worlds {
			slots <- struct{}{}
			group.Go(func() {
				defer func() { <-slots }()
				outcomes[i][number], failures[i*size.Worlds+number] = simulateWorld(ctx, size, settings[i], alphas, number)
			})
		}
	}
	group.Wait()
	for _, err := range failures {
		if err != nil {
			return nil, err
		}
	}
	for i := range settings {
		var err error
		if results[i], err = combine(size, settings[i], outcomes[i], len(alphas)); err != nil {
			return nil, fmt.Errorf("%+v: %w", settings[i], err)
		}
	}
	return results, nil
}

// outcome of a setting in one world.
type outcome struct {
	requests int // in all epochs that count
	by       []sums
}

// sums over the epochs that count, of means in units; by share of the newest epoch.
type sums struct{ between, truth, pay, trust, misplaced int64 }

// declared is the shipped benchmark with a setting.
func declared(setting Setting) (*spec.Spec, error) {
	s, err := benchmarks.Load(benchmarks.Default)
	if err != nil {
		return nil, err
	}
	s.Sampling.ItemsPerMiner, s.Sampling.CalibrationItems, s.Sampling.ValidatorsPerItem = setting.Items, setting.Calibration, setting.PerItem
	if setting.Shared {
		s.Sampling.Domain = spec.SAMPLING_DOMAIN_SHARED
	}
	return s, nil
}

func simulateWorld(ctx context.Context, size Size, setting Setting, alphas []uint32, number int) (out outcome, err error) {
	s, err := declared(setting)
	if err != nil {
		return out, err
	}
	program, err := benchmark.Open(ctx, s, benchmark.Env{})
	if err != nil {
		return out, err
	}
	defer program.Close()
	w := newWorld(number, size.Miners)
	out.by = make([]sums, len(alphas))
	fields := make([]*field, len(alphas))
	for i, alpha := range alphas {
		if fields[i], err = newField(setting, size, alpha, w.truth()); err != nil {
			return out, err
		}
	}
	for epoch := range size.Before + size.Counted {
		scores, requests, err := w.epoch(ctx, program, setting.Validators, size.Miners, epoch)
		if err != nil {
			return out, err
		}
		counts := epoch >= size.Before
		if counts {
			out.requests += requests
		}
		for i, field := range fields {
			if err := field.advance(epoch, scores); err != nil {
				return out, err
			}
			if !counts {
				continue
			}
			if err := field.measure(&out.by[i]); err != nil {
				return out, err
			}
		}
	}
	return out, nil
}

// epoch has every validator ask its share, and returns what each makes of each miner.
func (w world) epoch(ctx context.Context, program *benchmark.Program, validators, miners, epoch int) (scores [][]benchmark.EpochScore, requests int, err error) {
	hotkeys := make([]string, validators)
	for i := range hotkeys {
		hotkeys[i] = fmt.Sprintf("validator-%02d", i)
	}
	for _, self := range hotkeys {
		sheets := make([]benchmark.Sheet, miners)
		for miner := range sheets {
			sheets[miner].MinerID = uint64(miner) + 1 //nolint:gosec // a count
			tasks, err := program.Draw(ctx, benchmark.Seed{
				ChainID: "sharing-1", Netuid: 1, Version: 1, Epoch: uint64(epoch) + 1, MinerID: sheets[miner].MinerID, //nolint:gosec // a count
				Beacon: w.beacon(epoch), Secret: w.secret(self, epoch),
			}, benchmark.Share{Validators: hotkeys, Self: self})
			if err != nil {
				return nil, 0, err
			}
			requests += len(tasks)
			for i := range tasks {
				sheets[miner].Answers = append(sheets[miner].Answers, w.answer(miner, &tasks[i]))
			}
		}
		row, err := benchmark.Tally(program.Spec(), sheets)
		if err != nil {
			return nil, 0, err
		}
		scores = append(scores, row)
	}
	return scores, requests, nil
}

// field is what all validators hold of all miners with one share of the newest epoch.
type field struct {
	spec      *spec.Spec
	standings [][]benchmark.Standing
	params    yuma.Params
	truth     []int64
	deserved  []int64 // pay at the true abilities
}

func newField(setting Setting, size Size, alpha uint32, truth []int64) (*field, error) {
	s, err := declared(setting)
	if err != nil {
		return nil, err
	}
	s.Aggregation.EmaAlphaBp = alpha
	f := &field{spec: s, params: yuma.DefaultParams(), truth: truth}
	for range setting.Validators {
		f.standings = append(f.standings, make([]benchmark.Standing, size.Miners))
	}
	_, result, err := f.consensus(func(int) []int64 { return truth })
	if err != nil {
		return nil, err
	}
	f.deserved = units(result.Incentive)
	return f, nil
}

// blocks of an epoch.
const blocks = 360

func (f *field) advance(epoch int, scores [][]benchmark.EpochScore) error {
	for i, row := range f.standings {
		for miner := range row {
			var err error
			at := uint64(epoch) + 1 //nolint:gosec // a count
			if row[miner], err = row[miner].Advance(f.spec, at, at*blocks, blocks, scores[i][miner]); err != nil {
				return err
			}
		}
	}
	return nil
}

// consensus makes the rows of all validators, which have the same power, and runs the epoch's arithmetic on them. Bonds
// are left out: they say what validators earn, not what miners do.
func (f *field) consensus(scores func(validator int) []int64) (rows [][]int64, result *yuma.Result, err error) {
	in := yuma.Input{Miners: len(f.truth)}
	for i := range f.standings {
		weights := benchmark.Weights(f.spec, scores(i))
		row := make([]int64, len(f.truth)) // all 0 for a validator without a row
		var sparse yuma.Weights
		for miner, weight := range weights {
			if row[miner] = int64(weight); weight > 0 {
				sparse.Columns, sparse.Values = append(sparse.Columns, uint32(miner)), append(sparse.Values, weight) //nolint:gosec // a count
			}
		}
		rows = append(rows, row)
		in.Powers, in.Weights = append(in.Powers, 1000), append(in.Weights, sparse)
	}
	result, err = yuma.Run(f.params, in)
	return rows, result, err
}

// measure adds what the rows of this epoch are worth.
func (f *field) measure(to *sums) error {
	rows, result, err := f.consensus(func(validator int) []int64 {
		scores := make([]int64, len(f.truth))
		for miner, standing := range f.standings[validator] {
			scores[miner] = standing.Score
		}
		return scores
	})
	if err != nil {
		return err
	}
	var between, truth, trust, misplaced int64
	pairs := int64(0)
	for i, row := range rows {
		tau, err := stat.KendallTau(row, f.truth)
		if err != nil {
			return err
		}
		truth += tau
		for _, other := range rows[:i] {
			if tau, err = stat.KendallTau(row, other); err != nil {
				return err
			}
			between += tau
			pairs++
		}
		trust += units(result.Trust[i : i+1])[0]
	}
	earned := units(result.Incentive)
	pay, err := stat.KendallTau(earned, f.truth)
	if err != nil {
		return err
	}
	for miner, share := range earned {
		misplaced += max(share-f.deserved[miner], 0)
	}
	n := int64(len(rows))
	to.between += between / max(pairs, 1)
	to.truth += truth / n
	to.trust += trust / n
	to.pay += pay
	to.misplaced += misplaced
	return nil
}

func units(shares []yuma.Fixed) []int64 {
	out := make([]int64, len(shares))
	for i, share := range shares {
		out[i] = int64(share.Parts(uint64(stat.One))) //nolint:gosec // at most 1e9
	}
	return out
}

// combine makes means and intervals over worlds.
func combine(size Size, setting Setting, worlds []outcome, alphas int) (Result, error) {
	requests := 0
	for _, world := range worlds {
		requests += world.requests
	}
	full := size.Worlds * size.Counted * size.Miners * int(setting.Items)
	result := Result{Setting: setting, Requests: float64(requests) / float64(full)}
	for alpha := range alphas {
		var a Agreement
		for _, figure := range []struct {
			to *Estimate
			of func(sums) int64
		}{
			{&a.Between, func(s sums) int64 { return s.between }},
			{&a.Truth, func(s sums) int64 { return s.truth }},
			{&a.Pay, func(s sums) int64 { return s.pay }},
			{&a.Trust, func(s sums) int64 { return s.trust }},
			{&a.Misplaced, func(s sums) int64 { return s.misplaced }},
		} {
			values := make([]int64, len(worlds))
			for i, world := range worlds {
				values[i] = figure.of(world.by[alpha]) / int64(size.Counted)
			}
			test, err := report.PairedT(values, make([]int64, len(values)), stat.One/20)
			if err != nil {
				return Result{}, err
			}
			*figure.to = Estimate{Mean: test.Difference, Low: test.Interval.Low, High: test.Interval.High}
		}
		result.Agreement = append(result.Agreement, a)
	}
	return result, nil
}
