package keeper_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/rewards/types"
	"github.com/agora-network/agora/x/rewards/yuma"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

const (
	epochPaid   = "agora.rewards.v1.EventEpochPaid"
	epochFailed = "agora.rewards.v1.EventEpochFailed"
)

// market is a fixture without emission, with one due subnet that has 10,000 uagora pending: miners 1
// and 2 of "miner-1" and "miner-2", and validators "val-a" (60 of power) and "val-b" (40) with the
// hotkeys "hot-a" and "hot-b".
func market(t testing.TB) (*fixture, *fakeSubnet) {
	f := newFixture(t)
	f.params(t, func(p *types.Params) { p.InitialBlockEmission = 0 })
	n := f.subnets.add(1)
	n.due = true
	for id := range uint64(2) {
		n.addMiner(id+1, account(fmt.Sprintf("miner-%d", id+1)))
	}
	for i, name := range []string{"a", "b"} {
		f.staking.addValidator(account("val-" + name))
		n.permit(account("val-"+name), "hot-"+name, []uint64{60, 40}[i])
	}
	f.setPending(t, 1, 10_000)
	return f, n
}

func TestAnEpochPaysOwnerMinersAndValidators(t *testing.T) {
	f, n := market(t)
	n.reveal("hot-a", 1, 3, 2, 1)
	n.reveal("hot-b", 1, 3, 2, 1)
	f.nextBlock(t)

	require.Equal(t, uint64(1_800), f.bank.amount(f.ctx, account("owner")))
	require.Equal(t, map[uint32]uint64{1: 3_075}, f.accrued(t, account("miner-1")))
	require.Equal(t, map[uint32]uint64{1: 1_025}, f.accrued(t, account("miner-2")))
	require.Equal(t, uint64(2_460), f.distribution.allocated(f.ctx, account("val-a")))
	require.Equal(t, uint64(1_640), f.distribution.allocated(f.ctx, account("val-b")))
	require.Equal(t, []uint64{3_075, 1_025}, n.emissions)
	require.Equal(t, 1, n.advanced)
	require.Equal(t, uint64(0), f.pending(t, 1))
	require.Equal(t, 1, f.events(epochPaid))

	r := f.result(t, 1)
	require.NoError(t, r.Validate())
	require.Equal(t, []uint64{750_000_000, 250_000_000}, r.Incentives)
	require.Equal(t, []uint64{750_000_000, 250_000_000}, r.Consensus)
	require.Len(t, r.Validators, 2)
	require.Equal(t, uint64(600_000_000), r.Validators[0].Dividends)
	require.Equal(t, uint64(types.ShareUnit), r.Validators[0].Trust)
	require.True(t, r.Validators[0].Revealed)
}

func TestSharesOfNobodyAreBurnedOrRecycledByParameter(t *testing.T) {
	f, _ := market(t) // no row at all: miners and validators earn nothing
	f.nextBlock(t)
	r := f.result(t, 1)
	require.Equal(t, []uint64{1_800, 0, 0, 8_200, 0}, []uint64{r.OwnerAmount, r.MinerAmount, r.ValidatorAmount, r.Burned, r.Carried})
	require.Equal(t, uint64(1_800), f.bank.amount(f.ctx, total))

	f, _ = market(t)
	f.params(t, func(p *types.Params) { p.Leftover = types.LEFTOVER_RECYCLE })
	f.nextBlock(t)
	require.Equal(t, uint64(8_200), f.result(t, 1).Carried)
	require.Equal(t, uint64(8_200), f.pending(t, 1))
	require.Equal(t, uint64(10_000), f.bank.amount(f.ctx, total))
}

func TestAnOwnerThatCannotBePaidStopsNobodyElse(t *testing.T) {
	for name, spoil := range map[string]func(*fixture, *fakeSubnet){
		"the bank refuses the account": func(f *fixture, _ *fakeSubnet) { f.bank.refuse = account("owner") },
		"the address is malformed":     func(_ *fixture, n *fakeSubnet) { n.subnet.Owner = "nonsense" },
	} {
		t.Run(name, func(t *testing.T) {
			f, n := market(t)
			n.reveal("hot-a", 1, 1)
			spoil(f, n)
			f.nextBlock(t)
			r := f.result(t, 1)
			require.Equal(t, []uint64{0, 4_100, 4_100, 1_800}, []uint64{r.OwnerAmount, r.MinerAmount, r.ValidatorAmount, r.Burned})
		})
	}
}

