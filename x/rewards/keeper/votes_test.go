package keeper_test

import (
	"fmt"
	"math/big"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agora-network/agora/x/rewards/types"
)

// tooMuch is more stake than 64 bits hold.
var tooMuch, one = sdkmath.NewIntFromBigInt(new(big.Int).Lsh(big.NewInt(1), 70)), sdkmath.OneInt()

func on(netuid, bp uint32) types.VoteWeight { return types.VoteWeight{Netuid: netuid, WeightBp: bp} }

// tally is the power of each subnet after the next block.
func (f *fixture) tally(t require.TestingT) map[uint32]uint64 {
	f.nextBlock(t)
	tally, err := f.keeper.Tally.Get(f.ctx)
	require.NoError(t, err)
	out := map[uint32]uint64{}
	for _, s := range tally.Subnets {
		out[s.Netuid] = s.Power
	}
	return out
}

// voting is a fixture with subnets 1 to 3, validators val-a (operator stake 100) and val-b (200), and
// delegators ann (300 at val-a) and bob (400 at val-a, 500 at val-b). Every block tallies.
func voting(t testing.TB) *fixture {
	f := newFixture(t)
	f.params(t, func(p *types.Params) { p.TallyInterval, p.ConsensusShareBp, p.InitialBlockEmission = 1, 0, 0 })
	for netuid := range uint32(3) {
		f.subnets.add(netuid + 1)
	}
	for _, d := range []struct {
		delegator, operator string
		tokens              int64
	}{{"val-a", "val-a", 100}, {"val-b", "val-b", 200}, {"ann", "val-a", 300}, {"bob", "val-a", 400}, {"bob", "val-b", 500}} {
		if d.delegator == d.operator {
			f.staking.addValidator(account(d.operator))
		}
		f.staking.delegate(t, f.ctx, account(d.delegator), account(d.operator), d.tokens)
	}
	return f
}

func TestTheTallyFollowsVotesAndStake(t *testing.T) {
	for name, c := range map[string]struct {
		act  func(*testing.T, *fixture)
		want map[uint32]uint64
	}{
		"nobody votes": {func(*testing.T, *fixture) {}, map[uint32]uint64{}},
		"delegators inherit their validator's vote": {func(t *testing.T, f *fixture) {
			require.NoError(t, f.vote(account("val-a"), on(1, 10_000)))
		}, map[uint32]uint64{1: 800}},
		"a delegator's own vote moves its own stake only, at every validator": {func(t *testing.T, f *fixture) {
			require.NoError(t, f.vote(account("val-a"), on(1, 10_000)))
			require.NoError(t, f.vote(account("bob"), on(2, 10_000)))
		}, map[uint32]uint64{1: 400, 2: 900}},
		"a delegator may vote where its validator does not": {func(t *testing.T, f *fixture) {
			require.NoError(t, f.vote(account("ann"), on(3, 5_000)))
		}, map[uint32]uint64{3: 150}},
		"a withdrawn vote is inherited again": {func(t *testing.T, f *fixture) {
			require.NoError(t, f.vote(account("val-a"), on(1, 10_000)))
			require.NoError(t, f.vote(account("bob"), on(2, 10_000)))
			require.NoError(t, f.vote(account("bob")))
		}, map[uint32]uint64{1: 800}},
		"a changed vote replaces the old one": {func(t *testing.T, f *fixture) {
			require.NoError(t, f.vote(account("ann"), on(1, 10_000)))
			require.NoError(t, f.vote(account("ann"), on(2, 5_000), on(3, 5_000)))
		}, map[uint32]uint64{2: 150, 3: 150}},
		"a vote follows a new delegation": {func(t *testing.T, f *fixture) {
			require.NoError(t, f.vote(account("ann"), on(1, 10_000)))
			f.staking.delegate(t, f.ctx, account("ann"), account("val-b"), 50)
			f.staking.delegate(t, f.ctx, account("ann"), account("val-a"), 7)
		}, map[uint32]uint64{1: 357}},
		"a vote follows an unbonding": {func(t *testing.T, f *fixture) {
			require.NoError(t, f.vote(account("ann"), on(1, 10_000)))
			require.NoError(t, f.vote(account("bob"), on(2, 10_000)))
			f.staking.undelegate(t, f.ctx, account("ann"), account("val-a"), 500)
			f.staking.undelegate(t, f.ctx, account("bob"), account("val-b"), 1_000)
		}, map[uint32]uint64{1: 150, 2: 400}},
		"a vote follows a slash": {func(t *testing.T, f *fixture) {
			require.NoError(t, f.vote(account("ann"), on(1, 10_000)))
			require.NoError(t, f.vote(account("val-a"), on(2, 10_000)))
			f.staking.slash(account("val-a"), 500)
		}, map[uint32]uint64{1: 150, 2: 250}},
		"a jailed validator's stake does not count": {func(t *testing.T, f *fixture) {
			require.NoError(t, f.vote(account("val-a"), on(1, 10_000)))
			require.NoError(t, f.vote(account("bob"), on(2, 10_000)))
			f.staking.validator(account("val-a")).Status = stakingtypes.Unbonding
		}, map[uint32]uint64{2: 500}},
		"what a vote leaves open is claimed by nobody": {func(t *testing.T, f *fixture) {
			require.NoError(t, f.vote(account("val-b"), on(1, 1_000)))
		}, map[uint32]uint64{1: 70}},
	} {
		t.Run(name, func(t *testing.T) {
			f := voting(t)
			c.act(t, f)
			require.Equal(t, c.want, f.tally(t))
		})
	}
}

