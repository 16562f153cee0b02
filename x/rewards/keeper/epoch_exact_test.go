package keeper_test

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/internal/packed"
	"github.com/agora-network/agora/x/rewards/keeper"
	"github.com/agora-network/agora/x/rewards/types"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

const rowIgnored = "agora.rewards.v1.EventRowIgnored"

func TestSharesAreThoseOfTheLargestRemainders(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.OneOf(rapid.Uint64Range(0, 100), rapid.Uint64()).Draw(t, "amount")
		weight := rapid.OneOf(rapid.Uint64Range(0, 3), rapid.Uint64Range(0, 1<<57))
		weights := rapid.SliceOfN(weight, 0, 60).Draw(t, "weights")
		shares := keeper.Split(amount, weights)

		total := new(big.Int)
		for _, w := range weights {
			total.Add(total, new(big.Int).SetUint64(w))
		}
		want := make([]uint64, len(weights))
		if total.Sign() > 0 {
			type loss struct {
				index     int
				remainder *big.Int
			}
			var losses []loss
			rest := amount
			for i, w := range weights {
				product := new(big.Int).Mul(new(big.Int).SetUint64(amount), new(big.Int).SetUint64(w))
				q, r := product.QuoRem(product, total, new(big.Int))
				want[i] = q.Uint64()
				rest -= want[i]
				losses = append(losses, loss{i, r})
			}
			slices.SortStableFunc(losses, func(a, b loss) int { return b.remainder.Cmp(a.remainder) })
			for _, l := range losses[:rest] {
				want[l.index]++
			}
		}
		require.Equal(t, want, shares)
	})
}

// powers are what a scoring power can be: nothing, ordinary, or all that 64 bits hold.
var powers = rapid.OneOf(rapid.Just(uint64(0)), rapid.Uint64Range(1, 1<<40), rapid.Just(uint64(math.MaxUint64)), rapid.Uint64())

func TestAnEpochPaysExactlyWhatWasPendingWhateverItIsMadeOf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := newFixture(&testing.T{})
		f.params(t, func(p *types.Params) {
			p.InitialBlockEmission = 0
			p.Leftover = rapid.SampledFrom([]types.Leftover{types.LEFTOVER_BURN, types.LEFTOVER_RECYCLE}).Draw(t, "leftover")
			p.OwnerBp = rapid.Uint32Range(0, 10_000).Draw(t, "owner bp")
			p.MinerBp = rapid.Uint32Range(0, 10_000-p.OwnerBp).Draw(t, "miner bp")
			p.ValidatorBp = 10_000 - p.OwnerBp - p.MinerBp
		})
		n := f.subnets.add(1)
		n.subnet.Params.LiquidAlpha = rapid.Bool().Draw(t, "liquid")
		if rapid.Bool().Draw(t, "yuma 2") {
			n.subnet.Params.YumaVariant = subnettypes.YUMA_VARIANT_2
		}
		if rapid.IntRange(0, 4).Draw(t, "owner cannot be paid") == 0 {
			f.bank.refuse = account("owner")
		}
		for id := range uint64(rapid.IntRange(0, 6).Draw(t, "miners")) {
			n.addMiner(3*id+1, account("miner"))
		}
		hotkeys := 0
		for i := range rapid.IntRange(0, 4).Draw(t, "validators") {
			operator := account(fmt.Sprint("operator ", i))
			if rapid.IntRange(0, 4).Draw(t, "validator is gone") > 0 {
				f.staking.addValidator(operator)
			}
			for range rapid.IntRange(1, 3).Draw(t, "hotkeys") {
				n.permit(operator, fmt.Sprint("hotkey ", hotkeys), powers.Draw(t, "power"))
				n.permits[hotkeys].ActiveOn = rapid.SliceOfNDistinct(rapid.SampledFrom(everyBenchmark), 0, 8, rapid.ID).Draw(t, "active on")
				hotkeys++
			}
		}
		for epoch := range 3 {
			// An emission of all coins there can be, and far beyond: 2^63 and 2^64-1.
			pending := rapid.OneOf(rapid.Uint64Range(0, 10), rapid.Just(uint64(1)<<63),
				rapid.Just(uint64(21_000_000_000_000)), rapid.Just(uint64(math.MaxUint64))).Draw(t, "pending")
			old, _ := f.keeper.Pending.Get(f.ctx, 1)
			supply := f.bank.amount(f.ctx, total)
			pending = min(pending, math.MaxUint64-supply)
			f.setPending(t, 1, pending)
			n.benchmarks = drawBenchmarks(t)
			n.rows = nil
			for _, b := range n.benchmarks {
				if rapid.IntRange(0, 4).Draw(t, "no rows") == 0 {
					continue
				}
				for i := range hotkeys {
					var pairs []uint64
					for _, id := range n.miners {
						if rapid.IntRange(0, 3).Draw(t, "scored") > 0 {
							pairs = append(pairs, id, rapid.Uint64Range(0, 65_535).Draw(t, "weight"))
						}
					}
					n.revealOn(b.Benchmark, fmt.Sprint("hotkey ", i), pairs...)
				}
			}
			n.due = true
			f.ctx = f.ctx.WithEventManager(sdk.NewEventManager())
			require.NoError(t, f.keeper.EndBlock(f.ctx))
			broken, err := f.keeper.BrokenInvariants(f.ctx)
			require.NoError(t, err)
			require.Empty(t, slices.DeleteFunc(broken, func(what string) bool { return strings.Contains(what, "above the cap") }))
			f.ctx = f.ctx.WithBlockHeight(f.ctx.BlockHeight() + 1)
			require.Equal(t, 1, f.events(epochPaid), "epoch %d", epoch)

			results := f.results(t, 1)
			require.Len(t, results, len(n.benchmarks))
			all := sumOf(results)
			require.Equal(t, old+pending, all.Pending)
			byOperator, earned := map[string]uint64{}, make([]uint64, len(n.miners))
			for i, r := range results {
				require.Equal(t, n.benchmarks[i].Benchmark, r.Benchmark)
				require.Equal(t, n.benchmarks[i].ShareBp, r.ShareBp)
				part := new(big.Int).Mul(new(big.Int).SetUint64(all.Pending), big.NewInt(int64(r.ShareBp)))
				part.Quo(part, big.NewInt(10_000))
				require.Contains(t, []uint64{part.Uint64(), part.Uint64() + 1}, r.Pending, "the share, and at most a unit more")
				require.Equal(t, r.Pending, r.OwnerAmount+r.MinerAmount+r.ValidatorAmount+r.Burned+r.Carried)
				var miners, validators uint64
				for j, a := range r.Amounts {
					miners += a
					earned[j] += a
				}
				for _, v := range r.Validators {
					validators += v.Amount
					byOperator[v.Validator] += v.Amount
				}
				require.Equal(t, r.MinerAmount, miners)
				require.Equal(t, r.ValidatorAmount, validators)
				if f.bank.refuse != nil {
					require.Zero(t, r.OwnerAmount)
				}
				if n.benchmarks[i].Version == 0 {
					require.Zero(t, r.MinerAmount+r.ValidatorAmount, "nothing was measured")
				}
			}
			require.Equal(t, earned, append([]uint64{}, n.emissions...))
			require.Equal(t, all.Carried, f.pending(t, 1))
			if n.advanced == 1 { // allocations add up over epochs
				for i := range 4 {
					operator := account(fmt.Sprint("operator ", i))
					require.Equal(t, byOperator[operatorText(operator)], f.distribution.allocated(f.ctx, operator),
						"a validator is paid for all its hotkeys and benchmarks together")
				}
			}
		}
	})
}

