package keeper_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/rewards/keeper"
	"github.com/agora-network/agora/x/rewards/types"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// drawBenchmarks draws which benchmarks are paid: one to eight of them, some without an active version.
func drawBenchmarks(t *rapid.T) []subnettypes.EpochBenchmark {
	numbers := rapid.SliceOfNDistinct(rapid.SampledFrom(everyBenchmark), 1, 8, rapid.ID).Draw(t, "benchmarks")
	slices.Sort(numbers)
	cuts := rapid.SliceOfNDistinct(rapid.Uint32Range(1, 9_999), len(numbers)-1, len(numbers)-1, rapid.ID).Draw(t, "cuts")
	slices.Sort(cuts)
	cuts = append(cuts, 10_000)
	out := make([]subnettypes.EpochBenchmark, len(numbers))
	from := uint32(0)
	for i, number := range numbers {
		out[i] = subnettypes.EpochBenchmark{Benchmark: number, Version: rapid.Uint32Range(0, 3).Draw(t, "version"), ShareBp: cuts[i] - from}
		from = cuts[i]
	}
	return out
}

// sumOf adds the results of a subnet up.
func sumOf(results []types.EpochResult) (all types.EpochResult) {
	for _, r := range results {
		all.Pending += r.Pending
		all.OwnerAmount += r.OwnerAmount
		all.MinerAmount += r.MinerAmount
		all.ValidatorAmount += r.ValidatorAmount
		all.Burned += r.Burned
		all.Carried += r.Carried
	}
	return all
}

// split5 are the parts of a result, in the order of owner, miners, validators, burned, carried.
func split5(r types.EpochResult) []uint64 {
	return []uint64{r.OwnerAmount, r.MinerAmount, r.ValidatorAmount, r.Burned, r.Carried}
}

// dividends are what the validators of a result get.
func dividends(r types.EpochResult) []uint64 {
	out := make([]uint64, len(r.Validators))
	for i, v := range r.Validators {
		out[i] = v.Amount
	}
	return out
}

func TestTwoBenchmarksPayTheirSharesToTheUagora(t *testing.T) {
	f, n := market(t)
	f.setPending(t, 1, 7) // 10,007
	n.benchmarks = shared(6_667, 3_333)
	for _, hotkey := range []string{"hot-a", "hot-b"} {
		n.revealOn(0, hotkey, 1, 3, 2, 1)
		n.revealOn(1, hotkey, 2, 1)
	}
	f.nextBlock(t)

	// 10,007 x 0.6667 = 6,671.6669 and 10,007 x 0.3333 = 3,335.3331: the unit that is left goes to the first. Of 6,672, 18 % are
	// 1,200.96, 41 % 2,735.52 twice; of 3,335 they are 600.3 and 1,367.35: what is left goes to the largest remainders,
	// the earlier of equals first.
	results := f.results(t, 1)
	require.Len(t, results, 2)
	first, second := results[0], results[1]
	require.Equal(t, []uint32{0, 6_667, 1, 3_333}, []uint32{first.Benchmark, first.ShareBp, second.Benchmark, second.ShareBp})
	require.Equal(t, []uint64{6_672, 3_335}, []uint64{first.Pending, second.Pending})
	require.Equal(t, []uint64{1_201, 2_736, 2_735, 0, 0}, split5(first))
	require.Equal(t, []uint64{600, 1_368, 1_367, 0, 0}, split5(second))
	require.Equal(t, []uint64{2_052, 684}, first.Amounts, "3 : 1")
	require.Equal(t, []uint64{0, 1_368}, second.Amounts, "all to miner 2")
	require.Equal(t, []uint64{1_641, 1_094}, dividends(first), "60 and 40 %")
	require.Equal(t, []uint64{820, 547}, dividends(second), "820.2 and 546.8")

	require.Equal(t, uint64(1_801), f.balance(account("owner")))
	require.Equal(t, map[uint32]uint64{1: 2_052}, f.accrued(t, account("miner-1")))
	require.Equal(t, map[uint32]uint64{1: 2_052}, f.accrued(t, account("miner-2")))
	require.Equal(t, []uint64{2_052, 2_052}, n.emissions)
	require.Equal(t, uint64(2_461), f.distribution.allocated(f.ctx, account("val-a")))
	require.Equal(t, uint64(1_641), f.distribution.allocated(f.ctx, account("val-b")))
	require.Equal(t, 1, f.bank.sends, "the owner is paid once")
	require.Equal(t, 2, f.distribution.allocations, "so is each validator")
	require.Equal(t, uint64(0), f.pending(t, 1))

	event := f.paid(t)
	require.Equal(t, []string{`"10007"`, `"1801"`, `"4104"`, `"4102"`, `"0"`, `"0"`}, event)
}