func TestDividendsOfAValidatorThatIsGoneBelongToNobody(t *testing.T) {
	f, n := market(t)
	n.reveal("hot-a", 1, 1)
	n.reveal("hot-b", 1, 1)
	f.staking.validators = f.staking.validators[:1]
	f.nextBlock(t)
	r := f.result(t, 1)
	require.Equal(t, []uint64{2_460, 1_640}, []uint64{r.ValidatorAmount, r.Burned})
	require.Equal(t, uint64(0), r.Validators[1].Amount)
}

func TestTheHotkeysOfAValidatorArePaidTogether(t *testing.T) {
	f, n := market(t)
	n.permit(account("val-b"), "hot-c", 100)
	for _, hotkey := range []string{"hot-a", "hot-b", "hot-c"} {
		n.reveal(hotkey, 1, 1)
	}
	f.nextBlock(t)
	require.Equal(t, uint64(1_230), f.distribution.allocated(f.ctx, account("val-a")))
	require.Equal(t, uint64(2_870), f.distribution.allocated(f.ctx, account("val-b")))
}

func TestARowCountsOnlyWithAPermitAndForRegisteredMiners(t *testing.T) {
	f, n := market(t)
	n.reveal("hot-a", 1, 1, 9, 60_000) // miner 9 was replaced
	n.reveal("hot-b", 1, 1)
	n.reveal("stranger", 2, 1)
	f.nextBlock(t)
	require.Equal(t, []uint64{types.ShareUnit, 0}, f.result(t, 1).Incentives)
}

func TestAnInactiveValidatorDoesNotPullConsensusToZero(t *testing.T) {
	f, n := market(t)
	n.reveal("hot-b", 1, 1)
	f.nextBlock(t)
	require.Equal(t, uint64(0), f.result(t, 1).Incentives[0], "40 of 100 do not decide")

	n.due = true
	n.permits[0].ActiveOn = nil
	f.nextBlock(t)
	r := f.result(t, 1)
	require.Equal(t, uint64(types.ShareUnit), r.Incentives[0])
	require.Equal(t, []uint64{0, 40}, []uint64{r.Validators[0].Power, r.Validators[1].Power})
}

func TestBondsFollowTheIdentityAndNotTheSlot(t *testing.T) {
	f, n := market(t)
	n.reveal("hot-a", 1, 1, 2, 1)
	n.reveal("hot-b", 1, 1, 2, 1)
	f.nextBlock(t)
	n.replace(2, 7, account("newcomer"))
	n.due = true
	n.reveal("hot-a", 1, 1, 7, 1)
	n.reveal("hot-b", 1, 1, 7, 1)
	f.nextBlock(t)
	g, err := f.keeper.ExportGenesis(f.ctx)
	require.NoError(t, err)
	require.Len(t, g.Bonds, 2)
	for _, b := range g.Bonds {
		require.Equal(t, []uint64{1, 7}, b.MinerIds)
		require.Greater(t, b.Bonds[0], b.Bonds[1], "the newcomer's bond has just begun")
	}
}

func TestBondsEndWithThePermit(t *testing.T) {
	f, n := market(t)
	n.reveal("hot-a", 1, 1)
	n.reveal("hot-b", 1, 1)
	f.nextBlock(t)
	n.permits = n.permits[:1]
	n.due = true
	f.nextBlock(t)
	has, err := f.keeper.Bonds.Has(f.ctx, collections.Join3(uint32(1), uint32(0), account("hot-b")))
	require.NoError(t, err)
	require.False(t, has)
	has, err = f.keeper.Bonds.Has(f.ctx, collections.Join3(uint32(1), uint32(0), account("hot-a")))
	require.NoError(t, err)
	require.True(t, has)
}

func TestManyEpochsOnTheChainAreTheArithmeticItself(t *testing.T) {
	f, n := market(t)
	var workspace yuma.Workspace
	in := yuma.Input{Miners: 2, Powers: []uint64{60, 40}, Weights: make([]yuma.Weights, 2)}
	for epoch := range uint64(30) {
		w := []uint16{uint16(1 + epoch*37%100), uint16(1 + epoch*91%100)}
		for i, hotkey := range []string{"hot-a", "hot-b"} {
			n.reveal(hotkey, 1, uint64(w[i]), 2, uint64(w[1-i]))
			in.Weights[i] = yuma.Weights{Columns: []uint32{0, 1}, Values: []uint16{w[i], w[1-i]}}
		}
		n.due = true
		f.nextBlock(t)
		want, err := workspace.Run(yuma.DefaultParams(), in)
		require.NoError(t, err)
		r := f.result(t, 1)
		for i := range 2 {
			require.Equal(t, want.Incentive[i].Parts(types.ShareUnit), r.Incentives[i], "epoch %d", epoch)
			require.Equal(t, want.Dividends[i].Parts(types.ShareUnit), r.Validators[i].Dividends, "epoch %d", epoch)
		}
		in.Bonds = want.Bonds
	}
}

