package yuma

import "math/bits"

// rowScale divides the weights of a row by their sum.
type rowScale struct {
	quotient uint64 // One / sum
	fraction uint64 // what the quotient leaves, in units of 2^-fractionBits, rounded up
}

// fractionBits is such that a weight times a fraction fits 64 bits, and that rounding the fraction
// up never reaches the next unit: a weight (below 2^16) times the error (below 2^-47) is less than
// the smallest distance from below to a unit, 1/sum (above 2^-31).
const fractionBits = 47

func newRowScale(values []uint16) rowScale {
	var sum uint64
	for _, w := range values {
		sum += uint64(w)
	}
	if sum == 0 {
		return rowScale{}
	}
	rest := uint64(One) % sum // below 2^31
	hi, lo := bits.Mul64(rest, 1<<fractionBits)
	lo, carry := bits.Add64(lo, sum-1, 0)
	fraction, _ := bits.Div64(hi+carry, lo, sum)
	return rowScale{quotient: uint64(One) / sum, fraction: fraction}
}

// normalise is weight/sum as a Fixed, rounded down, exactly.
func (s rowScale) normalise(weight uint16) uint64 {
	w := uint64(weight)
	return w*s.quotient + w*s.fraction>>fractionBits
}

// pairedRow is one validator's weights beside its old bonds: the entries with the same index belong
// to the same miner.
type pairedRow struct {
	columns []uint32
	weights []uint16
	bonds   []uint64
}

// paired returns the row of one validator. It is valid until the next call.
func (w *Workspace) paired(in *Input, validator int) pairedRow {
	weights, bonds := in.Weights[validator], in.bonds(validator)
	if w.aligned[validator] {
		return pairedRow{weights.Columns, weights.Values, bonds.Values}
	}
	return w.merged.merge(weights, bonds)
}

// merge makes room for both lists and fills what one of them lacks with 0.
func (r *pairedRow) merge(weights Weights, bonds Bonds) pairedRow {
	n := len(weights.Columns) + len(bonds.Columns)
	r.columns, r.weights, r.bonds = resize(r.columns, n), resize(r.weights, n), resize(r.bonds, n)
	const end = ^uint32(0)
	a, b := 0, 0
	for n = 0; ; n++ {
		columnA, columnB := end, end
		if a < len(weights.Columns) {
			columnA = weights.Columns[a]
		}
		if b < len(bonds.Columns) {
			columnB = bonds.Columns[b]
		}
		column := min(columnA, columnB)
		if column == end {
			break
		}
		r.columns[n], r.weights[n], r.bonds[n] = column, 0, 0
		if columnA == column {
			r.weights[n] = weights.Values[a]
			a++
		}
		if columnB == column {
			r.bonds[n] = bonds.Values[b]
			b++
		}
	}
	return pairedRow{r.columns[:n], r.weights[:n], r.bonds[:n]}
}