// The epoch of docs/epoch.md, whose first benchmark is docs/epoch-example.json.
func TestTheExampleOfTheEpochPageIsWhatTheChainPays(t *testing.T) {
	f, n := market(t)
	f.setPending(t, 1, 1_790_000)
	f.staking.addValidator(account("val-c"))
	n.permit(account("val-c"), "hot-c", 10)
	n.permits[1].Power = 30
	n.benchmarks = shared(7_500, 2_500)
	for _, hotkey := range []string{"hot-a", "hot-b"} {
		n.revealOn(0, hotkey, 1, 3, 2, 1)
		n.revealOn(1, hotkey, 1, 1, 2, 1)
	}
	n.revealOn(0, "hot-c", 2, 1)
	f.nextBlock(t)

	results := f.results(t, 1)
	require.Equal(t, []uint64{243_000, 553_500, 553_500, 0, 0}, split5(results[0]))
	require.Equal(t, []uint64{81_000, 184_500, 184_500, 0, 0}, split5(results[1]))
	require.Equal(t, []uint64{729_729_730, 270_270_270}, results[0].Incentives)
	require.Equal(t, []uint64{403_905, 149_595}, results[0].Amounts)
	require.Equal(t, []uint64{92_250, 92_250}, results[1].Amounts)
	require.Equal(t, []uint64{361_056, 180_528, 11_916}, dividends(results[0]))
	require.Equal(t, []uint64{123_000, 61_500, 0}, dividends(results[1]))
	require.Equal(t, uint64(324_000), f.balance(account("owner")))
	require.Equal(t, []uint64{496_155, 241_845}, n.emissions)
	for i, want := range []uint64{484_056, 242_028, 11_916} {
		require.Equal(t, want, f.distribution.allocated(f.ctx, account("val-"+string(rune('a'+i)))))
	}
}

// paid are the figures of the one epoch that was paid in the last block: pending, owner, miners, validators, burned, carried.
func (f *fixture) paid(t require.TestingT) []string {
	require.Equal(t, 1, f.events(epochPaid), "one event per epoch, whatever the benchmarks")
	var out []string
	for _, e := range f.ctx.EventManager().Events() {
		for _, name := range []string{"pending", "owner", "miners", "validators", "burned", "carried"} {
			if a, found := e.GetAttribute(name); e.Type == epochPaid && found {
				out = append(out, a.Value)
			}
		}
	}
	return out
}

func TestABenchmarkWithoutRowsTakesNothingFromTheOthers(t *testing.T) {
	f, n := market(t)
	n.benchmarks = shared(5_000, 3_000, 2_000)
	n.benchmarks[2].Version = 0  // none is active yet
	n.revealOn(2, "hot-a", 1, 1) // so this is no row; benchmark 1 has none at all
	n.reveal("hot-a", 1, 3, 2, 1)
	n.reveal("hot-b", 1, 3, 2, 1)
	alone, m := market(t) // the same, and nothing else
	require.NoError(t, alone.keeper.Pending.Set(alone.ctx, 1, 5_000))
	require.NoError(t, alone.bank.BurnCoins(alone.ctx, types.ModuleName, uagora(5_000)))
	m.rows = n.rows[1:]
	f.nextBlock(t)
	alone.nextBlock(t)

	results := f.results(t, 1)
	require.Len(t, results, 3)
	require.Equal(t, []uint64{900, 2_050, 2_050, 0, 0}, split5(results[0]))
	require.Equal(t, []uint64{540, 0, 0, 2_460, 0}, split5(results[1]))
	require.Equal(t, []uint64{360, 0, 0, 1_640, 0}, split5(results[2]))
	require.Equal(t, []string{`"10000"`, `"1800"`, `"2050"`, `"2050"`, `"4100"`, `"0"`}, f.paid(t))
	want := alone.result(t, 1)
	want.ShareBp = 5_000
	require.Equal(t, want, results[0])
	require.Equal(t, m.emissions, n.emissions)
	require.False(t, results[2].Validators[0].Revealed)
	require.Zero(t, f.events(rowIgnored))
}

