package yuma

import "math/bits"

// relative replaces the bonds by Yuma 3 and adds up what they earn.
func (w *Workspace) relative(u *update, in *Input, res *Result) {
	list := w.newBonds(in)
	for i := range in.Powers {
		row := w.paired(in, i)
		res.Trust[i] = Fixed(u.bondWeights(row, w.scales[i], w.columns, w.bondWeights))
		if u.liquid {
			u.liquidRow(row, w.bondWeights, w.columns, list.values)
		} else {
			u.relativeRow(row, w.bondWeights, w.columns, list.values)
		}
		res.Bonds = append(res.Bonds, list.take(row.columns, w.aligned[i]))
	}
	w.dividends(res)
}

// relativeRow writes the new bonds of one validator and adds them to their columns' sums.
func (u *update) relativeRow(row pairedRow, weights []uint64, columns []column, out []uint64) {
	weights, bonds, out := weights[:len(row.columns)], row.bonds[:len(row.columns)], out[:len(row.columns)]
	alpha := u.alpha
	for k, j := range row.columns {
		bond := average(alpha, weights[k], bonds[k])
		columns[j].bonds += bond
		out[k] = bond
	}
}

// liquidRow is relativeRow with an α for each bond.
func (u *update) liquidRow(row pairedRow, weights []uint64, columns []column, out []uint64) {
	weights, bonds, out := weights[:len(row.columns)], row.bonds[:len(row.columns)], out[:len(row.columns)]
	for k, j := range row.columns {
		c := &columns[j]
		alpha := u.curve.alpha(distance(weights[k], bonds[k]<<bondShift, c.consensus))
		bond := average(alpha, weights[k], bonds[k])
		c.bonds += bond
		out[k] = bond
	}
}

// factor is a miner's incentive by the sum of its bonds, so that a bond's part of it is one product:
// (bond << shift)·value / 2^64, with the sum shifted to the top.
type factor struct {
	value uint64
	shift uint
}

// dividends weigh each validator's part of every miner's bonds with the miner's incentive.
func (w *Workspace) dividends(res *Result) {
	w.factors = resize(w.factors, len(w.columns))
	for j, c := range w.columns {
		w.factors[j] = factor{}
		if c.bonds > 0 {
			shift := uint(bits.LeadingZeros64(c.bonds))
			value, _ := bits.Div64(uint64(res.Incentive[j]), 0, c.bonds<<shift)
			w.factors[j] = factor{value, shift}
		}
	}
	factors := w.factors
	for i, row := range res.Bonds {
		var t uint64
		values := row.Values[:len(row.Columns)]
		for k, j := range row.Columns {
			f := &factors[j]
			part, _ := bits.Mul64(values[k]<<(f.shift&63), f.value)
			t += part
		}
		w.earnings[i] = wide{}
		w.earnings[i].addProduct(t, w.powers[i])
	}
}
