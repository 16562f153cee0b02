package keeper_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agora-network/agora/x/rewards/types"
	"github.com/agora-network/agora/x/rewards/yuma"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// populate adds a subnet of that many validators, miners and benchmarks to a fixture, whose rows are dense, and
// lets no vote be counted and nothing be emitted: epochs alone remain.
func populate(t testing.TB, f *fixture, validators, miners, benchmarks int) *fakeSubnet {
	f.params(t, func(p *types.Params) { p.InitialBlockEmission, p.AutoClaimInterval = 0, 0 })
	require.NoError(t, f.keeper.TallyDue.Set(f.ctx, 1_000_000))
	n := f.subnets.add(1)
	n.benchmarks = equalShares(benchmarks)
	rng := rand.New(rand.NewPCG(uint64(validators), uint64(miners)))
	for j := range miners {
		n.addMiner(uint64(j+1), account("miner"))
	}
	for i := range validators {
		operator := account(fmt.Sprint("operator ", i))
		f.staking.addValidator(operator)
		n.permit(operator, fmt.Sprint("hotkey ", i), 1+rng.Uint64N(1<<40))
	}
	n.revealDense(rng)
	return n
}

// revealDense lets every permit holder score every miner on every benchmark.
func (n *fakeSubnet) revealDense(rng *rand.Rand) {
	for _, b := range n.benchmarks {
		for i := range n.permits {
			pairs := make([]uint64, 0, 2*len(n.miners))
			for _, id := range n.miners {
				pairs = append(pairs, id, 1+rng.Uint64N(65_535))
			}
			n.revealOn(b.Benchmark, fmt.Sprint("hotkey ", i), pairs...)
		}
	}
}

// arithmetic are the inputs that an epoch of the subnet has without bonds, by benchmark.
func (n *fakeSubnet) arithmetic() []yuma.Input {
	columns := make([]uint32, len(n.miners))
	for j := range columns {
		columns[j] = uint32(j)
	}
	inputs := make([]yuma.Input, len(n.benchmarks))
	for b := range inputs {
		in := &inputs[b]
		in.Miners = len(n.miners)
		for i, permit := range n.permits {
			in.Powers = append(in.Powers, permit.Power)
			values := make([]uint16, len(n.miners))
			for j, w := range n.rows[b*len(n.permits)+i].Weights {
				values[j] = uint16(w)
			}
			in.Weights = append(in.Weights, yuma.Weights{Columns: columns, Values: values})
		}
	}
	return inputs
}

// equalShares makes so many benchmarks that share alike.
func equalShares(benchmarks int) []subnettypes.EpochBenchmark {
	shares := make([]uint32, benchmarks)
	for i := range shares {
		shares[i] = uint32(10_000 / benchmarks)
	}
	shares[0] += uint32(10_000 % benchmarks)
	return shared(shares...)
}

// due makes the subnet due, with something to pay.
func (f *fixture) due(t testing.TB, n *fakeSubnet) {
	f.setPending(t, n.subnet.Netuid, 1_000_000_000)
	n.due = true
	f.ctx = f.ctx.WithBlockHeight(f.ctx.BlockHeight() + 1).WithEventManager(sdk.NewEventManager())
}

// BenchmarkEndBlockWithAnEpoch measures an end-block that closes the epoch of one dense subnet, of one, two and four benchmarks,
// x/subnet, x/staking, x/bank and x/distribution being fakes. In the same run, epoch by epoch, it
// measures the arithmetic alone: the metrics are the quickest of each, which what else the machine
// does disturbs least, and the end-block in multiples of the arithmetic. BenchmarkABlockThatClosesAnEpoch in package app
// measures the whole chain.
func BenchmarkEndBlockWithAnEpoch(b *testing.B) {
	for _, kind := range []struct {
		name string
		kind storetypes.StoreType
	}{{"memory", storetypes.StoreTypeDB}, {"iavl", storetypes.StoreTypeIAVL}} {
		for _, size := range []struct{ validators, miners, benchmarks int }{
			{16, 256, 1}, {64, 1_024, 1}, {64, 1_024, 2}, {64, 1_024, 4}, {128, 4_096, 1}, {128, 4_096, 2}, {128, 4_096, 4},
		} {
			b.Run(fmt.Sprintf("%s/%dx%dx%d", kind.name, size.validators, size.miners, size.benchmarks), func(b *testing.B) {
				f, _, commit := metered(b, kind.kind)
				n := populate(b, f, size.validators, size.miners, size.benchmarks)
				inputs := n.arithmetic()
				var workspace yuma.Workspace
				var endBlock, commits, alone laps
				epoch := func() {
					f.due(b, n)
					commit()
					b.StartTimer()
					endBlock.time(func() { require.NoError(b, f.keeper.EndBlock(f.ctx)) })
					b.StopTimer()
					commits.time(commit)
					alone.time(func() {
						for i := range inputs {
							result, err := workspace.Run(yuma.DefaultParams(), inputs[i])
							require.NoError(b, err)
							inputs[i].Bonds = result.Bonds
						}
					})
				}
				epoch() // the first has no bonds to read
				endBlock, commits, alone = nil, nil, nil
				b.ReportAllocs()
				b.ResetTimer()
				for range b.N {
					epoch()
				}
				b.ReportMetric(float64(alone.quickest()), "arithmetic-ns")
				b.ReportMetric(float64(endBlock.quickest()), "endblock-ns")
				b.ReportMetric(float64(endBlock.quickest())/float64(alone.quickest()), "x-arithmetic")
				b.ReportMetric(float64(commits.quickest()), "commit-ns")
			})
		}
	}
}

// laps are durations of the same work.
type laps []time.Duration

func (l *laps) time(work func()) {
	began := time.Now()
	work()
	*l = append(*l, time.Since(began))
}

func (l laps) quickest() time.Duration { return slices.Min(l) }
