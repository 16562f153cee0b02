package app_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agora-network/agora/app/apptest"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/benchmarks"
	rewardstypes "github.com/agora-network/agora/x/rewards/types"
	"github.com/agora-network/agora/x/rewards/yuma"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// crowd is a chain with one large subnet. Its miners and rows are written into the state directly:
// thousands of transactions would take longer than what is looked at.
type crowd struct {
	*apptest.Chain
	t                  testing.TB
	validators, miners int
	ids                []uint64
	hotkeys            []sdk.AccAddress
	rng                *rand.Rand
	inputs             []yuma.Input // by benchmark
}

// newCrowd starts a chain of that many validators, each with one hotkey, and registers the miners. The benchmarks share alike.
func newCrowd(t testing.TB, validators, miners, benchmarkCount int) *crowd {
	t.Helper()
	c := &crowd{t: t, validators: validators, miners: miners, rng: rand.New(rand.NewPCG(1, 2)), inputs: make([]yuma.Input, benchmarkCount)}
	c.Chain = apptest.New(t, apptest.Options{
		Validators: validators, Accounts: []string{"owner"},
		Genesis: func(cdc apptest.Codec, state map[string]json.RawMessage) {
			var staking stakingtypes.GenesisState
			cdc.MustUnmarshalJSON(state[stakingtypes.ModuleName], &staking)
			staking.Params.MaxValidators = uint32(validators)
			state[stakingtypes.ModuleName] = cdc.MustMarshalJSON(&staking)
		},
	})
	owner := c.Account("owner")
	c.Must(owner, &subnettypes.MsgRegisterSubnet{Owner: owner.String(), Name: "crowd", Params: &subnettypes.SubnetParams{
		Tempo: tempo, RevealWindow: tempo / 2,
	}})
	parsed, err := benchmarks.Load(benchmarks.Default)
	require.NoError(t, err)
	bz, err := spec.Encode(parsed)
	require.NoError(t, err)
	digest := sha256.Sum256(bz)
	step := subnettypes.ShareStep{SharesBp: make([]uint32, benchmarkCount)}
	for b := range c.inputs {
		c.Must(owner, &subnettypes.MsgProposeBenchmark{Owner: owner.String(), Netuid: 1, Benchmark: uint32(b), Spec: bz, Digest: digest[:]})
		step.SharesBp[b] = uint32(rewardstypes.BasisPoints / benchmarkCount)
	}
	step.SharesBp[0] += uint32(rewardstypes.BasisPoints % benchmarkCount)

	k, ctx := c.App.SubnetKeeper, c.Ctx()
	for i, operator := range c.Operators {
		c.hotkeys = append(c.hotkeys, apptest.NewAccount(fmt.Sprint("hotkey ", i)).Addr)
		require.NoError(t, k.Appointments.Set(ctx, collections.Join3(operator.ValAddress(), uint32(1), c.hotkeys[i]),
			subnettypes.Appointment{Validator: operator.ValAddress().String(), Netuid: 1, Hotkey: c.hotkeys[i].String(), ShareBp: 10_000}))
	}
	for j := range miners {
		c.ids = append(c.ids, uint64(j+1))
		hotkey := sdk.AccAddress(fmt.Appendf(nil, "miner hotkey %7d", j))
		require.NoError(t, k.Miners.Set(ctx, collections.Join(uint32(1), uint32(j)), subnettypes.Miner{
			Netuid: 1, Uid: uint32(j), MinerId: uint64(j + 1), Owner: owner.String(), Hotkey: hotkey.String(), RegisteredHeight: 1,
		}))
		require.NoError(t, k.MinerOwners.Set(ctx, collections.Join(uint32(1), uint64(j+1)), owner.Addr))
	}
	subnet, err := k.Subnets.Get(ctx, 1)
	require.NoError(t, err)
	subnet.MinerCount, subnet.NextMinerId = uint32(miners), uint64(miners+1)
	// An owner could not have so many at so short a tempo.
	subnet.Params.MaxMiners, subnet.Params.MaxValidators = uint32(miners), uint32(validators)
	subnet.ShareSteps = []subnettypes.ShareStep{step}
	require.NoError(t, k.Subnets.Set(ctx, 1, subnet))
	c.NextBlock()
	c.Must(owner, &subnettypes.MsgStartSubnet{Owner: owner.String(), Netuid: 1})
	return c
}

