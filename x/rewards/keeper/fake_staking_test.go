package keeper_test

import (
	"context"
	"slices"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"
)

// fakeStaking is a staking module without time: delegations change at once and call the hooks in the
// order of x/staking.
type fakeStaking struct {
	hooks       stakingtypes.StakingHooks
	validators  []*stakingtypes.Validator
	delegations []*stakingtypes.Delegation
}

func (s *fakeStaking) addValidator(operator sdk.AccAddress) {
	s.validators = append(s.validators, &stakingtypes.Validator{
		OperatorAddress: operatorText(operator), Status: stakingtypes.Bonded,
		Tokens: math.ZeroInt(), DelegatorShares: math.LegacyZeroDec(),
	})
}

func (s *fakeStaking) validator(operator sdk.AccAddress) *stakingtypes.Validator {
	text := operatorText(operator)
	for _, v := range s.validators {
		if v.OperatorAddress == text {
			return v
		}
	}
	return nil
}

func (s *fakeStaking) delegation(delegator, operator sdk.AccAddress) *stakingtypes.Delegation {
	for _, d := range s.delegations {
		if d.DelegatorAddress == accountText(delegator) && d.ValidatorAddress == operatorText(operator) {
			return d
		}
	}
	return nil
}

// delegate adds tokens.
func (s *fakeStaking) delegate(t require.TestingT, ctx context.Context, delegator, operator sdk.AccAddress, tokens int64) {
	val, d := s.validator(operator), s.delegation(delegator, operator)
	if d == nil {
		require.NoError(t, s.hooks.BeforeDelegationCreated(ctx, delegator, sdk.ValAddress(operator)))
		d = &stakingtypes.Delegation{DelegatorAddress: accountText(delegator), ValidatorAddress: operatorText(operator), Shares: math.LegacyZeroDec()}
		s.delegations = append(s.delegations, d)
	} else {
		require.NoError(t, s.hooks.BeforeDelegationSharesModified(ctx, delegator, sdk.ValAddress(operator)))
	}
	after, shares := val.AddTokensFromDel(math.NewInt(tokens))
	*val = after
	d.Shares = d.Shares.Add(shares)
	require.NoError(t, s.hooks.AfterDelegationModified(ctx, delegator, sdk.ValAddress(operator)))
}

// undelegate takes shares back, in thousandths of the delegation, and returns what they were worth. A
// validator that is left without shares is removed, as x/staking does once it is unbonded.
func (s *fakeStaking) undelegate(t require.TestingT, ctx context.Context, delegator, operator sdk.AccAddress, thousandths int64) math.Int {
	val, d := s.validator(operator), s.delegation(delegator, operator)
	require.NoError(t, s.hooks.BeforeDelegationSharesModified(ctx, delegator, sdk.ValAddress(operator)))
	shares := d.Shares.MulInt64(thousandths).QuoInt64(1000)
	if thousandths == 1000 {
		shares = d.Shares
	}
	d.Shares = d.Shares.Sub(shares)
	if d.Shares.IsZero() {
		require.NoError(t, s.hooks.BeforeDelegationRemoved(ctx, delegator, sdk.ValAddress(operator)))
		s.delegations = slices.DeleteFunc(s.delegations, func(x *stakingtypes.Delegation) bool { return x == d })
	} else {
		require.NoError(t, s.hooks.AfterDelegationModified(ctx, delegator, sdk.ValAddress(operator)))
	}
	after, tokens := val.RemoveDelShares(shares)
	*val = after
	if val.DelegatorShares.IsZero() {
		s.validators = slices.DeleteFunc(s.validators, func(x *stakingtypes.Validator) bool { return x == val })
		require.NoError(t, s.hooks.AfterValidatorRemoved(ctx, nil, sdk.ValAddress(operator)))
	}
	return tokens
}

// redelegate moves a delegation, in thousandths, from one validator to another.
func (s *fakeStaking) redelegate(t require.TestingT, ctx context.Context, delegator, from, to sdk.AccAddress, thousandths int64) {
	if tokens := s.undelegate(t, ctx, delegator, from, thousandths); tokens.IsPositive() {
		s.delegate(t, ctx, delegator, to, tokens.Int64())
	}
}

// jail takes a validator out of the bonded ones, or lets it back in.
func (s *fakeStaking) jail(t require.TestingT, ctx context.Context, operator sdk.AccAddress, jailed bool) {
	val := s.validator(operator)
	hook := s.hooks.AfterValidatorBonded
	if val.Status = stakingtypes.Bonded; jailed {
		val.Status, hook = stakingtypes.Unbonding, s.hooks.AfterValidatorBeginUnbonding
	}
	require.NoError(t, hook(ctx, nil, sdk.ValAddress(operator)))
}

// slash takes a part of a validator's tokens, in thousandths.
func (s *fakeStaking) slash(operator sdk.AccAddress, thousandths int64) {
	val := s.validator(operator)
	val.Tokens = val.Tokens.Sub(val.Tokens.MulRaw(thousandths).QuoRaw(1000))
}

func (s *fakeStaking) Validator(_ context.Context, addr sdk.ValAddress) (stakingtypes.ValidatorI, error) {
	if v := s.validator(sdk.AccAddress(addr)); v != nil {
		return *v, nil
	}
	return nil, stakingtypes.ErrNoValidatorFound
}

func (s *fakeStaking) IterateBondedValidatorsByPower(_ context.Context, fn func(int64, stakingtypes.ValidatorI) bool) error {
	for i, v := range s.validators {
		if v.IsBonded() && fn(int64(i), *v) {
			break
		}
	}
	return nil
}

func (s *fakeStaking) IterateDelegations(_ context.Context, delegator sdk.AccAddress, fn func(int64, stakingtypes.DelegationI) bool) error {
	for i, d := range s.delegations {
		if d.DelegatorAddress == accountText(delegator) && fn(int64(i), *d) {
			break
		}
	}
	return nil
}

func (s *fakeStaking) Delegation(_ context.Context, delegator sdk.AccAddress, validator sdk.ValAddress) (stakingtypes.DelegationI, error) {
	if d := s.delegation(delegator, sdk.AccAddress(validator)); d != nil {
		return *d, nil
	}
	return nil, stakingtypes.ErrNoDelegation
}

func (s *fakeStaking) GetDelegatorBonded(_ context.Context, delegator sdk.AccAddress) (math.Int, error) {
	sum := math.LegacyZeroDec()
	for _, d := range s.delegations {
		for _, v := range s.validators {
			if d.DelegatorAddress == accountText(delegator) && d.ValidatorAddress == v.OperatorAddress && v.IsBonded() {
				sum = sum.Add(v.TokensFromShares(d.Shares))
			}
		}
	}
	return sum.RoundInt(), nil
}
