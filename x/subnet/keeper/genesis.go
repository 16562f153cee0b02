package keeper

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/internal/packed"
	"github.com/agora-network/agora/x/subnet/types"
)

// InitGenesis writes a validated genesis state. Deposits must be in the module account: x/bank
// initialises before this module.
func (k *Keeper) InitGenesis(ctx context.Context, g types.GenesisState) error {
	if err := g.Validate(); err != nil {
		return err
	}
	if err := errors.Join(
		k.Params.Set(ctx, g.Params),
		k.NextNetuid.Set(ctx, g.NextNetuid),
		k.DepositPrice.Set(ctx, g.DepositPrice),
		k.DepositHeight.Set(ctx, g.DepositHeight),
	); err != nil {
		return err
	}
	if len(g.Beacon) > 0 {
		if err := k.Beacon.Set(ctx, types.Beacon{Value: g.Beacon}); err != nil {
			return err
		}
	}
	for _, key := range g.BeaconKeys {
		if err := k.initBeaconKey(ctx, key); err != nil {
			return err
		}
	}
	if len(g.VoteShares) > 0 {
		var netuids []uint32
		var shares []uint64
		for _, share := range g.VoteShares {
			netuids, shares = append(netuids, share.Netuid), append(shares, share.Share)
		}
		if err := k.SetVoteShares(ctx, netuids, shares); err != nil {
			return err
		}
	}
	for _, subnet := range g.Subnets {
		if _, err := k.decode("owner", subnet.Owner); err != nil {
			return fmt.Errorf("subnet %d: %w", subnet.Netuid, err)
		}
		if subnet.OfferedTo != "" {
			if _, err := k.decode("offered_to", subnet.OfferedTo); err != nil {
				return fmt.Errorf("subnet %d: %w", subnet.Netuid, err)
			}
		}
		if err := k.Subnets.Set(ctx, subnet.Netuid, subnet); err != nil {
			return err
		}
	}
	for _, change := range g.ParamChanges {
		if _, err := k.decode("by", change.By); err != nil {
			return fmt.Errorf("change of %s on subnet %d: %w", change.Name, change.Netuid, err)
		}
		if err := k.ParamChanges.Set(ctx, collections.Join(change.Netuid, change.Name), change); err != nil {
			return err
		}
	}
	for _, b := range g.Benchmarks {
		if err := checkSpec(b.Spec); err != nil {
			return fmt.Errorf("version %d of benchmark %d of subnet %d: %w", b.Version, b.Benchmark, b.Netuid, err)
		}
		if err := k.Benchmarks.Set(ctx, collections.Join3(b.Netuid, b.Benchmark, b.Version), b); err != nil {
			return err
		}
	}
	if err := k.initBounds(ctx, g.BenchmarkBounds); err != nil {
		return err
	}
	if err := k.initMiners(ctx, g); err != nil {
		return err
	}
	if err := k.initScores(ctx, g); err != nil {
		return err
	}
	if err := k.initRefusals(ctx, g.Refusals); err != nil {
		return err
	}
	broken, err := k.Invariants(ctx)
	if err != nil {
		return err
	}
	if len(broken) > 0 {
		return fmt.Errorf("the state does not hold together: %q", broken)
	}
	return nil
}