// reveal writes a dense row of every hotkey on every benchmark for the epoch under way, and gives it something to pay.
func (c *crowd) reveal() {
	c.t.Helper()
	k, ctx := c.App.SubnetKeeper, c.Ctx()
	epoch, err := k.CurrentEpoch(ctx, 1)
	require.NoError(c.t, err)
	require.Len(c.t, epoch.Permits, c.validators)
	for b := range c.inputs {
		benchmark, in := uint32(b), &c.inputs[b]
		*in = yuma.Input{Miners: c.miners, Bonds: in.Bonds}
		for _, permit := range epoch.Permits {
			row := subnettypes.ScoreRow{
				Netuid: 1, Epoch: epoch.Index - 1, Benchmark: benchmark, Hotkey: permit.Hotkey, Validator: permit.Validator, BenchmarkVersion: 1,
				MinerIds: c.ids, EvidenceRoot: make([]byte, 32), Items: 64, Height: c.Height,
			}
			weights := yuma.Weights{}
			for j := range c.miners {
				w := 1 + c.rng.Uint32N(65_535)
				row.Weights = append(row.Weights, w)
				weights.Columns, weights.Values = append(weights.Columns, uint32(j)), append(weights.Values, uint16(w))
			}
			hotkey := sdk.MustAccAddressFromBech32(permit.Hotkey)
			require.NoError(c.t, k.Rows.Set(ctx, collections.Join4(uint32(1), epoch.Index-1, benchmark, hotkey), row))
			commit := subnettypes.ScoreCommit{
				Netuid: 1, Epoch: epoch.Index - 1, Benchmark: benchmark, Hotkey: permit.Hotkey, Validator: permit.Validator, Hash: make([]byte, 32), Revealed: true,
			}
			require.NoError(c.t, k.Commits.Set(ctx, collections.Join4(uint32(1), epoch.Index-1, benchmark, hotkey), commit))
			commit.Epoch, commit.Revealed = epoch.Index, false
			require.NoError(c.t, k.Commits.Set(ctx, collections.Join4(uint32(1), epoch.Index, benchmark, hotkey), commit))
			in.Powers, in.Weights = append(in.Powers, permit.Power), append(in.Weights, weights)
		}
	}
	amount := sdk.NewCoins(sdk.NewInt64Coin(rewardstypes.Denom, 1_000_000_000))
	require.NoError(c.t, c.App.BankKeeper.MintCoins(ctx, rewardstypes.ModuleName, amount))
	require.NoError(c.t, c.App.RewardsKeeper.Pending.Set(ctx, 1, 1_000_000_000))
}

// toLastBlock runs the blocks of the epoch under way up to the one before the last.
func (c *crowd) toLastBlock() {
	c.t.Helper()
	subnet, err := c.App.SubnetKeeper.Subnet(c.Ctx(), 1)
	require.NoError(c.t, err)
	c.Blocks(subnet.EpochStartHeight + tempo - 2 - c.Height)
}

// settle goes to the last block of an epoch that had rows: what follows is like what went before.
func (c *crowd) settle() {
	c.t.Helper()
	c.NextBlock()
	c.toLastBlock()
	c.NextBlock() // epoch 0 had no rows to close with
	c.NextBlock()
	c.reveal()
	c.toLastBlock()
	c.NextBlock()
}

