package yuma

import (
	"errors"
	"fmt"
	"math/bits"
)

const (
	// MaxMiners is the largest number of miners of one epoch. Up to it any two different
	// normalised weights differ by at least one unit of Fixed.
	MaxMiners = 32_768
	// MaxValidators is the largest number of validators of one epoch.
	MaxValidators = 4_096

	// tileColumns is how many columns are worked on at a time: their cells stay in the cache, and
	// what is written back fills whole cache lines of each row.
	tileColumns = 64
)

// ErrInput is returned for an input whose parts do not fit together.
var ErrInput = errors.New("malformed yuma input")

// Weights is one validator's row: relative weights of some miners. Columns are miner indices,
// strictly ascending; Values has one weight for each. An empty row votes for nobody.
type Weights struct {
	Columns []uint32
	Values  []uint16
}

// Bonds is one validator's bonds: like Weights, with values in units of 1/BondOne, at most BondOne.
type Bonds struct {
	Columns []uint32
	Values  []uint64
}

// Input is one epoch of a subnet. Powers, Weights and Bonds have one entry per validator.
type Input struct {
	// Miners is the number of columns, at most MaxMiners.
	Miners int
	// Powers are the scoring powers, in any unit. A validator that does not count has 0.
	Powers []uint64
	// Weights are the rows. Columns of miners that are gone must have been left out.
	Weights []Weights
	// Bonds are those of the epoch before; nil for none at all.
	Bonds []Bonds
}

// Result is the outcome of one epoch.
type Result struct {
	// Consensus and Incentive have one entry per miner. Incentives add up to at most 1.
	Consensus []Fixed
	Incentive []Fixed
	// Dividends and Trust have one entry per validator. Dividends add up to at most 1.
	Dividends []Fixed
	Trust     []Fixed
	// Bonds are the new bonds by validator, without zeros.
	Bonds []Bonds
}

// Workspace holds the memory that an epoch needs besides its result, for reuse. The zero value is
// ready. It serves one goroutine at a time.
type Workspace struct {
	validators int
	stride     int // see cacheStride
	powers     []uint64
	total      uint64
	need       uint64
	rows       []rowScale
	nextWeight []int // per validator: the first entry of its row that is not yet in a tile
	nextBond   []int

	// The new bonds of all validators; those of validator i are at from[i] to to[i].
	newColumns []uint32
	newValues  []uint64
	from, to   []int

	// One tile, column-major: the cells of column c are at c*stride, count[c] of them.
	count  [tileColumns]int
	who    []uint32 // validator of the cell
	weight []uint64 // normalised weight; 0 where there is only a bond
	bond   []uint64 // old bond, replaced by the new one

	selectWeights []uint64
	selectPowers  []uint64
	pairs         []wide // one per validator: Yuma 2's power x weight
	ranks         []wide
	bondSums      []uint64
	factors       []uint64
	normShift     []uint8
}

// Run computes one epoch in a workspace of its own.
func Run(p Params, in Input) (*Result, error) {
	var w Workspace
	return w.Run(p, in)
}

// Run computes one epoch. It returns an error that wraps ErrParams or ErrInput and never panics,
// whatever the input. The input is not changed, and the result does not refer to it.
func (w *Workspace) Run(p Params, in Input) (*Result, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if err := in.validate(); err != nil {
		return nil, err
	}
	res := w.run(p, in)
	if p.LiquidAlpha && p.Variant == Yuma3 && allZero(res.Consensus) {
		// Without any consensus there is nothing to be near to: the plain average holds. This is
		// known only after the last column, and too rare to deserve a pass of its own.
		p.LiquidAlpha = false
		res = w.run(p, in)
	}
	return res, nil
}

