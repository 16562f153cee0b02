package keeper

import (
	"context"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/subnet/types"
)

// DeregisterMiner gives a miner's slot up. Its identity stays its owner's, with what it accrued; its bond is called back.
func (k msgServer) DeregisterMiner(ctx context.Context, msg *types.MsgDeregisterMiner) (*types.MsgDeregisterMinerResponse, error) {
	owner, err := k.decode("owner", msg.Owner)
	if err != nil {
		return nil, err
	}
	subnet, err := k.Subnet(ctx, msg.Netuid)
	if err != nil {
		return nil, err
	}
	miner, err := k.ownedMiner(ctx, msg.Netuid, msg.MinerId, owner)
	if err != nil {
		return nil, err
	}

	if err := k.unseat(ctx, subnet, miner); err != nil {
		return nil, err
	}
	subnet.MinerCount--
	if err := k.Subnets.Set(ctx, msg.Netuid, subnet); err != nil {
		return nil, err
	}
	return &types.MsgDeregisterMinerResponse{}, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventMinerDeregistered{
		Netuid: miner.Netuid, Uid: miner.Uid, MinerId: miner.MinerId, Hotkey: miner.Hotkey,
	})
}

// unseat takes a miner out of its slot and calls its bond back.
func (k *Keeper) unseat(ctx context.Context, subnet types.Subnet, miner types.Miner) error {
	if err := k.Miners.Remove(ctx, collections.Join(miner.Netuid, miner.Uid)); err != nil {
		return err
	}
	return k.releaseBond(ctx, subnet, miner.MinerId)
}

// RotateHotkey gives a miner another hotkey. Slot, identity, bond, model and history stay. What the old hotkey had published
// is taken back: validators would ask endpoints that cannot sign for the new one.
func (k msgServer) RotateHotkey(ctx context.Context, msg *types.MsgRotateHotkey) (*types.MsgRotateHotkeyResponse, error) {
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
	miner, err := k.ownedMiner(ctx, msg.Netuid, msg.MinerId, owner)
	if err != nil {
		return nil, err
	}
	if interval := subnet.Params.HotkeyInterval; miner.HotkeyHeight != 0 && blocksSince(miner.HotkeyHeight, height(ctx)) < interval {
		return nil, errorsmod.Wrapf(types.ErrHotkeyTooSoon, "it was changed at height %d, hotkey_interval is %d blocks", miner.HotkeyHeight, interval)
	}
	if err := k.checkMinerHotkey(ctx, msg.Netuid, hotkey, msg.Hotkey); err != nil {
		return nil, err
	}

	event := &types.EventHotkeyRotated{Netuid: miner.Netuid, MinerId: miner.MinerId, OldHotkey: miner.Hotkey, NewHotkey: msg.Hotkey}
	miner.Hotkey = msg.Hotkey
	miner.HotkeyHeight = height(ctx)
	miner.Endpoints, miner.TlsPin, miner.Protocols = nil, nil, nil
	miner.Capabilities = types.Capabilities{}
	miner.ServedHeight = 0
	if err := k.Miners.Set(ctx, collections.Join(miner.Netuid, miner.Uid), miner); err != nil {
		return nil, err
	}
	return &types.MsgRotateHotkeyResponse{}, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(event)
}

// ownedMiner returns a miner that holds a slot and belongs to owner, or ErrMinerNotFound, or ErrNotMinerOwner.
func (k *Keeper) ownedMiner(ctx context.Context, netuid uint32, minerID uint64, owner sdk.AccAddress) (types.Miner, error) {
	if err := k.checkMinerOwner(ctx, netuid, minerID, owner); err != nil {
		return types.Miner{}, err
	}
	slot, err := k.Miners.Indexes.ByID.MatchExact(ctx, collections.Join(netuid, minerID))
	if err != nil {
		return types.Miner{}, orNotFound(err, types.ErrMinerNotFound, "miner_id %d on netuid %d holds no slot any more", minerID, netuid)
	}
	return k.Miners.Get(ctx, slot)
}

// checkMinerOwner refuses who does not own an identity.
func (k *Keeper) checkMinerOwner(ctx context.Context, netuid uint32, minerID uint64, owner sdk.AccAddress) error {
	is, err := k.MinerOwner(ctx, netuid, minerID)
	if err != nil {
		return err
	}
	if !is.Equals(owner) {
		shown, err := k.addresses.BytesToString(is)
		if err != nil {
			return err
		}
		return errorsmod.Wrapf(types.ErrNotMinerOwner, "miner_id %d on netuid %d belongs to %s", minerID, netuid, shown)
	}
	return nil
}