func TestAnOperatorWithoutStakeOfItsOwnVotesForItsDelegators(t *testing.T) {
	f := newFixture(t)
	f.subnets.add(1)
	f.staking.addValidator(account("val"))
	f.staking.delegate(t, f.ctx, account("ann"), account("val"), 10)
	require.NoError(t, f.vote(account("val"), on(1, 10_000)))
	require.Equal(t, map[uint32]uint64{1: 10}, f.tally(t))
}

func TestAVoteIsCountedAtOnceAndDriftingStakeAfterTheInterval(t *testing.T) {
	f := voting(t)
	f.params(t, func(p *types.Params) { p.TallyInterval = 5 })
	require.NoError(t, f.vote(account("val-b"), on(1, 10_000)))
	require.Equal(t, map[uint32]uint64{1: 700}, f.tally(t))
	f.staking.slash(account("val-b"), 500)
	for range 4 {
		require.Equal(t, map[uint32]uint64{1: 700}, f.tally(t))
	}
	require.Equal(t, map[uint32]uint64{1: 350}, f.tally(t))
}

func TestStandingVotesAreShown(t *testing.T) {
	f := voting(t)
	require.NoError(t, f.vote(account("ann"), on(2, 1), on(1, 9_999)))
	res, err := f.queries.Vote(f.ctx, &types.QueryVoteRequest{Voter: accountText(account("ann"))})
	require.NoError(t, err)
	require.Equal(t, []types.VoteWeight{on(1, 9_999), on(2, 1)}, res.Vote.Weights, "by ascending netuid")
	_, err = f.queries.Vote(f.ctx, &types.QueryVoteRequest{Voter: accountText(account("bob"))})
	require.ErrorIs(t, err, types.ErrNoVote)
	_, err = f.queries.Vote(f.ctx, &types.QueryVoteRequest{Voter: "x"})
	require.ErrorIs(t, err, types.ErrAddressMalformed)
}

// naiveTally walks every delegation with exact fractions.
func naiveTally(f *fixture, votes map[string][]types.VoteWeight) map[uint32]*big.Rat {
	out := map[uint32]*big.Rat{}
	for _, v := range f.staking.validators {
		operator, _ := operators.StringToBytes(v.OperatorAddress)
		for _, d := range f.staking.delegations {
			if !v.IsBonded() || d.ValidatorAddress != v.OperatorAddress || v.DelegatorShares.IsZero() {
				continue
			}
			weights, own := votes[d.DelegatorAddress]
			if !own {
				weights = votes[accountText(operator)]
			}
			worth := new(big.Rat).SetFrac(d.Shares.BigInt(), v.DelegatorShares.BigInt())
			worth.Mul(worth, new(big.Rat).SetInt(v.Tokens.BigInt()))
			for _, w := range weights {
				if out[w.Netuid] == nil {
					out[w.Netuid] = new(big.Rat)
				}
				out[w.Netuid].Add(out[w.Netuid], new(big.Rat).Mul(worth, big.NewRat(int64(w.WeightBp), types.BasisPoints)))
			}
		}
	}
	return out
}

