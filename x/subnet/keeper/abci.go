package keeper

import (
	"context"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/subnet/types"
)

// BeginBlocker begins the epochs that start at this height. A subnet
// whose epoch cannot be begun is left without permits for that epoch, with an event; the others and
// the block go on. Last it forgets some of what removed subnets left behind.
func (k *Keeper) BeginBlocker(ctx context.Context) error {
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	starting, err := k.netuidsAt(ctx, sdkCtx.BlockHeight())
	if err != nil {
		return err
	}
	for _, netuid := range starting {
		if err := branch(sdkCtx, func(ctx sdk.Context) error { return k.beginEpoch(ctx, netuid) }); err != nil {
			if err := k.reportFailedStart(sdkCtx, netuid, err); err != nil {
				return err
			}
		}
	}
	if err := branch(sdkCtx, func(ctx sdk.Context) error { return k.sweep(ctx) }); err != nil {
		sdkCtx.Logger().Error("a removed subnet could not be forgotten", "module", types.ModuleName, "cause", err.Error())
	}
	return nil
}

// branch runs a step on a branch of the state, which is kept only when the step succeeds. A panic
// becomes an error: it would stop the whole chain.
func branch(ctx sdk.Context, step func(sdk.Context) error) (err error) {
	branched, write := ctx.CacheContext()
	defer func() {
		if r := recover(); r != nil {
			err = errorsmod.Wrapf(types.ErrStepPanicked, "%v", r)
		}
	}()
	if err := step(branched); err != nil {
		return err
	}
	write()
	return nil
}

// netuidsAt lists the subnets whose epoch begins at a height, ascending; at most max_subnets.
func (k *Keeper) netuidsAt(ctx context.Context, at int64) ([]uint32, error) {
	iter, err := k.Subnets.Indexes.ByStart.MatchExact(ctx, at)
	if err != nil {
		return nil, err
	}
	return iter.PrimaryKeys()
}

func (k *Keeper) reportFailedStart(ctx sdk.Context, netuid uint32, cause error) error {
	subnet, err := k.Subnets.Get(ctx, netuid)
	if err != nil {
		return err
	}
	ctx.Logger().Error("an epoch could not be begun", "module", types.ModuleName, "netuid", netuid, "epoch", subnet.Epoch, "cause", cause.Error())
	return ctx.EventManager().EmitTypedEvent(&types.EventEpochStartFailed{Netuid: netuid, Epoch: subnet.Epoch, Reason: cause.Error()})
}

// DueSubnets lists the subnets whose epoch under way has reached its last block at this height, the
// longest overdue first, then by netuid. A subnet stays in the list until AdvanceEpoch is called.
func (k *Keeper) DueSubnets(ctx context.Context) ([]uint32, error) {
	return k.runningUntil(ctx, new(collections.Range[collections.Pair[int64, uint32]]).
		StartInclusive(collections.Join(int64(1), uint32(0))).
		EndInclusive(collections.Join(height(ctx), ^uint32(0))))
}

// runningUntil lists the netuids of ByEnd in a range, by ascending end height, then netuid.
func (k *Keeper) runningUntil(ctx context.Context, within collections.Ranger[collections.Pair[int64, uint32]]) ([]uint32, error) {
	iter, err := k.Subnets.Indexes.ByEnd.Iterate(ctx, within)
	if err != nil {
		return nil, err
	}
	return iter.PrimaryKeys()
}
