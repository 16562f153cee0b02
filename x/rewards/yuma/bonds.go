package yuma

import "math/bits"

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
		liquid:  p.LiquidAlpha && p.Variant == Yuma3,
		curve: liquid{
			low:       uint64(p.AlphaLow),
			span:      uint64(p.AlphaHigh - p.AlphaLow),
			steepness: p.AlphaSteepness,
		},
	}
}

// bondWeight is W + β·(W̄ − W).
func (u *update) bondWeight(weight, consensus uint64) uint64 {
	over := weight - min(weight, consensus)
	if u.penalty == uint64(One) {
		return weight - over
	}
	return weight - mul(u.penalty, over)
}

// average is α·weight + (1 − α)·bond, a stored bond rounded down; bond is a stored bond.
func average(alpha, weight, bond uint64) uint64 {
	hi, lo := bits.Mul64(alpha, weight)
	hi2, lo2 := bits.Mul64(uint64(One)-alpha, bond<<bondShift)
	_, carry := bits.Add64(lo, lo2, 0)
	return (hi + hi2 + carry) >> (2*fixedBits - bondBits - 64)
}

// relative replaces the bonds of one column by Yuma 3 and returns their sum.
func (u *update) relative(weights, bonds []uint64, consensus uint64) uint64 {
	bonds = bonds[:len(weights)]
	var sum uint64
	alpha := u.alpha
	for k, weight := range weights {
		weight = u.bondWeight(weight, consensus)
		if u.liquid {
			alpha = u.curve.alpha(distance(weight, bonds[k]<<bondShift, consensus))
		}
		bonds[k] = average(alpha, weight, bonds[k])
		sum += bonds[k]
	}
	return sum
}

// shared replaces the bonds of one column by Yuma 2 and returns their sum, BondOne but for rounding
// where there is any bond. pairs is scratch memory.
func (u *update) shared(who []uint32, weights, bonds []uint64, consensus uint64, powers []uint64, pairs []wide) uint64 {
	var claims wide
	var old uint64
	for k, i := range who {
		pairs[k] = wide{}
		pairs[k].addProduct(powers[i], u.bondWeight(weights[k], consensus))
		claims.add(pairs[k])
		old += bonds[k]
	}
	// A column without claims, or without old bonds, adds nothing of its kind.
	var claim, keep divisor
	if !claims.isZero() {
		claim = newDivisor(claims)
	}
	if old > 0 {
		keep = newDivisor(wide{lo: old})
	}
	var sum uint64
	for k := range bonds {
		var bought, kept uint64
		if claim.length > 0 {
			bought = claim.share(pairs[k])
		}
		if keep.length > 0 {
			kept = keep.share(wide{lo: bonds[k]})
		}
		hi, lo := bits.Mul64(u.alpha, bought)
		hi2, lo2 := bits.Mul64(uint64(One)-u.alpha, kept)
		lo, carry := bits.Add64(lo, lo2, 0)
		pairs[k].lo = (hi+hi2+carry)<<(64-fixedBits) | lo>>fixedBits
		sum += pairs[k].lo
	}
	if sum == 0 {
		clear(bonds)
		return 0
	}
	whole := newDivisor(wide{lo: sum})
	sum = 0
	for k := range bonds {
		bonds[k] = whole.share(wide{lo: pairs[k].lo}) >> bondShift
		sum += bonds[k]
	}
	return sum
}
