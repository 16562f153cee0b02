package yuma

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// row is a Weights from a dense list.
func row(dense ...uint16) Weights {
	var out Weights
	for j, w := range dense {
		if w > 0 {
			out.Columns = append(out.Columns, uint32(j))
			out.Values = append(out.Values, w)
		}
	}
	return out
}

func half() Params {
	p := DefaultParams()
	p.Kappa = One / 2
	return p
}

func run(t require.TestingT, p Params, in Input) *Result {
	res, err := Run(p, in)
	require.NoError(t, err)
	return res
}

// difference is |got - want| in floating point, for messages and tolerances.
func difference(got Fixed, want *big.Rat) float64 {
	d, _ := new(big.Rat).Sub(rat(got), want).Float64()
	return math.Abs(d)
}

// rounding is how much the incentives of small networks may differ between two ways to compute the
// same: about 1e-12.
const rounding = 1 << 22

// requireClose allows a difference of so many units of 2^-62.
func requireClose(t require.TestingT, want, got, units Fixed) {
	require.LessOrEqual(t, max(want, got)-min(want, got), units, "want %d, got %d", want, got)
}

func TestTiesAreDecidedByWholePowers(t *testing.T) {
	first, second := row(1), row(0, 1)
	for name, c := range map[string]struct {
		powers []uint64
		rows   []Weights
		params Params
		want   []Fixed
	}{
		"50 of 100 pass at one half":               {[]uint64{50, 50}, []Weights{first, second}, half(), []Fixed{One, One}},
		"51 pass and 49 do not":                    {[]uint64{51, 49}, []Weights{first, second}, half(), []Fixed{One, 0}},
		"50 of 100 pass at the default kappa":      {[]uint64{50, 50}, []Weights{first, second}, DefaultParams(), []Fixed{One, One}},
		"two of three equals pass, one does not":   {[]uint64{1, 1, 1}, []Weights{first, first, second}, half(), []Fixed{One, 0}},
		"none of three that all disagree":          {[]uint64{1, 1, 1}, []Weights{row(1), row(0, 1), row(0, 0, 1)}, half(), []Fixed{0, 0, 0}},
		"a missing row counts against":             {[]uint64{1, 1, 1}, []Weights{first, {}, {}}, half(), []Fixed{0, 0}},
		"a validator without power does not count": {[]uint64{1, 0, 0}, []Weights{first, second, second}, half(), []Fixed{One, 0}},
		"without any power nothing is decided":     {[]uint64{0, 0, 0}, []Weights{first, first, first}, half(), []Fixed{0, 0}},
		"equal ratios of different weights tie":    {[]uint64{1, 1, 1}, []Weights{row(1, 2), row(2, 4), row(2, 3, 1)}, half(), []Fixed{One / 3, Ratio(2, 3), 0}},
		"the lower of two weights has both powers": {[]uint64{1, 1, 1}, []Weights{row(3, 1), row(1, 1), {}}, half(), []Fixed{One / 2, One / 4, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			miners := len(c.want)
			res := run(t, c.params, Input{Miners: miners, Powers: c.powers, Weights: c.rows})
			require.Equal(t, c.want, res.Consensus)
		})
	}
}

func TestPowersThatOverflowTogetherKeepTheirProportions(t *testing.T) {
	rows := []Weights{row(1, 1), row(1, 3), row(2, 1), row(0, 1)}
	small := run(t, half(), Input{Miners: 2, Powers: []uint64{1, 1, 1, 1}, Weights: rows})
	huge := run(t, half(), Input{Miners: 2, Powers: []uint64{math.MaxUint64, math.MaxUint64, math.MaxUint64, math.MaxUint64}, Weights: rows})
	require.Equal(t, small, huge)
	lone := run(t, half(), Input{Miners: 2, Powers: []uint64{math.MaxUint64}, Weights: rows[:1]})
	requireClose(t, One/2, lone.Incentive[0], 1)
	require.Equal(t, []Fixed{One}, lone.Dividends)
}