func TestAFailureInOneSubnetTouchesNoOther(t *testing.T) {
	for name, spoil := range map[string]func(*fixture, *fakeSubnet){
		"x/subnet returns an error": func(_ *fixture, n *fakeSubnet) { n.rowsErr = errors.New("lost") },
		"the epoch never began":     func(_ *fixture, n *fakeSubnet) { n.epochErr = errors.New("not begun") },
		"x/subnet panics":           func(_ *fixture, n *fakeSubnet) { n.rowsPanic = "lost" },
		"identities do not ascend":  func(_ *fixture, n *fakeSubnet) { n.miners = []uint64{2, 1} },
		"a permit is malformed":     func(_ *fixture, n *fakeSubnet) { n.permits[0].Hotkey = "nonsense" },
		"bonds are corrupt": func(f *fixture, _ *fakeSubnet) {
			if err := f.keeper.Bonds.Set(f.ctx, collections.Join3(uint32(1), uint32(0), account("hot-a")), []byte{9}); err != nil {
				panic(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			f, n := market(t)
			n.reveal("hot-a", 1, 1)
			other := f.subnets.add(2)
			other.due = true
			f.setPending(t, 2, 1_000)
			spoil(f, n)
			f.nextBlock(t)
			require.Equal(t, uint64(10_000), f.pending(t, 1), "carried over")
			require.Equal(t, 1, n.advanced, "the next epoch begins all the same")
			require.Equal(t, 1, f.events(epochFailed))
			require.Equal(t, 1, f.events(epochPaid))
			require.Equal(t, uint64(1_000), f.result(t, 2).Pending)
			_, err := f.queries.EpochResult(f.ctx, &types.QueryEpochResultRequest{Netuid: 1})
			require.ErrorIs(t, err, types.ErrNoResult)
		})
	}
}

func TestAFailedPaymentLeavesNothingHalfPaid(t *testing.T) {
	f, n := market(t)
	n.reveal("hot-a", 1, 1)
	f.distribution.err = errors.New("distribution is broken")
	f.nextBlock(t)
	require.Equal(t, uint64(10_000), f.pending(t, 1))
	require.Equal(t, uint64(0), f.bank.amount(f.ctx, account("owner")))
	require.Empty(t, f.accrued(t, account("miner-1")))

	f.distribution.err = nil
	n.due = true
	f.nextBlock(t)
	require.Equal(t, uint64(10_000), f.result(t, 1).Pending, "what was carried is paid with the next epoch")
}

func TestDeferredEpochsGetTheirTurnEvenBesideOneThatIsStuck(t *testing.T) {
	f := newFixture(t)
	f.params(t, func(p *types.Params) { p.MaxEpochsPerBlock, p.InitialBlockEmission = 2, 0 })
	for netuid := range uint32(7) {
		n := f.subnets.add(netuid + 1)
		n.due = true
		if netuid == 0 {
			n.advanceErr = errors.New("stuck")
		}
	}
	for block := range 4 {
		f.nextBlock(t)
		advanced := 0
		for _, n := range f.subnets.list {
			advanced += n.advanced
		}
		require.Equal(t, min(6, 2*block+1), advanced, "block %d", block)
	}
	for range 3 {
		f.nextBlock(t)
		require.Equal(t, 1, f.events(epochFailed), "the stuck one is tried again")
	}
}

func TestClaimsPayTheOwnerOnceAndOnlyItsOwn(t *testing.T) {
	f, n := market(t)
	n.owners[2] = accountText(account("miner-1"))
	n.addMiner(3, account("other"))
	n.reveal("hot-a", 1, 1, 2, 1, 3, 2)
	n.reveal("hot-b", 1, 1, 2, 1, 3, 2)
	f.nextBlock(t)
	n.replace(2, 9, account("newcomer"))
	require.Equal(t, map[uint32]uint64{1: 2_050}, f.accrued(t, account("miner-1")), "a replaced miner's pay stays claimable")

	res, err := f.msgs.Claim(f.ctx, &types.MsgClaim{Owner: accountText(account("miner-1")), Netuids: []uint32{1}})
	require.NoError(t, err)
	require.Equal(t, uint64(2_050), res.Amount.Amount.Uint64())
	require.Equal(t, uint64(2_050), f.bank.amount(f.ctx, account("miner-1")))
	f.requireSound(t)
	_, err = f.msgs.Claim(f.ctx, &types.MsgClaim{Owner: accountText(account("miner-1")), Netuids: []uint32{1}})
	require.ErrorIs(t, err, types.ErrNothingAccrued)
	require.Equal(t, map[uint32]uint64{1: 2_050}, f.accrued(t, account("other")))
}

func TestClaimsAreRefusedWithAReason(t *testing.T) {
	f, _ := market(t)
	owner := accountText(account("miner-1"))
	for name, c := range map[string]struct {
		msg  types.MsgClaim
		want error
	}{
		"no subnet":              {types.MsgClaim{Owner: owner}, types.ErrNoNetuids},
		"a subnet twice":         {types.MsgClaim{Owner: owner, Netuids: []uint32{1, 2, 1}}, types.ErrNetuidDuplicate},
		"too many subnets":       {types.MsgClaim{Owner: owner, Netuids: make([]uint32, 257)}, types.ErrTooManyNetuids},
		"nothing accrued":        {types.MsgClaim{Owner: owner, Netuids: []uint32{1}}, types.ErrNothingAccrued},
		"a subnet of nobody":     {types.MsgClaim{Owner: owner, Netuids: []uint32{99}}, types.ErrNothingAccrued},
		"an address of nonsense": {types.MsgClaim{Owner: "nonsense", Netuids: []uint32{1}}, types.ErrAddressMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := f.msgs.Claim(f.ctx, &c.msg)
			require.ErrorIs(t, err, c.want)
		})
	}
}

