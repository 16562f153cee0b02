package keeper_test

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/rewards/types"
)

// shares are those of the last tally.
func (f *fixture) shares(t require.TestingT) map[uint32]uint64 {
	tally, err := f.keeper.Tally.Get(f.ctx)
	require.NoError(t, err)
	out := map[uint32]uint64{}
	for _, s := range tally.Subnets {
		out[s.Netuid] = s.Share
	}
	return out
}

// countNow makes the next block count the votes, and runs it at the given height.
func (f *fixture) countNow(t require.TestingT, height int64) {
	f.ctx = f.ctx.WithBlockHeight(height)
	require.NoError(t, f.keeper.TallyDue.Set(f.ctx, height))
	f.nextBlock(t)
}

// percent is a part of the whole as a share.
func percent(n uint64) uint64 { return n * (types.TallyUnit / 100) }

// smoothed is a fixture with a half life of 10 blocks in which ann holds all stake and two subnets have
// half of the emission each, counted in block 1. Votes are counted when they change.
func smoothed(t testing.TB) *fixture {
	f := newFixture(t)
	f.params(t, func(p *types.Params) { p.TallyHalfLife, p.TallyInterval, p.InitialBlockEmission = 10, 100_000, 0 })
	f.staking.addValidator(account("ann"))
	f.staking.delegate(t, f.ctx, account("ann"), account("ann"), 1_000_000)
	for netuid := range uint32(3) {
		f.subnets.add(netuid + 1)
	}
	require.NoError(t, f.vote(account("ann"), on(1, 5_000), on(2, 5_000)))
	f.nextBlock(t)
	require.Equal(t, map[uint32]uint64{1: percent(50), 2: percent(50)}, f.shares(t), "the first count of a chain takes effect at once")
	return f
}

func TestASwingOfVotesTakesEffectByHalves(t *testing.T) {
	f := smoothed(t)
	f.ctx = f.ctx.WithBlockHeight(5)
	require.NoError(t, f.vote(account("ann"), on(1, 8_000), on(2, 2_000)))
	f.nextBlock(t)
	require.Equal(t, map[uint32]uint64{1: percent(50), 2: percent(50)}, f.shares(t), "up to now the old votes held")
	f.countNow(t, 15)
	require.Equal(t, map[uint32]uint64{1: percent(65), 2: percent(35)}, f.shares(t), "half of the way after one half life")
	f.countNow(t, 25)
	require.Equal(t, map[uint32]uint64{1: percent(725) / 10, 2: percent(275) / 10}, f.shares(t))
	f.countNow(t, 25+610)
	require.Equal(t, map[uint32]uint64{1: percent(80), 2: percent(20)}, f.shares(t), "and it arrives")
	require.Equal(t, f.shares(t), f.subnets.shares, "x/subnet is told")
}

func TestANewSubnetBeginsWithNothing(t *testing.T) {
	f := smoothed(t)
	f.ctx = f.ctx.WithBlockHeight(5)
	require.NoError(t, f.vote(account("ann"), on(3, 10_000)))
	f.nextBlock(t)
	require.Equal(t, map[uint32]uint64{1: percent(50), 2: percent(50), 3: 0}, f.shares(t))
	f.countNow(t, 15)
	require.Equal(t, map[uint32]uint64{1: percent(25), 2: percent(25), 3: percent(50)}, f.shares(t))
	f.countNow(t, 5+600)
	require.Equal(t, map[uint32]uint64{3: percent(100)}, f.shares(t), "who has neither votes nor a share is not listed")
}

func TestWithoutAHalfLifeVotesActAtOnce(t *testing.T) {
	f := smoothed(t)
	f.params(t, func(p *types.Params) { p.TallyHalfLife = 0 })
	require.NoError(t, f.vote(account("ann"), on(2, 7_500), on(3, 2_500)))
	f.nextBlock(t)
	require.Equal(t, map[uint32]uint64{2: percent(75), 3: percent(25)}, f.shares(t))
}

func TestARemovedSubnetLeavesTheTallyAtOnceAndVotesForItClaimNothing(t *testing.T) {
	f := smoothed(t)
	f.removeSubnet(t, 1)
	require.Equal(t, map[uint32]uint64{2: percent(50)}, f.shares(t), "in the same block")
	f.countNow(t, 15)
	require.Equal(t, map[uint32]uint64{2: percent(50)}, f.shares(t), "and when votes that name it are counted")
	require.Equal(t, map[uint32]uint64{2: percent(50)}, f.subnets.shares)
}

