package keeper

import (
	"context"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/subnet/pricing"
	"github.com/agora-network/agora/x/subnet/types"
)

// RegisterSubnet locks a deposit and creates an inactive subnet, in place of the lowest one when all that
// may exist are there. The deposit doubles with it.
func (k msgServer) RegisterSubnet(ctx context.Context, msg *types.MsgRegisterSubnet) (*types.MsgRegisterSubnetResponse, error) {
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
	netuid, err := k.NextNetuid.Get(ctx)
	if err != nil {
		return nil, err
	}
	deposit, err := k.DepositNow(ctx)
	if err != nil {
		return nil, err
	}
	lowest, err := k.pruned(ctx, params)
	if err != nil {
		return nil, err
	}
	if msg.MaxDeposit != 0 && deposit > msg.MaxDeposit {
		return nil, errorsmod.Wrapf(types.ErrDepositTooHigh, "the deposit is %d%s, max_deposit is %d%s", deposit, types.Denom, msg.MaxDeposit, types.Denom)
	}
	chosen := params.DefaultSubnetParams
	if msg.Params != nil {
		chosen = msg.Params.WithDefaults(params.DefaultSubnetParams)
	}
	if err := chosen.Validate(); err != nil {
		return nil, err
	}

	if err := k.take(ctx, owner, deposit, "subnet deposit"); err != nil {
		return nil, err
	}
	if lowest != nil {
		if err := k.remove(ctx, *lowest); err != nil {
			return nil, err
		}
	}
	now := height(ctx)
	subnet := types.Subnet{
		Netuid:           netuid,
		Owner:            msg.Owner,
		Status:           types.SUBNET_STATUS_INACTIVE,
		Name:             msg.Name,
		Description:      msg.Description,
		Deposit:          deposit,
		RegisteredHeight: now,
		Params:           chosen,
		NextMinerId:      1,
		BurnPrice:        chosen.MinBurn,
		BurnPriceHeight:  now,
	}
	if err := k.Subnets.Set(ctx, netuid, subnet); err != nil {
		return nil, err
	}
	if err := k.NextNetuid.Set(ctx, netuid+1); err != nil {
		return nil, err
	}
	if err := k.DepositPrice.Set(ctx, pricing.Doubled(deposit)); err != nil {
		return nil, err
	}
	if err := k.DepositHeight.Set(ctx, now); err != nil {
		return nil, err
	}
	return &types.MsgRegisterSubnetResponse{Netuid: netuid, Deposit: deposit},
		sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventSubnetRegistered{
			Netuid: netuid, Owner: msg.Owner, Name: msg.Name, Deposit: deposit,
		})
}

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
	if subnet.LatestBenchmark == 0 {
		return nil
	}
	latest, err := k.Benchmarks.Get(ctx, collections.Join(subnet.Netuid, subnet.LatestBenchmark))
	if err != nil {
		return err
	}
	if string(latest.Digest) == string(digest) {
		return errorsmod.Wrapf(types.ErrSpecUnchanged, "version %d", latest.Version)
	}
	if subnet.Status == types.SUBNET_STATUS_ACTIVE && latest.ActivationEpoch > subnet.Epoch {
		return errorsmod.Wrapf(types.ErrBenchmarkPending, "version %d becomes active with epoch %d, epoch %d is under way",
			latest.Version, latest.ActivationEpoch, subnet.Epoch)
	}
	return nil
}

// StartSubnet lets epoch 0 begin in the next block.
func (k msgServer) StartSubnet(ctx context.Context, msg *types.MsgStartSubnet) (*types.MsgStartSubnetResponse, error) {
	owner, err := k.decode("owner", msg.Owner)
	if err != nil {
		return nil, err
	}
	subnet, err := k.ownedSubnet(ctx, msg.Netuid, owner)
	if err != nil {
		return nil, err
	}
	if err := checkNotPaused(subnet); err != nil {
		return nil, err
	}
	if subnet.Status != types.SUBNET_STATUS_INACTIVE {
		return nil, errorsmod.Wrapf(types.ErrSubnetStarted, "netuid %d started at height %d", msg.Netuid, subnet.StartedHeight)
	}
	if subnet.LatestBenchmark == 0 {
		return nil, errorsmod.Wrapf(types.ErrNoBenchmark, "netuid %d", msg.Netuid)
	}

	now := height(ctx)
	subnet.Status = types.SUBNET_STATUS_ACTIVE
	subnet.StartedHeight = now
	subnet.EpochStartHeight = now + 1
	if err := k.Subnets.Set(ctx, msg.Netuid, subnet); err != nil {
		return nil, err
	}
	return &types.MsgStartSubnetResponse{FirstEpochHeight: subnet.EpochStartHeight},
		sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventSubnetStarted{
			Netuid: msg.Netuid, FirstEpochHeight: subnet.EpochStartHeight,
		})
}
