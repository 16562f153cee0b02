package keeper

import (
	"context"
	"errors"
	"math"
	"slices"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/internal/packed"
	"github.com/agora-network/agora/x/subnet/types"
)

// emissions returns what the last epoch accrued to each miner of a subnet.
func (k *Keeper) emissions(ctx context.Context, netuid uint32) (packed.List, error) {
	raw, err := k.Emissions.Get(ctx, netuid)
	if errors.Is(err, collections.ErrNotFound) {
		return packed.List{}, nil
	}
	if err != nil {
		return packed.List{}, err
	}
	return packed.Decode(raw)
}

// slot is where a new miner goes, and whom it replaces, if anybody.
type slot struct {
	uid      uint32
	replaced *types.Miner
}

// findSlot gives the lowest free slot, or, when all are taken, the slot of the lowest open miner by (last emission,
// registration height, uid).
func (k *Keeper) findSlot(ctx context.Context, subnet types.Subnet) (slot, error) {
	if subnet.MinerCount < slots(subnet) {
		uid, err := k.lowestFreeUID(ctx, subnet)
		return slot{uid: uid}, err
	}
	queue, err := k.replacements(ctx, subnet, height(ctx))
	if err != nil {
		return slot{}, err
	}
	lowest := queue.next()
	if lowest == nil {
		return slot{}, errorsmod.Wrapf(types.ErrAllMinersImmune, "netuid %d has %d miners, immunity lasts %d blocks",
			subnet.Netuid, subnet.MinerCount, subnet.Params.ImmunityPeriod)
	}
	return slot{uid: lowest.Uid, replaced: lowest}, nil
}

// lowestFreeUID finds the first slot that nobody holds. Slots are mostly taken without gaps, then it reads one key.
func (k *Keeper) lowestFreeUID(ctx context.Context, subnet types.Subnet) (uint32, error) {
	within := collections.NewPrefixedPairRange[uint32, uint32](subnet.Netuid)
	last, err := k.Miners.Iterate(ctx, within.Descending())
	if err != nil {
		return 0, err
	}
	highest, err := firstKeys(1, last, last.Key)
	if err != nil {
		return 0, err
	}
	if len(highest) == 0 || highest[0].K2()+1 == subnet.MinerCount {
		return subnet.MinerCount, nil
	}
	// The index by identity has the slots in few bytes; the miners themselves would cost several times the gas.
	iter, err := k.Miners.Indexes.ByID.Iterate(ctx, collections.NewPrefixedPairRange[uint32, uint64](subnet.Netuid))
	if err != nil {
		return 0, err
	}
	seats, err := iter.PrimaryKeys()
	if err != nil {
		return 0, err
	}
	taken := make([]bool, len(seats)+1)
	for _, seat := range seats {
		if int(seat.K2()) < len(taken) {
			taken[seat.K2()] = true
		}
	}
	return uint32(slices.Index(taken, false)), nil
}

// countRegistration bounds the registrations that a subnet takes in one block.
func (k *Keeper) countRegistration(ctx context.Context, netuid uint32) (collections.Pair[int64, uint32], error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return collections.Pair[int64, uint32]{}, err
	}
	now := height(ctx)
	var taken uint32
	last, err := k.Registrations.Get(ctx, netuid)
	switch {
	case errors.Is(err, collections.ErrNotFound):
	case err != nil:
		return last, err
	case last.K1() == now:
		taken = last.K2()
	}
	if taken >= params.MaxMinerRegistrationsPerBlock {
		return last, errorsmod.Wrapf(types.ErrTooManyRegistrations, "netuid %d took %d at height %d", netuid, taken, now)
	}
	return collections.Join(now, taken+1), nil
}

// checkMinerHotkey refuses a hotkey that mines here already or scores for a validator anywhere.
func (k *Keeper) checkMinerHotkey(ctx context.Context, netuid uint32, hotkey sdk.AccAddress, shown string) error {
	switch _, err := k.Miners.Indexes.ByHotkey.MatchExact(ctx, collections.Join(hotkey, netuid)); {
	case err == nil:
		return errorsmod.Wrapf(types.ErrHotkeyRegistered, "%s on netuid %d", shown, netuid)
	case !errors.Is(err, collections.ErrNotFound):
		return err
	}
	validator, err := k.validatorOf(ctx, hotkey)
	if err != nil {
		return err
	}
	if validator != nil {
		return errorsmod.Wrap(types.ErrHotkeyOfValidator, shown)
	}
	return nil
}

// minesAnywhere tells whether a hotkey mines on any subnet.
func (k *Keeper) minesAnywhere(ctx context.Context, hotkey sdk.AccAddress) (bool, error) {
	iter, err := k.Miners.Indexes.ByHotkey.Iterate(ctx, collections.NewPrefixedPairRange[sdk.AccAddress, uint32](hotkey))
	if err != nil {
		return false, err
	}
	defer iter.Close()
	return iter.Valid(), nil
}

// validatorOf returns the validator a hotkey scores for, nil when it scores for none.
func (k *Keeper) validatorOf(ctx context.Context, hotkey sdk.AccAddress) (sdk.ValAddress, error) {
	iter, err := k.Appointments.Indexes.ByHotkey.MatchExact(ctx, hotkey)
	if err != nil {
		return nil, err
	}
	defer iter.Close()
	if !iter.Valid() {
		return nil, nil
	}
	key, err := iter.PrimaryKey()
	if err != nil {
		return nil, err
	}
	return key.K1(), nil
}

// minerByHotkey returns a miner, or ErrMinerNotFound.
func (k *Keeper) minerByHotkey(ctx context.Context, netuid uint32, hotkey sdk.AccAddress, shown string) (types.Miner, error) {
	key, err := k.Miners.Indexes.ByHotkey.MatchExact(ctx, collections.Join(hotkey, netuid))
	if errors.Is(err, collections.ErrNotFound) {
		return types.Miner{}, errorsmod.Wrapf(types.ErrMinerNotFound, "hotkey %s on netuid %d", shown, netuid)
	}
	if err != nil {
		return types.Miner{}, err
	}
	return k.Miners.Get(ctx, key)
}

// lastMinerID is the greatest identity that can be given; the next one must still fit.
const lastMinerID = math.MaxUint64 - 1
