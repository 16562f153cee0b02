package keeper

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/x/subnet/types"
)

// SetBenchmarkBounds says which numbers of a benchmark may be tuned, and how far: by the subnet's owner or by governance, and
// whoever of them comes last has all the say. Every bound must hold the number's present value in the newest version. Bounds take
// effect at once, in the freeze before an epoch too: what they allow still gets a benchmark's notice.
func (k msgServer) SetBenchmarkBounds(ctx context.Context, msg *types.MsgSetBenchmarkBounds) (*types.MsgSetBenchmarkBoundsResponse, error) {
	signer, err := k.decode("signer", msg.Signer)
	if err != nil {
		return nil, err
	}
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	if _, _, err := k.steered(ctx, msg.Netuid, signer, msg.Signer); err != nil {
		return nil, err
	}
	key := collections.Join(msg.Netuid, msg.Benchmark)
	before, err := k.BenchmarkBounds.Get(ctx, key)
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		return nil, err
	}
	if slices.EqualFunc(before.Bounds, msg.Bounds, func(a, b types.FieldBound) bool { return a.Equal(b) }) {
		return nil, errorsmod.Wrapf(types.ErrBoundsUnchanged, "benchmark %d of netuid %d", msg.Benchmark, msg.Netuid)
	}
	_, measured, err := k.newestSpec(ctx, msg.Netuid, msg.Benchmark)
	if err != nil {
		return nil, err
	}
	for _, bound := range msg.Bounds {
		value, err := spec.NumberAt(measured, bound.Field)
		if err != nil {
			return nil, errorsmod.Wrap(types.ErrFieldUnknown, err.Error())
		}
		if err := bound.CheckPresent(value); err != nil {
			return nil, err
		}
	}

	if err := k.setBounds(ctx, types.BenchmarkBounds{Netuid: msg.Netuid, Benchmark: msg.Benchmark, Bounds: msg.Bounds}); err != nil {
		return nil, err
	}
	return &types.MsgSetBenchmarkBoundsResponse{}, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventBenchmarkBoundsSet{
		Netuid: msg.Netuid, Benchmark: msg.Benchmark, Bounds: msg.Bounds,
	})
}

// TuneBenchmark makes the next version of a benchmark by moving numbers of the newest one within their bounds. Everything else is
// carried over, blobs included. The version goes the way of a proposed one: it gets the subnet's notice of at least one epoch, and
// while it waits there cannot be another, so a number moves at most once per epoch.
func (k msgServer) TuneBenchmark(ctx context.Context, msg *types.MsgTuneBenchmark) (*types.MsgTuneBenchmarkResponse, error) {
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
	if err := checkTunable(subnet); err != nil {
		return nil, err
	}
	bounds, err := k.BenchmarkBounds.Get(ctx, collections.Join(msg.Netuid, msg.Benchmark))
	if err := orNotFound(err, types.ErrBoundsNotFound, "benchmark %d of netuid %d", msg.Benchmark, msg.Netuid); err != nil {
		return nil, err
	}
	newest, measured, err := k.newestSpec(ctx, msg.Netuid, msg.Benchmark)
	if err != nil {
		return nil, err
	}
	if err := tune(measured, bounds, msg.Changes); err != nil {
		return nil, err
	}
	canonical, err := spec.Encode(measured)
	if err != nil {
		return nil, errorsmod.Wrap(types.ErrSpecInvalid, err.Error())
	}
	if len(canonical) > int(params.MaxSpecBytes) {
		return nil, errorsmod.Wrapf(types.ErrSpecTooLarge, "it would have %d bytes, at most %d", len(canonical), params.MaxSpecBytes)
	}

	digest := sha256.Sum256(canonical)
	version, err := k.addVersion(ctx, subnet, types.BenchmarkVersion{
		Benchmark: msg.Benchmark, Digest: digest[:], Spec: canonical, Blobs: newest.Blobs,
	})
	if err != nil {
		return nil, err
	}
	return &types.MsgTuneBenchmarkResponse{Version: version.Version, Digest: version.Digest, ActivationEpoch: version.ActivationEpoch},
		sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventBenchmarkTuned{
			Netuid: msg.Netuid, Benchmark: msg.Benchmark, Version: version.Version, Changes: msg.Changes,
		})
}

