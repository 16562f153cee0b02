package keeper

import (
	"context"
	"slices"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/rewards/types"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// SubnetHooks let this module forget what belonged to a subnet that is removed.
type SubnetHooks struct{ k *Keeper }

var _ subnettypes.SubnetHooks = SubnetHooks{}

// SubnetHooks are what x/subnet must call; without them the emission of a removed subnet would wait
// for an epoch that never ends.
func (k *Keeper) SubnetHooks() SubnetHooks { return SubnetHooks{k: k} }

// AfterSubnetRemoved burns what waited for the subnet's epoch, and drops its bonds, its last results
// and its place in the tally. What its miners accrued stays in the ledger and stays claimable. Votes
// that name it stand and claim nothing.
func (h SubnetHooks) AfterSubnetRemoved(goCtx context.Context, netuid uint32) error {
	ctx := sdk.UnwrapSDKContext(goCtx)
	pending, err := orZero(h.k.Pending.Get(ctx, netuid))
	if err != nil {
		return err
	}
	if pending > 0 {
		if err := h.k.bank.BurnCoins(ctx, types.ModuleName, coins(pending)); err != nil {
			return err
		}
		if err := h.k.Pending.Remove(ctx, netuid); err != nil {
			return err
		}
	}
	// At most one entry per benchmark and hotkey that held a permit in the last epoch in which the benchmark was scored.
	if err := h.k.Bonds.Clear(ctx, collections.NewPrefixedTripleRange[uint32, uint32, sdk.AccAddress](netuid)); err != nil {
		return err
	}
	if err := h.k.Results.Clear(ctx, resultsOf(netuid)); err != nil {
		return err
	}
	if err := h.k.leaveTally(ctx, netuid); err != nil {
		return err
	}
	emit(ctx, &types.EventSubnetForgotten{Netuid: netuid, Burned: pending})
	return nil
}

// leaveTally takes a subnet out of the last tally.
func (k *Keeper) leaveTally(ctx context.Context, netuid uint32) error {
	tally, err := orZero(k.Tally.Get(ctx))
	if err != nil {
		return err
	}
	at, found := slices.BinarySearchFunc(tally.Subnets, netuid, subnetOf)
	if !found {
		return nil
	}
	tally.Subnets = slices.Delete(tally.Subnets, at, at+1)
	return k.Tally.Set(ctx, tally)
}
