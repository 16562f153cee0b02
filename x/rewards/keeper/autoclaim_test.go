package keeper_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/rewards/types"
)

// claiming is a fixture with rounds of automatic claims every 10 blocks, at least 100 uagora per miner
// and at most 2 miners per block, subnets 1 and 2, and miners of ann (ids 1, 2 on subnet 1; 5 on subnet
// 2) and bob (id 3 on subnet 1). No coins are minted by blocks.
func claiming(t testing.TB) *fixture {
	f := newFixture(t)
	f.params(t, func(p *types.Params) {
		p.InitialBlockEmission, p.AutoClaimInterval, p.AutoClaimMin, p.MaxAutoClaimsPerBlock = 0, 10, 100, 2
	})
	one, two := f.subnets.add(1), f.subnets.add(2)
	one.addMiner(1, account("ann"))
	one.addMiner(2, account("ann"))
	one.addMiner(3, account("bob"))
	two.addMiner(5, account("ann"))
	// The first round begins an interval after the parameter was set, at height 11.
	require.Equal(t, int64(11), f.claimHeight(t))
	f.ctx = f.ctx.WithBlockHeight(11)
	return f
}

// claimHeight is when owners are told that the next round begins.
func (f *fixture) claimHeight(t require.TestingT) int64 {
	res, err := f.queries.Accrued(f.ctx, &types.QueryAccruedRequest{Owner: accountText(account("ann"))})
	require.NoError(t, err)
	return res.AutoClaimHeight
}

const (
	claimed    = "agora.rewards.v1.EventClaimed"
	notClaimed = "agora.rewards.v1.EventAutoClaimFailed"
)

func TestARoundPaysEveryMinerThatHasEnough(t *testing.T) {
	f := claiming(t)
	f.owe(t, 1, []uint64{1, 2, 3}, []uint64{100, 99, 250})
	f.nextBlock(t)
	require.Equal(t, map[uint64]uint64{2: 99}, f.owed(t, 1), "less than the least waits")
	require.Equal(t, uint64(100), f.balance(account("ann")))
	require.Equal(t, uint64(250), f.balance(account("bob")))
	require.Equal(t, 2, f.events(claimed))
	require.Contains(t, fmt.Sprint(f.ctx.EventManager().Events()), "automatic")
	// The round has ended: nothing is paid until the next begins.
	require.Equal(t, int64(21), f.claimHeight(t))
	f.owe(t, 1, []uint64{1, 2}, []uint64{500, 99})
	for range 9 {
		f.nextBlock(t)
	}
	require.Equal(t, uint64(100), f.balance(account("ann")))
	f.nextBlock(t)
	require.Equal(t, uint64(600), f.balance(account("ann")))
}

func TestARoundGoesOnInTheNextBlock(t *testing.T) {
	f := claiming(t)
	f.owe(t, 1, []uint64{1, 2, 3}, []uint64{100, 100, 100})
	f.owe(t, 2, []uint64{5}, []uint64{700})
	f.nextBlock(t)
	require.Equal(t, map[uint64]uint64{3: 100}, f.owed(t, 1))
	require.Equal(t, uint64(200), f.balance(account("ann")))
	require.Equal(t, 1, f.bank.sends, "two miners of one owner are one payment")
	state, err := f.keeper.AutoClaim.Get(f.ctx)
	require.NoError(t, err)
	require.Equal(t, types.AutoClaim{NextHeight: 11, Running: true, Netuid: 1, MinerId: 2}, state)
	require.Equal(t, int64(21), f.claimHeight(t))

	f.nextBlock(t)
	require.Empty(t, f.owed(t, 1))
	require.Empty(t, f.owed(t, 2))
	require.Equal(t, uint64(900), f.balance(account("ann")))
	require.Equal(t, uint64(100), f.balance(account("bob")))
	state, err = f.keeper.AutoClaim.Get(f.ctx)
	require.NoError(t, err)
	require.Equal(t, types.AutoClaim{NextHeight: 21}, state)
}

func TestMinersOfOneOwnerOnSeveralSubnetsAreOnePayment(t *testing.T) {
	f := claiming(t)
	f.owe(t, 1, []uint64{1}, []uint64{100})
	f.owe(t, 2, []uint64{5}, []uint64{700})
	before := *f.writes
	f.nextBlock(t)
	require.Equal(t, 1, f.bank.sends)
	require.Equal(t, 1, f.events(claimed))
	require.Equal(t, uint64(800), f.balance(account("ann")))
	// Both ledgers and where the round stands; besides, a count of the votes: the tally and its next height.
	require.Equal(t, 3+2, *f.writes-before)
}

