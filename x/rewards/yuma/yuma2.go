package yuma

import "math/bits"

// exchange is how the bonds of one miner change hands.
type exchange struct {
	incentive uint64 // twice the incentive
	buy, keep uint64 // what a claim buys, and what an old bond keeps: see newExchange
	claimBits uint8  // bit length of the sum of the claims
	keepShift uint8
}

// newExchange shares the bonds of a column between its claims, α of it, and its old bonds. A column
// with only one of the two belongs to that one: normalised to 1 as it would be at the end.
//
// A claim buys top(claim)·buy / 2^64, and an old bond keeps (bond << keepShift)·keep / 2^64, as a
// Fixed: sums are at the top of 64 bits, where their quotients with a fraction fit 64 bits.
func newExchange(alpha uint64, incentive Fixed, claims wide, old uint64) exchange {
	e := exchange{incentive: uint64(incentive) << 1}
	bought, kept := alpha, uint64(One)-alpha
	switch {
	case bought > 0 && old == 0:
		bought = uint64(One)
	case kept > 0 && claims.isZero():
		kept = uint64(One)
	}
	if !claims.isZero() {
		n := claims.bitLen()
		e.claimBits = uint8(n)
		e.buy, _ = bits.Div64(bought, 0, claims.top(n))
	}
	if old > 0 {
		e.keepShift = uint8(bits.LeadingZeros64(old))
		e.keep, _ = bits.Div64(kept, 0, old<<e.keepShift)
	}
	return e
}

// shared replaces the bonds by Yuma 2 and adds up what they earn.
func (w *Workspace) shared(u *update, in *Input, res *Result) {
	columns := w.columns
	for _, row := range in.Bonds {
		values := row.Values[:len(row.Columns)]
		for k, j := range row.Columns {
			columns[j].bonds += values[k]
		}
	}
	w.exchanges = resize(w.exchanges, in.Miners)
	for j, c := range columns {
		w.exchanges[j] = newExchange(u.alpha, res.Incentive[j], w.claims[j], c.bonds)
	}
	list := w.newBonds(in)
	for i := range in.Powers {
		row := w.paired(in, i)
		res.Trust[i] = Fixed(u.bondWeights(row, w.scales[i], w.columns, w.bondWeights))
		earned := sharedRow(row, w.bondWeights, w.powers[i], w.exchanges, list.values)
		w.earnings[i] = wide{lo: earned}
		res.Bonds = append(res.Bonds, list.take(row.columns, w.aligned[i]))
	}
}

// sharedRow writes the new bonds of one validator and returns what they earn.
func sharedRow(row pairedRow, weights []uint64, power uint64, exchanges []exchange, out []uint64) (earned uint64) {
	weights, bonds, out := weights[:len(row.columns)], row.bonds[:len(row.columns)], out[:len(row.columns)]
	for k, j := range row.columns {
		e := &exchanges[j]
		var claim wide
		claim.hi, claim.lo = bits.Mul64(power, weights[k])
		bought, _ := bits.Mul64(claim.top(int(e.claimBits)), e.buy)
		kept, _ := bits.Mul64(bonds[k]<<(e.keepShift&63), e.keep)
		bond := (bought + kept) >> bondShift
		part, _ := bits.Mul64(bond<<(bondShift+1), e.incentive)
		earned += part
		out[k] = bond
	}
	return earned
}
