package keeper

import (
	"context"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/subnet/pricing"
	"github.com/agora-network/agora/x/subnet/types"
)

// RegisterMiner burns the registration price and takes a slot, the lowest miner's when all are taken.
func (k msgServer) RegisterMiner(ctx context.Context, msg *types.MsgRegisterMiner) (*types.MsgRegisterMinerResponse, error) {
	owner, err := k.decode("owner", msg.Owner)
	if err != nil {
		return nil, err
	}
	hotkey, err := k.decode("hotkey", msg.Hotkey)
	if err != nil {
		return nil, err
	}
	subnet, err := k.Subnet(ctx, msg.Netuid)
	if err != nil {
		return nil, err
	}
	if err := checkTakesMiners(subnet); err != nil {
		return nil, err
	}
	if err := k.checkMinerHotkey(ctx, msg.Netuid, hotkey, msg.Hotkey); err != nil {
		return nil, err
	}
	registrations, err := k.countRegistration(ctx, msg.Netuid)
	if err != nil {
		return nil, err
	}
	price := burnPrice(subnet, height(ctx))
	if msg.MaxPrice != 0 && price > msg.MaxPrice {
		return nil, errorsmod.Wrapf(types.ErrPriceTooHigh, "the price is %d%s, max_price is %d%s", price, types.Denom, msg.MaxPrice, types.Denom)
	}
	if subnet.NextMinerId > lastMinerID {
		return nil, errorsmod.Wrapf(types.ErrMinerIdentitiesExceeded, "netuid %d", msg.Netuid)
	}
	slot, err := k.findSlot(ctx, subnet)
	if err != nil {
		return nil, err
	}

	if err := k.take(ctx, owner, price, "registration price"); err != nil {
		return nil, err
	}
	if err := k.bank.BurnCoins(ctx, types.ModuleName, coins(price)); err != nil {
		return nil, err
	}
	miner := types.Miner{
		Netuid:           msg.Netuid,
		Uid:              slot.uid,
		MinerId:          subnet.NextMinerId,
		Owner:            msg.Owner,
		Hotkey:           msg.Hotkey,
		RegisteredHeight: height(ctx),
		Burned:           price,
	}
	if err := k.seat(ctx, &subnet, miner, owner, slot.replaced); err != nil {
		return nil, err
	}
	subnet.BurnPrice = pricing.Raised(price, subnet.Params.BurnIncreaseBp, subnet.Params.MinBurn, subnet.Params.MaxBurn)
	subnet.BurnPriceHeight = height(ctx)
	if err := k.Subnets.Set(ctx, msg.Netuid, subnet); err != nil {
		return nil, err
	}
	if err := k.Registrations.Set(ctx, msg.Netuid, registrations); err != nil {
		return nil, err
	}
	return &types.MsgRegisterMinerResponse{Uid: miner.Uid, MinerId: miner.MinerId, Burned: price},
		announceMiner(ctx, miner, slot.replaced)
}

// seat puts a new miner into its slot in place of whoever held it, and counts it in the subnet.
func (k *Keeper) seat(ctx context.Context, subnet *types.Subnet, miner types.Miner, owner sdk.AccAddress, replaced *types.Miner) error {
	key := collections.Join(miner.Netuid, miner.Uid)
	if replaced == nil {
		subnet.MinerCount++
	} else if err := k.unseat(ctx, *subnet, *replaced); err != nil {
		return err
	}
	subnet.NextMinerId++
	if err := k.Miners.Set(ctx, key, miner); err != nil {
		return err
	}
	return k.MinerOwners.Set(ctx, collections.Join(miner.Netuid, miner.MinerId), owner)
}

// announceMiner emits who took the slot and, if so, from whom.
func announceMiner(ctx context.Context, miner types.Miner, replaced *types.Miner) error {
	events := sdk.UnwrapSDKContext(ctx).EventManager()
	if replaced != nil {
		if err := events.EmitTypedEvent(&types.EventMinerReplaced{
			Netuid: miner.Netuid, Uid: miner.Uid,
			OldMinerId: replaced.MinerId, OldHotkey: replaced.Hotkey,
			NewMinerId: miner.MinerId, NewHotkey: miner.Hotkey,
		}); err != nil {
			return err
		}
	}
	return events.EmitTypedEvent(&types.EventMinerRegistered{
		Netuid: miner.Netuid, Uid: miner.Uid, MinerId: miner.MinerId, Owner: miner.Owner, Hotkey: miner.Hotkey, Burned: miner.Burned,
	})
}

// Serve publishes where and what a miner serves.
func (k msgServer) Serve(ctx context.Context, msg *types.MsgServe) (*types.MsgServeResponse, error) {
	hotkey, err := k.decode("hotkey", msg.Hotkey)
	if err != nil {
		return nil, err
	}
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	if _, err := k.Subnet(ctx, msg.Netuid); err != nil {
		return nil, err
	}
	miner, err := k.minerByHotkey(ctx, msg.Netuid, hotkey, msg.Hotkey)
	if err != nil {
		return nil, err
	}

	miner.Endpoints = msg.Endpoints
	miner.TlsPin = msg.TlsPin
	miner.Protocols = msg.Protocols
	miner.Capabilities = msg.Capabilities
	miner.ServedHeight = height(ctx)
	if err := k.Miners.Set(ctx, collections.Join(miner.Netuid, miner.Uid), miner); err != nil {
		return nil, err
	}
	return &types.MsgServeResponse{}, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventMinerServed{
		Netuid: miner.Netuid, Uid: miner.Uid, MinerId: miner.MinerId, Endpoints: miner.Endpoints,
	})
}
