package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agora-network/agora/internal/packed"
	"github.com/agora-network/agora/x/rewards/types"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// InitGenesis takes in a whole state. x/auth, x/bank, x/staking and x/subnet must be there already:
// the sums of votes are made from the votes and the delegations, and the module's coins are
// compared with what it owes.
func (k *Keeper) InitGenesis(ctx context.Context, g types.GenesisState) error {
	if err := g.Validate(); err != nil {
		return err
	}
	if k.auth.GetModuleAddress(types.ModuleName) == nil {
		return errorsmod.Wrapf(types.ErrGenesisInvalid, "the module account %s is missing: give it the permissions minter and burner", types.ModuleName)
	}
	if err := k.Params.Set(ctx, g.Params); err != nil {
		return err
	}
	if err := k.initVotes(ctx, g.Votes); err != nil {
		return err
	}
	// The first block counts the votes anew: the stake may have changed at this genesis.
	if err := k.Tally.Set(ctx, g.Tally); err != nil {
		return err
	}
	if err := k.EpochCursor.Set(ctx, g.EpochCursor); err != nil {
		return err
	}
	if err := k.initAutoClaim(ctx, g); err != nil {
		return err
	}
	if err := k.checkNetuids(ctx, g); err != nil {
		return err
	}
	for _, p := range g.Pending {
		if err := k.Pending.Set(ctx, p.Netuid, p.Amount); err != nil {
			return err
		}
	}
	for _, l := range g.Ledgers {
		if err := k.setLedger(ctx, l.Netuid, packed.List{IDs: l.MinerIds, Values: l.Amounts}); err != nil {
			return err
		}
	}
	for _, b := range g.Bonds {
		hotkey, text, err := k.account("hotkey", b.Hotkey)
		if err != nil {
			return errorsmod.Wrapf(types.ErrGenesisInvalid, "bonds on netuid %d: %s", b.Netuid, err)
		}
		key := collections.Join3(b.Netuid, b.Benchmark, hotkey)
		switch there, err := k.Bonds.Has(ctx, key); {
		case err != nil:
			return err
		case there:
			return errorsmod.Wrapf(types.ErrGenesisInvalid, "bonds of %s on benchmark %d of netuid %d are there twice", text, b.Benchmark, b.Netuid)
		}
		data, err := packed.List{IDs: b.MinerIds, Values: b.Bonds}.Encode()
		if err != nil {
			return err
		}
		if err := k.Bonds.Set(ctx, key, data); err != nil {
			return err
		}
	}
	for _, r := range g.Results {
		if err := k.Results.Set(ctx, collections.Join(r.Netuid, r.Benchmark), r); err != nil {
			return err
		}
	}
	for _, check := range []invariant{(*Keeper).accountIsOwed, (*Keeper).epochsAddUp} {
		wrong, err := check(k, ctx)
		if err != nil {
			return err
		}
		if wrong != "" {
			return errorsmod.Wrap(types.ErrGenesisInvalid, wrong)
		}
	}
	return nil
}

// checkNetuids refuses what belongs to subnets that do not exist, or to benchmarks that no subnet can have: how many there are
// bounds what the removal of a subnet costs. Ledgers may: what a removed subnet's miners accrued stays claimable.
func (k *Keeper) checkNetuids(ctx context.Context, g types.GenesisState) error {
	check := func(what string, netuid, benchmark uint32) error {
		if benchmark >= subnettypes.MaxBenchmarks {
			return errorsmod.Wrapf(types.ErrGenesisInvalid, "%s of netuid %d on benchmark %d, the last that there can be is %d", what, netuid, benchmark, subnettypes.MaxBenchmarks-1)
		}
		exists, err := k.subnets.HasSubnet(ctx, netuid)
		if err == nil && !exists {
			return errorsmod.Wrapf(types.ErrGenesisInvalid, "%s of netuid %d, which does not exist", what, netuid)
		}
		return err
	}
	for _, p := range g.Pending {
		if err := check("pending emission", p.Netuid, 0); err != nil {
			return err
		}
	}
	for _, b := range g.Bonds {
		if err := check("bonds", b.Netuid, b.Benchmark); err != nil {
			return err
		}
	}
	for _, r := range g.Results {
		if err := check("result", r.Netuid, r.Benchmark); err != nil {
			return err
		}
	}
	return nil
}

