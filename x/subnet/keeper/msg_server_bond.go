package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	"github.com/agora-network/agora/x/subnet/types"
)

// BondMiner locks coins of the owner that vouch for a miner.
func (k msgServer) BondMiner(ctx context.Context, msg *types.MsgBondMiner) (*types.MsgBondMinerResponse, error) {
	owner, err := k.decode("owner", msg.Owner)
	if err != nil {
		return nil, err
	}
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	if _, err := k.Subnet(ctx, msg.Netuid); err != nil {
		return nil, err
	}
	miner, err := k.ownedMiner(ctx, msg.Netuid, msg.MinerId, owner)
	if err != nil {
		return nil, err
	}
	bond, err := k.Bond(ctx, msg.Netuid, miner.MinerId)
	if err != nil {
		return nil, err
	}
	if err := bond.grow(msg.Amount); err != nil {
		return nil, err
	}

	if err := k.take(ctx, owner, msg.Amount, "bond"); err != nil {
		return nil, err
	}
	return &types.MsgBondMinerResponse{}, k.changeBond(ctx, msg.Netuid, miner.MinerId, bond, 0)
}

// UnbondMiner pays out what has become free, and calls a part of the bond back. It needs neither slot nor subnet, so that
// a bond outlives both.
func (k msgServer) UnbondMiner(ctx context.Context, msg *types.MsgUnbondMiner) (*types.MsgUnbondMinerResponse, error) {
	owner, err := k.decode("owner", msg.Owner)
	if err != nil {
		return nil, err
	}
	if err := k.checkMinerOwner(ctx, msg.Netuid, msg.MinerId, owner); err != nil {
		return nil, err
	}
	bond, err := k.Bond(ctx, msg.Netuid, msg.MinerId)
	if err != nil {
		return nil, err
	}
	var paid uint64
	if bond.free(height(ctx)) {
		paid, bond.Releasing, bond.ReleaseHeight = bond.Releasing, 0, 0
	}
	switch {
	case msg.Amount == 0 && paid == 0:
		return nil, errorsmod.Wrapf(types.ErrNothingReleased, "miner_id %d on netuid %d: %d%s on its way, free at height %d",
			msg.MinerId, msg.Netuid, bond.Releasing, types.Denom, bond.ReleaseHeight)
	case msg.Amount > bond.Locked:
		return nil, errorsmod.Wrapf(types.ErrBondTooSmall, "miner_id %d on netuid %d has bonded %d%s", msg.MinerId, msg.Netuid, bond.Locked, types.Denom)
	case msg.Amount > 0 && bond.Releasing > 0:
		return nil, errorsmod.Wrapf(types.ErrReleaseUnderWay, "%d%s, free at height %d", bond.Releasing, types.Denom, bond.ReleaseHeight)
	case msg.Amount > 0:
		subnet, err := k.Subnet(ctx, msg.Netuid)
		if err != nil {
			return nil, err
		}
		bond.Locked -= msg.Amount
		bond.Releasing = msg.Amount
		bond.ReleaseHeight = height(ctx) + int64(subnet.Params.BondRelease)
	}

	if paid > 0 {
		if err := k.pay(ctx, owner, paid); err != nil {
			return nil, err
		}
	}
	return &types.MsgUnbondMinerResponse{Paid: paid, ReleaseHeight: bond.ReleaseHeight},
		k.changeBond(ctx, msg.Netuid, msg.MinerId, bond, paid)
}
