package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/x/rewards/types"
)

func TestAValidatorsStakeIsShownByWhoVotesForIt(t *testing.T) {
	f := voting(t)
	require.NoError(t, f.vote(account("val-a"), on(1, 6_000), on(2, 3_000)))
	require.NoError(t, f.vote(account("bob"), on(2, 5_000), on(3, 5_000)))
	ask := func() *types.QueryValidatorTallyResponse {
		res, err := f.queries.ValidatorTally(f.ctx, &types.QueryValidatorTallyRequest{Validator: operatorText(account("val-a"))})
		require.NoError(t, err)
		return res
	}
	// val-a's own stake of 100 votes like its operator, which votes by itself; ann's 300 follow.
	want := &types.QueryValidatorTallyResponse{
		Power: 800, Bonded: true, IndividualPower: 500, Weights: []types.VoteWeight{on(1, 6_000), on(2, 3_000)},
		Subnets: []types.VotedPower{
			{Netuid: 1, Individual: 60, Inherited: 180}, {Netuid: 2, Individual: 30 + 200, Inherited: 90}, {Netuid: 3, Individual: 200},
		},
	}
	require.Equal(t, want, ask())
	f.staking.jail(t, f.ctx, account("val-a"), true)
	want.Bonded = false
	require.Equal(t, want, ask(), "its stake is shown, though it does not count")
}

func TestTheTalliesOfValidatorsAddUpToTheTally(t *testing.T) {
	f := voting(t)
	require.NoError(t, f.vote(account("val-a"), on(1, 3_333), on(2, 3_333)))
	require.NoError(t, f.vote(account("val-b"), on(1, 1_111)))
	require.NoError(t, f.vote(account("bob"), on(2, 7_777), on(3, 1)))
	f.staking.slash(account("val-a"), 137)
	sums := map[uint32]uint64{}
	for _, name := range []string{"val-a", "val-b"} {
		res, err := f.queries.ValidatorTally(f.ctx, &types.QueryValidatorTallyRequest{Validator: operatorText(account(name))})
		require.NoError(t, err)
		for _, s := range res.Subnets {
			if s.Individual+s.Inherited > 0 {
				sums[s.Netuid] += s.Individual + s.Inherited
			}
		}
	}
	require.Equal(t, f.tally(t), sums)
}

func TestAnAccountsStakeIsShownByWhereItVotes(t *testing.T) {
	f := voting(t)
	ask := func(name string) *types.QueryVoterTallyResponse {
		res, err := f.queries.VoterTally(f.ctx, &types.QueryVoterTallyRequest{Voter: accountText(account(name))})
		require.NoError(t, err)
		return res
	}
	require.Equal(t, &types.QueryVoterTallyResponse{Power: 900}, ask("bob"), "nobody votes")
	require.NoError(t, f.vote(account("val-a"), on(1, 10_000)))
	require.NoError(t, f.vote(account("val-b"), on(1, 5_000), on(2, 5_000)))
	require.Equal(t, &types.QueryVoterTallyResponse{
		Power: 900, Subnets: []types.VotedPower{{Netuid: 1, Inherited: 400 + 250}, {Netuid: 2, Inherited: 250}},
	}, ask("bob"), "each delegation follows its validator")
	require.NoError(t, f.vote(account("bob"), on(3, 2_000)))
	require.Equal(t, &types.QueryVoterTallyResponse{
		Power: 900, Weights: []types.VoteWeight{on(3, 2_000)}, Subnets: []types.VotedPower{{Netuid: 3, Individual: 180}},
	}, ask("bob"), "its own vote holds for all of its stake")
	f.staking.jail(t, f.ctx, account("val-b"), true)
	require.Equal(t, &types.QueryVoterTallyResponse{
		Power: 400, Weights: []types.VoteWeight{on(3, 2_000)}, Subnets: []types.VotedPower{{Netuid: 3, Individual: 80}},
	}, ask("bob"), "only bonded stake votes")
	require.Equal(t, &types.QueryVoterTallyResponse{}, ask("stranger"))
}

