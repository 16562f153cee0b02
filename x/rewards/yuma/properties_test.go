package yuma

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// shareRounding is by how much two divisions of the same ratio may differ: each cuts both numbers
// to 64 bits and rounds down once.
const shareRounding = 4

// requireClose allows a difference of so many units of 2^-62.
func requireClose(t require.TestingT, want, got, units Fixed) {
	require.LessOrEqual(t, max(want, got)-min(want, got), units, "want %d, got %d", want, got)
}

// drawInput is a random small network; weights come from a small set so that ties are common.
func drawInput(t *rapid.T) Input {
	v, m := rapid.OneOf(rapid.IntRange(1, 7), rapid.IntRange(2*few, 3*few)).Draw(t, "validators"), rapid.IntRange(1, 7).Draw(t, "miners")
	in := Input{Miners: m, Powers: make([]uint64, v), Weights: make([]Weights, v), Bonds: make([]Bonds, v)}
	power := rapid.OneOf(rapid.Uint64Range(0, 4), rapid.Uint64Range(0, 1<<44), rapid.Just(uint64(math.MaxUint64/32)))
	weight := rapid.OneOf(rapid.Uint16Range(0, 3), rapid.Uint16())
	bond := rapid.OneOf(rapid.Just(uint64(0)), rapid.Uint64Range(0, BondOne))
	for i := range v {
		in.Powers[i] = power.Draw(t, "power")
		in.Weights[i] = row(rapid.SliceOfN(weight, m, m).Draw(t, "row")...)
		for j, b := range rapid.SliceOfN(bond, m, m).Draw(t, "bonds") {
			if b > 0 {
				in.Bonds[i].Columns = append(in.Bonds[i].Columns, uint32(j))
				in.Bonds[i].Values = append(in.Bonds[i].Values, b)
			}
		}
	}
	return in
}

func drawParams(t *rapid.T) Params {
	share := rapid.Map(rapid.Uint64Range(0, 65535), func(n uint64) Fixed { return Ratio(n, 65535) })
	p := DefaultParams()
	p.Variant = rapid.SampledFrom([]Variant{Yuma2, Yuma3}).Draw(t, "variant")
	p.Kappa = rapid.OneOf(rapid.Just(One/2), rapid.Just(p.Kappa), share).Draw(t, "kappa")
	p.BondsPenalty = rapid.OneOf(rapid.Just(One), rapid.Just(Fixed(0)), share).Draw(t, "penalty")
	p.BondsMovingAverage = share.Draw(t, "average")
	return p
}

// permuted is the input with its validators and miners in another order.
func permuted(in Input, validators, miners []int) Input {
	out := Input{Miners: in.Miners}
	for _, i := range validators {
		out.Powers = append(out.Powers, in.Powers[i])
		dense := make([]uint16, in.Miners)
		for k, j := range in.Weights[i].Columns {
			dense[miners[j]] = in.Weights[i].Values[k]
		}
		out.Weights = append(out.Weights, row(dense...))
		bonds := make([]uint64, in.Miners)
		for k, j := range in.Bonds[i].Columns {
			bonds[miners[j]] = in.Bonds[i].Values[k]
		}
		var sparse Bonds
		for j, b := range bonds {
			if b > 0 {
				sparse.Columns, sparse.Values = append(sparse.Columns, uint32(j)), append(sparse.Values, b)
			}
		}
		out.Bonds = append(out.Bonds, sparse)
	}
	return out
}

func indices(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func TestTheOrderOfValidatorsAndMinersChangesNoBit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, in := drawParams(t), drawInput(t)
		p.LiquidAlpha = rapid.Bool().Draw(t, "liquid")
		validators := rapid.Permutation(indices(len(in.Powers))).Draw(t, "validators")
		miners := rapid.Permutation(indices(in.Miners)).Draw(t, "miners") // miner j goes to miners[j]
		a, b := run(t, p, in), run(t, p, permuted(in, validators, miners))
		for j := range in.Miners {
			require.Equal(t, a.Consensus[j], b.Consensus[miners[j]])
			require.Equal(t, a.Incentive[j], b.Incentive[miners[j]])
		}
		for k, i := range validators {
			require.Equal(t, a.Trust[i], b.Trust[k])
			require.Equal(t, a.Dividends[i], b.Dividends[k])
		}
	})
}

