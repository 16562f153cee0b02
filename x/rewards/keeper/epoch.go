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

// closeDueEpochs closes the epochs that are due, a bounded number per block. The search begins after
// the subnet that was looked at last, so every due subnet gets its turn however many there are, and
// one that cannot be advanced never stands in the way of the others.
func (k *Keeper) closeDueEpochs(ctx sdk.Context, p types.Params) error {
	due, err := k.subnets.DueSubnets(ctx)
	if err != nil || len(due) == 0 {
		return err
	}
	cursor, err := orZero(k.EpochCursor.Get(ctx))
	if err != nil {
		return err
	}
	slices.Sort(due) // the cursor goes round by netuid
	first, _ := slices.BinarySearch(due, cursor+1)
	for i := range min(len(due), int(p.MaxEpochsPerBlock)) {
		cursor = due[(first+i)%len(due)]
		k.closeOrCarry(ctx, p, cursor)
	}
	return k.EpochCursor.Set(ctx, cursor)
}

// closeOrCarry closes one subnet's epoch; where that fails, the pending emission waits for the next.
func (k *Keeper) closeOrCarry(ctx sdk.Context, p types.Params, netuid uint32) {
	err := branch(ctx, func(ctx sdk.Context) error { return k.closeEpoch(ctx, p, netuid) })
	if err == nil {
		return
	}
	event := &types.EventEpochFailed{Netuid: netuid, Reason: err.Error()}
	advance := func(ctx sdk.Context) error {
		subnet, err := k.subnets.Subnet(ctx, netuid) // not CurrentEpoch: an epoch that could not begin has none
		if err != nil {
			return err
		}
		event.Epoch = subnet.Epoch
		if event.Carried, err = orZero(k.Pending.Get(ctx, netuid)); err != nil {
			return err
		}
		return k.subnets.AdvanceEpoch(ctx, netuid)
	}
	if err := branch(ctx, advance); err != nil {
		event.Reason += "; and the next epoch could not begin: " + err.Error()
	}
	report(ctx, "close an epoch", err, event)
}

// closeEpoch turns the closing epoch's rows into coins and begins the next.
func (k *Keeper) closeEpoch(ctx sdk.Context, p types.Params, netuid uint32) error {
	f, err := k.frame(ctx, netuid)
	if err != nil {
		return err
	}
	outcome, err := yuma.Run(yumaParams(f.subnet.Params), f.input)
	if err != nil {
		return errorsmod.Wrap(types.ErrRowsInvalid, err.Error())
	}
	if err := k.storeBonds(ctx, f, outcome.Bonds); err != nil {
		return err
	}
	result, err := k.payOut(ctx, p, f, outcome)
	if err != nil {
		return err
	}
	if err := k.Results.Set(ctx, netuid, result); err != nil {
		return err
	}
	if err := k.subnets.SetMinerEmissions(ctx, netuid, f.minerIDs, result.Amounts); err != nil {
		return err
	}
	if err := k.subnets.AdvanceEpoch(ctx, netuid); err != nil {
		return err
	}
	emit(ctx, &types.EventEpochPaid{
		Netuid: netuid, Epoch: result.Epoch, Pending: result.Pending, Owner: result.OwnerAmount, Miners: result.MinerAmount,
		Validators: result.ValidatorAmount, Burned: result.Burned, Carried: result.Carried,
	})
	return nil
}

// frame is one closing epoch, as the arithmetic sees it: validators in the order of the permits,
// miners by ascending identity.
type frame struct {
	netuid   uint32
	subnet   subnettypes.Subnet
	epoch    subnettypes.Epoch
	minerIDs []uint64
	input    yuma.Input
	// revealed tells by validator whether it opened a row.
	revealed []bool
	// stored holds the hotkeys that have bonds in the store, and which of them has no permit.
	hotkeys []sdk.AccAddress
	stored  []bool
	stale   []sdk.AccAddress
}