func TestTheSplitOverHotkeysIsTheSplitOfTheValidatorsPay(t *testing.T) {
	f, n := market(t) // val-a 60, val-b 40 of power
	n.permit(account("val-b"), "hot-c", 30)
	n.permit(account("val-b"), "hot-d", 10)
	n.permits[1].Power = 20
	for _, hotkey := range []string{"hot-a", "hot-b", "hot-c", "hot-d"} {
		n.reveal(hotkey, 1, 1)
	}
	f.nextBlock(t)
	r := f.result(t, 1)
	var amounts []uint64
	for _, v := range r.Validators {
		amounts = append(amounts, v.Amount)
	}
	require.Equal(t, []uint64{2_050, 683, 1_025, 342}, amounts, "60, 20, 30 and 10 of 120 parts of 4,100")
	require.Equal(t, uint64(683+1_025+342), f.distribution.allocated(f.ctx, account("val-b")))
}

func TestALedgerThatWouldOverflowCarriesTheEpochOver(t *testing.T) {
	f, n := market(t)
	n.reveal("hot-a", 1, 1)
	list, err := packed.List{IDs: []uint64{1}, Values: []uint64{math.MaxUint64}}.Encode()
	require.NoError(t, err)
	require.NoError(t, f.keeper.Ledgers.Set(f.ctx, 1, list))
	require.NoError(t, f.keeper.EndBlock(f.ctx))
	require.Equal(t, 1, f.events(epochFailed))
	require.Equal(t, uint64(10_000), f.pending(t, 1))
	require.Equal(t, 1, n.advanced)
}

