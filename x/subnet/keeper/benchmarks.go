package keeper

import (
	"context"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/subnet/types"
)

// addVersion stores the next version of one of a subnet's benchmarks: spec, digest, blobs and activation_height are the
// caller's, checked and of a spec that consensus can read. On a running subnet the version counts after benchmark_notice
// epochs. It emits EventBenchmarkProposed.
func (k *Keeper) addVersion(ctx context.Context, subnet types.Subnet, version types.BenchmarkVersion) (types.BenchmarkVersion, error) {
	if err := checkActivation(version.ActivationHeight, height(ctx)); err != nil {
		return version, err
	}
	known := uint32(len(subnet.LatestVersions))
	if version.Benchmark > known || version.Benchmark >= types.MaxBenchmarks {
		return version, errorsmod.Wrapf(types.ErrBenchmarkNumber, "netuid %d has %d benchmarks, the message says %d", subnet.Netuid, known, version.Benchmark)
	}
	if err := k.checkSuccessor(ctx, subnet, version); err != nil {
		return version, err
	}
	if version.Benchmark == known {
		subnet.LatestVersions = append(subnet.LatestVersions, 0)
	}
	subnet.LatestVersions[version.Benchmark]++
	version.Netuid = subnet.Netuid
	version.Version = subnet.LatestVersions[version.Benchmark]
	version.ProposedHeight = height(ctx)
	if subnet.Status == types.SUBNET_STATUS_ACTIVE {
		version.ActivationEpoch = subnet.Epoch + uint64(subnet.Params.BenchmarkNotice)
	}
	if err := k.Benchmarks.Set(ctx, collections.Join3(version.Netuid, version.Benchmark, version.Version), version); err != nil {
		return version, err
	}
	if err := k.Subnets.Set(ctx, subnet.Netuid, subnet); err != nil {
		return version, err
	}
	return version, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventBenchmarkProposed{
		Netuid: version.Netuid, Benchmark: version.Benchmark, Version: version.Version, Digest: version.Digest,
		ActivationEpoch: version.ActivationEpoch, ActivationHeight: version.ActivationHeight,
	})
}

// checkSuccessor refuses a spec that changes nothing, and a second version while one waits for its epoch: so every validator
// knows one epoch ahead what it will measure, and an epoch finds the version that counts among the newest two.
func (k *Keeper) checkSuccessor(ctx context.Context, subnet types.Subnet, next types.BenchmarkVersion) error {
	latest, err := k.newestBenchmark(ctx, subnet.Netuid, next.Benchmark)
	if err != nil || latest == nil {
		return err
	}
	if string(latest.Digest) == string(next.Digest) {
		return errorsmod.Wrapf(types.ErrSpecUnchanged, "version %d", latest.Version)
	}
	if waits(subnet, *latest) && (subnet.Status == types.SUBNET_STATUS_ACTIVE || latest.ActivationHeight > height(ctx)) {
		return errorsmod.Wrapf(types.ErrBenchmarkPending, "version %d counts from epoch %d and height %d on, epoch %d is under way",
			latest.Version, latest.ActivationEpoch, latest.ActivationHeight, subnet.Epoch)
	}
	return nil
}

// checkActivation refuses a height at which nothing could ever begin.
func checkActivation(activation, now int64) error {
	if activation < 0 || activation > now+types.MaxActivationAhead {
		return errorsmod.Wrapf(types.ErrActivationInvalid, "height %d, now is %d", activation, now)
	}
	return nil
}

// isActive tells whether a version counts in an epoch.
func isActive(version types.BenchmarkVersion, epoch types.Epoch) bool {
	return version.ActivationEpoch <= epoch.Index && version.ActivationHeight <= epoch.StartHeight
}

// waits tells whether a version does not count yet.
func waits(subnet types.Subnet, version types.BenchmarkVersion) bool {
	return subnet.Status != types.SUBNET_STATUS_ACTIVE || !isActive(version, epochOf(subnet))
}

// scoredIn lists the benchmarks that are scored in an epoch, each with the version that counts and its share of the emission.
// It fails with ErrNoBenchmark when none of them has a version that counts.
func (k *Keeper) scoredIn(ctx context.Context, subnet types.Subnet, epoch types.Epoch) ([]types.EpochBenchmark, error) {
	var scored []types.EpochBenchmark
	var newest uint32
	for number, share := range subnet.SharesAt(epoch.StartHeight) {
		if share == 0 {
			continue
		}
		version, err := k.versionAt(ctx, uint32(number), epoch)
		if err != nil {
			return nil, err
		}
		newest = max(newest, version)
		scored = append(scored, types.EpochBenchmark{Benchmark: uint32(number), Version: version, ShareBp: share})
	}
	if newest == 0 {
		return nil, errorsmod.Wrapf(types.ErrNoBenchmark, "netuid %d, epoch %d", epoch.Netuid, epoch.Index)
	}
	return scored, nil
}

// versionAt is the newest version of a benchmark that counts in an epoch, 0 when none does. At most the newest waits for its
// activation, so at most two versions are read.
func (k *Keeper) versionAt(ctx context.Context, benchmark uint32, epoch types.Epoch) (uint32, error) {
	iter, err := k.Benchmarks.Iterate(ctx, collections.NewSuperPrefixedTripleRangeReversed[uint32, uint32, uint32](epoch.Netuid, benchmark))
	if err != nil {
		return 0, err
	}
	defer iter.Close()
	for ; iter.Valid(); iter.Next() {
		version, err := iter.Value()
		if err != nil {
			return 0, err
		}
		if isActive(version, epoch) {
			return version.Version, nil
		}
	}
	return 0, nil
}

// newestBenchmark returns the newest version of a benchmark, nil when there is none.
func (k *Keeper) newestBenchmark(ctx context.Context, netuid, benchmark uint32) (*types.BenchmarkVersion, error) {
	iter, err := k.Benchmarks.Iterate(ctx, collections.NewSuperPrefixedTripleRangeReversed[uint32, uint32, uint32](netuid, benchmark))
	if err != nil {
		return nil, err
	}
	defer iter.Close()
	if !iter.Valid() {
		return nil, nil
	}
	version, err := iter.Value()
	return &version, err
}
