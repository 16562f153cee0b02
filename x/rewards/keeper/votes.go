package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agora-network/agora/x/rewards/types"
)

// vote replaces an account's standing vote and moves its shares from the old weights to the new
// ones, at every validator it delegates to. Empty weights withdraw the vote.
func (k *Keeper) vote(ctx sdk.Context, voter sdk.AccAddress, vote types.EmissionVote) error {
	old, err := k.standingVote(ctx, voter)
	if err != nil {
		return err
	}
	var failed error
	err = k.staking.IterateDelegations(ctx, voter, func(_ int64, d stakingtypes.DelegationI) bool {
		failed = k.recount(ctx, d, old, vote.Weights)
		return failed != nil
	})
	if err := errors.Join(err, failed); err != nil {
		return err
	}
	if len(vote.Weights) == 0 {
		err = k.Votes.Remove(ctx, voter)
	} else {
		err = k.Votes.Set(ctx, voter, vote)
	}
	if err != nil {
		return err
	}
	return k.TallyDue.Set(ctx, ctx.BlockHeight())
}

// recount takes one delegation's shares from the old weights and gives them to the new ones. No
// weights means that the delegation follows its validator.
func (k *Keeper) recount(ctx context.Context, d stakingtypes.DelegationI, old, now []types.VoteWeight) error {
	validator, err := k.validators.StringToBytes(d.GetValidatorAddr())
	if err != nil {
		return err
	}
	shares := rawShares(d.GetShares())
	return k.changeValidatorVotes(ctx, validator, func(v *types.ValidatorVotes) {
		if len(old) > 0 {
			v.Add(shares.Neg(), old)
		}
		if len(now) > 0 {
			v.Add(shares, now)
		}
	})
}

func (k *Keeper) changeValidatorVotes(ctx context.Context, validator sdk.ValAddress, change func(*types.ValidatorVotes)) error {
	votes, err := k.validatorVotes(ctx, validator)
	if err != nil {
		return err
	}
	change(&votes)
	if votes.IsEmpty() {
		return k.ValidatorVotes.Remove(ctx, validator)
	}
	return k.ValidatorVotes.Set(ctx, validator, votes)
}

func (k *Keeper) validatorVotes(ctx context.Context, validator sdk.ValAddress) (types.ValidatorVotes, error) {
	votes, err := k.ValidatorVotes.Get(ctx, validator)
	if errors.Is(err, collections.ErrNotFound) {
		return types.NewValidatorVotes(), nil
	}
	return votes, err
}

// standingVote is the account's weights, none where it does not vote.
func (k *Keeper) standingVote(ctx context.Context, voter sdk.AccAddress) ([]types.VoteWeight, error) {
	vote, err := orZero(k.Votes.Get(ctx, voter))
	return vote.Weights, err
}

// checkVoter refuses an account whose vote would weigh nothing, with ErrNoStake, and a module account,
// with ErrModuleAccount: nobody's stake lies there.
func (k *Keeper) checkVoter(ctx context.Context, voter sdk.AccAddress, text string) error {
	if _, module := k.auth.GetAccount(ctx, voter).(sdk.ModuleAccountI); module {
		return errorsmod.Wrap(types.ErrModuleAccount, text)
	}
	able, err := k.canVote(ctx, voter)
	if err == nil && !able {
		return errorsmod.Wrap(types.ErrNoStake, text)
	}
	return err
}

// canVote tells whether an account has bonded stake, its own or that of a validator it operates.
func (k *Keeper) canVote(ctx context.Context, voter sdk.AccAddress) (bool, error) {
	bonded, err := k.staking.GetDelegatorBonded(ctx, voter)
	if err != nil {
		return false, err
	}
	if bonded.IsPositive() {
		return true, nil
	}
	validator, err := k.staking.Validator(ctx, sdk.ValAddress(voter))
	if errors.Is(err, stakingtypes.ErrNoValidatorFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return validator.IsBonded(), nil
}

// rawShares are delegation shares in units of 10^-18.
func rawShares(shares math.LegacyDec) math.Int { return math.NewIntFromBigInt(shares.BigInt()) }
