package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/agora-network/agora/internal/packed"
	"github.com/agora-network/agora/x/subnet/types"
)

// SetVoteShares replaces what the paying module last counted: each subnet's smoothed part of all bonded
// stake, of 10^18, by strictly ascending netuid. A subnet that is not named has no share. The lowest
// share decides which subnet is pruned. It fails with ErrVoteSharesInvalid.
func (k *Keeper) SetVoteShares(ctx context.Context, netuids []uint32, shares []uint64) error {
	list := packed.List{IDs: make([]uint64, len(netuids)), Values: shares}
	for i, netuid := range netuids {
		list.IDs[i] = uint64(netuid)
	}
	raw, err := list.Encode()
	if err != nil {
		return errorsmod.Wrap(types.ErrVoteSharesInvalid, err.Error())
	}
	for i, share := range shares {
		if share > types.WholeShare {
			return errorsmod.Wrapf(types.ErrVoteSharesInvalid, "netuid %d has %d", netuids[i], share)
		}
	}
	return k.VoteShares.Set(ctx, raw)
}

// voteShares returns the list of SetVoteShares.
func (k *Keeper) voteShares(ctx context.Context) (packed.List, error) {
	raw, err := k.VoteShares.Get(ctx)
	if errors.Is(err, collections.ErrNotFound) {
		return packed.List{}, nil
	}
	if err != nil {
		return packed.List{}, err
	}
	return packed.Decode(raw)
}