func TestOldBondsDecayToNothing(t *testing.T) {
	p := half()
	in := Input{Miners: 2, Powers: []uint64{1}, Weights: []Weights{row(1)}}
	in.Bonds = run(t, p, in).Bonds
	require.Equal(t, []uint32{0}, in.Bonds[0].Columns)
	in.Weights = []Weights{row(0, 1)}
	last := BondOne
	for epoch := range 400 {
		in.Bonds = run(t, p, in).Bonds
		if in.Bonds[0].Columns[0] != 0 {
			require.Greater(t, epoch, 200)
			return
		}
		require.Less(t, in.Bonds[0].Values[0], last)
		last = in.Bonds[0].Values[0]
	}
	t.Fatal("the bond never vanished")
}

func TestAReplacedMinerStartsWithoutBonds(t *testing.T) {
	in := Input{Miners: 1, Powers: []uint64{2, 1}, Weights: []Weights{row(1), row(1)}}
	settled := run(t, half(), in)
	in.Bonds = []Bonds{settled.Bonds[0], {}} // the caller leaves out what belonged to another identity
	res := run(t, half(), in)
	require.Less(t, res.Bonds[1].Values[0], res.Bonds[0].Values[0])
}

func TestEmptyInputsGiveEmptyResults(t *testing.T) {
	res := run(t, DefaultParams(), Input{})
	require.Empty(t, res.Consensus)
	res = run(t, DefaultParams(), Input{Miners: 3})
	require.Equal(t, []Fixed{0, 0, 0}, res.Incentive)
	res = run(t, DefaultParams(), Input{Powers: []uint64{1}, Weights: make([]Weights, 1)})
	require.Equal(t, []Fixed{0}, res.Dividends)
}

func TestMalformedInputsAreRefused(t *testing.T) {
	good := func() Input {
		return Input{Miners: 2, Powers: []uint64{1}, Weights: []Weights{row(1, 1)}, Bonds: []Bonds{{Columns: []uint32{0}, Values: []uint64{1}}}}
	}
	for name, spoil := range map[string]func(*Input){
		"too many miners":              func(in *Input) { in.Miners = MaxMiners + 1 },
		"a negative number of miners":  func(in *Input) { in.Miners = -1 },
		"a row too few":                func(in *Input) { in.Weights = nil },
		"a row of bonds too many":      func(in *Input) { in.Bonds = make([]Bonds, 2) },
		"a column of no miner":         func(in *Input) { in.Miners = 1 },
		"columns out of order":         func(in *Input) { in.Weights[0].Columns = []uint32{1, 0} },
		"a column twice":               func(in *Input) { in.Weights[0].Columns = []uint32{1, 1} },
		"fewer values than columns":    func(in *Input) { in.Weights[0].Values = nil },
		"a bond above one":             func(in *Input) { in.Bonds[0].Values[0] = BondOne + 1 },
		"a bond to a column of nobody": func(in *Input) { in.Bonds[0].Columns[0] = 2 },
		"too many validators":          func(in *Input) { in.Powers = make([]uint64, MaxValidators+1) },
	} {
		t.Run(name, func(t *testing.T) {
			in := good()
			_, err := Run(DefaultParams(), in)
			require.NoError(t, err)
			spoil(&in)
			_, err = Run(DefaultParams(), in)
			require.ErrorIs(t, err, ErrInput)
		})
	}
}

func TestParametersOutOfRangeAreRefused(t *testing.T) {
	for name, spoil := range map[string]func(*Params){
		"an unknown variant":      func(p *Params) { p.Variant = 1 },
		"kappa above one":         func(p *Params) { p.Kappa = One + 1 },
		"penalty above one":       func(p *Params) { p.BondsPenalty = One + 1 },
		"average above one":       func(p *Params) { p.BondsMovingAverage = One + 1 },
		"alpha bounds crossed":    func(p *Params) { p.AlphaLow = p.AlphaHigh + 1 },
		"alpha high above one":    func(p *Params) { p.AlphaHigh = One + 1 },
		"a steepness out of hand": func(p *Params) { p.AlphaSteepness = MaxSteepness + 1 },
	} {
		t.Run(name, func(t *testing.T) {
			p := DefaultParams()
			spoil(&p)
			_, err := Run(p, Input{})
			require.ErrorIs(t, err, ErrParams)
		})
	}
}

