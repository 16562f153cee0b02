package yuma

// decide finds every miner's consensus and its rank, for Yuma 2 also the claims to its bonds.
func (w *Workspace) decide(u *update, in *Input, consensus []Fixed) {
	clear(w.ranks)
	if u.variant == Yuma2 {
		w.claims = resize(w.claims, in.Miners)
		clear(w.claims)
	}
	w.tile.prepare(len(in.Powers))
	w.selection.prepare(len(in.Powers))
	for first := 0; first < in.Miners; first += w.tile.width {
		w.tile.load(in.Weights, w.scales, w.powers, first)
		for c := range min(w.tile.width, in.Miners-first) {
			j := first + c
			votes := w.tile.column(c)
			decided := w.selection.consensus(votes, w.need)
			consensus[j] = Fixed(decided)
			w.columns[j] = column{consensus: decided}
			if decided > 0 {
				w.ranks[j] = rank(votes, decided)
			}
			switch {
			case u.variant != Yuma2:
			case u.penalty == uint64(One):
				w.claims[j] = w.ranks[j] // bonds follow the clipped weights
			default:
				w.claims[j] = u.claims(votes, decided)
			}
		}
	}
}

// rank is Σ power x clipped weight.
func rank(votes []vote, consensus uint64) wide {
	var sum wide
	for _, v := range votes {
		sum.addProduct(v.power, min(v.weight, consensus))
	}
	return sum
}

// claims is Σ power x bond weight of one column.
func (u *update) claims(votes []vote, consensus uint64) wide {
	var sum wide
	for _, v := range votes {
		sum.addProduct(v.power, u.bondWeight(v.weight, min(v.weight, consensus)))
	}
	return sum
}
