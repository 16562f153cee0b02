package yuma

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// difference is |got - want| in floating point, for messages and tolerances.
func difference(got Fixed, want *big.Rat) float64 {
	d, _ := new(big.Rat).Sub(rat(got), want).Float64()
	return math.Abs(d)
}

func TestTheExactDefinitionIsMetWithinRounding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, in := drawParams(t), drawInput(t)
		res := run(t, p, in)
		o := newOracle(p, in)
		o.run()
		// A weight is off by one unit at most. An incentive is off by as much over what all miners
		// together earn, which is little where validators disagree; a bond that Yuma 2 normalises likewise.
		const tight, wide = 1e-15, 1e-12
		for j := range in.Miners {
			require.LessOrEqual(t, difference(res.Consensus[j], o.consensus[j]), tight, "consensus %d", j)
			require.LessOrEqual(t, difference(res.Incentive[j], o.incentive[j]), wide, "incentive %d", j)
		}
		for i := range in.Powers {
			require.LessOrEqual(t, difference(res.Trust[i], o.trust[i]), tight, "trust %d", i)
			bonds := zeros(in.Miners)
			for k, j := range res.Bonds[i].Columns {
				bonds[j].SetFrac64(int64(res.Bonds[i].Values[k]), int64(BondOne))
			}
			for j := range in.Miners {
				d, _ := new(big.Rat).Sub(bonds[j], o.bonds[i][j]).Float64()
				require.LessOrEqual(t, math.Abs(d), wide, "bond %d to %d", i, j)
			}
		}
	})
}

func TestDividendsFollowTheExactDefinitionOverManyEpochs(t *testing.T) {
	for _, variant := range []Variant{Yuma2, Yuma3} {
		t.Run(variant.String(), func(t *testing.T) {
			const v, m = 9, 13
			rng := rand.New(rand.NewPCG(1, uint64(variant)))
			p := DefaultParams()
			p.Variant = variant
			in := Input{Miners: m, Powers: make([]uint64, v), Weights: make([]Weights, v)}
			var exact [][]*big.Rat
			for epoch := range 12 {
				for i := range v {
					in.Powers[i] = 1 + rng.Uint64N(1<<44)
					dense := make([]uint16, m)
					for j := range dense {
						dense[j] = uint16(rng.Uint32N(65536))
					}
					in.Weights[i] = row(dense...)
				}
				res := run(t, p, in)
				o := newOracle(p, in)
				if exact != nil {
					o.bonds = exact
				}
				o.run()
				exact = o.bonds
				for i := range v {
					require.LessOrEqual(t, difference(res.Dividends[i], o.dividends[i]), 1e-11, "epoch %d, validator %d", epoch, i)
				}
				in.Bonds = res.Bonds
				// Rational bonds double their length each epoch; cut them far below any rounding of ours.
				for i := range exact {
					for j := range exact[i] {
						f, _ := new(big.Float).SetPrec(200).SetRat(exact[i][j]).Rat(nil)
						exact[i][j] = f
					}
				}
			}
		})
	}
}