func TestScalingAllPowersChangesNothingButTheLastBits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, in := drawParams(t), drawInput(t)
		p.Kappa = One / 2 // a rounded kappa may tip a tie when the powers get finer
		for i := range in.Powers {
			in.Powers[i] %= 1 << 40
		}
		factor := rapid.Uint64Range(1, 1<<16).Draw(t, "factor")
		a := run(t, p, in)
		for i := range in.Powers {
			in.Powers[i] *= factor
		}
		b := run(t, p, in)
		require.Equal(t, a.Consensus, b.Consensus)
		require.Equal(t, a.Trust, b.Trust)
		for j := range a.Incentive {
			requireClose(t, a.Incentive[j], b.Incentive[j], shareRounding)
		}
		if p.Variant == Yuma3 {
			require.Equal(t, a.Bonds, b.Bonds)
		}
	})
}

func TestPowersAboveSixtyFourBitsTogetherGiveTheExactOutcome(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, in := drawParams(t), drawInput(t)
		for i := range in.Powers { // multiples of 16: what has to be shifted out is nothing
			in.Powers[i] = math.MaxUint64>>4<<4 - rapid.Uint64Range(0, 1<<30).Draw(t, "below")<<4
		}
		res, o := run(t, p, in), newOracle(p, in)
		o.run()
		for j := range in.Miners {
			require.LessOrEqual(t, difference(res.Consensus[j], o.consensus[j]), 1e-15, "consensus %d", j)
			require.LessOrEqual(t, difference(res.Incentive[j], o.incentive[j]), 1e-12, "incentive %d", j)
		}
	})
}

func TestSplittingAValidatorInHalvesChangesNoIncentive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, in := drawParams(t), drawInput(t)
		for i := range in.Powers {
			in.Powers[i] = in.Powers[i] % (1 << 44) * 2
		}
		a := run(t, p, in)
		i := rapid.IntRange(0, len(in.Powers)-1).Draw(t, "split")
		in.Powers[i] /= 2
		in.Powers = append(in.Powers, in.Powers[i])
		in.Weights = append(in.Weights, in.Weights[i])
		in.Bonds = append(in.Bonds, in.Bonds[i])
		b := run(t, p, in)
		require.Equal(t, a.Incentive, b.Incentive)
		require.Equal(t, a.Consensus, b.Consensus)
	})
}

// agreement is the part of all weights that is in consensus, by power.
func agreement(powers []uint64, res *Result) float64 {
	var sum, total float64
	for i, p := range powers {
		sum += float64(p) * float64(res.Trust[i]) / float64(One)
		total += float64(p)
	}
	if total == 0 {
		return 0
	}
	return sum / total
}

func TestSplittingAMinerChangesNobodyElsesIncentive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, in := drawParams(t), drawInput(t)
		j := uint32(rapid.IntRange(0, in.Miners-1).Draw(t, "split"))
		for i, row := range in.Weights { // even weights, so that they can be halved
			for k := range row.Values {
				in.Weights[i].Values[k] = row.Values[k]/4*2 + 2
			}
		}
		a := run(t, p, in)
		twin := uint32(in.Miners)
		in.Miners++
		for i := range in.Weights {
			r := &in.Weights[i]
			for k, column := range r.Columns {
				if column == j {
					r.Values[k] /= 2
					r.Columns, r.Values = append(r.Columns, twin), append(r.Values, r.Values[k])
					break
				}
			}
		}
		b := run(t, p, in)
		// Halving rounds a weight by less than one unit; the sum that ranks are divided by is as
		// much smaller than 1 as the validators are apart.
		units := Fixed(shareRounding + 4/max(agreement(in.Powers, a), 1e-18))
		for k := range a.Incentive {
			want := a.Incentive[k]
			if uint32(k) == j {
				want /= 2
			}
			requireClose(t, want, b.Incentive[k], units)
		}
	})
}

func TestRaisingAWeightNeverLowersThatMinersConsensus(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, in := drawParams(t), drawInput(t)
		a := run(t, p, in)
		i := rapid.IntRange(0, len(in.Weights)-1).Draw(t, "validator")
		if len(in.Weights[i].Columns) == 0 {
			return
		}
		k := rapid.IntRange(0, len(in.Weights[i].Columns)-1).Draw(t, "entry")
		in.Weights[i].Values[k] = rapid.Uint16Range(in.Weights[i].Values[k], math.MaxUint16).Draw(t, "raised")
		j := in.Weights[i].Columns[k]
		require.GreaterOrEqual(t, run(t, p, in).Consensus[j], a.Consensus[j])
	})
}

func TestSharesNeverAddUpToMoreThanOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, in := drawParams(t), drawInput(t)
		p.LiquidAlpha = rapid.Bool().Draw(t, "liquid")
		res := run(t, p, in)
		for _, column := range [][]Fixed{res.Incentive, res.Dividends} {
			var sum Fixed
			for _, x := range column {
				sum += x
			}
			require.LessOrEqual(t, sum, One)
			require.True(t, sum == 0 || One-sum < 64, "a share is lost: %s", sum)
		}
		for i := range res.Trust {
			require.LessOrEqual(t, res.Trust[i], One)
		}
	})
}

func TestAWorkspaceLeavesNoTraceOfTheEpochBefore(t *testing.T) {
	var w Workspace
	rapid.Check(t, func(t *rapid.T) {
		p, in := drawParams(t), drawInput(t)
		p.LiquidAlpha = rapid.Bool().Draw(t, "liquid")
		reused, err := w.Run(p, in)
		require.NoError(t, err)
		require.Equal(t, run(t, p, in), reused)
	})
}

// spelledOut is the input with every weight and bond named, zeros too.
func spelledOut(in Input) Input {
	out := Input{Miners: in.Miners, Powers: in.Powers}
	all := make([]uint32, in.Miners)
	for j := range all {
		all[j] = uint32(j)
	}
	for i := range in.Powers {
		weights, bonds := make([]uint16, in.Miners), make([]uint64, in.Miners)
		for k, j := range in.Weights[i].Columns {
			weights[j] = in.Weights[i].Values[k]
		}
		for k, j := range in.Bonds[i].Columns {
			bonds[j] = in.Bonds[i].Values[k]
		}
		out.Weights = append(out.Weights, Weights{Columns: all, Values: weights})
		out.Bonds = append(out.Bonds, Bonds{Columns: all, Values: bonds})
	}
	return out
}

func TestWhatIsLeftOutIsZero(t *testing.T) {
	// Rows that lie side by side in one shared list, and rows that have to be merged: the same bits.
	rapid.Check(t, func(t *rapid.T) {
		p, in := drawParams(t), drawInput(t)
		p.LiquidAlpha = rapid.Bool().Draw(t, "liquid")
		spelled, short := run(t, p, spelledOut(in)), run(t, p, in)
		require.Equal(t, fmt.Sprint(*spelled), fmt.Sprint(*short)) // as text: an empty list may be nil
	})
}

func TestBondsWithoutAnyWeightsDecayExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, in := drawParams(t), drawInput(t)
		p.Variant, p.LiquidAlpha = Yuma3, rapid.Bool().Draw(t, "liquid")
		in.Weights = make([]Weights, len(in.Powers))
		res := run(t, p, in)
		for i, old := range in.Bonds {
			left := map[uint32]uint64{}
			for k, j := range res.Bonds[i].Columns {
				left[j] = res.Bonds[i].Values[k]
			}
			for k, j := range old.Columns {
				hi, lo := bits.Mul64(old.Values[k], uint64(p.BondsMovingAverage))
				require.Equal(t, hi<<(64-fixedBits)|lo>>fixedBits, left[j])
			}
		}
	})
}

func TestAMinerWithoutOldBondsOwesItsBondsToThisEpochAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, in := drawParams(t), drawInput(t)
		p.LiquidAlpha = rapid.Bool().Draw(t, "liquid")
		fresh := in
		fresh.Bonds = nil
		j := uint32(rapid.IntRange(0, in.Miners-1).Draw(t, "replaced"))
		in.Bonds = slices.Clone(in.Bonds)
		for i, b := range in.Bonds { // the caller leaves out what belonged to another identity
			if k := slices.Index(b.Columns, j); k >= 0 {
				in.Bonds[i] = Bonds{
					Columns: slices.Delete(slices.Clone(b.Columns), k, k+1),
					Values:  slices.Delete(slices.Clone(b.Values), k, k+1),
				}
			}
		}
		of := func(res *Result, i int) uint64 {
			if k := slices.Index(res.Bonds[i].Columns, j); k >= 0 {
				return res.Bonds[i].Values[k]
			}
			return 0
		}
		a, b := run(t, p, in), run(t, p, fresh)
		for i := range in.Powers {
			require.Equal(t, of(b, i), of(a, i))
		}
	})
}
