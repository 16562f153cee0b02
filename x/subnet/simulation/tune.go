package simulation

import (
	"context"
	"errors"
	"slices"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"

	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/x/subnet/types"
)

// tunedFields are numbers that every simulated benchmark has, each with values that are good whatever the others are.
var tunedFields = []types.FieldBound{
	{Field: "aggregation.ema_alpha_bp", Min: 1, Max: spec.OneBp},
	{Field: "request.deadline_ms", Min: spec.MinDeadlineMs, Max: spec.MaxDeadlineMs},
	{Field: "request.max_tokens", Min: 1, Max: spec.MaxTokens},
	{Field: "weights.baseline_bp", Min: 0, Max: spec.MaxBaselineBp},
}

// SetBenchmarkBounds lets some numbers of a benchmark be tuned, or none any more.
func (o *Operations) SetBenchmarkBounds() simsx.SimMsgFactoryX {
	return simsx.NewSimMsgFactoryWithDeliveryResultHandler(func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgSetBenchmarkBounds, simsx.SimDeliveryResultHandler) {
		r := data.Rand()
		waiting, counting, err := o.newestVersions(ctx)
		if err != nil {
			reporter.Fail(err, "list the benchmark versions")
			return nil, nil, nil
		}
		if len(waiting)+len(counting) == 0 {
			reporter.Skip("no benchmark")
			return nil, nil, nil
		}
		version := simsx.OneOf(r, append(waiting, counting...))
		signer, subnet := o.ownersSubnet(ctx, data, reporter, func(s types.Subnet) bool { return s.Netuid == version.Netuid })
		if reporter.IsSkipped() {
			return nil, nil, nil
		}
		msg := &types.MsgSetBenchmarkBounds{Signer: signer.AddressBech32, Netuid: version.Netuid, Benchmark: version.Benchmark}
		if !percent(r, 5) { // none: nothing may be tuned
			if msg.Bounds, err = randomBounds(r, version); err != nil {
				reporter.Fail(err, "read a benchmark")
				return nil, nil, nil
			}
		}
		signers := []simsx.SimAccount{signer}
		switch {
		case len(msg.Bounds) > 0 && percent(r, 5):
			msg.Bounds[0].MaxChange = 0
			return signers, msg, refusedWith(types.ErrBoundsInvalid)
		case signer.AddressBech32 != subnet.Owner:
			return signers, msg, refusedWith(types.ErrNotOwner)
		case percent(r, 3):
			msg.Bounds = []types.FieldBound{{Field: "description", MaxChange: 1}}
			return signers, msg, refusedWith(types.ErrFieldUnknown)
		}
		return signers, msg, mayFailWith(types.ErrBoundsUnchanged)
	})
}

// randomBounds lets one or more numbers of a version move a quarter of what they are at once, to between a half and the double.
func randomBounds(r *simsx.XRand, version types.BenchmarkVersion) ([]types.FieldBound, error) {
	measured, err := spec.Decode(version.Spec)
	if err != nil {
		return nil, err
	}
	bounds := slices.Clone(tunedFields)
	for leave := r.Intn(len(bounds)); leave > 0; leave-- {
		at := r.Intn(len(bounds))
		bounds = slices.Delete(bounds, at, at+1)
	}
	for i := range bounds {
		value, err := spec.NumberAt(measured, bounds[i].Field)
		if err != nil {
			return nil, err
		}
		bounds[i].MaxChange = value/4 + 1
		bounds[i].Min, bounds[i].Max = max(bounds[i].Min, value/2), min(bounds[i].Max, 2*value)
	}
	return bounds, nil
}

// TuneBenchmark moves a number of a benchmark within its bound, and now and then beyond.
func (o *Operations) TuneBenchmark() simsx.SimMsgFactoryX {
	return simsx.NewSimMsgFactoryWithDeliveryResultHandler(func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgTuneBenchmark, simsx.SimDeliveryResultHandler) {
		r := data.Rand()
		bound, version, err := o.anyBound(ctx, r)
		if err != nil {
			reporter.Fail(err, "read the bounds")
			return nil, nil, nil
		}
		if bound.Field == "" {
			reporter.Skip("no bounds of a benchmark with a version")
			return nil, nil, nil
		}
		signer, subnet := o.ownersSubnet(ctx, data, reporter, func(s types.Subnet) bool { return s.Netuid == version.Netuid })
		if reporter.IsSkipped() {
			return nil, nil, nil
		}
		measured, err := spec.Decode(version.Spec)
		if err != nil {
			reporter.Fail(err, "read a benchmark")
			return nil, nil, nil
		}
		value, err := spec.NumberAt(measured, bound.Field)
		if err != nil {
			reporter.Fail(err, "read a number of a benchmark")
			return nil, nil, nil
		}
		change := types.FieldChange{Field: bound.Field, Value: value + bound.MaxChange + 1} // too far
		if !percent(r, 10) {
			low, high := max(bound.Min, value-min(value, bound.MaxChange)), min(bound.Max, value+bound.MaxChange)
			change.Value = low + uint64(r.Intn(int(high-min(low, high))+1))
		}
		signers := []simsx.SimAccount{signer}
		msg := &types.MsgTuneBenchmark{Owner: signer.AddressBech32, Netuid: version.Netuid, Benchmark: version.Benchmark, Changes: []types.FieldChange{change}}
		switch {
		case signer.AddressBech32 != subnet.Owner:
			return signers, msg, refusedWith(types.ErrNotOwner)
		case subnet.Status != types.SUBNET_STATUS_ACTIVE:
			return signers, msg, refusedWith(types.ErrSubnetNotStarted)
		case isPaused(subnet):
			return signers, msg, refusedWith(types.ErrSubnetPaused)
		case subnet.ClosingEpoch != 0:
			return signers, msg, refusedWith(types.ErrSubnetClosing)
		case percent(r, 3):
			msg.Changes[0].Field = "format"
			return signers, msg, refusedWith(types.ErrFieldNotTunable)
		}
		if err := bound.Check(value, change.Value); err != nil {
			return signers, msg, refusedWith(errors.Unwrap(err))
		}
		switch {
		case change.Value == value:
			return signers, msg, refusedWith(types.ErrSpecUnchanged)
		case waits(subnet, version):
			return signers, msg, refusedWith(types.ErrBenchmarkPending)
		}
		return signers, msg, nil
	})
}

// anyBound draws a bound, with the newest version of the benchmark that it is for; without a field when there is none.
func (o *Operations) anyBound(ctx context.Context, r *simsx.XRand) (bound types.FieldBound, version types.BenchmarkVersion, err error) {
	waiting, counting, err := o.newestVersions(ctx)
	if err != nil {
		return bound, version, err
	}
	candidates := counting
	if percent(r, 20) {
		candidates = append(candidates, waiting...)
	}
	var bounded []types.BenchmarkVersion
	for _, candidate := range candidates {
		has, err := o.keeper.BenchmarkBounds.Has(ctx, collections.Join(candidate.Netuid, candidate.Benchmark))
		if err != nil {
			return bound, version, err
		}
		if has {
			bounded = append(bounded, candidate)
		}
	}
	if len(bounded) == 0 {
		return bound, version, nil
	}
	version = simsx.OneOf(r, bounded)
	bounds, err := o.keeper.BenchmarkBounds.Get(ctx, collections.Join(version.Netuid, version.Benchmark))
	if err != nil {
		return bound, version, err
	}
	return simsx.OneOf(r, bounds.Bounds), version, nil
}