func TestLeftoversOfAllBenchmarksAreRecycledToTheSubnet(t *testing.T) {
	f, n := market(t)
	f.params(t, func(p *types.Params) { p.Leftover = types.LEFTOVER_RECYCLE })
	n.benchmarks = shared(5_000, 3_000, 2_000)
	n.reveal("hot-a", 1, 1)
	n.reveal("hot-b", 1, 1)
	f.nextBlock(t)
	results := f.results(t, 1)
	require.Equal(t, []uint64{0, 2_460, 1_640}, []uint64{results[0].Carried, results[1].Carried, results[2].Carried})
	require.Equal(t, uint64(4_100), f.pending(t, 1))
	require.Equal(t, uint64(10_000), f.bank.amount(f.ctx, total), "nothing is burned")

	n.due = true
	f.nextBlock(t)
	require.Equal(t, []uint64{2_050, 1_230, 820}, []uint64{f.results(t, 1)[0].Pending, f.results(t, 1)[1].Pending, f.results(t, 1)[2].Pending},
		"what was carried is split anew")
}

func TestWhoCannotBePaidLosesItOnEveryBenchmark(t *testing.T) {
	f, n := market(t)
	n.benchmarks = shared(6_000, 4_000)
	for _, hotkey := range []string{"hot-a", "hot-b"} {
		n.revealOn(0, hotkey, 1, 1)
		n.revealOn(1, hotkey, 2, 1)
	}
	f.bank.refuse = account("owner")
	f.staking.validators = f.staking.validators[:1] // val-b is gone
	f.nextBlock(t)
	results := f.results(t, 1)
	require.Equal(t, []uint64{0, 2_460, 1_476, 2_064, 0}, split5(results[0]), "without 1,080 of the owner and 984 of val-b")
	require.Equal(t, []uint64{0, 1_640, 984, 1_376, 0}, split5(results[1]), "without 720 and 656")
	require.Equal(t, []uint64{1_476, 0}, dividends(results[0]))
	require.Equal(t, uint64(2_460), f.distribution.allocated(f.ctx, account("val-a")))
}

func TestAHotkeyCountsOnlyOnTheBenchmarksOnWhichItIsActive(t *testing.T) {
	f, n := market(t)
	n.benchmarks = shared(5_000, 5_000)
	n.permits[0].ActiveOn = []uint32{1}
	for benchmark := range uint32(2) {
		n.revealOn(benchmark, "hot-a", 1, 1)
		n.revealOn(benchmark, "hot-b", 2, 1)
	}
	f.nextBlock(t)
	results := f.results(t, 1)
	require.Equal(t, []uint64{0, types.ShareUnit}, results[0].Incentives, "hot-b alone decides")
	require.Equal(t, []uint64{types.ShareUnit, 0}, results[1].Incentives, "60 of 100 decide")
	require.Equal(t, []uint64{0, 40, 60, 40}, []uint64{
		results[0].Validators[0].Power, results[0].Validators[1].Power, results[1].Validators[0].Power, results[1].Validators[1].Power,
	})
}

// bondsOf lists the bonds of a subnet as benchmark and hotkey.
func (f *fixture) bondsOf(t require.TestingT, netuid uint32) []string {
	var out []string
	names := map[string]string{accountText(account("hot-a")): "hot-a", accountText(account("hot-b")): "hot-b"}
	g, err := f.keeper.ExportGenesis(f.ctx)
	require.NoError(t, err)
	for _, b := range g.Bonds {
		if b.Netuid == netuid {
			out = append(out, fmt.Sprint(b.Benchmark, " ", names[b.Hotkey]))
		}
	}
	slices.Sort(out)
	return out
}