// drawInput is a random small network; weights come from a small set so that ties are common.
func drawInput(t *rapid.T) Input {
	v, m := rapid.IntRange(1, 7).Draw(t, "validators"), rapid.IntRange(1, 7).Draw(t, "miners")
	in := Input{Miners: m, Powers: make([]uint64, v), Weights: make([]Weights, v), Bonds: make([]Bonds, v)}
	power := rapid.OneOf(rapid.Uint64Range(0, 4), rapid.Uint64Range(0, 1<<44), rapid.Just(uint64(math.MaxUint64/8)))
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
			requireClose(t, a.Incentive[j], b.Incentive[j], rounding)
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
		for k := range a.Incentive {
			want := a.Incentive[k]
			if uint32(k) == j {
				want /= 2
			}
			requireClose(t, want, b.Incentive[k], rounding)
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

func TestSelectionFindsTheSameWeightAsSorting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 300).Draw(t, "n")
		spread := rapid.Uint64Range(1, 1000).Draw(t, "spread")
		votes := make([]vote, n)
		var total uint64
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		for i := range votes {
			votes[i] = vote{weight: 1 + rng.Uint64N(spread)<<rng.Uint64N(50), power: rng.Uint64N(5)}
			total += votes[i].power
		}
		need := rapid.Uint64Range(0, total+1).Draw(t, "need")
		before := slices.Clone(votes)
		var s selection
		s.prepare(n)
		require.Equal(t, decide(votes, need), s.consensus(votes, need))
		require.Equal(t, before, votes)
	})
}

func TestLiquidAlphaFollowsItsFormula(t *testing.T) {
	for _, steepness := range []uint64{0, 1, 10, 37, 1000, 65536} {
		curve := liquid{low: uint64(Ratio(1, 10)), span: uint64(Ratio(7, 10)), steepness: steepness * SteepnessUnit}
		last := uint64(0)
		for k := range 1001 {
			d := uint64(Ratio(uint64(k), 1000))
			got := curve.alpha(d)
			want := 0.1 + 0.7/(1+math.Exp(-float64(steepness)*(float64(d)/float64(One)-0.5)))
			require.InDelta(t, want, float64(got)/float64(One), 2e-14, "steepness %d, distance %d/1000", steepness, k)
			require.GreaterOrEqual(t, got+2, last, "the curve never falls")
			last = got
		}
	}
}

func TestTheExponentialKeepsItsErrorBound(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	for range 20_000 {
		x := rng.Uint64N(44 << exponentBits)
		got := new(big.Float).SetUint64(expNegative(x))
		got.SetMantExp(got, -fixedBits)
		want := bigExpNegative(x)
		d, _ := new(big.Float).Sub(got, want).Float64()
		scale, _ := want.Float64()
		require.LessOrEqual(t, math.Abs(d), math.Ldexp(scale, -46)+math.Ldexp(1, -60), "e^-(%d/2^56)", x)
	}
}

// bigExpNegative is e^-(x/2^56) by its series on a small argument and repeated squaring.
func bigExpNegative(x uint64) *big.Float {
	const precision = 300
	const halvings = 20
	z := new(big.Float).SetPrec(precision).SetUint64(x)
	z.SetMantExp(z, -exponentBits-halvings)
	z.Neg(z)
	sum := new(big.Float).SetPrec(precision).SetInt64(1)
	term := new(big.Float).SetPrec(precision).SetInt64(1)
	for n := int64(1); n < 30; n++ {
		term.Mul(term, z)
		term.Quo(term, new(big.Float).SetInt64(n))
		sum.Add(sum, term)
	}
	for range halvings {
		sum.Mul(sum, sum)
	}
	return sum
}

