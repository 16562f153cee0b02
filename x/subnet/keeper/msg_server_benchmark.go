package keeper

import (
	"context"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/subnet/types"
)

// ProposeBenchmark stores the next version of what a subnet measures.
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
	if err := k.checkSuccessor(ctx, subnet, msg.Digest); err != nil {
		return nil, err
	}
	if err := checkSpec(msg.Spec); err != nil {
		return nil, errorsmod.Wrap(types.ErrSpecInvalid, err.Error())
	}

	var activation uint64
	if subnet.Status == types.SUBNET_STATUS_ACTIVE {
		activation = subnet.Epoch + uint64(subnet.Params.BenchmarkNotice)
	}
	version := subnet.LatestBenchmark + 1
	benchmark := types.BenchmarkVersion{
		Netuid:          msg.Netuid,
		Version:         version,
		Digest:          msg.Digest,
		Spec:            msg.Spec,
		Blobs:           msg.Blobs,
		ProposedHeight:  height(ctx),
		ActivationEpoch: activation,
	}
	if err := k.Benchmarks.Set(ctx, collections.Join(msg.Netuid, version), benchmark); err != nil {
		return nil, err
	}
	subnet.LatestBenchmark = version
	if err := k.Subnets.Set(ctx, msg.Netuid, subnet); err != nil {
		return nil, err
	}
	return &types.MsgProposeBenchmarkResponse{Version: version, ActivationEpoch: activation},
		sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventBenchmarkProposed{
			Netuid: msg.Netuid, Version: version, Digest: msg.Digest, ActivationEpoch: activation,
		})
}

// checkSuccessor refuses a spec that changes nothing, and a second proposal while one waits for its
// epoch: so every validator knows one epoch ahead what it will measure.
func (k *Keeper) checkSuccessor(ctx context.Context, subnet types.Subnet, digest []byte) error {
	latest, err := k.newestBenchmark(ctx, subnet.Netuid)
	if err != nil || latest == nil {
		return err
	}
	if string(latest.Digest) == string(digest) {
		return errorsmod.Wrapf(types.ErrSpecUnchanged, "version %d", latest.Version)
	}
	if waits(subnet, *latest) && subnet.Status == types.SUBNET_STATUS_ACTIVE {
		return errorsmod.Wrapf(types.ErrBenchmarkPending, "version %d becomes active with epoch %d, epoch %d is under way",
			latest.Version, latest.ActivationEpoch, subnet.Epoch)
	}
	return nil
}

// WithdrawBenchmark takes back the newest version before it is active. Its number is never given again: validators may have
// fetched the version already, and must not take another for it.
func (k msgServer) WithdrawBenchmark(ctx context.Context, msg *types.MsgWithdrawBenchmark) (*types.MsgWithdrawBenchmarkResponse, error) {
	owner, err := k.decode("owner", msg.Owner)
	if err != nil {
		return nil, err
	}
	subnet, err := k.ownedSubnet(ctx, msg.Netuid, owner)
	if err != nil {
		return nil, err
	}
	key := collections.Join(msg.Netuid, msg.Version)
	benchmark, err := k.Benchmarks.Get(ctx, key)
	if err := orNotFound(err, types.ErrBenchmarkNotFound, "version %d on netuid %d", msg.Version, msg.Netuid); err != nil {
		return nil, err
	}
	latest, err := k.newestBenchmark(ctx, msg.Netuid)
	if err != nil {
		return nil, err
	}
	if latest == nil || latest.Version != msg.Version || !waits(subnet, benchmark) {
		return nil, errorsmod.Wrapf(types.ErrBenchmarkActive, "version %d, active from epoch %d on", msg.Version, benchmark.ActivationEpoch)
	}

	if err := k.Benchmarks.Remove(ctx, key); err != nil {
		return nil, err
	}
	return &types.MsgWithdrawBenchmarkResponse{}, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventBenchmarkWithdrawn{
		Netuid: msg.Netuid, Version: msg.Version,
	})
}

// waits tells whether a benchmark version is not active yet.
func waits(subnet types.Subnet, benchmark types.BenchmarkVersion) bool {
	return subnet.Status != types.SUBNET_STATUS_ACTIVE || benchmark.ActivationEpoch > subnet.Epoch
}

// newestBenchmark returns the newest version of a subnet, nil when it has none.
func (k *Keeper) newestBenchmark(ctx context.Context, netuid uint32) (*types.BenchmarkVersion, error) {
	iter, err := k.Benchmarks.Iterate(ctx, collections.NewPrefixedPairRange[uint32, uint32](netuid).Descending())
	if err != nil {
		return nil, err
	}
	defer iter.Close()
	if !iter.Valid() {
		return nil, nil
	}
	benchmark, err := iter.Value()
	return &benchmark, err
}