func TestABenchmarkThatRestsKeepsItsBondsAndLosesItsResult(t *testing.T) {
	f, n := market(t)
	n.benchmarks = shared(5_000, 5_000)
	for benchmark := range uint32(2) {
		n.revealOn(benchmark, "hot-a", 1, 1, 2, 1)
		n.revealOn(benchmark, "hot-b", 1, 1, 2, 1)
	}
	f.nextBlock(t)
	require.Equal(t, []string{"0 hot-a", "0 hot-b", "1 hot-a", "1 hot-b"}, f.bondsOf(t, 1))
	resting, err := f.keeper.Bonds.Get(f.ctx, collections.Join3(uint32(1), uint32(1), account("hot-a")))
	require.NoError(t, err)

	n.benchmarks = shared(10_000) // benchmark 1 has no share for a while, in which a hotkey loses its permit
	n.permits = n.permits[:1]
	n.due = true
	f.nextBlock(t)
	require.Len(t, f.results(t, 1), 1)
	require.Equal(t, []string{"0 hot-a", "1 hot-a", "1 hot-b"}, f.bondsOf(t, 1))
	still, err := f.keeper.Bonds.Get(f.ctx, collections.Join3(uint32(1), uint32(1), account("hot-a")))
	require.NoError(t, err)
	require.Equal(t, resting, still)

	n.benchmarks = shared(5_000, 5_000)
	n.rows = nil
	n.revealOn(1, "hot-a", 1, 1)
	n.due = true
	f.nextBlock(t)
	require.Len(t, f.results(t, 1), 2)
	require.NotContains(t, f.bondsOf(t, 1), "1 hot-b", "what has no permit goes when the benchmark is scored again")
	second := f.results(t, 1)[1]
	require.Equal(t, uint64(types.ShareUnit), second.Incentives[0])
}

func TestARemovedSubnetLeavesNoBenchmarkBehind(t *testing.T) {
	f, n := market(t)
	for benchmark := range uint32(3) {
		n.revealOn(benchmark, "hot-a", 1, 1)
	}
	for _, benchmarks := range [][]subnettypes.EpochBenchmark{shared(2_000, 3_000, 5_000), shared(2_000, 8_000)} {
		n.benchmarks, n.due = benchmarks, true
		f.nextBlock(t)
	}
	require.Len(t, f.bondsOf(t, 1), 3)
	f.removeSubnet(t, 1)
	g, err := f.keeper.ExportGenesis(f.ctx)
	require.NoError(t, err)
	require.Empty(t, g.Bonds)
	require.Empty(t, g.Results)
	f.requireSound(t)
}

func TestAFailureOnOneBenchmarkCarriesTheWholeEpochOver(t *testing.T) {
	for name, spoil := range map[string]func(*fixture, *fakeSubnet){
		"its bonds are corrupt": func(f *fixture, _ *fakeSubnet) {
			must(f.keeper.Bonds.Set(f.ctx, collections.Join3(uint32(1), uint32(1), account("hot-a")), []byte{9}))
		},
		"shares that do not add up":     func(_ *fixture, n *fakeSubnet) { n.benchmarks = shared(5_000, 4_999) },
		"benchmarks that do not ascend": func(_ *fixture, n *fakeSubnet) { n.benchmarks[0].Benchmark = 1 },
		"no benchmark":                  func(_ *fixture, n *fakeSubnet) { n.benchmarks = nil },
		"x/distribution refuses": func(f *fixture, _ *fakeSubnet) {
			f.distribution.err = errors.New("distribution is broken")
		},
	} {
		t.Run(name, func(t *testing.T) {
			f, n := market(t)
			n.benchmarks = shared(5_000, 5_000)
			n.revealOn(0, "hot-a", 1, 1)
			n.revealOn(1, "hot-a", 2, 1)
			spoil(f, n)
			f.ctx = f.ctx.WithEventManager(sdk.NewEventManager())
			require.NoError(t, f.keeper.EndBlock(f.ctx))
			require.Equal(t, 1, f.events(epochFailed))
			require.Equal(t, 1, n.advanced)
			require.Equal(t, uint64(10_000), f.pending(t, 1))
			require.Zero(t, f.balance(account("owner")))
			_, err := f.queries.EpochResult(f.ctx, &types.QueryEpochResultRequest{Netuid: 1})
			require.ErrorIs(t, err, types.ErrNoResult)
		})
	}
}

func TestABlockClosesSoManyBenchmarksAndFinishesTheLastEpoch(t *testing.T) {
	for name, c := range map[string]struct {
		most       uint32
		benchmarks []int // of the subnets, by netuid
		blocks     [][]uint32
	}{
		"one benchmark each":                  {2, []int{1, 1, 1}, [][]uint32{{1, 2}, {3}}},
		"two benchmarks each":                 {4, []int{2, 2, 2}, [][]uint32{{1, 2}, {3}}},
		"an epoch that is more than the most": {1, []int{8, 1}, [][]uint32{{1}, {2}}},
		"a large one behind a small one":      {2, []int{1, 8, 1}, [][]uint32{{1, 2}, {3}}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, failing := range []bool{false, true} {
				f := newFixture(t)
				f.params(t, func(p *types.Params) { p.InitialBlockEmission, p.MaxEpochsPerBlock = 0, c.most })
				for i, benchmarks := range c.benchmarks {
					n := f.subnets.add(uint32(i + 1))
					n.benchmarks, n.due = equalShares(benchmarks), true
					if failing { // only in the end, when all the work is done
						n.permit(account("val"), "hot", 1)
						n.reveal("hot", 1, 1)
						n.addMiner(1, account("miner"))
						f.setPending(t, uint32(i+1), 10_000)
						f.distribution.err = errors.New("distribution is broken")
					}
				}
				f.staking.addValidator(account("val"))
				for _, want := range c.blocks {
					f.nextBlock(t)
					var closed []uint32
					for _, n := range f.subnets.list {
						if n.advanced == 1 && n.subnet.EpochStartHeight == f.ctx.BlockHeight()-1 {
							closed = append(closed, n.subnet.Netuid)
						}
					}
					require.Equal(t, want, closed)
				}
			}
		})
	}
}

