package yuma

import "math/bits"

// Result is the outcome of one epoch.
type Result struct {
	// Consensus and Incentive have one entry per miner. Incentives add up to at most 1.
	Consensus []Fixed
	Incentive []Fixed
	// Dividends and Trust have one entry per validator. Dividends add up to at most 1.
	Dividends []Fixed
	Trust     []Fixed
	// Bonds are the new bonds by validator, without zeros. Where they lie in the columns of the
	// validator's weights, Columns is the very list of the input: neither may be changed while the
	// other is in use.
	Bonds []Bonds
}

// Workspace holds the memory that an epoch needs besides its result, for reuse. The zero value is
// ready. It serves one goroutine at a time.
type Workspace struct {
	powers  []uint64 // scaled, so that their sum fits 64 bits
	need    uint64   // the power that decides consensus
	scales  []rowScale
	aligned []bool // by validator: its bonds lie in the columns of its weights
	merged  pairedRow

	tile      tile
	selection selection
	ranks     []wide // by miner
	claims    []wide // by miner: Yuma 2 only
	columns   []column

	bondWeights []uint64   // of one row
	exchanges   []exchange // by miner: Yuma 2 only
	factors     []factor   // by miner: Yuma 3 only
	earnings    []wide     // by validator: what its bonds earn, times its power in Yuma 3
}

// column is what the rows need to know of a miner, and what they add up about it.
type column struct {
	consensus uint64
	bonds     uint64 // sum of the bonds: of the new ones in Yuma 3, of the old ones in Yuma 2
}

// Run computes one epoch in a workspace of its own.
func Run(p Params, in Input) (*Result, error) {
	var w Workspace
	return w.Run(p, in)
}

// Run computes one epoch. It returns an error that wraps ErrParams or ErrInput and never panics,
// whatever the input. The input is not changed.
func (w *Workspace) Run(p Params, in Input) (*Result, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if err := w.admit(&in); err != nil {
		return nil, err
	}
	v, m := len(in.Powers), in.Miners
	miners, validators := make([]Fixed, 2*m), make([]Fixed, 2*v)
	res := &Result{
		Consensus: miners[:m:m], Incentive: miners[m:],
		Trust: validators[:v:v], Dividends: validators[v:],
		Bonds: make([]Bonds, 0, v),
	}
	w.prepare(p, &in)
	u := newUpdate(p)
	w.decide(&u, &in, res.Consensus)
	shares(w.ranks, res.Incentive)
	if p.Variant == Yuma2 {
		w.shared(&u, &in, res)
	} else {
		u.liquid = p.LiquidAlpha && !allZero(res.Consensus) // without consensus there is nothing to be near to
		w.relative(&u, &in, res)
	}
	shares(w.earnings, res.Dividends)
	return res, nil
}

// prepare sizes the workspace and brings powers and rows to scale.
func (w *Workspace) prepare(p Params, in *Input) {
	v, m := len(in.Powers), in.Miners
	w.powers = append(w.powers[:0], in.Powers...)
	w.need = needed(p.Kappa, scalePowers(w.powers))
	w.scales = resize(w.scales, v)
	for i, row := range in.Weights {
		w.scales[i] = newRowScale(row.Values)
	}
	w.ranks = resize(w.ranks, m)
	w.columns = resize(w.columns, m)
	w.earnings = resize(w.earnings, v)
	w.bondWeights = resize(w.bondWeights, m)
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

// shares writes what part of their sum each of some numbers is, rounded down; all 0 where the sum is.
func shares(parts []wide, out []Fixed) {
	var sum wide
	for _, part := range parts {
		sum.add(part)
	}
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