func TestTheSumsNeverLoseTouchWithTheDelegations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := newFixture(&testing.T{})
		oracle := &smoothOracle{halfLife: rapid.SampledFrom([]uint64{0, 1, 7, 3_600}).Draw(t, "half life")}
		f.params(t, func(p *types.Params) {
			p.TallyInterval, p.InitialBlockEmission, p.TallyHalfLife = 1, 0, oracle.halfLife
		})
		for netuid := range uint32(3) {
			f.subnets.add(netuid + 1)
		}
		people := []sdk.AccAddress{account("a"), account("b"), account("c"), account("d")}
		votes := map[string][]types.VoteWeight{}
		for _, operator := range people[:2] {
			f.staking.addValidator(operator)
			f.staking.delegate(t, f.ctx, operator, operator, 1_000_000)
		}
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			who, where := rapid.SampledFrom(people).Draw(t, "who"), rapid.SampledFrom(people[:2]).Draw(t, "where")
			validator, elsewhere := f.staking.validator(where), people[0]
			if where.Equals(elsewhere) {
				elsewhere = people[1]
			}
			step := rapid.SampledFrom([]string{"vote", "withdraw", "delegate", "undelegate", "redelegate", "slash", "jail", "remove"}).Draw(t, "step")
			if validator == nil && step != "vote" && step != "withdraw" {
				f.staking.addValidator(where) // the operator comes back
				f.staking.delegate(t, f.ctx, where, where, 1_000_000)
				continue
			}
			switch step {
			case "vote":
				weights := []types.VoteWeight{on(rapid.Uint32Range(1, 3).Draw(t, "netuid"), rapid.Uint32Range(1, 10_000).Draw(t, "bp"))}
				if f.vote(who, weights...) == nil {
					votes[accountText(who)] = weights
				}
			case "withdraw":
				if f.vote(who) == nil {
					delete(votes, accountText(who))
				}
			case "delegate":
				f.staking.delegate(t, f.ctx, who, where, rapid.Int64Range(1, 1<<40).Draw(t, "tokens"))
			case "undelegate":
				if f.staking.delegation(who, where) != nil {
					f.staking.undelegate(t, f.ctx, who, where, rapid.SampledFrom([]int64{1, 333, 1_000}).Draw(t, "thousandths"))
				}
			case "redelegate":
				if f.staking.delegation(who, where) != nil && f.staking.validator(elsewhere) != nil {
					f.staking.redelegate(t, f.ctx, who, where, elsewhere, rapid.SampledFrom([]int64{1, 500, 1_000}).Draw(t, "thousandths"))
				}
			case "slash":
				f.staking.slash(where, rapid.Int64Range(0, 300).Draw(t, "thousandths"))
			case "jail":
				f.staking.jail(t, f.ctx, where, validator.IsBonded())
			case "remove": // all of it unbonds, the operator last
				for _, delegator := range append(slices.Clone(people), where) {
					if f.staking.delegation(delegator, where) != nil && !(delegator.Equals(where) && f.staking.validator(where) == nil) {
						f.staking.undelegate(t, f.ctx, delegator, where, 1_000)
					}
				}
				require.Nil(t, f.staking.validator(where))
				has, err := f.keeper.ValidatorVotes.Has(f.ctx, sdk.ValAddress(where))
				require.NoError(t, err)
				require.False(t, has, "nothing is left of its sums")
			}
			f.nextBlock(t)
			tally, err := f.keeper.Tally.Get(f.ctx)
			require.NoError(t, err)
			oracle.count(tally)
			for _, s := range tally.Subnets {
				require.InDelta(t, oracle.shares[s.Netuid], float64(s.Share)/types.TallyUnit, 1e-9)
			}
		}
		got, want := f.tally(t), naiveTally(f, votes)
		for netuid := range uint32(3) {
			exact := new(big.Rat)
			if want[netuid+1] != nil {
				exact = want[netuid+1]
			}
			// One uagora per validator is lost to rounding.
			floor := new(big.Int).Quo(exact.Num(), exact.Denom()).Uint64()
			require.LessOrEqual(t, got[netuid+1], floor)
			require.LessOrEqual(t, floor, got[netuid+1]+2, fmt.Sprintf("netuid %d: %d, exactly %s", netuid+1, got[netuid+1], exact.FloatString(3)))
		}
	})
}

func TestNoSumsAreLeftWhenNobodyVotes(t *testing.T) {
	f := voting(t)
	require.NoError(t, f.vote(account("bob"), on(1, 1), on(3, 7)))
	require.NoError(t, f.vote(account("ann"), on(1, 1)))
	require.NoError(t, f.vote(account("bob")))
	f.staking.undelegate(t, f.ctx, account("ann"), account("val-a"), 1_000)
	iterator, err := f.keeper.ValidatorVotes.Iterate(f.ctx, nil)
	require.NoError(t, err)
	defer iterator.Close()
	require.False(t, iterator.Valid())
}

func TestStakeThatExceedsSixtyFourBitsKeepsTheLastTally(t *testing.T) {
	f := voting(t)
	require.NoError(t, f.vote(account("val-b"), on(1, 10_000)))
	f.nextBlock(t)
	f.staking.validator(account("val-b")).Tokens = tooMuch
	require.Equal(t, map[uint32]uint64{1: 700}, f.tally(t))
	require.Equal(t, 1, f.events("agora.rewards.v1.EventTallyFailed"))
}
