package app_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agora-network/agora/internal/chaincfg"
	rewardstypes "github.com/agora-network/agora/x/rewards/types"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// sound checks everything that must hold at any time. The SDK took its own invariants out; those that
// our modules could break are checked here.
func (w *watchedApp) sound(ctx sdk.Context) error {
	var broken []error
	for _, check := range []func(sdk.Context) error{
		w.ownInvariants, w.supplyIsHeld, w.poolsHoldTheStake, w.sharesAddUp, w.outstandingIsHeld, w.votesFollowTheStake,
		w.nothingWaitsInVain,
	} {
		broken = append(broken, check(ctx))
	}
	if err := errors.Join(broken...); err != nil {
		return fmt.Errorf("height %d: %w", ctx.BlockHeight(), err)
	}
	return nil
}

// ownInvariants are those of x/rewards and x/subnet.
func (w *watchedApp) ownInvariants(ctx sdk.Context) error {
	paid, err := w.RewardsKeeper.BrokenInvariants(ctx)
	if err != nil {
		return err
	}
	registered, err := w.SubnetKeeper.Invariants(ctx)
	if err != nil {
		return err
	}
	if broken := slices.Concat(paid, registered); len(broken) > 0 {
		return fmt.Errorf("broken invariants: %q", broken)
	}
	return nil
}

// supplyIsHeld: all balances together are the supply.
func (w *watchedApp) supplyIsHeld(ctx sdk.Context) error {
	held := math.ZeroInt()
	w.BankKeeper.IterateAllBalances(ctx, func(_ sdk.AccAddress, coin sdk.Coin) bool {
		held = held.Add(coin.Amount)
		return false
	})
	if supply := w.BankKeeper.GetSupply(ctx, chaincfg.Denom).Amount; !held.Equal(supply) {
		return fmt.Errorf("the supply is %s, all balances are %s", supply, held)
	}
	return nil
}

func (w *watchedApp) balanceOf(ctx sdk.Context, moduleName string) math.Int {
	return w.BankKeeper.GetBalance(ctx, authtypes.NewModuleAddress(moduleName), chaincfg.Denom).Amount
}

// poolsHoldTheStake: x/staking's pools hold exactly the stake that is bonded, and that which is not or is on its way out.
func (w *watchedApp) poolsHoldTheStake(ctx sdk.Context) error {
	bonded, other := math.ZeroInt(), math.ZeroInt()
	validators, err := w.StakingKeeper.GetAllValidators(ctx)
	if err != nil {
		return err
	}
	for _, v := range validators {
		if v.IsBonded() {
			bonded = bonded.Add(v.Tokens)
		} else {
			other = other.Add(v.Tokens)
		}
	}
	err = w.StakingKeeper.IterateUnbondingDelegations(ctx, func(_ int64, u stakingtypes.UnbondingDelegation) bool {
		for _, entry := range u.Entries {
			other = other.Add(entry.Balance)
		}
		return false
	})
	if err != nil {
		return err
	}
	if held := w.balanceOf(ctx, stakingtypes.BondedPoolName); !held.Equal(bonded) {
		return fmt.Errorf("the bonded pool holds %s, bonded are %s", held, bonded)
	}
	if held := w.balanceOf(ctx, stakingtypes.NotBondedPoolName); !held.Equal(other) {
		return fmt.Errorf("the pool of the unbonded holds %s, unbonded are %s", held, other)
	}
	return nil
}

// sharesAddUp: a validator's shares are those of its delegations.
func (w *watchedApp) sharesAddUp(ctx sdk.Context) error {
	shares := make(map[string]math.LegacyDec)
	delegations, err := w.StakingKeeper.GetAllDelegations(ctx)
	if err != nil {
		return err
	}
	for _, d := range delegations {
		sum, ok := shares[d.ValidatorAddress]
		if !ok {
			sum = math.LegacyZeroDec()
		}
		shares[d.ValidatorAddress] = sum.Add(d.Shares)
	}
	validators, err := w.StakingKeeper.GetAllValidators(ctx)
	if err != nil {
		return err
	}
	for _, v := range validators {
		if sum, ok := shares[v.OperatorAddress]; ok && !sum.Equal(v.DelegatorShares) || !ok && !v.DelegatorShares.IsZero() {
			return fmt.Errorf("%s has %s shares, its delegations have %s", v.OperatorAddress, v.DelegatorShares, sum)
		}
	}
	return nil
}