func TestQueriesOfUnknownSubnetsSaySo(t *testing.T) {
	f, _ := market(t)
	_, err := f.queries.Pending(f.ctx, &types.QueryPendingRequest{Netuid: 9})
	require.ErrorIs(t, err, types.ErrSubnetNotFound)
	_, err = f.queries.EpochResult(f.ctx, &types.QueryEpochResultRequest{Netuid: 9})
	require.ErrorIs(t, err, types.ErrSubnetNotFound)
	_, err = f.queries.EpochResult(f.ctx, &types.QueryEpochResultRequest{Netuid: 1})
	require.ErrorIs(t, err, types.ErrNoResult)
	_, err = f.queries.Accrued(f.ctx, &types.QueryAccruedRequest{Owner: "x"})
	require.ErrorIs(t, err, types.ErrAddressMalformed)
	p, err := f.queries.Params(f.ctx, &types.QueryParamsRequest{})
	require.NoError(t, err)
	require.Equal(t, uint64(0), p.Params.InitialBlockEmission)
}

// simulate runs random blocks of a network with several subnets and returns the fixture. Miners are
// replaced, validators slashed, jailed and removed, subnets paused and removed, epochs fail.
func simulate(t *rapid.T, blocks int) *fixture {
	f := newFixture(&testing.T{})
	f.params(t, func(p *types.Params) {
		p.Leftover = rapid.SampledFrom([]types.Leftover{types.LEFTOVER_BURN, types.LEFTOVER_RECYCLE}).Draw(t, "leftover")
		p.MaxEpochsPerBlock = rapid.Uint32Range(1, 3).Draw(t, "epochs per block")
		p.OwnerBp, p.MinerBp, p.ValidatorBp = 1_801, 4_099, 4_100
		p.InitialBlockEmission = rapid.Uint64Range(1, 1_000_000_007).Draw(t, "emission")
	})
	people := make([]sdk.AccAddress, 6)
	for i := range people {
		people[i] = account(fmt.Sprint("person ", i))
	}
	for _, operator := range people[:4] {
		f.staking.addValidator(operator)
		f.staking.delegate(t, f.ctx, operator, operator, rapid.Int64Range(1, 1<<40).Draw(t, "stake"))
	}
	nextID := uint64(1)
	for netuid := range uint32(5) {
		n := f.subnets.add(netuid + 1)
		n.every = rapid.Int64Range(1, 4).Draw(t, "tempo")
		n.subnet.Params.LiquidAlpha = rapid.Bool().Draw(t, "liquid")
		if rapid.Bool().Draw(t, "yuma 2") {
			n.subnet.Params.YumaVariant = subnettypes.YUMA_VARIANT_2
		}
		for range rapid.IntRange(0, 5).Draw(t, "miners") {
			n.addMiner(nextID, rapid.SampledFrom(people).Draw(t, "owner"))
			nextID++
		}
		for i, operator := range people[:4] {
			n.permit(operator, fmt.Sprint("hotkey ", i), rapid.Uint64Range(0, 1<<40).Draw(t, "power"))
		}
	}
	for range blocks {
		who := rapid.SampledFrom(people).Draw(t, "who")
		operator := rapid.SampledFrom(people[:4]).Draw(t, "operator")
		n := rapid.SampledFrom(f.subnets.list).Draw(t, "subnet")
		switch rapid.SampledFrom([]string{"reveal", "reveal", "reveal", "vote", "claim", "replace", "slash", "jail", "pause", "fail", "remove", "benchmarks", "active"}).Draw(t, "step") {
		case "reveal":
			benchmark := rapid.SampledFrom(n.benchmarks).Draw(t, "benchmark").Benchmark
			for i := range 4 {
				var pairs []uint64
				for _, id := range n.miners {
					pairs = append(pairs, id, rapid.Uint64Range(0, 65_535).Draw(t, "weight"))
				}
				n.revealOn(benchmark, fmt.Sprint("hotkey ", i), pairs...)
			}
		case "benchmarks":
			n.benchmarks = drawBenchmarks(t)
		case "active":
			i := rapid.IntRange(0, len(n.permits)-1).Draw(t, "permit")
			n.permits[i].ActiveOn = rapid.SliceOfNDistinct(rapid.SampledFrom(everyBenchmark), 0, 8, rapid.ID).Draw(t, "active on")
		case "vote":
			_ = f.vote(who, on(n.subnet.Netuid, rapid.Uint32Range(1, 10_000).Draw(t, "bp")))
		case "claim":
			_, _ = f.msgs.Claim(f.ctx, &types.MsgClaim{Owner: accountText(who), Netuids: []uint32{1, 2, 3, 4, 5}})
		case "replace":
			if len(n.miners) > 0 {
				n.replace(n.miners[0], nextID, who)
				nextID++
			}
		case "slash":
			if f.staking.validator(operator) != nil {
				f.staking.slash(operator, rapid.Int64Range(0, 900).Draw(t, "slash"))
			}
		case "jail":
			if v := f.staking.validator(operator); v != nil {
				v.Status ^= 1 // bonded (3) and unbonding (2)
			}
		case "pause":
			n.active = !n.active
		case "fail":
			if n.rowsPanic = any("failed"); rapid.Bool().Draw(t, "heal") {
				n.rowsPanic = nil
			}
		case "remove":
			if len(f.subnets.list) > 3 {
				f.removeSubnet(t, f.subnets.list[len(f.subnets.list)-1].subnet.Netuid)
			}
		}
		f.nextBlock(t) // checks that every coin is accounted for
	}
	return f
}

