package keeper

import (
	"context"
	"slices"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/subnet/types"
)

// ProposeBenchmark stores the next version of one of a subnet's benchmarks, or the first of a new one.
func (k msgServer) ProposeBenchmark(ctx context.Context, msg *types.MsgProposeBenchmark) (*types.MsgProposeBenchmarkResponse, error) {
	owner, err := k.decode("owner", msg.Owner)
	if err != nil {
		return nil, err
	}
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	subnet, err := k.ownedSubnet(ctx, msg.Netuid, owner)
	if err != nil {
		return nil, err
	}
	if len(msg.Spec) > int(params.MaxSpecBytes) {
		return nil, errorsmod.Wrapf(types.ErrSpecTooLarge, "it has %d bytes, at most %d", len(msg.Spec), params.MaxSpecBytes)
	}
	if err := checkSpec(msg.Spec); err != nil {
		return nil, errorsmod.Wrap(types.ErrSpecInvalid, err.Error())
	}
	version, err := k.addVersion(ctx, subnet, types.BenchmarkVersion{
		Benchmark: msg.Benchmark, Digest: msg.Digest, Spec: msg.Spec, Blobs: msg.Blobs, ActivationHeight: msg.ActivationHeight,
	})
	if err != nil {
		return nil, err
	}
	return &types.MsgProposeBenchmarkResponse{Version: version.Version, ActivationEpoch: version.ActivationEpoch}, nil
}

// WithdrawBenchmark takes back the newest version before it is active. Its number is never given again: validators may have
// fetched the version already, and must not take another for it.
func (k msgServer) WithdrawBenchmark(ctx context.Context, msg *types.MsgWithdrawBenchmark) (*types.MsgWithdrawBenchmarkResponse, error) {
	owner, err := k.decode("owner", msg.Owner)
	if err != nil {
		return nil, err
	}
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	subnet, err := k.ownedSubnet(ctx, msg.Netuid, owner)
	if err != nil {
		return nil, err
	}
	key := collections.Join3(msg.Netuid, msg.Benchmark, msg.Version)
	version, err := k.Benchmarks.Get(ctx, key)
	if err := orNotFound(err, types.ErrBenchmarkNotFound, "version %d of benchmark %d on netuid %d", msg.Version, msg.Benchmark, msg.Netuid); err != nil {
		return nil, err
	}
	latest, err := k.newestBenchmark(ctx, msg.Netuid, msg.Benchmark)
	if err != nil {
		return nil, err
	}
	if latest == nil || latest.Version != msg.Version || !waits(subnet, version) {
		return nil, errorsmod.Wrapf(types.ErrBenchmarkActive, "version %d, counts from epoch %d and height %d on", msg.Version, version.ActivationEpoch, version.ActivationHeight)
	}

	if err := k.Benchmarks.Remove(ctx, key); err != nil {
		return nil, err
	}
	return &types.MsgWithdrawBenchmarkResponse{}, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventBenchmarkWithdrawn{
		Netuid: msg.Netuid, Benchmark: msg.Benchmark, Version: msg.Version,
	})
}

// SetBenchmarkShares sets how the benchmarks of a subnet share its emission, from the next epoch on: the epoch under way keeps
// what it began with, and so do the rows that were made in it.
func (k msgServer) SetBenchmarkShares(ctx context.Context, msg *types.MsgSetBenchmarkShares) (*types.MsgSetBenchmarkSharesResponse, error) {
	owner, err := k.decode("owner", msg.Owner)
	if err != nil {
		return nil, err
	}
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	subnet, err := k.ownedSubnet(ctx, msg.Netuid, owner)
	if err != nil {
		return nil, err
	}
	if err := k.checkSchedule(ctx, subnet, msg.Steps); err != nil {
		return nil, err
	}
	effective := subnet.Epoch
	if inEpoch(subnet, height(ctx)) {
		effective++
	}

	subnet.ShareSteps = msg.Steps
	if err := k.Subnets.Set(ctx, msg.Netuid, subnet); err != nil {
		return nil, err
	}
	return &types.MsgSetBenchmarkSharesResponse{EffectiveEpoch: effective},
		sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventBenchmarkSharesSet{Netuid: msg.Netuid, Steps: msg.Steps})
}

// checkSchedule refuses a schedule that changes nothing, gives a share to a benchmark that was never proposed, costs more work
// than the subnet's tempo allows, or comes in the freeze before an epoch.
func (k *Keeper) checkSchedule(ctx context.Context, subnet types.Subnet, steps []types.ShareStep) error {
	module, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	now := height(ctx)
	if from := frozenFrom(subnet, module.ParamsFreeze); from != 0 && now >= from {
		return errorsmod.Wrapf(types.ErrParamsFrozen, "netuid %d, since height %d", subnet.Netuid, from)
	}
	if slices.EqualFunc(subnet.ShareSteps, steps, func(a, b types.ShareStep) bool { return a.Equal(b) }) {
		return errorsmod.Wrapf(types.ErrSharesUnchanged, "netuid %d", subnet.Netuid)
	}
	for i, step := range steps {
		if len(step.SharesBp) > len(subnet.LatestVersions) {
			return errorsmod.Wrapf(types.ErrSharesInvalid, "step %d names %d benchmarks, netuid %d has %d", i, len(step.SharesBp), subnet.Netuid, len(subnet.LatestVersions))
		}
		if err := checkActivation(step.FromHeight, now); err != nil {
			return errorsmod.Wrapf(err, "step %d", i)
		}
	}
	scored := types.ScoredAtOnce(steps)
	if err := subnet.Params.CheckWork(scored); err != nil {
		return err
	}
	if subnet.NextParams != nil {
		return subnet.NextParams.CheckWork(scored)
	}
	return nil
}
