package keeper_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/x/rewards/types"
)

// large is a fixture with one subnet of that many validators and miners, whose rows are dense.
func large(t testing.TB, validators, miners int) (*fixture, *fakeSubnet) {
	f := newFixture(t)
	f.params(t, func(p *types.Params) { p.InitialBlockEmission = 0 })
	n := f.subnets.add(1)
	rng := rand.New(rand.NewPCG(uint64(validators), uint64(miners)))
	for j := range miners {
		n.addMiner(uint64(j+1), account("miner"))
	}
	for i := range validators {
		operator := account(fmt.Sprint("operator ", i))
		f.staking.addValidator(operator)
		n.permit(operator, fmt.Sprint("hotkey ", i), 1+rng.Uint64N(1<<40))
		pairs := make([]uint64, 0, 2*miners)
		for j := range miners {
			pairs = append(pairs, uint64(j+1), 1+rng.Uint64N(65_535))
		}
		n.reveal(fmt.Sprint("hotkey ", i), pairs...)
	}
	return f, n
}

// close runs one epoch with something to pay.
func (f *fixture) close(t testing.TB, n *fakeSubnet) {
	f.setPending(t, n.subnet.Netuid, 1_000_000_000)
	n.due = true
	require.NoError(t, f.keeper.EndBlock(f.ctx))
	f.ctx = f.ctx.WithBlockHeight(f.ctx.BlockHeight() + 1)
}

func TestAnEpochWritesOneValuePerValidatorAndAFewMore(t *testing.T) {
	const validators, miners = 24, 96
	f, n := large(t, validators, miners)
	f.close(t, n)
	f.close(t, n)
	before := *f.writes
	f.setPending(t, 1, 1_000_000_000)
	pendingWrites := *f.writes - before
	before = *f.writes
	f.close(t, n)
	// setPending in close is the test's own, and so is a tally that happens to be due.
	require.LessOrEqual(t, *f.writes-before-pendingWrites, validators+12)
}

func BenchmarkEndBlockWithAnEpoch(b *testing.B) {
	for _, size := range []struct{ validators, miners int }{{16, 256}, {64, 1_024}, {128, 4_096}} {
		b.Run(fmt.Sprintf("%dx%d", size.validators, size.miners), func(b *testing.B) {
			f, n := large(b, size.validators, size.miners)
			f.close(b, n)
			b.ReportAllocs()
			for b.Loop() {
				f.close(b, n)
			}
		})
	}
}
