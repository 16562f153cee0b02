package yuma

import "math/big"

// oracle is the definition of one epoch in exact rational arithmetic, dense and slow, written from
// the formulas and sharing nothing with the implementation. Liquid alpha is left out of it: its
// exponential has no rational value and is tested by itself.
type oracle struct {
	v, m         int
	variant      Variant
	kappa        *big.Rat
	penalty      *big.Rat
	average      *big.Rat
	powers       []*big.Rat
	weights      [][]*big.Rat
	bonds        [][]*big.Rat
	consensus    []*big.Rat
	incentive    []*big.Rat
	trust        []*big.Rat
	dividends    []*big.Rat
	afterPenalty [][]*big.Rat
}

func zeros(n int) []*big.Rat {
	out := make([]*big.Rat, n)
	for i := range out {
		out[i] = new(big.Rat)
	}
	return out
}

func table(v, m int) [][]*big.Rat {
	out := make([][]*big.Rat, v)
	for i := range out {
		out[i] = zeros(m)
	}
	return out
}

func rat(f Fixed) *big.Rat {
	return new(big.Rat).SetFrac(new(big.Int).SetUint64(uint64(f)), new(big.Int).SetUint64(uint64(One)))
}

// normalised divides by the sum; all 0 stays all 0.
func normalised(values []*big.Rat) []*big.Rat {
	sum := new(big.Rat)
	for _, x := range values {
		sum.Add(sum, x)
	}
	out := zeros(len(values))
	if sum.Sign() != 0 {
		for i, x := range values {
			out[i].Quo(x, sum)
		}
	}
	return out
}

func times(a, b *big.Rat) *big.Rat { return new(big.Rat).Mul(a, b) }

func newOracle(p Params, in Input) *oracle {
	o := &oracle{
		v: len(in.Powers), m: in.Miners, variant: p.Variant,
		kappa: rat(p.Kappa), penalty: rat(p.BondsPenalty), average: rat(p.BondsMovingAverage),
	}
	powers := zeros(o.v)
	for i, x := range in.Powers {
		powers[i].SetFrac(new(big.Int).SetUint64(x), big.NewInt(1))
	}
	o.powers = normalised(powers)
	o.weights, o.bonds = table(o.v, o.m), table(o.v, o.m)
	for i, row := range in.Weights {
		for k, j := range row.Columns {
			o.weights[i][j].SetInt64(int64(row.Values[k]))
		}
		o.weights[i] = normalised(o.weights[i])
	}
	for i, row := range in.Bonds {
		for k, j := range row.Columns {
			o.bonds[i][j].SetFrac(new(big.Int).SetUint64(row.Values[k]), new(big.Int).SetUint64(BondOne))
		}
	}
	return o
}

func (o *oracle) run() {
	o.decide()
	o.incentive, o.trust = zeros(o.m), zeros(o.v)
	o.afterPenalty = table(o.v, o.m)
	for j := range o.m {
		for i := range o.v {
			clipped := o.weights[i][j]
			if clipped.Cmp(o.consensus[j]) > 0 {
				clipped = o.consensus[j]
			}
			o.trust[i].Add(o.trust[i], clipped)
			o.incentive[j].Add(o.incentive[j], times(o.powers[i], clipped))
			cut := new(big.Rat).Sub(clipped, o.weights[i][j])
			o.afterPenalty[i][j].Add(o.weights[i][j], times(o.penalty, cut))
		}
	}
	o.incentive = normalised(o.incentive)
	o.dividends = zeros(o.v)
	for j := range o.m {
		o.bondColumn(j)
	}
	if o.variant == Yuma3 {
		for i := range o.v {
			o.dividends[i].Mul(o.dividends[i], o.powers[i])
		}
	}
	o.dividends = normalised(o.dividends)
}

func (o *oracle) decide() {
	o.consensus = zeros(o.m)
	if allZeroRat(o.powers) {
		return
	}
	for j := range o.m {
		for i := range o.v {
			w := o.weights[i][j]
			agree := new(big.Rat)
			for k := range o.v {
				if o.weights[k][j].Cmp(w) >= 0 {
					agree.Add(agree, o.powers[k])
				}
			}
			if agree.Cmp(o.kappa) >= 0 && w.Cmp(o.consensus[j]) > 0 {
				o.consensus[j].Set(w)
			}
		}
	}
}

func (o *oracle) bondColumn(j int) {
	one := big.NewRat(1, 1)
	alpha := new(big.Rat).Sub(one, o.average)
	column, target := zeros(o.v), zeros(o.v)
	for i := range o.v {
		column[i].Set(o.bonds[i][j])
		target[i].Set(o.afterPenalty[i][j])
		if o.variant == Yuma2 {
			target[i].Mul(target[i], o.powers[i])
		}
	}
	if o.variant == Yuma2 {
		column, target = normalised(column), normalised(target)
	}
	for i := range o.v {
		column[i].Add(times(alpha, target[i]), times(o.average, column[i]))
	}
	if o.variant == Yuma2 {
		column = normalised(column)
	}
	for i, part := range normalised(column) {
		o.bonds[i][j] = column[i]
		o.dividends[i].Add(o.dividends[i], times(part, o.incentive[j]))
	}
}

func allZeroRat(values []*big.Rat) bool {
	for _, v := range values {
		if v.Sign() != 0 {
			return false
		}
	}
	return true
}
