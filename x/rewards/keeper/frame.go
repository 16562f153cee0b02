package keeper

import (
	"context"
	"slices"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

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

// frame is one benchmark of a closing epoch, as the arithmetic sees it: validators in the order of the
// permits, miners by ascending identity.
type frame struct {
	*closing
	benchmark subnettypes.EpochBenchmark
	input     yuma.Input
	// revealed tells by validator whether its row counts, stored whether it has bonds in the store.
	revealed []bool
	stored   []bool
	// stale are the hotkeys with bonds in the store and no permit.
	stale []sdk.AccAddress
	// rows and cells are how many rows count and how many weights they have.
	rows, cells int
}

// frame reads what the epoch depends on for one benchmark alone: who counts on it, its rows and its bonds. Weights and
// bonds lie in the memory of the space, which must not be used for anything else before the benchmark is done.
func (k *Keeper) frame(ctx sdk.Context, c *closing, benchmark subnettypes.EpochBenchmark, s *space) (*frame, error) {
	n := len(c.epoch.Permits)
	f := &frame{closing: c, benchmark: benchmark, revealed: make([]bool, n), stored: make([]bool, n)}
	f.input = yuma.Input{
		Miners:  len(c.miners.IDs()),
		Powers:  make([]uint64, n),
		Weights: make([]yuma.Weights, n),
		Bonds:   make([]yuma.Bonds, n),
	}
	for i, permit := range c.epoch.Permits {
		if slices.Contains(permit.ActiveOn, benchmark.Benchmark) {
			f.input.Powers[i] = permit.Power
		}
	}
	if err := k.loadRows(ctx, f, s); err != nil {
		return nil, err
	}
	if err := k.loadBonds(ctx, f, s); err != nil {
		return nil, err
	}
	return f, k.decodeHotkeys(c)
}

// decodeHotkeys finds the bytes of the hotkeys that did not come with bonds: decoding costs ten times what encoding does.
func (k *Keeper) decodeHotkeys(c *closing) error {
	for i, permit := range c.epoch.Permits {
		if c.hotkeys[i] != nil {
			continue
		}
		var err error
		if c.hotkeys[i], err = k.accounts.StringToBytes(permit.Hotkey); err != nil {
			return errorsmod.Wrapf(types.ErrCorruptState, "permit of hotkey %q on netuid %d: %s", permit.Hotkey, c.netuid, err)
		}
	}
	return nil
}

// loadRows takes in the rows of permit holders, without miners that are gone. A row that cannot
// count is said so in an event.
func (k *Keeper) loadRows(ctx sdk.Context, f *frame, s *space) error {
	var rows []subnettypes.ScoreRow
	if f.benchmark.Version > 0 {
		var err error
		if rows, err = k.subnets.ClosingRows(ctx, f.netuid, f.benchmark.Benchmark); err != nil {
			return err
		}
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
			emit(ctx, &types.EventRowIgnored{
				Netuid: f.netuid, Epoch: f.epoch.Index, Benchmark: f.benchmark.Benchmark, Hotkey: row.Hotkey, Reason: reason,
			})
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
	return k.Bonds.Walk(ctx, bondsOn(f.netuid, f.benchmark.Benchmark),
		func(key collections.Triple[uint32, uint32, sdk.AccAddress], data []byte) (bool, error) {
			hotkey, err := k.accounts.BytesToString(key.K3())
			if err != nil {
				return true, err
			}
			i, ok := f.validatorOf[hotkey]
			if !ok {
				f.stale = append(f.stale, key.K3())
				return false, nil
			}
			if f.input.Bonds[i], err = s.takeBonds(f.miners, data); err != nil {
				return true, errorsmod.Wrapf(types.ErrCorruptState, "bonds of %s on netuid %d: %s", hotkey, f.netuid, err)
			}
			f.hotkeys[i], f.stored[i] = key.K3(), true
			return false, nil
		})
}

// bondsOn is the range of the bonds of one benchmark.
func bondsOn(netuid, benchmark uint32) collections.Ranger[collections.Triple[uint32, uint32, sdk.AccAddress]] {
	return collections.NewSuperPrefixedTripleRange[uint32, uint32, sdk.AccAddress](netuid, benchmark)
}

// storeBonds writes one value per permit holder and drops the bonds of those who hold none any more.
func (k *Keeper) storeBonds(ctx context.Context, f *frame, bonds []yuma.Bonds) error {
	for _, hotkey := range f.stale {
		if err := k.Bonds.Remove(ctx, collections.Join3(f.netuid, f.benchmark.Benchmark, hotkey)); err != nil {
			return err
		}
	}
	for i, row := range bonds {
		key := collections.Join3(f.netuid, f.benchmark.Benchmark, f.hotkeys[i])
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
