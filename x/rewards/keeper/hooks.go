package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"
)

// Hooks keep the sums of votes in step with the delegations.
type Hooks struct{ k *Keeper }

var _ stakingtypes.StakingHooks = Hooks{}

// Hooks are what x/staking must call; without them votes would not follow the stake.
func (k *Keeper) Hooks() Hooks { return Hooks{k: k} }

// BeforeDelegationSharesModified takes the delegation's shares out of the sums.
func (h Hooks) BeforeDelegationSharesModified(ctx context.Context, delegator sdk.AccAddress, validator sdk.ValAddress) error {
	return h.k.followDelegation(ctx, delegator, validator, false)
}

// AfterDelegationModified puts the delegation's new shares into the sums.
func (h Hooks) AfterDelegationModified(ctx context.Context, delegator sdk.AccAddress, validator sdk.ValAddress) error {
	return h.k.followDelegation(ctx, delegator, validator, true)
}

// followDelegation counts a delegation of a voter, or takes it back.
func (k *Keeper) followDelegation(ctx context.Context, delegator sdk.AccAddress, validator sdk.ValAddress, add bool) error {
	weights, err := k.standingVote(ctx, delegator)
	if err != nil || len(weights) == 0 {
		return err
	}
	delegation, err := k.staking.Delegation(ctx, delegator, validator)
	if errors.Is(err, stakingtypes.ErrNoDelegation) {
		return nil
	}
	if err != nil {
		return err
	}
	if add {
		return k.recount(ctx, delegation, nil, weights)
	}
	return k.recount(ctx, delegation, weights, nil)
}

// AfterValidatorCreated has nothing to count: delegations come later.
func (h Hooks) AfterValidatorCreated(context.Context, sdk.ValAddress) error { return nil }

// BeforeValidatorModified changes no shares.
func (h Hooks) BeforeValidatorModified(context.Context, sdk.ValAddress) error { return nil }

// AfterValidatorRemoved has nothing left to take back: the last delegation went before.
func (h Hooks) AfterValidatorRemoved(context.Context, sdk.ConsAddress, sdk.ValAddress) error {
	return nil
}

// AfterValidatorBonded is seen by the next tally.
func (h Hooks) AfterValidatorBonded(context.Context, sdk.ConsAddress, sdk.ValAddress) error {
	return nil
}

// AfterValidatorBeginUnbonding is seen by the next tally.
func (h Hooks) AfterValidatorBeginUnbonding(context.Context, sdk.ConsAddress, sdk.ValAddress) error {
	return nil
}

// BeforeDelegationCreated has no shares yet.
func (h Hooks) BeforeDelegationCreated(context.Context, sdk.AccAddress, sdk.ValAddress) error {
	return nil
}

// BeforeDelegationRemoved comes after the shares were taken out.
func (h Hooks) BeforeDelegationRemoved(context.Context, sdk.AccAddress, sdk.ValAddress) error {
	return nil
}

// BeforeValidatorSlashed changes what a share is worth, not the shares; the next tally sees it.
func (h Hooks) BeforeValidatorSlashed(context.Context, sdk.ValAddress, math.LegacyDec) error {
	return nil
}

// AfterUnbondingInitiated changes no shares.
func (h Hooks) AfterUnbondingInitiated(context.Context, uint64) error { return nil }