// checkTunable refuses subnets on which a tuned version would never be scored, or not for long: what is not running is changed by
// its owner's own proposals.
func checkTunable(subnet types.Subnet) error {
	switch {
	case subnet.Status != types.SUBNET_STATUS_ACTIVE:
		return errorsmod.Wrapf(types.ErrSubnetNotStarted, "netuid %d", subnet.Netuid)
	case subnet.PausedHeight != 0:
		return errorsmod.Wrapf(types.ErrSubnetPaused, "netuid %d, since height %d", subnet.Netuid, subnet.PausedHeight)
	case subnet.ClosingEpoch != 0:
		return errorsmod.Wrapf(types.ErrSubnetClosing, "netuid %d, its last epoch is %d", subnet.Netuid, subnet.ClosingEpoch)
	}
	return nil
}

// tune makes the changes in a spec, each within its bound.
func tune(s *spec.Spec, bounds types.BenchmarkBounds, changes []types.FieldChange) error {
	for _, change := range changes {
		bound, ok := bounds.Bound(change.Field)
		if !ok {
			return errorsmod.Wrap(types.ErrFieldNotTunable, change.Field)
		}
		// A version that was proposed since the bounds were set may have lost the number.
		value, err := spec.NumberAt(s, change.Field)
		if err != nil {
			return errorsmod.Wrap(types.ErrFieldUnknown, err.Error())
		}
		if err := bound.Check(value, change.Value); err != nil {
			return err
		}
		if err := spec.SetNumber(s, change.Field, change.Value); err != nil {
			return errorsmod.Wrap(types.ErrValueOutOfBounds, err.Error())
		}
	}
	return nil
}

// newestSpec returns the newest version of a benchmark with its spec to work on, or ErrNoBenchmark.
func (k *Keeper) newestSpec(ctx context.Context, netuid, benchmark uint32) (types.BenchmarkVersion, *spec.Spec, error) {
	newest, err := k.newestBenchmark(ctx, netuid, benchmark)
	if err != nil {
		return types.BenchmarkVersion{}, nil, err
	}
	if newest == nil {
		return types.BenchmarkVersion{}, nil, errorsmod.Wrapf(types.ErrNoBenchmark, "netuid %d has no version of benchmark %d", netuid, benchmark)
	}
	measured, err := spec.Decode(newest.Spec)
	if err != nil {
		return types.BenchmarkVersion{}, nil, errorsmod.Wrapf(types.ErrSpecInvalid, "version %d: %s", newest.Version, err)
	}
	return *newest, measured, nil
}

// setBounds stores the bounds of a benchmark; none are not stored.
func (k *Keeper) setBounds(ctx context.Context, bounds types.BenchmarkBounds) error {
	key := collections.Join(bounds.Netuid, bounds.Benchmark)
	if len(bounds.Bounds) == 0 {
		return k.BenchmarkBounds.Remove(ctx, key)
	}
	return k.BenchmarkBounds.Set(ctx, key, bounds)
}

// initBounds takes bounds from a genesis state that was validated.
func (k *Keeper) initBounds(ctx context.Context, all []types.BenchmarkBounds) error {
	for _, bounds := range all {
		if err := k.setBounds(ctx, bounds); err != nil {
			return err
		}
	}
	return nil
}

// brokenBounds: bounds are those of benchmarks that exist, and are ones that could be set.
func (k *Keeper) brokenBounds(ctx context.Context, subnets []types.Subnet) ([]string, error) {
	benchmarks := make(map[uint32]int, len(subnets))
	for _, subnet := range subnets {
		benchmarks[subnet.Netuid] = len(subnet.LatestVersions)
	}
	var broken []string
	err := k.BenchmarkBounds.Walk(ctx, nil, func(key boundsKey, bounds types.BenchmarkBounds) (bool, error) {
		say := func(what string) {
			broken = append(broken, fmt.Sprintf("bounds: of benchmark %d of subnet %d: %s", key.K2(), key.K1(), what))
		}
		if int(key.K2()) >= benchmarks[key.K1()] {
			say("there is no such benchmark")
		}
		if bounds.Netuid != key.K1() || bounds.Benchmark != key.K2() || len(bounds.Bounds) == 0 {
			say("they are empty, or of another benchmark")
		}
		if err := (&types.MsgSetBenchmarkBounds{Bounds: bounds.Bounds}).ValidateBasic(); err != nil {
			say(err.Error())
		}
		return false, nil
	})
	return broken, err
}
