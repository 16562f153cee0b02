package yuma

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// network is a random one of a given size and density in percent.
func network(validators, miners, density int) Input {
	return scored(validators, miners, func(rng *rand.Rand, _ int) bool { return rng.IntN(100) < density })
}

// agreeing is a network whose rows have the given density and mostly weigh the same miners, so that these reach consensus
// and have bonds.
func agreeing(validators, miners, density int) Input {
	return scored(validators, miners, func(rng *rand.Rand, miner int) bool {
		if miner*density%100 < density {
			return rng.IntN(100) < 80
		}
		return rng.IntN(100*(100-density)) < 20*density
	})
}

// scored is a network in which weighs decides who gives a weight to whom.
func scored(validators, miners int, weighs func(rng *rand.Rand, miner int) bool) Input {
	rng := rand.New(rand.NewPCG(uint64(validators), uint64(miners)))
	in := Input{Miners: miners, Powers: make([]uint64, validators), Weights: make([]Weights, validators)}
	quality := make([]float64, miners)
	for j := range quality {
		quality[j] = math.Exp(rng.NormFloat64())
	}
	for i := range validators {
		in.Powers[i] = 1 + rng.Uint64N(1<<42)
		for j := range miners {
			if weighs(rng, j) {
				w := min(65535, 1+1000*quality[j]*math.Exp(0.2*rng.NormFloat64()))
				in.Weights[i].Columns = append(in.Weights[i].Columns, uint32(j))
				in.Weights[i].Values = append(in.Weights[i].Values, uint16(w))
			}
		}
	}
	return in
}

// settings are the three arithmetics whose cost is watched.
var settings = []struct {
	name   string
	params func() Params
}{
	{"yuma3", DefaultParams},
	{"yuma2", func() Params { p := DefaultParams(); p.Variant = Yuma2; return p }},
	{"liquid", func() Params { p := DefaultParams(); p.LiquidAlpha = true; return p }},
}

// settled runs two epochs, so that there are bonds.
func settled(t testing.TB, w *Workspace, p Params, in Input) Input {
	for range 2 {
		res, err := w.Run(p, in)
		require.NoError(t, err)
		in.Bonds = res.Bonds
	}
	return in
}

// The first four sizes are those that are promised; the others show how time grows with
// validators, miners and density.
func BenchmarkEpoch(b *testing.B) {
	for _, setting := range settings {
		for _, size := range []struct {
			validators, miners, density int
			rows                        func(validators, miners, density int) Input
			kind                        string
		}{
			{64, 192, 100, network, ""},
			{64, 960, 100, network, ""},
			{128, 3968, 100, network, ""},
			{128, 3968, 5, network, ""},
			{128, 3968, 5, agreeing, "agreed"},
			{16, 3968, 100, network, ""},
			{256, 3968, 100, network, ""},
			{128, 992, 100, network, ""},
			{128, 3968, 75, network, ""},
		} {
			b.Run(fmt.Sprintf("%s/%dx%d/%d%%%s", setting.name, size.validators, size.miners, size.density, size.kind), func(b *testing.B) {
				var w Workspace
				p := setting.params()
				in := settled(b, &w, p, size.rows(size.validators, size.miners, size.density))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := w.Run(p, in); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func TestAnEpochAllocatesItsResultAndNothingElse(t *testing.T) {
	// Two columns of figures, the result, the list of bonds and their values; columns of bonds only
	// where some bond has vanished.
	for _, setting := range settings {
		for _, size := range []struct{ validators, miners, density, allocations int }{
			{8, 40, 100, 5}, {64, 960, 100, 5}, {64, 960, 5, 6}, {64, 960, 60, 6},
		} {
			t.Run(fmt.Sprintf("%s/%dx%d/%d%%", setting.name, size.validators, size.miners, size.density), func(t *testing.T) {
				var w Workspace
				p := setting.params()
				in := settled(t, &w, p, network(size.validators, size.miners, size.density))
				require.LessOrEqual(t, testing.AllocsPerRun(3, func() { _, _ = w.Run(p, in) }), float64(size.allocations))
			})
		}
	}
}

func TestAFirstEpochAllocatesItsWorkspaceInAFewPieces(t *testing.T) {
	for _, setting := range settings {
		t.Run(setting.name, func(t *testing.T) {
			var w Workspace
			p := setting.params()
			in := settled(t, &w, p, network(64, 960, 100))
			in.Weights[3], in.Bonds[5] = Weights{}, Bonds{} // rows that have to be merged
			require.LessOrEqual(t, testing.AllocsPerRun(3, func() { _, _ = Run(p, in) }), 24.0)
		})
	}
}

func TestConsensusLooksAtAVoteOnceAndABit(t *testing.T) {
	// Work is counted, not timed: it is the same on every machine and every day.
	for _, size := range []struct {
		validators, miners, density int
		perVote                     float64
	}{{64, 192, 100, 1.15}, {128, 3968, 100, 1.2}, {256, 992, 100, 1.15}, {128, 992, 25, 1.05}, {128, 3968, 5, 5}} {
		t.Run(fmt.Sprintf("%dx%d/%d%%", size.validators, size.miners, size.density), func(t *testing.T) {
			var w Workspace
			in := network(size.validators, size.miners, size.density)
			_, err := w.Run(DefaultParams(), in)
			require.NoError(t, err)
			votes := 0
			for _, row := range in.Weights {
				votes += len(row.Columns)
			}
			require.LessOrEqual(t, float64(w.selection.walked)/float64(votes), size.perVote)
		})
	}
}