func TestWhoCannotBePaidKeepsItsClaimAndHoldsUpNobody(t *testing.T) {
	for name, spoil := range map[string]func(*fixture){
		"a blocked account":               func(f *fixture) { f.bank.refuse = account("ann") },
		"an account that panics the bank": func(f *fixture) { f.bank.panicOn = account("ann") },
		"miners whose owner is not known": func(f *fixture) { f.subnets.list[0].owners = map[uint64]string{3: accountText(account("bob"))} },
	} {
		t.Run(name, func(t *testing.T) {
			f := claiming(t)
			spoil(f)
			f.owe(t, 1, []uint64{1, 2, 3}, []uint64{100, 200, 300})
			f.nextBlock(t)
			require.NotEmpty(t, f.reasons(notClaimed))
			f.nextBlock(t)
			require.Equal(t, map[uint64]uint64{1: 100, 2: 200}, f.owed(t, 1))
			require.Equal(t, uint64(300), f.balance(account("bob")))
			require.Equal(t, int64(21), f.claimHeight(t), "the round has come to its end")
		})
	}
}

func TestALedgerThatCannotBeReadIsPassedOver(t *testing.T) {
	f := claiming(t)
	require.NoError(t, f.keeper.Ledgers.Set(f.ctx, 1, []byte("nonsense")))
	f.owe(t, 2, []uint64{5}, []uint64{700})
	require.NoError(t, f.keeper.EndBlock(f.ctx)) // the invariants cannot be read
	require.Equal(t, uint64(700), f.balance(account("ann")))
	require.Contains(t, f.reasons(notClaimed)[0], "ledger of netuid 1")
}

func TestARoundThatFailsIsTriedAgainWithTheNext(t *testing.T) {
	f := claiming(t)
	f.owe(t, 1, []uint64{3}, []uint64{300})
	f.subnets.ownerPanic = "out of order"
	f.nextBlock(t)
	require.Contains(t, f.reasons(notClaimed)[0], "out of order")
	require.Equal(t, map[uint64]uint64{3: 300}, f.owed(t, 1))
	require.Equal(t, int64(21), f.claimHeight(t))
	f.subnets.ownerPanic = nil
	f.ctx = f.ctx.WithBlockHeight(21)
	f.nextBlock(t)
	require.Equal(t, uint64(300), f.balance(account("bob")))
}

func TestMinersOfARemovedSubnetArePaid(t *testing.T) {
	f := claiming(t)
	f.owe(t, 1, []uint64{3}, []uint64{300})
	f.removeSubnet(t, 1)
	f.nextBlock(t)
	require.Equal(t, uint64(300), f.balance(account("bob")))
}

func TestAChangedIntervalCountsFromTheLastRound(t *testing.T) {
	set := func(f *fixture, interval uint64) {
		f.params(t, func(p *types.Params) { p.AutoClaimInterval = interval })
	}
	f := claiming(t)
	f.nextBlock(t) // a round at 11
	set(f, 30)
	require.Equal(t, int64(41), f.claimHeight(t), "longer")
	set(f, 5)
	require.Equal(t, int64(16), f.claimHeight(t), "shorter")
	f.ctx = f.ctx.WithBlockHeight(14)
	set(f, 2)
	require.Equal(t, int64(15), f.claimHeight(t), "already due: with the next block")
	set(f, 0)
	require.Zero(t, f.claimHeight(t), "never")
	f.owe(t, 1, []uint64{1, 2, 3}, []uint64{100, 100, 100})
	before := *f.writes
	f.nextBlock(t)
	require.LessOrEqual(t, *f.writes-before, 2, "a tally at most")
	require.Len(t, f.owed(t, 1), 3)
	set(f, 7)
	require.Equal(t, int64(15+7), f.claimHeight(t), "after never, an interval from now")

	t.Run("a round under way goes on, unless there are to be none", func(t *testing.T) {
		f := claiming(t)
		f.owe(t, 1, []uint64{1, 2, 3}, []uint64{100, 100, 100})
		f.nextBlock(t)
		set(f, 3)
		f.nextBlock(t)
		require.Empty(t, f.owed(t, 1))
		require.Equal(t, int64(14), f.claimHeight(t))

		f.owe(t, 1, []uint64{1, 2, 3}, []uint64{100, 100, 100})
		f.nextBlock(t)
		f.nextBlock(t)
		require.Len(t, f.owed(t, 1), 1)
		set(f, 0)
		f.nextBlock(t)
		require.Len(t, f.owed(t, 1), 1)
	})
}

func TestARoundThatTakesLongerThanItsIntervalIsFollowedAtOnce(t *testing.T) {
	f := claiming(t)
	f.params(t, func(p *types.Params) { p.AutoClaimInterval, p.MaxAutoClaimsPerBlock = 1, 1 })
	f.owe(t, 1, []uint64{1, 2, 3}, []uint64{100, 100, 100})
	for range 4 {
		f.nextBlock(t)
	}
	require.Empty(t, f.owed(t, 1))
	require.Equal(t, f.ctx.BlockHeight()+1, f.claimHeight(t))
}