func TestDecimalsAreReadAndWritten(t *testing.T) {
	for text, want := range map[string]Fixed{"0": 0, "1": One, "1.000": One, "0.5": One / 2, "0.25": One / 4, "0.000000000000000001": 5} {
		got, err := ParseFixed(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", ".", "-1", "1.1", "x", "0.1x", "1e-3", "99999999999", "9.9999999999999999999999"} {
		_, err := ParseFixed(text)
		require.ErrorIs(t, err, ErrDecimal, text)
	}
	require.Equal(t, "0.500000000000000000", (One / 2).String())
	require.Equal(t, "1.000000000000000000", One.String())
	require.Equal(t, uint64(333_333_333), Ratio(1, 3).Parts(1_000_000_000))
	require.Equal(t, Fixed(0), Ratio(1, 0))
	require.Equal(t, One, Ratio(7, 3))
	_, err := ParseSteepness("999999999")
	require.ErrorIs(t, err, ErrParams)
	s, err := ParseSteepness("10.50")
	require.NoError(t, err)
	require.Equal(t, 10*SteepnessUnit+SteepnessUnit/2, s)
}

func FuzzRun(f *testing.F) {
	f.Add(uint8(3), uint8(3), uint8(7), []byte{1, 2, 3, 255, 255, 9, 0, 0, 8, 4, 200, 17})
	f.Fuzz(func(t *testing.T, v, m, flags uint8, data []byte) {
		validators, miners := int(v%9), int(m%40)
		next := func() uint64 {
			if len(data) == 0 {
				return 0
			}
			b := uint64(data[0])
			data = data[1:]
			return b * 0x0101010101010101
		}
		in := Input{Miners: miners, Powers: make([]uint64, validators), Weights: make([]Weights, validators), Bonds: make([]Bonds, validators)}
		for i := range validators {
			in.Powers[i] = next()
			for j := range miners {
				if w := uint16(next()); w != 0 {
					in.Weights[i].Columns, in.Weights[i].Values = append(in.Weights[i].Columns, uint32(j)), append(in.Weights[i].Values, w)
				}
				if b := next(); b != 0 {
					in.Bonds[i].Columns, in.Bonds[i].Values = append(in.Bonds[i].Columns, uint32(j)), append(in.Bonds[i].Values, b%(BondOne+1))
				}
			}
		}
		p := DefaultParams()
		p.Variant = Yuma2 + Variant(flags&1)
		p.LiquidAlpha = flags&2 != 0
		p.BondsPenalty = Ratio(uint64(flags), 255)
		p.Kappa = Ratio(next()&0xff, 255)
		res, err := Run(p, in)
		require.NoError(t, err)
		for _, row := range res.Bonds {
			require.NoError(t, validateColumns(row.Columns, len(row.Values), miners, nil))
		}
		// What comes out must go in again.
		in.Bonds = res.Bonds
		_, err = Run(p, in)
		require.NoError(t, err)
	})
}

// network is a random one of a given size and density in percent.
func network(validators, miners, density int) Input {
	rng := rand.New(rand.NewPCG(uint64(validators), uint64(miners)))
	in := Input{Miners: miners, Powers: make([]uint64, validators), Weights: make([]Weights, validators)}
	quality := make([]float64, miners)
	for j := range quality {
		quality[j] = math.Exp(rng.NormFloat64())
	}
	for i := range validators {
		in.Powers[i] = 1 + rng.Uint64N(1<<42)
		for j := range miners {
			if rng.IntN(100) < density {
				w := min(65535, 1+1000*quality[j]*math.Exp(0.2*rng.NormFloat64()))
				in.Weights[i].Columns = append(in.Weights[i].Columns, uint32(j))
				in.Weights[i].Values = append(in.Weights[i].Values, uint16(w))
			}
		}
	}
	return in
}

func BenchmarkEpoch(b *testing.B) {
	for _, variant := range []struct {
		name   string
		params func() Params
	}{
		{"yuma3", DefaultParams},
		{"yuma2", func() Params { p := DefaultParams(); p.Variant = Yuma2; return p }},
		{"liquid", func() Params { p := DefaultParams(); p.LiquidAlpha = true; return p }},
	} {
		for _, size := range []struct{ v, m, density int }{{64, 192, 100}, {64, 960, 100}, {128, 3968, 100}, {128, 3968, 5}} {
			b.Run(fmt.Sprintf("%s/%dx%d/%d%%", variant.name, size.v, size.m, size.density), func(b *testing.B) {
				p, in := variant.params(), network(size.v, size.m, size.density)
				var w Workspace
				for range 2 {
					res, err := w.Run(p, in)
					require.NoError(b, err)
					in.Bonds = res.Bonds
				}
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

func TestAnEpochAllocatesAFewTimesWhateverItsSize(t *testing.T) {
	p, in := DefaultParams(), network(64, 960, 100)
	var w Workspace
	res, err := w.Run(p, in)
	require.NoError(t, err)
	in.Bonds = res.Bonds
	require.LessOrEqual(t, testing.AllocsPerRun(3, func() { _, _ = w.Run(p, in) }), 8.0)
}
