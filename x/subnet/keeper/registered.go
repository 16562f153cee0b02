package keeper

import (
	"context"
	"errors"
	"slices"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/agora-network/agora/internal/packed"
	"github.com/agora-network/agora/x/subnet/types"
)

// registeredIndex lists the identities registered on each subnet, packed into one value: an epoch
// asks for thousands of them and reads one. It is written when a slot changes hands, not when a miner
// serves.
type registeredIndex struct {
	// lists: netuid -> packed identities.
	lists collections.Map[uint32, []byte]
}

// Reference implements collections.Index.
func (x registeredIndex) Reference(ctx context.Context, pk minerKey, miner types.Miner, old func() (types.Miner, error)) error {
	before, err := old()
	switch {
	case errors.Is(err, collections.ErrNotFound):
	case err != nil:
		return err
	case before.MinerId == miner.MinerId:
		return nil
	default:
		if err := x.change(ctx, pk.K1(), before.MinerId, false); err != nil {
			return err
		}
	}
	return x.change(ctx, pk.K1(), miner.MinerId, true)
}

// Forget drops a subnet's whole list. Its miners are to be removed right after: one by one, each would
// write the list anew.
func (x registeredIndex) Forget(ctx context.Context, netuid uint32) error {
	return x.lists.Remove(ctx, netuid)
}

// Unreference implements collections.Index. Of a forgotten list there is nothing to take.
func (x registeredIndex) Unreference(ctx context.Context, pk minerKey, old func() (types.Miner, error)) error {
	if has, err := x.lists.Has(ctx, pk.K1()); err != nil || !has {
		return err
	}
	before, err := old()
	if err != nil {
		return err
	}
	return x.change(ctx, pk.K1(), before.MinerId, false)
}

// IDs lists a subnet's identities, ascending.
func (x registeredIndex) IDs(ctx context.Context, netuid uint32) ([]uint64, error) {
	data, err := x.lists.Get(ctx, netuid)
	if errors.Is(err, collections.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	ids, err := packed.DecodeIDs(data)
	return ids, errorsmod.Wrapf(err, "identities of netuid %d", netuid)
}

// change adds or takes one identity.
func (x registeredIndex) change(ctx context.Context, netuid uint32, id uint64, add bool) error {
	ids, err := x.IDs(ctx, netuid)
	if err != nil {
		return err
	}
	at, found := slices.BinarySearch(ids, id)
	switch {
	case found == add:
		return errorsmod.Wrapf(collections.ErrConflict, "identity %d of netuid %d", id, netuid)
	case add:
		ids = slices.Insert(ids, at, id)
	default:
		ids = slices.Delete(ids, at, at+1)
	}
	if len(ids) == 0 {
		return x.lists.Remove(ctx, netuid)
	}
	data, err := packed.EncodeIDs(ids)
	if err != nil {
		return err
	}
	return x.lists.Set(ctx, netuid, data)
}
