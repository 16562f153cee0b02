package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/rewards/types"
)

// EndBlock counts the votes when that is due, mints the block's emission, closes due epochs and pays
// automatic claims, in this order. Each piece runs on a branch of the state of its own: one that fails, or panics, leaves
// nothing behind, says so in an event and stops neither the block nor the other pieces.
func (k *Keeper) EndBlock(goCtx context.Context) error {
	ctx := sdk.UnwrapSDKContext(goCtx)
	p, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	due, err := orZero(k.TallyDue.Get(ctx))
	if err != nil {
		return err
	}
	if ctx.BlockHeight() >= due {
		k.countOrKeep(ctx, p)
	}
	if err := branch(ctx, func(ctx sdk.Context) error { return k.mint(ctx, p) }); err != nil {
		report(ctx, "mint the block's emission", err, &types.EventEmissionFailed{Reason: err.Error()})
	}
	if err := branch(ctx, func(ctx sdk.Context) error { return k.closeDueEpochs(ctx, p) }); err != nil {
		report(ctx, "close due epochs", err, &types.EventEpochFailed{Reason: err.Error()})
	}
	k.autoClaimOrSkip(ctx, p)
	return nil
}

// branch runs a piece of the end-blocker on a branch of the state, which is kept only when the piece
// succeeds. A panic becomes an error.
func branch(ctx sdk.Context, piece func(sdk.Context) error) (err error) {
	branched, write := ctx.CacheContext()
	defer func() {
		if r := recover(); r != nil {
			err = errorsmod.Wrapf(types.ErrStepPanicked, "%v", r)
		}
	}()
	if err := piece(branched); err != nil {
		return err
	}
	write()
	return nil
}

// report says in the log and in an event what failed.
func report(ctx sdk.Context, what string, err error, event sdkEvent) {
	logger(ctx).Error("could not "+what, "error", err)
	emit(ctx, event)
}