func (k *Keeper) initMiners(ctx context.Context, g types.GenesisState) error {
	for _, o := range g.MinerOwners {
		owner, err := k.decode("owner", o.Owner)
		if err != nil {
			return fmt.Errorf("miner %d on subnet %d: %w", o.MinerId, o.Netuid, err)
		}
		if err := k.MinerOwners.Set(ctx, collections.Join(o.Netuid, o.MinerId), owner); err != nil {
			return err
		}
	}
	earned := make(map[uint32][]types.Miner, len(g.Subnets))
	for _, m := range g.Miners {
		bond := Bond{Locked: m.Bond, Releasing: m.Releasing, ReleaseHeight: m.ReleaseHeight}
		if bond != (Bond{}) {
			if err := k.setBond(ctx, m.Netuid, m.MinerId, bond); err != nil {
				return err
			}
		}
		if !m.HasSlot() {
			continue
		}
		if m.LastEmission > 0 {
			earned[m.Netuid] = append(earned[m.Netuid], m)
		}
		m.LastEmission, m.Bond, m.Releasing, m.ReleaseHeight = 0, 0, 0, 0
		if _, err := k.decode("hotkey", m.Hotkey); err != nil {
			return fmt.Errorf("miner %d on subnet %d: %w", m.MinerId, m.Netuid, err)
		}
		if err := k.Miners.Set(ctx, collections.Join(m.Netuid, m.Uid), m); err != nil {
			return err
		}
	}
	for _, subnet := range g.Subnets {
		miners := earned[subnet.Netuid]
		if len(miners) == 0 {
			continue
		}
		slices.SortFunc(miners, func(a, b types.Miner) int { return cmp.Compare(a.MinerId, b.MinerId) })
		var column packed.List
		for _, m := range miners {
			column.IDs = append(column.IDs, m.MinerId)
			column.Values = append(column.Values, m.LastEmission)
		}
		raw, err := column.Encode()
		if err != nil {
			return err
		}
		if err := k.Emissions.Set(ctx, subnet.Netuid, raw); err != nil {
			return err
		}
	}
	for _, a := range g.Appointments {
		operator, err := k.validators.StringToBytes(a.Validator)
		if err != nil {
			return fmt.Errorf("appointment by %s: %w", a.Validator, err)
		}
		hotkey, err := k.decode("hotkey", a.Hotkey)
		if err != nil {
			return fmt.Errorf("appointment by %s: %w", a.Validator, err)
		}
		if err := k.Appointments.Set(ctx, collections.Join3(sdk.ValAddress(operator), a.Netuid, hotkey), a); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keeper) initScores(ctx context.Context, g types.GenesisState) error {
	for _, e := range g.Epochs {
		if err := k.Epochs.Set(ctx, collections.Join(e.Netuid, e.Index), e); err != nil {
			return err
		}
	}
	for _, c := range g.Commits {
		hotkey, err := k.decode("hotkey", c.Hotkey)
		if err != nil {
			return fmt.Errorf("commit: %w", err)
		}
		if err := k.Commits.Set(ctx, collections.Join4(c.Netuid, c.Epoch, c.Benchmark, hotkey), c); err != nil {
			return err
		}
	}
	for _, r := range g.Rows {
		hotkey, err := k.decode("hotkey", r.Hotkey)
		if err != nil {
			return fmt.Errorf("row: %w", err)
		}
		if err := k.Rows.Set(ctx, collections.Join4(r.Netuid, r.Epoch, r.Benchmark, hotkey), r); err != nil {
			return err
		}
	}
	for _, r := range g.Records {
		hotkey, err := k.decode("hotkey", r.Hotkey)
		if err != nil {
			return fmt.Errorf("record: %w", err)
		}
		if err := k.Records.Set(ctx, collections.Join3(r.Netuid, hotkey, r.Benchmark), r); err != nil {
			return err
		}
	}
	return nil
}

// ExportGenesis reads the whole state, without what removed subnets left to be forgotten. Everything is in
// key order, so equal states export equally.
func (k *Keeper) ExportGenesis(ctx context.Context) (*types.GenesisState, error) {
	var g types.GenesisState
	var err error
	if g.Params, err = k.Params.Get(ctx); err != nil {
		return nil, err
	}
	if g.NextNetuid, err = k.NextNetuid.Get(ctx); err != nil {
		return nil, err
	}
	if g.DepositPrice, err = k.DepositPrice.Get(ctx); err != nil {
		return nil, err
	}
	if g.DepositHeight, err = k.DepositHeight.Get(ctx); err != nil {
		return nil, err
	}
	if g.Beacon, err = k.lastBeacon(ctx); err != nil {
		return nil, err
	}
	if g.BeaconKeys, err = values(ctx, k.BeaconKeys); err != nil {
		return nil, err
	}
	if g.Subnets, err = values(ctx, k.Subnets); err != nil {
		return nil, err
	}
	if g.ParamChanges, err = values(ctx, k.ParamChanges); err != nil {
		return nil, err
	}
	if g.Benchmarks, err = values(ctx, k.Benchmarks); err != nil {
		return nil, err
	}
	if g.BenchmarkBounds, err = values(ctx, k.BenchmarkBounds); err != nil {
		return nil, err
	}
	for _, subnet := range g.Subnets {
		miners, err := k.minersOf(ctx, subnet.Netuid)
		if err != nil {
			return nil, err
		}
		g.Miners = append(g.Miners, miners...)
	}
	former, err := k.formerMiners(ctx)
	if err != nil {
		return nil, err
	}
	g.Miners = append(g.Miners, former...)
	err = k.MinerOwners.Walk(ctx, nil, func(key identityKey, owner sdk.AccAddress) (bool, error) {
		shown, err := k.addresses.BytesToString(owner)
		g.MinerOwners = append(g.MinerOwners, types.MinerOwner{Netuid: key.K1(), MinerId: key.K2(), Owner: shown})
		return false, err
	})
	if err != nil {
		return nil, err
	}
	if g.Appointments, err = values(ctx, k.Appointments); err != nil {
		return nil, err
	}
	if g.Epochs, err = values(ctx, k.Epochs); err != nil {
		return nil, err
	}
	if g.Commits, err = values(ctx, k.Commits); err != nil {
		return nil, err
	}
	if g.Rows, err = values(ctx, k.Rows); err != nil {
		return nil, err
	}
	if g.Records, err = values(ctx, k.Records); err != nil {
		return nil, err
	}
	if g.Refusals, err = values(ctx, k.Refusals); err != nil {
		return nil, err
	}
	present := make(map[uint32]bool, len(g.Subnets)+1)
	present[0] = true // appointments for every subnet
	for _, subnet := range g.Subnets {
		present[subnet.Netuid] = true
	}
	g.Benchmarks = ofSubnets(present, g.Benchmarks, func(b types.BenchmarkVersion) uint32 { return b.Netuid })
	g.Records = ofSubnets(present, g.Records, func(r types.ScoringRecord) uint32 { return r.Netuid })
	g.Refusals = ofSubnets(present, g.Refusals, func(r types.RefusalRecord) uint32 { return r.Netuid })
	g.Appointments = ofSubnets(present, g.Appointments, func(a types.Appointment) uint32 { return a.Netuid })
	shares, err := k.voteShares(ctx)
	for i, netuid := range shares.IDs {
		g.VoteShares = append(g.VoteShares, types.VoteShare{Netuid: uint32(netuid), Share: shares.Values[i]})
	}
	return &g, err
}

// ofSubnets leaves out what belongs to subnets that are not present.
func ofSubnets[V any](present map[uint32]bool, all []V, netuid func(V) uint32) (kept []V) {
	for _, v := range all {
		if present[netuid(v)] {
			kept = append(kept, v)
		}
	}
	return kept
}

// values reads a whole collection in key order.
func values[K, V any](ctx context.Context, collection interface {
	Iterate(context.Context, collections.Ranger[K]) (collections.Iterator[K, V], error)
},
) ([]V, error) {
	iter, err := collection.Iterate(ctx, nil)
	if err != nil {
		return nil, err
	}
	return iter.Values()
}

// minersOf lists a subnet's miners by slot, with what the last epoch accrued to them and their bonds.
func (k *Keeper) minersOf(ctx context.Context, netuid uint32) ([]types.Miner, error) {
	column, err := k.emissions(ctx, netuid)
	if err != nil {
		return nil, err
	}
	iter, err := k.Miners.Iterate(ctx, collections.NewPrefixedPairRange[uint32, uint32](netuid))
	if err != nil {
		return nil, err
	}
	miners, err := iter.Values()
	if err != nil {
		return nil, err
	}
	for i := range miners {
		miners[i].LastEmission = column.Value(miners[i].MinerId)
		if err := k.addBond(ctx, &miners[i]); err != nil {
			return nil, err
		}
	}
	return miners, nil
}

// formerMiners lists those that lost their slot and whose bond is not paid out yet, by netuid and identity.
func (k *Keeper) formerMiners(ctx context.Context) ([]types.Miner, error) {
	var former []types.Miner
	err := k.Bonds.Walk(ctx, nil, func(key identityKey, _ bondValue) (bool, error) {
		_, err := k.Miners.Indexes.ByID.MatchExact(ctx, key)
		if !errors.Is(err, collections.ErrNotFound) {
			return err != nil, err
		}
		miner, err := k.formerMiner(ctx, key)
		former = append(former, miner)
		return err != nil, err
	})
	return former, err
}

// formerMiner is what is left of a miner without a slot: its owner and its bond.
func (k *Keeper) formerMiner(ctx context.Context, key identityKey) (types.Miner, error) {
	owner, err := k.MinerOwner(ctx, key.K1(), key.K2())
	if err != nil {
		return types.Miner{}, err
	}
	miner := types.Miner{Netuid: key.K1(), MinerId: key.K2()}
	if miner.Owner, err = k.addresses.BytesToString(owner); err != nil {
		return types.Miner{}, err
	}
	return miner, k.addBond(ctx, &miner)
}

// addBond fills in what is kept apart.
func (k *Keeper) addBond(ctx context.Context, miner *types.Miner) error {
	bond, err := k.Bond(ctx, miner.Netuid, miner.MinerId)
	miner.Bond, miner.Releasing, miner.ReleaseHeight = bond.Locked, bond.Releasing, bond.ReleaseHeight
	return err
}