func TestATallyFromAHigherHeightMovesNoShareBackwards(t *testing.T) {
	f := smoothed(t)
	tally, err := f.keeper.Tally.Get(f.ctx)
	require.NoError(t, err)
	tally.Height = 1_000_000
	require.NoError(t, f.keeper.Tally.Set(f.ctx, tally))
	require.NoError(t, f.vote(account("ann"), on(1, 10_000)))
	f.nextBlock(t)
	require.Equal(t, map[uint32]uint64{1: percent(50), 2: percent(50)}, f.shares(t))
	f.countNow(t, f.ctx.BlockHeight()+9)
	require.Equal(t, map[uint32]uint64{1: percent(75), 2: percent(25)}, f.shares(t))
}

func TestTheTallyQueryShowsWhatACountWouldGive(t *testing.T) {
	f := smoothed(t)
	f.ctx = f.ctx.WithBlockHeight(5)
	require.NoError(t, f.vote(account("ann"), on(1, 10_000)))
	f.nextBlock(t)
	f.ctx = f.ctx.WithBlockHeight(15)
	f.staking.delegate(t, f.ctx, account("ann"), account("ann"), 1_000_000)
	res, err := f.queries.Tally(f.ctx, &types.QueryTallyRequest{})
	require.NoError(t, err)
	require.Equal(t, types.Tally{Height: 5, TotalPower: 1_000_000, Subnets: []types.SubnetTally{
		{Netuid: 1, Power: 1_000_000, Share: percent(50)}, {Netuid: 2, Share: percent(50)},
	}}, res.Tally)
	require.Equal(t, types.Tally{Height: 15, TotalPower: 2_000_000, Subnets: []types.SubnetTally{
		{Netuid: 1, Power: 2_000_000, Share: percent(75)}, {Netuid: 2, Share: percent(25)},
	}}, res.Now)
	f.countNow(t, 15)
	after, err := f.keeper.Tally.Get(f.ctx)
	require.NoError(t, err)
	require.Equal(t, res.Now, after, "and a count gives it")
}

// Counting more often must change nothing: otherwise whoever sends votes could speed shares up or hold
// them back.
func TestSharesAreAFunctionOfHistoryHoweverOftenVotesAreCounted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		halfLife := rapid.Uint64Range(1, 5_000).Draw(t, "half life")
		market := func(interval uint64) *fixture {
			f := newFixture(&testing.T{})
			f.params(t, func(p *types.Params) {
				p.TallyHalfLife, p.TallyInterval, p.InitialBlockEmission = halfLife, interval, 0
			})
			for netuid := range uint32(3) {
				f.subnets.add(netuid + 1)
			}
			for _, name := range []string{"a", "b"} {
				f.staking.addValidator(account(name))
				f.staking.delegate(t, f.ctx, account(name), account(name), 1_000_000_007)
			}
			return f
		}
		rare, often := market(100_000), market(1)
		counts := uint64(0)
		for range rapid.IntRange(1, 5).Draw(t, "votes") {
			who := account(rapid.SampledFrom([]string{"a", "b"}).Draw(t, "who"))
			weight := on(rapid.Uint32Range(1, 3).Draw(t, "netuid"), rapid.Uint32Range(1, 10_000).Draw(t, "bp"))
			blocks := rapid.IntRange(1, 40).Draw(t, "blocks")
			for _, f := range []*fixture{rare, often} {
				require.NoError(t, f.vote(who, weight))
				for range blocks {
					f.nextBlock(t)
				}
			}
			counts += uint64(blocks)
		}
		height := rare.ctx.BlockHeight()
		rare.countNow(t, height)
		often.countNow(t, height)
		a, b := rare.shares(t), often.shares(t)
		for netuid := range uint32(3) {
			// Each count may lose 2^-57 of a share, 7 units, and one unit by rounding.
			require.InDelta(t, float64(a[netuid+1]), float64(b[netuid+1]), float64(counts*8+512), "netuid %d", netuid+1)
		}
	})
}