// validate checks shapes, orders and ranges.
func (in Input) validate() error {
	v := len(in.Powers)
	switch {
	case in.Miners < 0 || in.Miners > MaxMiners:
		return fmt.Errorf("%w: %d miners, at most %d", ErrInput, in.Miners, MaxMiners)
	case v > MaxValidators:
		return fmt.Errorf("%w: %d validators, at most %d", ErrInput, v, MaxValidators)
	case len(in.Weights) != v:
		return fmt.Errorf("%w: %d rows of weights for %d validators", ErrInput, len(in.Weights), v)
	case in.Bonds != nil && len(in.Bonds) != v:
		return fmt.Errorf("%w: %d rows of bonds for %d validators", ErrInput, len(in.Bonds), v)
	}
	for i, row := range in.Weights {
		if err := validateColumns(row.Columns, len(row.Values), in.Miners); err != nil {
			return fmt.Errorf("weights of validator %d: %w", i, err)
		}
	}
	for i, row := range in.Bonds {
		if err := validateColumns(row.Columns, len(row.Values), in.Miners); err != nil {
			return fmt.Errorf("bonds of validator %d: %w", i, err)
		}
		for k, b := range row.Values {
			if b > BondOne {
				return fmt.Errorf("bonds of validator %d: %w: bond to column %d is above 1", i, ErrInput, row.Columns[k])
			}
		}
	}
	return nil
}

func validateColumns(columns []uint32, values, miners int) error {
	if len(columns) != values {
		return fmt.Errorf("%w: %d columns for %d values", ErrInput, len(columns), values)
	}
	for k, j := range columns {
		if k > 0 && j <= columns[k-1] {
			return fmt.Errorf("%w: column %d comes after column %d", ErrInput, j, columns[k-1])
		}
	}
	if n := len(columns); n > 0 && int64(columns[n-1]) >= int64(miners) {
		return fmt.Errorf("%w: column %d of %d", ErrInput, columns[n-1], miners)
	}
	return nil
}

func (w *Workspace) run(p Params, in Input) *Result {
	v, m := len(in.Powers), in.Miners
	w.prepare(p, in)
	columns := make([]Fixed, 2*m)
	perValidator := make([]Fixed, 2*v)
	res := &Result{
		Consensus: columns[:m:m], Incentive: columns[m:],
		Trust: perValidator[:v:v], Dividends: perValidator[v:],
	}
	w.newBonds(in)
	u := newUpdate(p)
	for first := 0; first < m; first += tileColumns {
		width := min(tileColumns, m-first)
		w.gather(in, first, width)
		for c := range width {
			w.column(&u, first+c, c, res)
		}
		w.scatter(first, width)
	}
	res.Bonds = w.collectBonds()
	w.incentives(res.Incentive)
	w.dividends(p.Variant, res)
	return res
}

// prepare sizes the workspace and brings powers and rows to scale.
func (w *Workspace) prepare(p Params, in Input) {
	v, m := len(in.Powers), in.Miners
	w.validators, w.stride = v, cacheStride(v)
	w.powers = append(w.powers[:0], in.Powers...)
	w.total = scalePowers(w.powers)
	w.need = needed(p.Kappa, w.total)
	w.rows = resize(w.rows, v)
	for i, row := range in.Weights {
		w.rows[i] = newRowScale(row.Values)
	}
	w.nextWeight = resize(w.nextWeight, v)
	w.nextBond = resize(w.nextBond, v)
	clear(w.nextWeight)
	clear(w.nextBond)
	w.from, w.to = resize(w.from, v), resize(w.to, v)
	w.who = resize(w.who, w.stride*tileColumns)
	w.weight = resize(w.weight, w.stride*tileColumns)
	w.bond = resize(w.bond, w.stride*tileColumns)
	w.selectWeights = resize(w.selectWeights, v)
	w.selectPowers = resize(w.selectPowers, v)
	w.pairs = resize(w.pairs, v)
	w.ranks = resize(w.ranks, m)
	w.bondSums = resize(w.bondSums, m)
	w.factors = resize(w.factors, m)
	w.normShift = resize(w.normShift, m)
}

// cacheStride is the distance between two columns of a tile: room for every validator, and an odd
// number of cache lines, so that the heads of the columns do not all fall into the same few sets.
func cacheStride(validators int) int {
	const line = 8 // values of 8 bytes
	return ((validators+line-1)/line | 1) * line
}

// scalePowers shifts all powers right until their sum fits 64 bits and returns the sum.
func scalePowers(powers []uint64) uint64 {
	var sum wide
	for _, p := range powers {
		sum.add(wide{lo: p})
	}
	shift := uint(max(0, sum.bitLen()-64))
	var total uint64
	for i := range powers {
		powers[i] >>= shift
		total += powers[i]
	}
	return total
}