// frame reads everything that a closing epoch depends on.
func (k *Keeper) frame(ctx context.Context, netuid uint32) (*frame, error) {
	f := &frame{netuid: netuid}
	var err error
	if f.subnet, err = k.subnets.Subnet(ctx, netuid); err != nil {
		return nil, err
	}
	if f.epoch, err = k.subnets.CurrentEpoch(ctx, netuid); err != nil {
		return nil, err
	}
	if f.minerIDs, err = k.subnets.MinerIDs(ctx, netuid); err != nil {
		return nil, err
	}
	if !ascending(f.minerIDs) {
		return nil, errorsmod.Wrapf(types.ErrMinerIDsInvalid, "netuid %d", netuid)
	}
	n := len(f.epoch.Permits)
	f.input = yuma.Input{
		Miners:  len(f.minerIDs),
		Powers:  make([]uint64, n),
		Weights: make([]yuma.Weights, n),
		Bonds:   make([]yuma.Bonds, n),
	}
	f.revealed, f.stored, f.hotkeys = make([]bool, n), make([]bool, n), make([]sdk.AccAddress, n)
	validatorOf := make(map[string]int, n) // hotkey bytes -> index; looked up, never ranged over
	for i, permit := range f.epoch.Permits {
		hotkey, err := k.accounts.StringToBytes(permit.Hotkey)
		if err != nil {
			return nil, err
		}
		f.hotkeys[i], validatorOf[string(hotkey)] = hotkey, i
		if permit.Active {
			f.input.Powers[i] = permit.Power
		}
	}
	if err := k.loadRows(ctx, f, validatorOf); err != nil {
		return nil, err
	}
	return f, k.loadBonds(ctx, f, validatorOf)
}

// loadRows takes in the rows of permit holders, without miners that are gone.
func (k *Keeper) loadRows(ctx context.Context, f *frame, validatorOf map[string]int) error {
	rows, err := k.subnets.ClosingRows(ctx, f.netuid)
	if err != nil {
		return err
	}
	for _, row := range rows {
		hotkey, err := k.accounts.StringToBytes(row.Hotkey)
		if err != nil {
			return err
		}
		i, ok := validatorOf[string(hotkey)]
		if !ok || len(row.MinerIds) != len(row.Weights) {
			continue
		}
		f.revealed[i] = true
		weights := yuma.Weights{Columns: make([]uint32, 0, len(row.MinerIds)), Values: make([]uint16, 0, len(row.MinerIds))}
		eachColumn(row.MinerIds, f.minerIDs, func(entry int, column uint32) {
			weights.Columns = append(weights.Columns, column)
			weights.Values = append(weights.Values, uint16(min(row.Weights[entry], 1<<16-1)))
		})
		f.input.Weights[i] = weights
	}
	return nil
}

// loadBonds takes in the bonds of permit holders, without miners that are gone: a slot that changed
// hands has a new identity, and with it no bonds.
func (k *Keeper) loadBonds(ctx context.Context, f *frame, validatorOf map[string]int) error {
	return k.Bonds.Walk(ctx, collections.NewPrefixedPairRange[uint32, sdk.AccAddress](f.netuid),
		func(key collections.Pair[uint32, sdk.AccAddress], data []byte) (bool, error) {
			i, ok := validatorOf[string(key.K2())]
			if !ok {
				f.stale = append(f.stale, key.K2())
				return false, nil
			}
			list, err := packed.Decode(data)
			if err != nil {
				return true, errorsmod.Wrapf(types.ErrCorruptState, "bonds of %s on netuid %d: %s", key.K2(), f.netuid, err)
			}
			f.stored[i] = true
			bonds := yuma.Bonds{Columns: make([]uint32, 0, list.Len()), Values: make([]uint64, 0, list.Len())}
			eachColumn(list.IDs, f.minerIDs, func(entry int, column uint32) {
				bonds.Columns = append(bonds.Columns, column)
				bonds.Values = append(bonds.Values, list.Values[entry])
			})
			f.input.Bonds[i] = bonds
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
		list := packed.List{IDs: make([]uint64, len(row.Columns)), Values: row.Values}
		for entry, column := range row.Columns {
			list.IDs[entry] = f.minerIDs[column]
		}
		data, err := list.Encode()
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
// column. Both ascend; an entry out of order is left out.
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

// yumaParams are a subnet's parameters as the arithmetic takes them.
func yumaParams(p subnettypes.SubnetParams) yuma.Params {
	const ofU16, perMillion, hundredths = 65_535, 1_000_000, 100
	out := yuma.Params{
		Variant:            yuma.Yuma3,
		Kappa:              yuma.Ratio(uint64(p.Kappa), ofU16),
		BondsPenalty:       yuma.Ratio(uint64(p.BondsPenalty), ofU16),
		BondsMovingAverage: yuma.Ratio(uint64(p.BondsMovingAverage), perMillion),
		LiquidAlpha:        p.LiquidAlpha,
		AlphaLow:           yuma.Ratio(uint64(p.AlphaLow), ofU16),
		AlphaHigh:          yuma.Ratio(uint64(p.AlphaHigh), ofU16),
		AlphaSteepness:     min(uint64(p.AlphaSteepness)*yuma.SteepnessUnit/hundredths, yuma.MaxSteepness),
	}
	if p.YumaVariant == subnettypes.YUMA_VARIANT_2 {
		out.Variant = yuma.Yuma2
	}
	return out
}
