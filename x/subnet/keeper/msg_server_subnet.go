package keeper

import (
	"context"

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
	if least := params.DefaultSubnetParams.BondRelease; chosen.BondRelease < least {
		return nil, errorsmod.Wrapf(types.ErrSubnetParamsInvalid, "bond_release is %d, at least %d: bonds may not leave sooner than the network's default", chosen.BondRelease, least)
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

// StartSubnet lets epoch 0 begin in one of the next blocks: see staggered.
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
	now := height(ctx)
	first, err := k.staggered(ctx, subnet.Params.Tempo, now+1)
	if err != nil {
		return nil, err
	}
	subnet.Status = types.SUBNET_STATUS_ACTIVE
	subnet.StartedHeight = now
	subnet.EpochStartHeight = first
	if _, err := k.scoredIn(ctx, subnet, epochOf(subnet)); err != nil {
		return nil, err
	}
	if err := k.Subnets.Set(ctx, msg.Netuid, subnet); err != nil {
		return nil, err
	}
	return &types.MsgStartSubnetResponse{FirstEpochHeight: subnet.EpochStartHeight},
		sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventSubnetStarted{
			Netuid: msg.Netuid, FirstEpochHeight: subnet.EpochStartHeight,
		})
}