// outstandingIsHeld: x/distribution holds exactly what it owes, with the community pool.
func (w *watchedApp) outstandingIsHeld(ctx sdk.Context) error {
	pool, err := w.DistrKeeper.FeePool.Get(ctx)
	if err != nil {
		return err
	}
	owed := pool.CommunityPool
	w.DistrKeeper.IterateValidatorOutstandingRewards(ctx, func(_ sdk.ValAddress, rewards distrtypes.ValidatorOutstandingRewards) bool {
		owed = owed.Add(rewards.Rewards...)
		return false
	})
	whole, _ := owed.TruncateDecimal()
	if held := w.balanceOf(ctx, distrtypes.ModuleName); !held.Equal(whole.AmountOf(chaincfg.Denom)) {
		return fmt.Errorf("x/distribution holds %s and owes %s", held, owed)
	}
	return nil
}

// votesFollowTheStake: the sums per validator that hooks keep are those that the votes and delegations give.
func (w *watchedApp) votesFollowTheStake(ctx sdk.Context) error {
	delegations, err := w.StakingKeeper.GetAllDelegations(ctx)
	if err != nil {
		return err
	}
	want := make(map[string]*rewardstypes.ValidatorVotes)
	for _, d := range delegations {
		vote, err := w.RewardsKeeper.Votes.Get(ctx, sdk.MustAccAddressFromBech32(d.DelegatorAddress))
		if errors.Is(err, collections.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		sums, ok := want[d.ValidatorAddress]
		if !ok {
			none := rewardstypes.NewValidatorVotes()
			sums = &none
			want[d.ValidatorAddress] = sums
		}
		sums.Add(math.NewIntFromBigInt(d.Shares.BigInt()), vote.Weights)
	}
	var broken error
	err = w.RewardsKeeper.ValidatorVotes.Walk(ctx, nil, func(operator sdk.ValAddress, stored rewardstypes.ValidatorVotes) (bool, error) {
		name := operator.String()
		sums, ok := want[name]
		delete(want, name)
		if !ok || stored.String() != sums.String() {
			broken = fmt.Errorf("votes at %s: stored are %s, the delegations give %s", name, &stored, sums)
		}
		return broken != nil, nil
	})
	if err := errors.Join(err, broken); err != nil {
		return err
	}
	if len(want) > 0 {
		return fmt.Errorf("votes at %v are not stored", slices.Sorted(maps.Keys(want)))
	}
	return nil
}

// nothingWaitsInVain: emission waits only for epochs of subnets that exist.
func (w *watchedApp) nothingWaitsInVain(ctx sdk.Context) error {
	return w.RewardsKeeper.Pending.Walk(ctx, nil, func(netuid uint32, amount uint64) (bool, error) {
		exists, err := w.SubnetKeeper.HasSubnet(ctx, netuid)
		if err == nil && !exists {
			err = fmt.Errorf("%d uagora wait for netuid %d, which is gone", amount, netuid)
		}
		return err != nil, err
	})
}

// tallyWeighsTheStake: the count of this block, if there was one, is what going through all delegations
// gives, but for the rounding at each validator.
func (w *watchedApp) tallyWeighsTheStake(ctx sdk.Context) error {
	tally, err := w.RewardsKeeper.Tally.Get(ctx)
	if err != nil || tally.Height != ctx.BlockHeight() {
		return err
	}
	bonded := math.ZeroInt()
	powers := make(map[uint32]math.LegacyDec)
	validators, err := w.StakingKeeper.GetBondedValidatorsByPower(ctx)
	if err != nil {
		return err
	}
	for _, v := range validators {
		bonded = bonded.Add(v.Tokens)
		operator, err := sdk.ValAddressFromBech32(v.OperatorAddress)
		if err != nil {
			return err
		}
		inherited, err := w.weightsOf(ctx, sdk.AccAddress(operator))
		if err != nil {
			return err
		}
		delegations, err := w.StakingKeeper.GetValidatorDelegations(ctx, operator)
		if err != nil {
			return err
		}
		for _, d := range delegations {
			weights, err := w.weightsOf(ctx, sdk.MustAccAddressFromBech32(d.DelegatorAddress))
			if err != nil {
				return err
			}
			if weights == nil {
				weights = inherited
			}
			for _, weight := range weights {
				power, ok := powers[weight.Netuid]
				if !ok {
					power = math.LegacyZeroDec()
				}
				powers[weight.Netuid] = power.Add(v.TokensFromShares(d.Shares).MulInt64(int64(weight.WeightBp)).QuoInt64(rewardstypes.BasisPoints))
			}
		}
	}
	if !bonded.Equal(math.NewIntFromUint64(tally.TotalPower)) {
		return fmt.Errorf("the tally counts %d uagora, bonded are %s", tally.TotalPower, bonded)
	}
	for _, s := range tally.Subnets {
		want, ok := powers[s.Netuid]
		if !ok {
			want = math.LegacyZeroDec()
		}
		difference := want.Sub(math.LegacyNewDecFromInt(math.NewIntFromUint64(s.Power)))
		if difference.Abs().GT(math.LegacyNewDec(int64(len(validators)))) {
			return fmt.Errorf("the tally gives netuid %d %d uagora, its voters have %s", s.Netuid, s.Power, want)
		}
		delete(powers, s.Netuid)
	}
	for _, netuid := range slices.Sorted(maps.Keys(powers)) { // less than 1 uagora, or gone
		exists, err := w.SubnetKeeper.HasSubnet(ctx, netuid)
		if err != nil {
			return err
		}
		if exists && powers[netuid].GT(math.LegacyNewDec(int64(len(validators)))) {
			return fmt.Errorf("the tally leaves out netuid %d, whose voters have %s", netuid, powers[netuid])
		}
	}
	return nil
}

// weightsOf is an account's standing vote, nil without one.
func (w *watchedApp) weightsOf(ctx sdk.Context, voter sdk.AccAddress) ([]rewardstypes.VoteWeight, error) {
	vote, err := w.RewardsKeeper.Votes.Get(ctx, voter)
	if errors.Is(err, collections.ErrNotFound) {
		return nil, nil //nolint:nilnil // no vote is no error
	}
	return vote.Weights, err
}

// paused lists what waits for the epochs of paused subnets.
func (w *watchedApp) paused(ctx sdk.Context) (map[uint32]uint64, error) {
	waiting := make(map[uint32]uint64)
	err := w.SubnetKeeper.Subnets.Walk(ctx, nil, func(netuid uint32, s subnettypes.Subnet) (bool, error) {
		if s.PausedHeight == 0 {
			return false, nil
		}
		amount, err := w.RewardsKeeper.Pending.Get(ctx, netuid)
		if err != nil && !errors.Is(err, collections.ErrNotFound) {
			return true, err
		}
		waiting[netuid] = amount
		return false, nil
	})
	return waiting, err
}

// everythingCanBeWithdrawn: on a branch of the state, every operator and every delegator withdraws, and
// x/distribution can pay them all.
func (w *watchedApp) everythingCanBeWithdrawn(ctx sdk.Context) error {
	ctx, _ = ctx.CacheContext()
	validators, err := w.StakingKeeper.GetAllValidators(ctx)
	if err != nil {
		return err
	}
	for _, v := range validators {
		operator, err := sdk.ValAddressFromBech32(v.OperatorAddress)
		if err != nil {
			return err
		}
		if _, err := w.DistrKeeper.WithdrawValidatorCommission(ctx, operator); err != nil && !errors.Is(err, distrtypes.ErrNoValidatorCommission) {
			return fmt.Errorf("the commission of %s cannot be withdrawn: %w", v.OperatorAddress, err)
		}
		delegations, err := w.StakingKeeper.GetValidatorDelegations(ctx, operator)
		if err != nil {
			return err
		}
		for _, d := range delegations {
			if _, err := w.DistrKeeper.WithdrawDelegationRewards(ctx, sdk.MustAccAddressFromBech32(d.DelegatorAddress), operator); err != nil {
				return fmt.Errorf("the rewards of %s at %s cannot be withdrawn: %w", d.DelegatorAddress, v.OperatorAddress, err)
			}
		}
		rest, err := w.DistrKeeper.GetValidatorOutstandingRewardsCoins(ctx, operator)
		if err != nil {
			return err
		}
		if rest.IsAnyNegative() {
			return fmt.Errorf("%s was paid more than it had: %s", v.OperatorAddress, rest)
		}
	}
	return w.outstandingIsHeld(ctx)
}