// BenchmarkABlockThatClosesAnEpoch runs the whole chain on its IAVL stores. The time of an operation
// is FinalizeBlock of the block that closes the epoch; the metrics are its parts and, from the same
// run, a block without an epoch and the arithmetic alone.
func BenchmarkABlockThatClosesAnEpoch(b *testing.B) {
	for _, size := range []struct{ validators, miners, benchmarks int }{{16, 256, 1}, {64, 1_024, 1}, {128, 4_096, 1}, {128, 4_096, 2}, {128, 4_096, 4}} {
		b.Run(fmt.Sprintf("%dx%dx%d", size.validators, size.miners, size.benchmarks), func(b *testing.B) {
			c := newCrowd(b, size.validators, size.miners, size.benchmarks)
			c.settle()
			var workspace yuma.Workspace
			var closing, plain, arithmetic []blockTimes
			for b.Loop() {
				b.StopTimer()
				c.NextBlock()
				c.reveal()
				c.toLastBlock()
				began := time.Now()
				for i := range c.inputs {
					result, err := workspace.Run(yuma.DefaultParams(), c.inputs[i])
					require.NoError(b, err)
					c.inputs[i].Bonds = result.Bonds
				}
				arithmetic = append(arithmetic, blockTimes{finalize: time.Since(began)})
				b.StartTimer()
				closing = append(closing, c.timedBlock())
				b.StopTimer()
				c.NextBlock()
				plain = append(plain, c.timedBlock())
				b.StartTimer()
			}
			block, before, alone := quickest(closing), quickest(plain), quickest(arithmetic)
			b.ReportMetric(float64(alone.finalize), "arithmetic-ns")
			b.ReportMetric(float64(block.finalize), "block-ns")
			b.ReportMetric(float64(before.finalize), "block-without-epoch-ns")
			b.ReportMetric(float64(block.finalize-before.finalize)/float64(alone.finalize), "x-arithmetic")
			b.ReportMetric(float64(block.commit), "commit-ns")
			b.ReportMetric(float64(before.commit), "commit-without-epoch-ns")
		})
	}
}

// blockTimes are how long the parts of one block took.
type blockTimes struct{ finalize, commit time.Duration }

// timedBlock runs an empty block.
func (c *crowd) timedBlock() blockTimes {
	c.t.Helper()
	c.Height++
	c.Time = c.Time.Add(apptest.BlockTime)
	began := time.Now()
	_, err := c.App.FinalizeBlock(&abci.RequestFinalizeBlock{Height: c.Height, Time: c.Time})
	finalized := time.Now()
	require.NoError(c.t, err)
	_, err = c.App.Commit()
	require.NoError(c.t, err)
	return blockTimes{finalize: finalized.Sub(began), commit: time.Since(finalized)}
}

// quickest is the least of each part: what else the machine does only adds.
func quickest(blocks []blockTimes) blockTimes {
	best := blocks[0]
	for _, b := range blocks[1:] {
		best.finalize, best.commit = min(best.finalize, b.finalize), min(best.commit, b.commit)
	}
	return best
}

// TestAnEpochWritesOneValuePerValidatorAndBenchmarkAndFewMore counts what reaches the stores of the whole chain in
// a block that closes an epoch, less what a block without one writes.
func TestAnEpochWritesOneValuePerValidatorAndBenchmarkAndFewMore(t *testing.T) {
	for _, benchmarks := range []int{1, 2, 8} {
		t.Run(fmt.Sprint(benchmarks, " benchmarks"), func(t *testing.T) { checkWritesOfAnEpoch(t, benchmarks) })
	}
}

func checkWritesOfAnEpoch(t *testing.T, benchmarks int) {
	const validators, miners = 8, 40
	c := newCrowd(t, validators, miners, benchmarks)
	c.settle()
	keys := []string{rewardstypes.StoreKey, subnettypes.StoreKey, distrtypes.StoreKey, banktypes.StoreKey}
	for _, key := range keys {
		c.App.CommitMultiStore().AddListeners([]storetypes.StoreKey{c.App.StoreKey(key)})
	}
	written := func() map[string]int {
		c.NextBlock()
		writes := map[string]int{}
		for _, pair := range c.App.CommitMultiStore().PopStateCache() {
			writes[pair.StoreKey]++
		}
		return writes
	}
	c.NextBlock()
	c.reveal()
	c.toLastBlock()
	c.App.CommitMultiStore().PopStateCache()
	epoch := written()
	c.NextBlock()
	c.App.CommitMultiStore().PopStateCache()
	plain := written()
	for _, key := range keys {
		epoch[key] -= plain[key]
	}
	require.Equal(t, map[string]int{
		// By benchmark the bonds of each validator and the result; ledger, what is pending, cursor.
		rewardstypes.StoreKey: benchmarks*(validators+1) + 3,
		// Emissions; the subnet, and its place in two indexes, each taken out and put in.
		subnettypes.StoreKey: 6,
		// The owner's balance, and the module's. x/distribution's and its supply change in every block.
		banktypes.StoreKey: 2,
		// Rewards, outstanding and commission of each validator: every block writes them, for fees.
		distrtypes.StoreKey: 0,
	}, epoch)
}
