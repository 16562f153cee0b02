package keeper

import (
	"cmp"
	"context"
	"errors"
	"slices"

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

// count tallies all bonded stake: shares of delegators who vote go where they say, all others where
// their validator says, each share weighing what it is worth in tokens now. The work is validators
// times subnets, however many delegators there are.
func (k *Keeper) count(ctx sdk.Context, p types.Params) error {
	total := math.ZeroInt()
	var sums []subnetPower
	var failed error
	err := k.staking.IterateBondedValidatorsByPower(ctx, func(_ int64, v stakingtypes.ValidatorI) bool {
		total = total.Add(v.GetTokens())
		sums, failed = k.countValidator(ctx, v, sums)
		return failed != nil
	})
	if err := errors.Join(err, failed); err != nil {
		return err
	}
	tally := types.Tally{Height: ctx.BlockHeight()}
	if !total.IsUint64() {
		return errorsmod.Wrapf(types.ErrAmountOverflow, "the bonded stake is %s", total)
	}
	tally.TotalPower = total.Uint64()
	for _, s := range sums {
		if s.power.IsPositive() { // at most total, which fits
			tally.Subnets = append(tally.Subnets, types.SubnetTally{Netuid: s.netuid, Power: s.power.Uint64()})
		}
	}
	if err := k.Tally.Set(ctx, tally); err != nil {
		return err
	}
	if err := k.TallyDue.Set(ctx, ctx.BlockHeight()+int64(p.TallyInterval)); err != nil {
		return err
	}
	return k.dropPendingOfNobody(ctx)
}

// subnetPower is stake that votes for a subnet, in uagora.
type subnetPower struct {
	netuid uint32
	power  math.Int
}

// countValidator adds one validator's stake to the sums, which ascend by netuid.
func (k *Keeper) countValidator(ctx context.Context, v stakingtypes.ValidatorI, sums []subnetPower) ([]subnetPower, error) {
	operator, err := k.validators.StringToBytes(v.GetOperator())
	if err != nil {
		return nil, err
	}
	shares := rawShares(v.GetDelegatorShares())
	if !shares.IsPositive() {
		return sums, nil
	}
	votes, err := k.validatorVotes(ctx, operator)
	if err != nil {
		return nil, err
	}
	inherited, err := k.standingVote(ctx, operator)
	if err != nil {
		return nil, err
	}
	// In a copy, the shares of those who do not vote are counted where the validator votes.
	silent := shares.Sub(votes.Voted)
	if silent.IsPositive() {
		votes.Add(silent, inherited)
	}
	whole := shares.MulRaw(types.BasisPoints)
	for _, s := range votes.Subnets {
		power := math.MinInt(s.Weighted, whole).Mul(v.GetTokens()).Quo(whole)
		at, found := slices.BinarySearchFunc(sums, s.Netuid, func(x subnetPower, netuid uint32) int { return cmp.Compare(x.netuid, netuid) })
		if !found {
			sums = slices.Insert(sums, at, subnetPower{netuid: s.Netuid, power: power})
		} else {
			sums[at].power = sums[at].power.Add(power)
		}
	}
	return sums, nil
}

// dropPendingOfNobody burns what waits for the epoch of a subnet that is gone.
func (k *Keeper) dropPendingOfNobody(ctx context.Context) error {
	var gone []types.PendingEmission
	err := k.Pending.Walk(ctx, nil, func(netuid uint32, amount uint64) (bool, error) {
		exists, err := k.subnets.HasSubnet(ctx, netuid)
		if err == nil && !exists {
			gone = append(gone, types.PendingEmission{Netuid: netuid, Amount: amount})
		}
		return err != nil, err
	})
	if err != nil {
		return err
	}
	for _, p := range gone {
		if err := k.bank.BurnCoins(ctx, types.ModuleName, coins(p.Amount)); err != nil {
			return err
		}
		if err := k.Pending.Remove(ctx, p.Netuid); err != nil {
			return err
		}
	}
	return nil
}

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