// needed is ⌈κ·total⌉, the power that decides consensus. Where nobody has power nothing is decided:
// more is needed than there is.
func needed(kappa Fixed, total uint64) uint64 {
	if total == 0 {
		return 1
	}
	hi, lo := bits.Mul64(uint64(kappa), total)
	n := hi<<(64-fixedBits) | lo>>fixedBits
	if lo<<(64-fixedBits) != 0 {
		n++
	}
	return n
}

// newBonds makes room for the new bonds: a row can hold no more than its old bonds and its weights
// together, and no more than there are miners. The rows lie one behind the other.
func (w *Workspace) newBonds(in Input) {
	room := 0
	for i := range in.Powers {
		w.from[i], w.to[i] = room, room
		n := len(in.Weights[i].Columns)
		if in.Bonds != nil {
			n += len(in.Bonds[i].Columns)
		}
		room += min(n, in.Miners)
	}
	w.newColumns, w.newValues = make([]uint32, room), make([]uint64, room)
}

// collectBonds hands the new bonds over to the result.
func (w *Workspace) collectBonds() []Bonds {
	out := make([]Bonds, w.validators)
	for i := range out {
		from, to := w.from[i], w.to[i]
		out[i] = Bonds{Columns: w.newColumns[from:to:to], Values: w.newValues[from:to:to]}
	}
	w.newColumns, w.newValues = nil, nil
	return out
}

// gather fills the tile with the cells that have a weight or an old bond.
func (w *Workspace) gather(in Input, first, width int) {
	clear(w.count[:])
	end := uint32(first + width)
	for i := range w.validators {
		weights := in.Weights[i]
		var bonds Bonds
		if in.Bonds != nil {
			bonds = in.Bonds[i]
		}
		scale := w.rows[i]
		a, b := w.nextWeight[i], w.nextBond[i]
		if spans(weights.Columns, a, first, width) && spans(bonds.Columns, b, first, width) {
			// Both lists are dense here: no merging. The general case below does the same.
			values, old := weights.Values[a:a+width], bonds.Values[b:b+width]
			for c, weight := range values {
				cell := c*w.stride + w.count[c]
				w.count[c]++
				w.who[cell], w.weight[cell], w.bond[cell] = uint32(i), scale.normalise(weight), old[c]
			}
			w.nextWeight[i], w.nextBond[i] = a+width, b+width
			continue
		}
		for {
			columnA, columnB := end, end
			if a < len(weights.Columns) {
				columnA = weights.Columns[a]
			}
			if b < len(bonds.Columns) {
				columnB = bonds.Columns[b]
			}
			column := min(columnA, columnB)
			if column >= end {
				break
			}
			var weight, bond uint64
			if columnA == column {
				weight = scale.normalise(weights.Values[a])
				a++
			}
			if columnB == column {
				bond = bonds.Values[b]
				b++
			}
			c := int(column) - first
			cell := c*w.stride + w.count[c]
			w.count[c]++
			w.who[cell], w.weight[cell], w.bond[cell] = uint32(i), weight, bond
		}
		w.nextWeight[i], w.nextBond[i] = a, b
	}
}

// spans tells whether a list has every column of a tile, beginning at entry at.
func spans(columns []uint32, at, first, width int) bool {
	last := at + width - 1
	return last < len(columns) && columns[at] == uint32(first) && columns[last] == uint32(first+width-1)
}

// column decides one miner's consensus, adds up its rank and the validators' trust, and replaces
// its bonds.
func (w *Workspace) column(u *update, miner, c int, res *Result) {
	from, to := c*w.stride, c*w.stride+w.count[c]
	who, weights, bonds := w.who[from:to], w.weight[from:to], w.bond[from:to]
	var rank wide
	consensus := w.consensus(who, weights)
	res.Consensus[miner] = Fixed(consensus)
	if consensus > 0 {
		for k, i := range who {
			clipped := min(weights[k], consensus)
			rank.addProduct(w.powers[i], clipped)
			res.Trust[i] += Fixed(clipped)
		}
	}
	w.ranks[miner] = rank
	if u.variant == Yuma2 {
		w.bondSums[miner] = u.shared(who, weights, bonds, consensus, w.powers, w.pairs)
	} else {
		w.bondSums[miner] = u.relative(weights, bonds, consensus)
	}
}

