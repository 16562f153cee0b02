package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/subnet/types"
)

// UpdateSubnetParams changes the named parameters of a subnet: from its next epoch on when one is under way, else at once. The
// owner is bound by what the registry lets owners change, how often, and by the freeze; governance is not.
func (k msgServer) UpdateSubnetParams(ctx context.Context, msg *types.MsgUpdateSubnetParams) (*types.MsgUpdateSubnetParamsResponse, error) {
	signer, err := k.decode("signer", msg.Signer)
	if err != nil {
		return nil, err
	}
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	subnet, governed, err := k.steered(ctx, msg.Netuid, signer, msg.Signer)
	if err != nil {
		return nil, err
	}
	module, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	params := subnet.Params
	if subnet.NextParams != nil {
		params = *subnet.NextParams
	}
	var changed []string
	for _, field := range msg.Fields {
		// ValidateBasic knows all fields.
		spec, _ := types.SubnetParamSpec(field)
		value := spec.Get(&msg.Params)
		if value == spec.Get(&params) {
			continue
		}
		if !governed {
			if err := k.checkOwnerMayChange(ctx, msg.Netuid, spec); err != nil {
				return nil, err
			}
		}
		spec.Set(&params, value)
		changed = append(changed, field)
	}
	if len(changed) == 0 {
		return nil, errorsmod.Wrapf(types.ErrParamsUnchanged, "netuid %d", msg.Netuid)
	}
	if from := frozenFrom(subnet, module.ParamsFreeze); !governed && from != 0 && height(ctx) >= from {
		return nil, errorsmod.Wrapf(types.ErrParamsFrozen, "netuid %d, since height %d", msg.Netuid, from)
	}
	if err := params.Validate(); err != nil {
		return nil, err
	}
	if err := params.CheckWork(types.ScoredAtOnce(subnet.ShareSteps)); err != nil {
		return nil, err
	}
	if err := k.checkSlots(ctx, msg.Netuid, params.MaxMiners); err != nil {
		return nil, err
	}

	effective := subnet.Epoch
	if inEpoch(subnet, height(ctx)) {
		effective++
		if subnet.NextParams = &params; params.Equal(&subnet.Params) {
			subnet.NextParams = nil
		}
	} else {
		setParams(&subnet, params, height(ctx))
	}
	if err := k.Subnets.Set(ctx, msg.Netuid, subnet); err != nil {
		return nil, err
	}
	for _, field := range changed {
		change := types.ParamChange{Netuid: msg.Netuid, Name: field, Height: height(ctx), By: msg.Signer}
		if err := k.ParamChanges.Set(ctx, collections.Join(msg.Netuid, field), change); err != nil {
			return nil, err
		}
	}
	return &types.MsgUpdateSubnetParamsResponse{EffectiveEpoch: effective},
		sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventSubnetParamsUpdated{
			Netuid: msg.Netuid, Fields: changed, By: msg.Signer, EffectiveEpoch: effective,
		})
}

// steered returns a subnet for its owner or for governance, and which of the two the signer is; an owner that is also the
// authority counts as governance.
func (k *Keeper) steered(ctx context.Context, netuid uint32, signer sdk.AccAddress, shown string) (subnet types.Subnet, governed bool, err error) {
	if sdk.ValidateAuthority(sdk.UnwrapSDKContext(ctx), k.authority, shown) == nil {
		subnet, err = k.Subnet(ctx, netuid)
		return subnet, true, err
	}
	subnet, err = k.ownedSubnet(ctx, netuid, signer)
	return subnet, false, err
}

// checkOwnerMayChange refuses a parameter that is not the owner's to change, or was changed a short time ago.
func (k *Keeper) checkOwnerMayChange(ctx context.Context, netuid uint32, spec types.ParamSpec[types.SubnetParams]) error {
	if spec.Who != types.Owner {
		return errorsmod.Wrap(types.ErrParamOfGovernance, spec.Name)
	}
	last, err := k.ParamChanges.Get(ctx, collections.Join(netuid, spec.Name))
	switch {
	case errors.Is(err, collections.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	if passed := blocksSince(last.Height, height(ctx)); passed < spec.MinInterval {
		return errorsmod.Wrapf(types.ErrParamChangedRecently, "%s, %d blocks ago, its interval is %d", spec.Name, passed, spec.MinInterval)
	}
	return nil
}

// checkSlots refuses a number of slots that would leave a miner without one.
func (k *Keeper) checkSlots(ctx context.Context, netuid, maxMiners uint32) error {
	iter, err := k.Miners.Iterate(ctx, collections.NewPrefixedPairRange[uint32, uint32](netuid).Descending())
	if err != nil {
		return err
	}
	greatest, err := firstKeys(1, iter, iter.Key)
	if err != nil || len(greatest) == 0 {
		return err
	}
	if uid := greatest[0].K2(); uid >= maxMiners {
		return errorsmod.Wrapf(types.ErrSlotsTaken, "slot %d is taken, max_miners would be %d", uid, maxMiners)
	}
	return nil
}

// inEpoch tells whether an epoch of the subnet has begun that is not closed or given up yet. A pause leaves it open.
func inEpoch(subnet types.Subnet, now int64) bool {
	if subnet.PausedHeight != 0 {
		now = subnet.PausedHeight
	}
	return subnet.Status == types.SUBNET_STATUS_ACTIVE && subnet.EpochStartHeight <= now
}

// frozenFrom is the height from which on the owner of a running subnet can change nothing until the next epoch, 0 for one that
// does not run. The freeze takes at most half of an epoch.
func frozenFrom(subnet types.Subnet, freeze uint64) int64 {
	if !runs(subnet) {
		return 0
	}
	return lastHeight(subnet) + 1 - int64(min(freeze, subnet.Params.Tempo/2))
}

// takeNextParams puts the parameters in force that were waiting for the next epoch.
func takeNextParams(subnet *types.Subnet, now int64) {
	if subnet.NextParams != nil {
		setParams(subnet, *subnet.NextParams, now)
		subnet.NextParams = nil
	}
}

// setParams puts parameters in force. The price of a miner registration goes on from where it stands, within its new bounds.
func setParams(subnet *types.Subnet, params types.SubnetParams, now int64) {
	price := burnPrice(*subnet, now)
	subnet.Params = params
	subnet.BurnPrice = min(max(price, params.MinBurn), params.MaxBurn)
	subnet.BurnPriceHeight = now
}

// slots is how many miners a subnet may take: when max_miners is about to fall, the slots that will go are closed already.
func slots(subnet types.Subnet) uint32 {
	if subnet.NextParams != nil {
		return min(subnet.Params.MaxMiners, subnet.NextParams.MaxMiners)
	}
	return subnet.Params.MaxMiners
}
