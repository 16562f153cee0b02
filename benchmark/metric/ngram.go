package metric

import (
	"cmp"
	"slices"
)

// Widths of a symbol in a gram.
const (
	runeBits = 21 // a code point plus one, three in 63 bits
	wordBits = 32 // a word's number from 1, two in 64 bits
)

// gram is the sequence of up to six code points or four words that starts at a place
// of a text, the first in the highest bits; behind the text's end stand zeros. Sorted,
// the n-grams of every order n stand in groups, so all orders are counted from one
// sorting, exactly and without a hash that an adversary could fill with collisions.
type gram struct{ high, low uint64 }

func compareGrams(a, b gram) int {
	if a.high != b.high {
		return cmp.Compare(a.high, b.high)
	}
	return cmp.Compare(a.low, b.low)
}

// sortedGrams returns the grams of all places of a text. Symbols must be above 0 and
// fit into width bits.
func sortedGrams(symbols []uint32, width uint) []gram {
	perHalf := 64 / width
	grams := make([]gram, len(symbols))
	var next gram
	// From the end: the gram of a place is its symbol, then the gram of the next place
	// less its last symbol.
	topShift := width * (perHalf - 1)
	lowestOfHigh := uint64(1)<<width - 1
	for i := len(symbols) - 1; i >= 0; i-- {
		carried := next.high & lowestOfHigh
		next.high = next.high>>width | uint64(symbols[i])<<topShift
		next.low = next.low>>width | carried<<topShift
		grams[i] = next
	}
	slices.SortFunc(grams, compareGrams)
	return grams
}

// prefix returns the first n symbols of a gram and whether it has so many.
func (g gram) prefix(n int, width uint) (gram, bool) {
	perHalf := int(64 / width)
	if n <= perHalf {
		shift := width * uint(perHalf-n)
		high := g.high >> shift << shift
		return gram{high: high}, high>>shift&(1<<width-1) != 0
	}
	shift := width * uint(2*perHalf-n)
	low := g.low >> shift << shift
	return gram{high: g.high, low: low}, low>>shift&(1<<width-1) != 0
}

// cursor walks the groups of equal n-grams of sorted grams.
type cursor struct {
	grams []gram
	n     int
	width uint
	key   gram
	count int64
}

// next moves to the following group; false says that there is none.
func (c *cursor) next() bool {
	c.count = 0
	for len(c.grams) > 0 {
		key, whole := c.grams[0].prefix(c.n, c.width)
		if whole {
			if c.count > 0 && key != c.key {
				return true
			}
			c.key = key
			c.count++
		}
		c.grams = c.grams[1:]
	}
	return c.count > 0
}

// matches counts the n-grams of a text that others have too, each at most as often as
// the other that has it most often.
func matches(text []gram, others [][]gram, n int, width uint) int64 {
	cursors := make([]cursor, len(others))
	for i, other := range others {
		cursors[i] = cursor{grams: other, n: n, width: width}
		cursors[i].next()
	}
	var total int64
	own := cursor{grams: text, n: n, width: width}
	for own.next() {
		var most int64
		for i := range cursors {
			other := &cursors[i]
			for other.count > 0 && compareGrams(other.key, own.key) < 0 {
				other.next()
			}
			if other.count > 0 && other.key == own.key {
				most = max(most, other.count)
			}
		}
		total += min(own.count, most)
	}
	return total
}

// gramCount is the number of n-grams of a text with so many symbols.
func gramCount(symbols, n int) int64 { return int64(max(symbols-n+1, 0)) }