func TestEveryCoinIsAccountedForWhateverHappens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { simulate(t, 30) })
}

func TestTheStateSurvivesExportAndImport(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := simulate(t, 12)
		exported, err := f.keeper.ExportGenesis(f.ctx)
		require.NoError(t, err)
		g := newFixture(&testing.T{})
		g.staking.validators, g.staking.delegations, g.subnets.list = f.staking.validators, f.staking.delegations, f.subnets.list
		balance := f.bank.GetBalance(f.ctx, fakeAccounts{}.GetModuleAddress(types.ModuleName), types.Denom)
		require.NoError(t, g.bank.MintCoins(g.ctx, types.ModuleName, sdk.NewCoins(balance)))
		require.NoError(t, g.keeper.InitGenesis(g.ctx, *exported))
		again, err := g.keeper.ExportGenesis(g.ctx)
		require.NoError(t, err)
		require.Equal(t, exported, again)
		// What is derived is there too: the votes weigh the same.
		require.NoError(t, f.keeper.TallyDue.Set(f.ctx, 0))
		g.ctx = g.ctx.WithBlockHeight(f.ctx.BlockHeight())
		for _, n := range f.subnets.list {
			n.active = false // nothing else may move
		}
		require.Equal(t, f.tally(t), g.tally(t))
	})
}
