package dataset

import (
	"fmt"
	"math/bits"
)

// Stream is uniform integers, such as chance.Stream.
type Stream interface {
	// Below returns a uniform integer in [0, n).
	Below(n uint32) uint32
}

// Pick draws k of n indexes without replacement, in the order of the draw: the first
// k of a uniformly shuffled row of all (Fisher-Yates; draw i takes one number below
// n-i). The error wraps [ErrIndex] when the set has fewer than k items, and
// [ErrInvalid] for a set that is larger than [MaxItems].
func Pick(stream Stream, n, k uint64) ([]uint64, error) {
	if n > MaxItems {
		return nil, fmt.Errorf("%w: it has %d items, at most %d are allowed", ErrInvalid, n, uint64(MaxItems))
	}
	if k > n {
		return nil, fmt.Errorf("%w: %d different items are drawn from a set of %d", ErrIndex, k, n)
	}
	picked := make([]uint64, k)
	// moved holds the places of the row that a shuffle would have changed.
	moved := make(map[uint64]uint64, k)
	at := func(place uint64) uint64 {
		if index, ok := moved[place]; ok {
			return index
		}
		return place
	}
	for i := range k {
		place := i + uint64(stream.Below(uint32(n-i)))
		picked[i] = at(place)
		moved[place] = at(i)
	}
	return picked, nil
}

// Epochs is after how many epochs as many items have been drawn as the set has: the
// number of epochs that it serves if no item should be asked about twice. Zero items
// per epoch give 0.
func Epochs(items, perEpoch uint64) uint64 {
	if perEpoch == 0 {
		return 0
	}
	return items / perEpoch
}

// Opened is how many items of a set are expected to have been opened, to the nearest,
// after epochs that each drew perEpoch different ones without regard to those before:
// items · (1 − (1 − perEpoch/items)^epochs). Whoever has kept them knows that many.
func Opened(items, perEpoch, epochs uint64) uint64 {
	if epochs == 0 {
		return 0
	}
	if perEpoch >= items {
		return items
	}
	// Fractions of 2^63.
	hidden := uint64(1) << 63
	power, _ := bits.Div64((items-perEpoch)>>1, (items-perEpoch)<<63, items)
	for ; epochs > 0; epochs >>= 1 {
		if epochs&1 == 1 {
			hidden = product(hidden, power)
		}
		power = product(power, power)
	}
	return items - product(items, hidden)
}

// product multiplies a number with a fraction of 2^63, to the nearest.
func product(a, fraction uint64) uint64 {
	high, low := bits.Mul64(a, fraction)
	return high<<1 | low>>63 + low>>62&1
}