// A ledger is read as a whole, so a block looks at no more than a bounded number of entries: rounds
// over ledgers full of crumbs take several blocks, and come to their end.
func TestARoundOverManyCrumbsTakesSeveralBlocks(t *testing.T) {
	f := claiming(t)
	const crumbs = 70_000
	ids, amounts := make([]uint64, crumbs), make([]uint64, crumbs)
	for i := range ids {
		ids[i], amounts[i] = uint64(i+10), 1
	}
	f.owe(t, 1, ids, amounts)
	for netuid := range uint32(3) {
		n := f.subnets.add(netuid + 3)
		n.addMiner(uint64(crumbs+100), account("bob"))
		f.owe(t, netuid+3, append(slices.Clone(ids), crumbs+100), append(slices.Clone(amounts), 1_000))
	}
	f.owe(t, 6, []uint64{1}, []uint64{1})
	var paid []uint64
	for range 5 {
		f.nextBlock(t)
		paid = append(paid, f.balance(account("bob")))
	}
	require.Equal(t, []uint64{0, 1_000, 2_000, 3_000, 3_000}, paid)
	require.Equal(t, int64(21), f.claimHeight(t))
}

func TestARoundSurvivesExportAndImport(t *testing.T) {
	f := claiming(t)
	f.owe(t, 1, []uint64{1, 2, 3}, []uint64{100, 100, 100})
	f.nextBlock(t)
	exported, err := f.keeper.ExportGenesis(f.ctx)
	require.NoError(t, err)
	require.Equal(t, types.AutoClaim{NextHeight: 11, Running: true, Netuid: 1, MinerId: 2}, exported.AutoClaim)

	g := newFixture(t)
	g.ctx = g.ctx.WithBlockHeight(f.ctx.BlockHeight())
	g.staking, g.subnets.list = f.staking, f.subnets.list
	require.NoError(t, g.bank.MintCoins(g.ctx, types.ModuleName, uagora(100)))
	require.NoError(t, g.keeper.InitGenesis(g.ctx, *exported))
	again, err := g.keeper.ExportGenesis(g.ctx)
	require.NoError(t, err)
	require.Equal(t, exported, again)
	g.nextBlock(t)
	require.Equal(t, uint64(100), g.balance(account("bob")))

	t.Run("at a lower height the round begins an interval from there", func(t *testing.T) {
		late := *exported
		late.AutoClaim = types.AutoClaim{NextHeight: 1_000_000}
		g := newFixture(t)
		g.subnets.list = f.subnets.list
		require.NoError(t, g.bank.MintCoins(g.ctx, types.ModuleName, uagora(100)))
		require.NoError(t, g.keeper.InitGenesis(g.ctx, late))
		require.Equal(t, int64(11), g.claimHeight(t))
	})
}

func TestARoundPaysEachClaimOnceWhateverTheBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := newFixture(&testing.T{})
		least := rapid.Uint64Range(0, 300).Draw(t, "least")
		most := rapid.Uint32Range(1, 7).Draw(t, "per block")
		f.params(t, func(p *types.Params) {
			p.InitialBlockEmission, p.AutoClaimInterval, p.AutoClaimMin, p.MaxAutoClaimsPerBlock = 0, 1_000, least, most
		})
		people := []sdk.AccAddress{account("a"), account("b"), account("c")}
		refused := rapid.SampledFrom([]sdk.AccAddress{nil, people[2]}).Draw(t, "refused")
		f.bank.refuse = refused
		due, rest, claims := map[string]uint64{}, map[uint32]map[uint64]uint64{}, 0
		for netuid := uint32(1); netuid <= 4; netuid++ {
			n := f.subnets.add(netuid)
			rest[netuid] = map[uint64]uint64{}
			var ids, amounts []uint64
			last := uint64(0)
			for range rapid.IntRange(0, 12).Draw(t, "miners") {
				last += rapid.Uint64Range(1, 3).Draw(t, "step")
				amount, owner := rapid.Uint64Range(1, 400).Draw(t, "amount"), rapid.SampledFrom(people).Draw(t, "owner")
				n.addMiner(last, owner)
				ids, amounts = append(ids, last), append(amounts, amount)
				switch {
				case amount < least:
					rest[netuid][last] = amount
				case owner.Equals(refused):
					rest[netuid][last] = amount
					claims++
				default:
					due[string(owner)] += amount
					claims++
				}
			}
			if len(ids) > 0 {
				f.owe(t, netuid, ids, amounts)
			}
		}
		f.ctx = f.ctx.WithBlockHeight(1_001)
		for blocks := 1; ; blocks++ {
			f.nextBlock(t)
			require.LessOrEqual(t, blocks, claims/int(most)+1)
			state, err := f.keeper.AutoClaim.Get(f.ctx)
			require.NoError(t, err)
			if !state.Running {
				break
			}
		}
		for _, p := range people {
			require.Equal(t, due[string(p)], f.balance(p))
		}
		for netuid := uint32(1); netuid <= 4; netuid++ {
			require.Equal(t, rest[netuid], f.owed(t, netuid))
		}
	})
}
