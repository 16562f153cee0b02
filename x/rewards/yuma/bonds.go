package yuma

import (
	"math/bits"
	"slices"
)

// update is how one epoch changes bonds.
type update struct {
	variant Variant
	penalty uint64
	alpha   uint64
	liquid  bool
	curve   liquid
}

func newUpdate(p Params) update {
	return update{
		variant: p.Variant,
		penalty: uint64(p.BondsPenalty),
		alpha:   uint64(One - p.BondsMovingAverage),
		curve: liquid{
			low:       uint64(p.AlphaLow),
			span:      uint64(p.AlphaHigh - p.AlphaLow),
			steepness: p.AlphaSteepness,
		},
	}
}

// bondWeight is W + β·(W̄ − W).
func (u *update) bondWeight(weight, clipped uint64) uint64 {
	if u.penalty == uint64(One) {
		return clipped
	}
	return weight - mul(u.penalty, weight-clipped)
}

// average is α·weight + (1 − α)·bond, a stored bond rounded down; bond is a stored bond.
func average(alpha, weight, bond uint64) uint64 {
	hi, lo := bits.Mul64(alpha, weight)
	hi2, lo2 := bits.Mul64(uint64(One)-alpha, bond<<bondShift)
	_, carry := bits.Add64(lo, lo2, 0)
	return (hi + hi2 + carry) >> (2*fixedBits - bondBits - 64)
}

// bondWeights writes a row's weights for bonds and returns what of the row is in consensus: trust.
func (u *update) bondWeights(row pairedRow, scale rowScale, columns []column, out []uint64) (trust uint64) {
	weights, out := row.weights[:len(row.columns)], out[:len(row.columns)]
	for k, j := range row.columns {
		weight := scale.normalise(weights[k])
		clipped := min(weight, columns[j].consensus)
		trust += clipped
		out[k] = u.bondWeight(weight, clipped)
	}
	return trust
}

// bondList collects the new bonds of all validators, one row behind the other.
type bondList struct {
	columns []uint32
	values  []uint64
}

// newBonds makes room for the new bonds: a row can hold no more than its old bonds and its weights
// together, and no more than there are miners.
func (w *Workspace) newBonds(in *Input) bondList {
	room := 0
	for i, row := range in.Weights {
		n := len(row.Columns)
		if !w.aligned[i] {
			n = min(n+len(in.bonds(i).Columns), in.Miners)
		}
		room += n
	}
	return bondList{values: make([]uint64, room)}
}

// take hands out one row: the values that lie at the head of what is left, without zeros. The row
// shares the given columns where it may and no value is zero.
func (l *bondList) take(columns []uint32, share bool) Bonds {
	values := l.values[:len(columns):len(columns)]
	if share && !slices.Contains(values, 0) {
		l.values = l.values[len(columns):]
		return Bonds{Columns: columns[:len(columns):len(columns)], Values: values}
	}
	if l.columns == nil {
		l.columns = make([]uint32, len(l.values))
	}
	n := 0
	for k, j := range columns {
		l.columns[n], l.values[n] = j, values[k]
		if values[k] != 0 {
			n++
		}
	}
	taken := Bonds{Columns: l.columns[:n:n], Values: values[:n:n]}
	l.columns, l.values = l.columns[n:], l.values[n:]
	return taken
}