// initAutoClaim takes in where automatic claims stand. A round that would begin later than an interval
// from now, as after a start at a lower height, begins then.
func (k *Keeper) initAutoClaim(ctx context.Context, g types.GenesisState) error {
	if g.AutoClaim == (types.AutoClaim{}) {
		return nil
	}
	state := g.AutoClaim
	state.NextHeight = min(state.NextHeight, sdk.UnwrapSDKContext(ctx).BlockHeight()+int64(g.Params.AutoClaimInterval))
	return k.AutoClaim.Set(ctx, state)
}

// initVotes stores the votes and sums them up per validator.
func (k *Keeper) initVotes(ctx context.Context, votes []types.EmissionVote) error {
	for _, v := range votes {
		voter, text, err := k.account("voter", v.Voter)
		if err != nil {
			return errorsmod.Wrap(types.ErrGenesisInvalid, err.Error())
		}
		switch there, err := k.Votes.Has(ctx, voter); {
		case err != nil:
			return err
		case there:
			return errorsmod.Wrapf(types.ErrGenesisInvalid, "%s votes twice", text)
		}
		v.Voter = text
		if err := k.Votes.Set(ctx, voter, v); err != nil {
			return err
		}
		var failed error
		err = k.staking.IterateDelegations(ctx, voter, func(_ int64, d stakingtypes.DelegationI) bool {
			failed = k.recount(ctx, d, nil, v.Weights)
			return failed != nil
		})
		if err := errors.Join(err, failed); err != nil {
			return err
		}
	}
	return nil
}

// ExportGenesis returns the whole state, each list in the order of its keys.
func (k *Keeper) ExportGenesis(ctx context.Context) (*types.GenesisState, error) {
	g := &types.GenesisState{}
	var err error
	if g.Params, err = k.Params.Get(ctx); err != nil {
		return nil, err
	}
	if g.Tally, err = orZero(k.Tally.Get(ctx)); err != nil {
		return nil, err
	}
	if g.EpochCursor, err = orZero(k.EpochCursor.Get(ctx)); err != nil {
		return nil, err
	}
	if g.AutoClaim, err = orZero(k.AutoClaim.Get(ctx)); err != nil {
		return nil, err
	}
	err = k.Votes.Walk(ctx, nil, func(_ sdk.AccAddress, v types.EmissionVote) (bool, error) {
		g.Votes = append(g.Votes, v)
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	err = k.Pending.Walk(ctx, nil, func(netuid uint32, amount uint64) (bool, error) {
		g.Pending = append(g.Pending, types.PendingEmission{Netuid: netuid, Amount: amount})
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	err = k.Ledgers.Walk(ctx, nil, func(netuid uint32, data []byte) (bool, error) {
		list, err := packed.Decode(data)
		if err != nil {
			return true, errorsmod.Wrapf(types.ErrCorruptState, "ledger of netuid %d: %s", netuid, err)
		}
		g.Ledgers = append(g.Ledgers, types.MinerLedger{Netuid: netuid, MinerIds: list.IDs, Amounts: list.Values})
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	err = k.Bonds.Walk(ctx, nil, func(key collections.Triple[uint32, uint32, sdk.AccAddress], data []byte) (bool, error) {
		list, err := packed.Decode(data)
		if err != nil {
			return true, errorsmod.Wrapf(types.ErrCorruptState, "bonds of %s on benchmark %d of netuid %d: %s", key.K3(), key.K2(), key.K1(), err)
		}
		hotkey, err := k.accounts.BytesToString(key.K3())
		if err != nil {
			return true, err
		}
		g.Bonds = append(g.Bonds, types.Bonds{Netuid: key.K1(), Benchmark: key.K2(), Hotkey: hotkey, MinerIds: list.IDs, Bonds: list.Values})
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	return g, k.Results.Walk(ctx, nil, func(_ collections.Pair[uint32, uint32], r types.EpochResult) (bool, error) {
		g.Results = append(g.Results, r)
		return false, nil
	})
}