func TestARowThatDoesNotCountIsSaidSo(t *testing.T) {
	for name, c := range map[string]struct {
		row    subnettypes.ScoreRow
		reason string
	}{
		"its hotkey has no permit":     {subnettypes.ScoreRow{Hotkey: accountText(account("stranger")), MinerIds: []uint64{1}, Weights: []uint32{1}}, keeper.ReasonNoPermit},
		"weights are missing":          {subnettypes.ScoreRow{Hotkey: accountText(account("hot-b")), MinerIds: []uint64{1, 2}, Weights: []uint32{1}}, keeper.ReasonMalformed},
		"identities do not ascend":     {subnettypes.ScoreRow{Hotkey: accountText(account("hot-b")), MinerIds: []uint64{2, 1}, Weights: []uint32{1, 1}}, keeper.ReasonMalformed},
		"an identity stands twice":     {subnettypes.ScoreRow{Hotkey: accountText(account("hot-b")), MinerIds: []uint64{1, 1}, Weights: []uint32{1, 1}}, keeper.ReasonMalformed},
		"a weight is beyond 16 bits":   {subnettypes.ScoreRow{Hotkey: accountText(account("hot-b")), MinerIds: []uint64{1, 2}, Weights: []uint32{65_536, 1}}, keeper.ReasonMalformed},
		"a weight of one that is gone": {subnettypes.ScoreRow{Hotkey: accountText(account("hot-b")), MinerIds: []uint64{1, 9}, Weights: []uint32{1, 65_536}}, keeper.ReasonMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			f, n := market(t)
			n.reveal("hot-a", 1, 1)
			n.rows = append(n.rows, c.row)
			f.nextBlock(t)
			require.Equal(t, 1, f.events(rowIgnored))
			require.Equal(t, 1, f.events(epochPaid))
			for _, event := range f.ctx.EventManager().Events() {
				if event.Type == rowIgnored {
					reason, ok := event.GetAttribute("reason")
					require.True(t, ok)
					require.Equal(t, `"`+c.reason+`"`, reason.Value)
					hotkey, _ := event.GetAttribute("hotkey")
					require.Equal(t, `"`+c.row.Hotkey+`"`, hotkey.Value)
				}
			}
			r := f.result(t, 1)
			require.Equal(t, []bool{true, false}, []bool{r.Validators[0].Revealed, r.Validators[1].Revealed})
			require.Equal(t, uint64(types.ShareUnit), r.Incentives[0], "the rows beside it count")
		})
	}
}

// spoilt are the ways in which one of many subnets fails alone.
var spoilt = map[string]func(*fixture, *fakeSubnet){
	"its rows cannot be read": func(_ *fixture, n *fakeSubnet) { n.rowsErr = errors.New("row is corrupt") },
	"reading its rows panics": func(_ *fixture, n *fakeSubnet) { n.rowsPanic = "row is corrupt" },
	"its ledger is corrupt":   func(f *fixture, n *fakeSubnet) { must(f.keeper.Ledgers.Set(f.ctx, n.subnet.Netuid, []byte{9})) },
	"its ledger is cut short": func(f *fixture, n *fakeSubnet) {
		must(f.keeper.Ledgers.Set(f.ctx, n.subnet.Netuid, []byte{1, 1, 9, 1}))
	},
	"one validator's bonds are corrupt": func(f *fixture, n *fakeSubnet) {
		must(f.keeper.Bonds.Set(f.ctx, collections.Join3(n.subnet.Netuid, uint32(0), account("hot")), []byte{1, 6, 1, 1, 0, 0, 0, 0, 0, 0}))
	},
	"a bond is above 1": func(f *fixture, n *fakeSubnet) {
		data, err := packed.List{IDs: []uint64{1}, Values: []uint64{1<<48 + 1}}.Encode()
		must(err)
		must(f.keeper.Bonds.Set(f.ctx, collections.Join3(n.subnet.Netuid, uint32(0), account("hot")), data))
	},
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func TestFortySubnetsDueAtOnceCloseOnePerBlockAndTheSpoiltFailAlone(t *testing.T) {
	for name, spoil := range spoilt {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.params(t, func(p *types.Params) { p.MaxEpochsPerBlock, p.InitialBlockEmission = 1, 0 })
			f.staking.addValidator(account("val"))
			const subnets, bad = 40, 17
			for netuid := uint32(1); netuid <= subnets; netuid++ {
				n := f.subnets.add(netuid)
				n.due = true
				n.addMiner(1, account("miner"))
				n.permit(account("val"), "hot", 100)
				n.reveal("hot", 1, 1)
				f.setPending(t, netuid, 10_000)
			}
			require.NoError(t, f.keeper.EpochCursor.Set(f.ctx, 25), "the round begins anywhere")
			spoil(f, f.subnets.list[bad-1])
			order := make([]uint32, 0, subnets)
			for range subnets {
				f.ctx = f.ctx.WithEventManager(sdk.NewEventManager())
				require.NoError(t, f.keeper.EndBlock(f.ctx))
				f.ctx = f.ctx.WithBlockHeight(f.ctx.BlockHeight() + 1)
				cursor, err := f.keeper.EpochCursor.Get(f.ctx)
				require.NoError(t, err)
				order = append(order, cursor)
				want := []int{1, 0}
				if cursor == bad {
					want = []int{0, 1}
				}
				require.Equal(t, want, []int{f.events(epochPaid), f.events(epochFailed)}, "netuid %d", cursor)
			}
			for i, netuid := range order {
				require.Equal(t, uint32(25+i)%subnets+1, netuid, "each in its turn, none twice")
			}
			for _, n := range f.subnets.list {
				require.Equal(t, 1, n.advanced, "netuid %d", n.subnet.Netuid)
				want := uint64(0)
				if n.subnet.Netuid == bad {
					want = 10_000
				}
				require.Equal(t, want, f.pending(t, n.subnet.Netuid), "netuid %d", n.subnet.Netuid)
			}
		})
	}
}