// consensus is C of one column.
func (w *Workspace) consensus(who []uint32, weights []uint64) uint64 {
	n := 0
	var power uint64
	for k, weight := range weights {
		p := w.powers[who[k]]
		w.selectWeights[n], w.selectPowers[n] = weight, p
		if weight > 0 {
			n++
			power += p
		}
	}
	if power < w.need {
		return 0
	}
	return consensusWeight(w.selectWeights[:n], w.selectPowers[:n], w.need)
}

// scatter appends the new bonds of a tile to their rows.
func (w *Workspace) scatter(first, width int) {
	for c := range width {
		from, to := c*w.stride, c*w.stride+w.count[c]
		bonds, who := w.bond[from:to], w.who[from:to]
		for k, i := range who {
			if b := bonds[k]; b > 0 {
				at := w.to[i]
				w.newColumns[at], w.newValues[at] = uint32(first+c), b
				w.to[i] = at + 1
			}
		}
	}
}

// incentives are the ranks normalised to 1.
func (w *Workspace) incentives(out []Fixed) {
	var sum wide
	for _, r := range w.ranks {
		sum.add(r)
	}
	shares(w.ranks, sum, out)
}

// dividends weigh each validator's part of every miner's bonds with the miner's incentive.
func (w *Workspace) dividends(variant Variant, res *Result) {
	// A bond's part of its column times the incentive is (bond << shift)·factor / 2^64, with the
	// column's sum shifted to the top and the incentive divided by it: one product per cell.
	for j, sum := range w.bondSums {
		w.factors[j], w.normShift[j] = 0, 0
		if sum > 0 {
			shift := bits.LeadingZeros64(sum)
			w.factors[j], _ = bits.Div64(uint64(res.Incentive[j]), 0, sum<<shift)
			w.normShift[j] = uint8(shift)
		}
	}
	var sum wide
	for i, row := range res.Bonds {
		var t uint64
		for k, j := range row.Columns {
			part, _ := bits.Mul64(row.Values[k]<<(w.normShift[j]&63), w.factors[j])
			t += part
		}
		w.pairs[i] = wide{lo: t}
		if variant == Yuma3 {
			w.pairs[i] = wide{}
			w.pairs[i].addProduct(t, w.powers[i])
		}
		sum.add(w.pairs[i])
	}
	shares(w.pairs, sum, res.Dividends)
}

// shares writes parts/sum, rounded down; all 0 where the sum is.
func shares(parts []wide, sum wide, out []Fixed) {
	n := sum.bitLen()
	whole := sum.top(n)
	for i, part := range parts {
		switch top := part.top(n); {
		case top == 0:
			out[i] = 0
		case top == whole:
			out[i] = One
		default:
			q, _ := bits.Div64(top>>2, top<<62, whole)
			out[i] = Fixed(q)
		}
	}
}

// rowScale divides the weights of a row by their sum.
type rowScale struct {
	sum        uint64
	quotient   uint64 // One / sum
	remainder  uint64 // One mod sum
	reciprocal uint64 // 2^64 / sum, of use where the remainder is not 0
}

func newRowScale(values []uint16) rowScale {
	var sum uint64
	for _, w := range values {
		sum += uint64(w)
	}
	if sum == 0 {
		return rowScale{}
	}
	s := rowScale{sum: sum, quotient: uint64(One) / sum, remainder: uint64(One) % sum}
	if sum > 1 {
		s.reciprocal, _ = bits.Div64(1, 0, sum)
	}
	return s
}

// normalise is weight/sum rounded down, exactly: weight·One = weight·quotient·sum + rest with
// rest = weight·remainder < 2^16·2^31, and rest/sum by its reciprocal is at most one too small.
func (s rowScale) normalise(weight uint16) uint64 {
	rest := uint64(weight) * s.remainder
	q, _ := bits.Mul64(rest, s.reciprocal)
	if rest-q*s.sum >= s.sum && s.sum > 0 {
		q++
	}
	return uint64(weight)*s.quotient + q
}

func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

func allZero(values []Fixed) bool {
	for _, v := range values {
		if v != 0 {
			return false
		}
	}
	return true
}