func TestTalliesOfNobodySaySo(t *testing.T) {
	f := voting(t)
	_, err := f.queries.ValidatorTally(f.ctx, &types.QueryValidatorTallyRequest{Validator: operatorText(account("stranger"))})
	require.ErrorIs(t, err, types.ErrValidatorNotFound)
	for _, text := range []string{"", "x", accountText(account("val-a"))} {
		_, err = f.queries.ValidatorTally(f.ctx, &types.QueryValidatorTallyRequest{Validator: text})
		require.ErrorIs(t, err, types.ErrAddressMalformed)
	}
	_, err = f.queries.VoterTally(f.ctx, &types.QueryVoterTallyRequest{Voter: "x"})
	require.ErrorIs(t, err, types.ErrAddressMalformed)
	_, err = f.queries.ProjectedEmission(f.ctx, &types.QueryProjectedEmissionRequest{Netuid: 9})
	require.ErrorIs(t, err, types.ErrSubnetNotFound)
}

// What is projected must be what happens, as long as nothing changes.
func TestAProjectionIsWhatTheEpochPays(t *testing.T) {
	f := voting(t)
	f.params(t, func(p *types.Params) { p.InitialBlockEmission, p.TallyHalfLife = 1_000, 0 })
	one, paused, inactive := f.subnets.list[0], f.subnets.list[1], f.subnets.list[2]
	f.subnets.add(4) // runs without votes
	one.subnet.Params.Tempo, one.every = 10, 9
	paused.active, inactive.active = false, false
	require.NoError(t, f.vote(account("val-b"), on(1, 5_000), on(2, 5_000)))
	f.nextBlock(t)
	f.setPending(t, 3, 77)
	f.ctx = f.ctx.WithBlockHeight(2)
	ask := func(netuid uint32) []types.ProjectedEmission {
		// A query sees the state after the last block.
		ctx := f.ctx.WithBlockHeight(f.ctx.BlockHeight() - 1)
		res, err := f.queries.ProjectedEmission(ctx, &types.QueryProjectedEmissionRequest{Netuid: netuid})
		require.NoError(t, err)
		return res.Subnets
	}
	all := ask(0)
	share := uint64(233_333_333_333_333_333)
	require.Equal(t, []types.ProjectedEmission{
		{Netuid: 1, Share: share, PerBlock: 233, Pending: 233, EpochEndHeight: 9, AtEpochEnd: 233 * 9, Owner: 377, Miners: 860, Validators: 860},
		{Netuid: 2, Share: share},
		{Netuid: 3, Pending: 77, AtEpochEnd: 77, Owner: 14, Miners: 32, Validators: 31},
		{Netuid: 4, EpochEndHeight: 359},
	}, all)
	require.Equal(t, all[:1], ask(1))
	require.Equal(t, all[1:2], ask(2))

	one.every = 0
	for f.ctx.BlockHeight() < 9 {
		f.nextBlock(t)
		require.Equal(t, all[0].AtEpochEnd, ask(1)[0].AtEpochEnd, "however near the end is")
	}
	one.due = true
	f.nextBlock(t)
	require.Equal(t, all[0].AtEpochEnd, f.result(t, 1).Pending)

	t.Run("an epoch that is overdue ends with the next block", func(t *testing.T) {
		f.ctx = f.ctx.WithBlockHeight(500)
		require.Equal(t, int64(500), ask(1)[0].EpochEndHeight)
		require.Equal(t, uint64(233), ask(1)[0].AtEpochEnd)
	})
	t.Run("no more is projected than may ever be minted", func(t *testing.T) {
		f.params(t, func(p *types.Params) { p.SupplyCap = f.bank.amount(f.ctx, total) + 1_000 })
		one.subnet.EpochStartHeight, one.subnet.Params.Tempo = 501, 1<<31
		require.LessOrEqual(t, ask(1)[0].AtEpochEnd, uint64(1_000))
	})
}
