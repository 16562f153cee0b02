package keeper_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
)

// TestAnEpochStaysWithinItsBudget fails when closing an epoch asks more of the store or of the memory
// than it did. Nothing here depends on time.
//
// A budget may be raised only when an epoch really does more: a new value in the state, a new column
// in the result, a validator's pay that takes a new step. It may not be raised because something is
// read twice, copied, or allocated per entry: an end-block runs on every node, and the next block
// waits for it. A budget that has become too wide is lowered.
func TestAnEpochStaysWithinItsBudget(t *testing.T) {
	const v, m = 24, 96 // validators, miners; rows are dense
	const (
		// What an end-block reads without any epoch: parameters, the tally and when it is due, the
		// cursor; and what an epoch reads: what is pending, the ledger.
		reads = 6
		// What an epoch writes besides the result of each benchmark, and on each one value per validator: the
		// ledger, what is pending, the cursor.
		others = 3
	)
	for _, c := range []struct {
		name       string
		benchmarks int
		// prepare changes the network between its first epoch and the one that is looked at; nil
		// looks at the first.
		prepare func(*fixture, *fakeSubnet)
		// steps are those of an epoch's iterators over bonds and over the results that are there.
		steps int
		// written are bytes: a bond takes 6 and 1 for its identity, a miner about 20 in the result and
		// the ledger, a validator 150 in the result. allocations are those of an epoch like it that
		// follows, with what the test takes to set up its block. Both stand 2 % and 10 % above what
		// was measured when they were written here.
		written     int
		allocations float64
	}{
		{"the first epoch", 1, nil, 0, 19_600, 2_480},
		{"an epoch like the one before", 1, func(*fixture, *fakeSubnet) {}, v + 1, 19_600, 2_480},
		{"an epoch of two benchmarks", 2, func(*fixture, *fakeSubnet) {}, 2 * (v + 1), 39_200, 3_120},
		{"an epoch of eight benchmarks", 8, func(*fixture, *fakeSubnet) {}, 8 * (v + 1), 156_800, 6_720},
		{"an epoch after miners were replaced", 1, func(_ *fixture, n *fakeSubnet) {
			for id := range uint64(m / 4) {
				n.replace(4*id+1, m+id+1, account("newcomer"))
			}
		}, v + 1, 19_700, 2_480},
		{"an epoch in which half of the validators lost their permits", 1, func(_ *fixture, n *fakeSubnet) {
			n.permits = n.permits[:v/2]
		}, v + 1, 10_650, 1_650},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, count, _ := metered(t, storetypes.StoreTypeDB)
			n := populate(t, f, v, m, c.benchmarks)
			if c.prepare != nil {
				f.closeNow(t, n)
				c.prepare(f, n)
				n.rows = nil
				n.revealDense(rand.New(rand.NewPCG(3, 4)))
			}
			f.due(t, n)
			*count = operations{}
			require.NoError(t, f.keeper.EndBlock(f.ctx))
			require.Equal(t, 1, f.events(epochPaid))
			require.Equal(t, reads, count.reads, "reads, whatever the benchmarks")
			require.Equal(t, c.benchmarks*(v+1)+others, count.writes, "writes")
			require.Equal(t, c.steps, count.steps, "entries of iterators")
			require.LessOrEqual(t, count.written, c.written, "bytes written")
			require.LessOrEqual(t, count.writes, c.benchmarks*v+12, "the bound that the design sets, for each benchmark")

			allocations := testing.AllocsPerRun(5, func() { f.closeNow(t, n) })
			require.LessOrEqual(t, allocations, c.allocations, "allocations")
		})
	}
}

// closeNow closes one epoch with something to pay.
func (f *fixture) closeNow(t testing.TB, n *fakeSubnet) {
	f.due(t, n)
	require.NoError(t, f.keeper.EndBlock(f.ctx))
}

func TestTheAllocationsOfAnEpochDoNotGrowWithItsMiners(t *testing.T) {
	allocations := func(miners int) float64 {
		f, _, _ := metered(t, storetypes.StoreTypeDB)
		n := populate(t, f, 16, miners, 1)
		f.closeNow(t, n)
		return testing.AllocsPerRun(5, func() { f.closeNow(t, n) })
	}
	few, many := allocations(32), allocations(1_024)
	require.LessOrEqual(t, many, few+64, "nothing is allocated per miner or per cell")
}

func TestAnEpochReadsAndWritesTheSameOnEveryKindOfStore(t *testing.T) {
	var counts []operations
	for _, kind := range []storetypes.StoreType{storetypes.StoreTypeDB, storetypes.StoreTypeIAVL} {
		f, count, commit := metered(t, kind)
		n := populate(t, f, 5, 20, 3)
		for range 3 {
			f.closeNow(t, n)
			commit()
		}
		counts = append(counts, *count)
	}
	require.Equal(t, counts[0], counts[1])
}
