package yuma

import "math/bits"

// patience is after how many pivots taken from the candidates a selection changes to bisecting the
// range of their values, which needs at most 62 more rounds: rows chosen to make every pivot a bad
// one cost a constant factor, not a square.
const patience = 32

// consensusWeight is the largest weight w such that the powers of the entries with a weight of at
// least w add up to need or more; 0 when all of them together do not. It reorders both slices,
// which have the same length. The sum of all powers must fit 64 bits.
func consensusWeight(weights, powers []uint64, need uint64) uint64 {
	// above is the power of the entries found to lie over every remaining candidate; it stays below
	// need (or at 0), so the answer is among the candidates, or 0.
	var above uint64
	for round := 0; len(weights) > 0; round++ {
		pivot := pickPivot(weights, round)
		greater, powerGreater, powerEqual := partition(weights, powers, pivot)
		switch {
		case greater > 0 && above+powerGreater >= need:
			weights, powers = weights[:greater], powers[:greater]
		case above+powerGreater+powerEqual >= need:
			return pivot
		default:
			above += powerGreater + powerEqual
			weights, powers = keepSmaller(weights[greater:], powers[greater:], pivot)
		}
	}
	return 0
}

// pickPivot is the median of three candidates, or after a while the middle of the candidates' range.
// The middle of a range lies below its upper end, so one of its two sides always shrinks.
func pickPivot(weights []uint64, round int) uint64 {
	if round < patience {
		a, b, c := weights[0], weights[len(weights)/2], weights[len(weights)-1]
		return max(min(a, b), min(max(a, b), c))
	}
	low, high := weights[0], weights[0]
	for _, w := range weights[1:] {
		low, high = min(low, w), max(high, w)
	}
	return low + (high-low)/2
}

// partition moves the entries above pivot to the front and returns how many there are, their power
// and the power of the entries equal to pivot. It has no branch that depends on the weights: which
// side a weight falls on is as good as random.
func partition(weights, powers []uint64, pivot uint64) (greater int, powerGreater, powerEqual uint64) {
	powers = powers[:len(weights)]
	var atLeast uint64
	for i, w := range weights {
		p := powers[i]
		_, isGreater := bits.Sub64(pivot, w, 0)
		_, isSmaller := bits.Sub64(w, pivot, 0)
		powerGreater += p & -isGreater
		atLeast += p & (isSmaller - 1)
		weights[i], powers[i] = weights[greater], powers[greater]
		weights[greater], powers[greater] = w, p
		greater += int(isGreater)
	}
	return greater, powerGreater, atLeast - powerGreater
}

// keepSmaller moves the entries below pivot to the front and returns them; no entry is above it.
func keepSmaller(weights, powers []uint64, pivot uint64) ([]uint64, []uint64) {
	powers = powers[:len(weights)]
	n := 0
	for i, w := range weights {
		_, isSmaller := bits.Sub64(w, pivot, 0)
		weights[n], powers[n] = w, powers[i]
		n += int(isSmaller)
	}
	return weights[:n], powers[:n]
}
