// Package packed stores what belongs together as one value: a number for each of a subnet's miners is
// one read and one write, however many miners there are. It imports nothing of the SDK and holds no state.
package packed