// However votes move, shares stay within the whole, so that blocks emit no more than the schedule.
func TestSharesNeverExceedTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := newFixture(&testing.T{})
		f.params(t, func(p *types.Params) {
			p.TallyHalfLife = rapid.Uint64Range(0, 40).Draw(t, "half life")
			p.TallyInterval = rapid.Uint64Range(1, 10).Draw(t, "interval")
			p.InitialBlockEmission, p.ConsensusShareBp = 1_000_000_007, 0
		})
		people := []sdk.AccAddress{account("a"), account("b"), account("c")}
		for _, p := range people {
			f.staking.addValidator(p)
			f.staking.delegate(t, f.ctx, p, p, rapid.Int64Range(1, 1<<40).Draw(t, "stake"))
		}
		for netuid := range uint32(5) {
			f.subnets.add(netuid + 1)
		}
		for range rapid.IntRange(5, 40).Draw(t, "blocks") {
			if rapid.Bool().Draw(t, "vote") {
				netuid, bp := rapid.Uint32Range(1, 4).Draw(t, "netuid"), rapid.Uint32Range(1, 9_999).Draw(t, "bp")
				require.NoError(t, f.vote(rapid.SampledFrom(people).Draw(t, "who"), on(netuid, bp), on(netuid+1, 10_000-bp)))
			}
			before := f.bank.amount(f.ctx, total)
			f.nextBlock(t)
			require.LessOrEqual(t, f.bank.amount(f.ctx, total)-before, uint64(1_000_000_007))
			sum := new(big.Int)
			for _, share := range f.shares(t) {
				sum.Add(sum, new(big.Int).SetUint64(share))
			}
			require.LessOrEqual(t, sum.Cmp(big.NewInt(types.TallyUnit)), 0, sum.String())
			exported, err := f.keeper.ExportGenesis(f.ctx)
			require.NoError(t, err)
			require.NoError(t, exported.Validate())
		}
	})
}

// smoothOracle follows shares with real numbers.
type smoothOracle struct {
	halfLife uint64
	counted  bool
	height   int64
	targets  map[uint32]float64
	shares   map[uint32]float64
}

// count takes in a tally's powers.
func (o *smoothOracle) count(tally types.Tally) {
	targets := map[uint32]float64{}
	for _, s := range tally.Subnets {
		if tally.TotalPower > 0 {
			targets[s.Netuid] = float64(s.Power) / float64(tally.TotalPower)
		}
	}
	if o.halfLife == 0 || !o.counted {
		o.shares = targets
	} else {
		kept := math.Exp2(-float64(tally.Height-o.height) / float64(o.halfLife))
		shares := map[uint32]float64{}
		for netuid := range uint32(4) {
			shares[netuid] = o.targets[netuid] + (o.shares[netuid]-o.targets[netuid])*kept
		}
		o.shares = shares
	}
	o.counted, o.height, o.targets = true, tally.Height, targets
}

func TestVotesThatCannotBeCountedAreTriedAgainAfterTheInterval(t *testing.T) {
	f := voting(t)
	f.params(t, func(p *types.Params) { p.TallyInterval = 5 })
	require.NoError(t, f.vote(account("val-b"), on(1, 10_000)))
	require.Equal(t, map[uint32]uint64{1: 700}, f.tally(t))
	tokens := f.staking.validator(account("val-b")).Tokens
	f.staking.validator(account("val-b")).Tokens = tooMuch
	failures := 0
	for range 10 {
		require.Equal(t, map[uint32]uint64{1: 700}, f.tally(t), "the last tally stands")
		failures += f.events("agora.rewards.v1.EventTallyFailed")
	}
	require.Equal(t, 2, failures)
	_, err := f.queries.Tally(f.ctx, &types.QueryTallyRequest{})
	require.ErrorIs(t, err, types.ErrAmountOverflow)
	f.staking.validator(account("val-b")).Tokens = tokens.QuoRaw(2)
	for range 5 {
		f.nextBlock(t)
	}
	require.Equal(t, map[uint32]uint64{1: 350}, f.tally(t))
}

// Slashing to nearly nothing makes shares cheap: their counts grow beyond any word, the powers do not.
func TestSharesThatBecameCheapAreWeighedExactly(t *testing.T) {
	f := voting(t)
	require.NoError(t, f.vote(account("val-b"), on(1, 10_000)))
	require.NoError(t, f.vote(account("bob"), on(2, 3_333)))
	for range 6 {
		f.staking.validator(account("val-b")).Tokens = one
		f.staking.delegate(t, f.ctx, account("ann"), account("val-b"), 1<<40)
	}
	require.Greater(t, f.staking.validator(account("val-b")).DelegatorShares.BigInt().BitLen(), 280)
	got := f.tally(t)
	require.LessOrEqual(t, got[1], uint64(1<<40+1))
	require.GreaterOrEqual(t, got[1], uint64(1<<40-2))
}
