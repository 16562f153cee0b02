package yuma

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
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