// Each benchmark is a network of its own: what it pays and remembers is what a subnet of its own, with its part of the coins, would.
func TestABenchmarkPaysAsASubnetOfItsOwnWould(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := newFixture(&testing.T{})
		f.params(t, func(p *types.Params) { p.InitialBlockEmission, p.MaxEpochsPerBlock = 0, 10 })
		benchmarks := shared(make([]uint32, rapid.IntRange(2, 4).Draw(t, "benchmarks"))...)
		rest := uint32(10_000)
		for i := range benchmarks[1:] {
			benchmarks[i+1].ShareBp = rapid.Uint32Range(1, 2_500).Draw(t, "share")
			rest -= benchmarks[i+1].ShareBp
		}
		benchmarks[0].ShareBp = rest

		whole := f.subnets.add(1)
		whole.benchmarks = benchmarks
		subnets := []*fakeSubnet{whole}
		for i := range benchmarks {
			subnets = append(subnets, f.subnets.add(uint32(i+2)))
		}
		for i := range 4 {
			operator, power := account(fmt.Sprint("operator ", i)), rapid.Uint64Range(0, 100).Draw(t, "power")
			f.staking.addValidator(operator)
			for _, n := range subnets {
				n.permit(operator, fmt.Sprint("hotkey ", i), power)
			}
		}
		nextID := uint64(1)
		register := func() {
			for _, n := range subnets {
				n.addMiner(nextID, account("miner"))
			}
			nextID++
		}
		for range 4 {
			register()
		}
		for range 4 {
			pending := rapid.Uint64Range(0, 1_000_000).Draw(t, "pending")
			f.setPending(t, 1, pending)
			weights := make([]uint64, len(benchmarks))
			for i, b := range benchmarks {
				weights[i] = uint64(b.ShareBp)
			}
			for i, part := range keeper.Split(pending, weights) {
				f.setPending(t, uint32(i+2), part)
			}
			if rapid.Bool().Draw(t, "replace") {
				register()
				for _, n := range subnets {
					n.miners = n.miners[1:]
				}
			}
			for _, n := range subnets {
				n.rows, n.due = nil, true
			}
			for i := range benchmarks {
				for v := range 4 {
					if rapid.IntRange(0, 3).Draw(t, "silent") == 0 {
						continue
					}
					var pairs []uint64
					for _, id := range whole.miners {
						pairs = append(pairs, id, rapid.Uint64Range(0, 9).Draw(t, "weight"))
					}
					whole.revealOn(uint32(i), fmt.Sprint("hotkey ", v), pairs...)
					subnets[i+1].reveal(fmt.Sprint("hotkey ", v), pairs...)
				}
			}
			f.nextBlock(t)
			require.Equal(t, len(subnets), f.events(epochPaid))
			earned := make([]uint64, len(whole.miners))
			for i, got := range f.results(t, 1) {
				want := f.result(t, uint32(i+2))
				want.Netuid, want.Benchmark, want.ShareBp = 1, uint32(i), benchmarks[i].ShareBp
				require.Equal(t, want, got)
				for j, amount := range want.Amounts {
					earned[j] += amount
				}
			}
			require.Equal(t, earned, whole.emissions)
		}
		g, err := f.keeper.ExportGenesis(f.ctx)
		require.NoError(t, err)
		var together, apart []types.Bonds
		for _, b := range g.Bonds {
			if b.Netuid == 1 {
				together = append(together, b)
			} else {
				b.Netuid, b.Benchmark = 1, b.Netuid-2
				apart = append(apart, b)
			}
		}
		require.Equal(t, apart, together)
	})
}
