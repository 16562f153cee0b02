package keeper_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/agora-network/agora/x/rewards/types"
)

// state is everything that the module stores, to see that a refusal changes nothing.
func (f *fixture) state(t require.TestingT) string {
	exported, err := f.keeper.ExportGenesis(f.ctx)
	require.NoError(t, err)
	due, err := f.keeper.TallyDue.Get(f.ctx)
	if err != nil {
		due = 0
	}
	sums := ""
	require.NoError(t, f.keeper.ValidatorVotes.Walk(f.ctx, nil, func(_ sdk.ValAddress, v types.ValidatorVotes) (bool, error) {
		sums += v.String()
		return false, nil
	}))
	return fmt.Sprint(exported, sums, due)
}

func TestBadInputIsRefusedWithItsReasonAndWritesNothing(t *testing.T) {
	many := make([]types.VoteWeight, 65)
	netuids := make([]uint32, 257)
	for i := range many {
		many[i] = on(uint32(i+1), 1)
	}
	for i := range netuids {
		netuids[i] = uint32(i + 1)
	}
	vote := func(voter string, weights ...types.VoteWeight) func(*fixture) error {
		return func(f *fixture) error { return f.vote(account(voter), weights...) }
	}
	claim := func(owner string, netuids ...uint32) func(*fixture) error {
		return func(f *fixture) error {
			_, err := f.msgs.Claim(f.ctx, &types.MsgClaim{Owner: accountText(account(owner)), Netuids: netuids})
			return err
		}
	}
	update := func(authority string, change func(*types.Params)) func(*fixture) error {
		return func(f *fixture) error {
			p := types.DefaultParams()
			change(&p)
			_, err := f.msgs.UpdateParams(f.ctx, &types.MsgUpdateParams{Authority: authority, Params: p})
			return err
		}
	}
	for name, c := range map[string]struct {
		send func(*fixture) error
		want error
	}{
		"a vote of more than all":               {vote("bob", on(1, 6_000), on(2, 4_001)), types.ErrVoteTooLarge},
		"a vote of far more than all":           {vote("bob", on(1, 1<<32-1), on(2, 1<<32-1)), types.ErrVoteTooLarge},
		"a vote for a subnet twice":             {vote("bob", on(1, 1), on(1, 1)), types.ErrVoteDuplicate},
		"a vote for a subnet that is not there": {vote("bob", on(9, 1)), types.ErrSubnetNotFound},
		"a vote for netuid 0":                   {vote("bob", on(0, 1)), types.ErrSubnetNotFound},
		"a vote of no weight":                   {vote("bob", on(1, 0)), types.ErrVoteEmptyWeight},
		"a vote of no weight beside a good one": {vote("bob", on(2, 1), on(1, 0)), types.ErrVoteEmptyWeight},
		"a vote for too many subnets":           {vote("bob", many...), types.ErrTooManyTargets},
		"a vote without stake":                  {vote("stranger", on(1, 1)), types.ErrNoStake},
		"a vote of stake that is not bonded":    {vote("asleep", on(1, 1)), types.ErrNoStake},
		"a vote of an operator out of the set":  {vote("jailed", on(1, 1)), types.ErrNoStake},
		"a withdrawal of nothing":               {vote("bob"), types.ErrNoVote},
		"a claim on nothing":                    {claim("ann"), types.ErrNoNetuids},
		"a claim of nothing":                    {claim("bob", 1, 2, 3), types.ErrNothingAccrued},
		"a claim where nothing accrued":         {claim("ann", 2), types.ErrNothingAccrued},
		"a claim on a subnet that is not there": {claim("ann", 9), types.ErrNothingAccrued},
		"a claim on a subnet twice":             {claim("ann", 1, 2, 1), types.ErrNetuidDuplicate},
		"a claim on too many subnets":           {claim("ann", netuids...), types.ErrTooManyNetuids},
		"parameters from a passer-by":           {update(accountText(account("ann")), func(*types.Params) {}), types.ErrNotAuthority},
		"parameters from nobody":                {update("", func(*types.Params) {}), types.ErrNotAuthority},
		"parameters out of range":               {update(authority, func(p *types.Params) { p.TallyHalfLife = 1 << 63 }), types.ErrParamsInvalid},
		"a cap below what exists": {func(f *fixture) error {
			return update(authority, func(p *types.Params) { p.SupplyCap, p.InitialBlockEmission = f.bank.amount(f.ctx, total)-1, 0 })(f)
		}, types.ErrParamsInvalid},
		"a vote of a malformed address":      {func(f *fixture) error { return f.voteAs("nonsense", on(1, 1)) }, types.ErrAddressMalformed},
		"a vote of no address":               {func(f *fixture) error { return f.voteAs("", on(1, 1)) }, types.ErrAddressMalformed},
		"a vote of an operator address":      {func(f *fixture) error { return f.voteAs(operatorText(account("bob")), on(1, 1)) }, types.ErrAddressMalformed},
		"a vote of an address in mixed case": {func(f *fixture) error { return f.voteAs("A"+accountText(account("bob"))[1:], on(1, 1)) }, types.ErrAddressMalformed},
		"a vote of a module account":         {func(f *fixture) error { return f.vote(authtypes.NewModuleAddress("gov"), on(1, 1)) }, types.ErrModuleAccount},
		"a claim of a malformed address": {func(f *fixture) error {
			_, err := f.msgs.Claim(f.ctx, &types.MsgClaim{Owner: "nonsense", Netuids: []uint32{1}})
			return err
		}, types.ErrAddressMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			f := voting(t)
			f.staking.addValidator(account("jailed"))
			f.staking.delegate(t, f.ctx, account("asleep"), account("jailed"), 5)
			f.staking.jail(t, f.ctx, account("jailed"), true)
			f.staking.delegate(t, f.ctx, authtypes.NewModuleAddress("gov"), account("val-a"), 5)
			f.subnets.list[0].addMiner(1, account("ann"))
			f.owe(t, 1, []uint64{1}, []uint64{500})
			require.NoError(t, f.vote(account("ann"), on(1, 5_000)))
			before, supply := f.state(t), f.bank.amount(f.ctx, total)
			f.ctx = f.ctx.WithEventManager(sdk.NewEventManager())

			err := c.send(f)

			require.ErrorIs(t, err, c.want)
			require.Equal(t, before, f.state(t), "nothing is half-written")
			require.Equal(t, supply, f.bank.amount(f.ctx, total))
			require.Empty(t, f.ctx.EventManager().Events())
		})
	}
}

