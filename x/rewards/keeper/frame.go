package keeper

import (
	"context"
	"slices"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/internal/packed"
	"github.com/agora-network/agora/x/rewards/types"
	"github.com/agora-network/agora/x/rewards/yuma"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// Reasons of EventRowIgnored.
const (
	// ReasonNoPermit: the hotkey has no permit in the closing epoch.
	ReasonNoPermit = "no_permit"
	// ReasonMalformed: identities and weights differ in number, identities do not ascend, or a
	// weight is above 65,535.
	ReasonMalformed = "malformed"
)

// frame is one closing epoch, as the arithmetic sees it: validators in the order of the permits,
// miners by ascending identity.
type frame struct {
	netuid uint32
	subnet subnettypes.Subnet
	epoch  subnettypes.Epoch
	miners *packed.Index
	input  yuma.Input
	// hotkeys has the bytes of each permit's hotkey; validatorOf finds the permit by its text. The
	// map is looked up and never ranged over.
	hotkeys     []sdk.AccAddress
	validatorOf map[string]int
	// revealed tells by validator whether its row counts, stored whether it has bonds in the store.
	revealed []bool
	stored   []bool
	// stale are the hotkeys with bonds in the store and no permit.
	stale []sdk.AccAddress
	// rows and cells are how many rows count and how many weights they have.
	rows, cells int
}

// frame reads everything that a closing epoch depends on. Weights and bonds lie in the memory of the
// space, which must not be used for anything else before the epoch is done.
func (k *Keeper) frame(ctx sdk.Context, netuid uint32, s *space) (*frame, error) {
	f := &frame{netuid: netuid}
	var err error
	if f.subnet, err = k.subnets.Subnet(ctx, netuid); err != nil {
		return nil, err
	}
	if f.epoch, err = k.subnets.CurrentEpoch(ctx, netuid); err != nil {
		return nil, err
	}
	ids, err := k.subnets.MinerIDs(ctx, netuid)
	if err != nil {
		return nil, err
	}
	if f.miners, err = packed.NewIndex(ids); err != nil {
		return nil, errorsmod.Wrapf(types.ErrMinerIDsInvalid, "netuid %d: %s", netuid, err)
	}
	n := len(f.epoch.Permits)
	f.input = yuma.Input{
		Miners:  len(ids),
		Powers:  make([]uint64, n),
		Weights: make([]yuma.Weights, n),
		Bonds:   make([]yuma.Bonds, n),
	}
	f.hotkeys, f.validatorOf = make([]sdk.AccAddress, n), make(map[string]int, n)
	f.revealed, f.stored = make([]bool, n), make([]bool, n)
	for i, permit := range f.epoch.Permits {
		f.validatorOf[permit.Hotkey] = i
		if permit.Active {
			f.input.Powers[i] = permit.Power
		}
	}
	if err := k.loadRows(ctx, f, s); err != nil {
		return nil, err
	}
	if err := k.loadBonds(ctx, f, s); err != nil {
		return nil, err
	}
	for i, permit := range f.epoch.Permits {
		if f.stored[i] {
			continue // its bytes came with its bonds
		}
		if f.hotkeys[i], err = k.accounts.StringToBytes(permit.Hotkey); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// loadRows takes in the rows of permit holders, without miners that are gone. A row that cannot
// count is said so in an event.
func (k *Keeper) loadRows(ctx sdk.Context, f *frame, s *space) error {
	rows, err := k.subnets.ClosingRows(ctx, f.netuid)
	if err != nil {
		return err
	}
	entries := 0
	for _, row := range rows {
		entries += len(row.Weights)
	}
	s.weights = slices.Grow(s.weights[:0], entries)
	// There are as many bonds as weights, nearly.
	s.bonds = slices.Grow(s.bonds[:0], entries)
	for _, row := range rows {
		i, ok := f.validatorOf[row.Hotkey]
		reason := ReasonNoPermit
		if ok {
			f.input.Weights[i], ok = s.takeWeights(f.miners, row.MinerIds, row.Weights)
			reason = ReasonMalformed
		}
		if !ok {
			emit(ctx, &types.EventRowIgnored{Netuid: f.netuid, Epoch: f.epoch.Index, Hotkey: row.Hotkey, Reason: reason})
			continue
		}
		f.revealed[i] = true
		f.rows++
		f.cells += len(f.input.Weights[i].Values)
	}
	return nil
}

// loadBonds takes in the bonds of permit holders, without miners that are gone: a slot that changed
// hands has a new identity, and with it no bonds.
func (k *Keeper) loadBonds(ctx context.Context, f *frame, s *space) error {
	return k.Bonds.Walk(ctx, collections.NewPrefixedPairRange[uint32, sdk.AccAddress](f.netuid),
		func(key collections.Pair[uint32, sdk.AccAddress], data []byte) (bool, error) {
			hotkey, err := k.accounts.BytesToString(key.K2())
			if err != nil {
				return true, err
			}
			i, ok := f.validatorOf[hotkey]
			if !ok {
				f.stale = append(f.stale, key.K2())
				return false, nil
			}
			if f.input.Bonds[i], err = s.takeBonds(f.miners, data); err != nil {
				return true, errorsmod.Wrapf(types.ErrCorruptState, "bonds of %s on netuid %d: %s", hotkey, f.netuid, err)
			}
			f.hotkeys[i], f.stored[i] = key.K2(), true
			return false, nil
		})
}

// storeBonds writes one value per permit holder and drops the bonds of those who hold none any more.
func (k *Keeper) storeBonds(ctx context.Context, f *frame, bonds []yuma.Bonds) error {
	for _, hotkey := range f.stale {
		if err := k.Bonds.Remove(ctx, collections.Join(f.netuid, hotkey)); err != nil {
			return err
		}
	}
	for i, row := range bonds {
		key := collections.Join(f.netuid, f.hotkeys[i])
		if len(row.Columns) == 0 {
			if f.stored[i] {
				if err := k.Bonds.Remove(ctx, key); err != nil {
					return err
				}
			}
			continue
		}
		data, err := f.miners.Encode(row.Columns, row.Values)
		if err != nil {
			return err
		}
		if err := k.Bonds.Set(ctx, key, data); err != nil {
			return err
		}
	}
	return nil
}

// eachColumn calls found for every entry of ids that is among the registered identities, with its
// column. Both ascend.
func eachColumn(ids, registered []uint64, found func(entry int, column uint32)) {
	column := 0
	for entry, id := range ids {
		for column < len(registered) && registered[column] < id {
			column++
		}
		if column == len(registered) {
			return
		}
		if registered[column] == id {
			found(entry, uint32(column))
			column++
		}
	}
}

// ascending tells whether identities are above 0 and strictly ascending.
func ascending(ids []uint64) bool {
	last := uint64(0)
	for _, id := range ids {
		if id <= last {
			return false
		}
		last = id
	}
	return true
}