// voteAs votes with the voter as typed.
func (f *fixture) voteAs(voter string, weights ...types.VoteWeight) error {
	_, err := f.msgs.VoteEmissions(f.ctx, &types.MsgVoteEmissions{Voter: voter, Weights: weights})
	return err
}

// Bech32 has a second spelling, in upper case: the same voter must not get into the state, or into a
// genesis, twice.
func TestAnAddressInUpperCaseIsTheSameVoter(t *testing.T) {
	f := voting(t)
	upper := strings.ToUpper(accountText(account("ann")))
	require.NoError(t, f.voteAs(upper, on(1, 10_000)))
	require.NoError(t, f.vote(account("ann"), on(2, 10_000)))
	require.NoError(t, f.voteAs(upper, on(3, 10_000)))
	require.Equal(t, map[uint32]uint64{3: 300}, f.tally(t))
	exported, err := f.keeper.ExportGenesis(f.ctx)
	require.NoError(t, err)
	require.Len(t, exported.Votes, 1)
	require.Equal(t, accountText(account("ann")), exported.Votes[0].Voter)

	// A genesis that somebody wrote by hand.
	for name, spoil := range map[string]func(*types.GenesisState){
		"a voter in two spellings": func(g *types.GenesisState) {
			g.Votes = append(g.Votes, types.EmissionVote{Voter: upper, Weights: []types.VoteWeight{on(1, 1)}})
		},
		"a hotkey in two spellings": func(g *types.GenesisState) {
			g.Bonds = []types.Bonds{
				{Netuid: 1, Hotkey: upper, MinerIds: []uint64{1}, Bonds: []uint64{1}},
				{Netuid: 1, Hotkey: strings.ToLower(upper), MinerIds: []uint64{1}, Bonds: []uint64{1}},
			}
		},
		"a malformed voter":  func(g *types.GenesisState) { g.Votes[0].Voter = "nonsense" },
		"a malformed hotkey": func(g *types.GenesisState) { g.Bonds = []types.Bonds{{Netuid: 1, Hotkey: "nonsense"}} },
		"pending emission of a subnet that is not there": func(g *types.GenesisState) {
			g.Pending = []types.PendingEmission{{Netuid: 9, Amount: 1}}
		},
		"bonds on a subnet that is not there": func(g *types.GenesisState) {
			g.Bonds = []types.Bonds{{Netuid: 9, Hotkey: strings.ToLower(upper), MinerIds: []uint64{1}, Bonds: []uint64{1}}}
		},
		"a result of a subnet that is not there": func(g *types.GenesisState) { g.Results = []types.EpochResult{{Netuid: 9, ShareBp: 10_000}} },
		"bonds on a benchmark that there cannot be": func(g *types.GenesisState) {
			g.Bonds = []types.Bonds{{Netuid: 1, Benchmark: 8, Hotkey: strings.ToLower(upper), MinerIds: []uint64{1}, Bonds: []uint64{1}}}
		},
		"a result of a benchmark that there cannot be": func(g *types.GenesisState) {
			g.Results = []types.EpochResult{{Netuid: 1, Benchmark: 8, ShareBp: 10_000}}
		},
		"a benchmark that had more than its share": func(g *types.GenesisState) {
			g.Results = []types.EpochResult{{Netuid: 1, ShareBp: 5_000, Pending: 4, Burned: 4}, {Netuid: 1, Benchmark: 1, ShareBp: 5_000, Pending: 2, Burned: 2}}
		},
		"coins that are not there": func(g *types.GenesisState) {
			g.Ledgers = []types.MinerLedger{{Netuid: 1, MinerIds: []uint64{1}, Amounts: []uint64{1}}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := newFixture(t)
			g.subnets.list = f.subnets.list
			bad := *exported
			bad.Votes = append([]types.EmissionVote(nil), exported.Votes...)
			spoil(&bad)
			require.ErrorIs(t, g.keeper.InitGenesis(g.ctx, bad), types.ErrGenesisInvalid)
		})
	}
	t.Run("a voter in upper case alone", func(t *testing.T) {
		g := newFixture(t)
		g.subnets.list = f.subnets.list
		good := *exported
		good.Votes = []types.EmissionVote{{Voter: upper, Weights: []types.VoteWeight{on(1, 1)}}}
		require.NoError(t, g.keeper.InitGenesis(g.ctx, good))
		again, err := g.keeper.ExportGenesis(g.ctx)
		require.NoError(t, err)
		require.Equal(t, strings.ToLower(upper), again.Votes[0].Voter)
	})
}

func TestNewParametersAreAnnounced(t *testing.T) {
	f := newFixture(t)
	f.ctx = f.ctx.WithEventManager(sdk.NewEventManager())
	f.params(t, func(p *types.Params) { p.TallyHalfLife = 77 })
	require.Equal(t, 1, f.events("agora.rewards.v1.EventParamsUpdated"))
	text, _ := f.ctx.EventManager().Events()[0].GetAttribute("params")
	require.Contains(t, text.Value, `"tally_half_life":"77"`)
}
