package report

import (
	"fmt"
	"slices"

	"github.com/agora-network/agora/benchmark/stat"
)

// Limits of what a function takes.
const (
	// MaxValue bounds a value, either side of 0: a thousand in units.
	MaxValue = 1_000 * stat.One
	// MaxReplicates bounds how often a sample is drawn again.
	MaxReplicates = 1_000_000
	// MaxWork bounds replicates times values.
	MaxWork = 1 << 30
)

// Chance is a source of uniform integers in [0, n), such as chance.Stream.
type Chance interface {
	Below(n uint32) uint32
}

// Error bounds: alpha is the chance, in units, that an interval misses what it is for.
const (
	leastAlpha = 1
	mostAlpha  = stat.One - 1
)

func checkRange(what string, value, low, high int64) error {
	if value < low || value > high {
		return fmt.Errorf("%w: %s is %d, must be %d to %d", stat.ErrRange, what, value, low, high)
	}
	return nil
}

func checkAlpha(alpha int64) error { return checkRange("alpha", alpha, leastAlpha, mostAlpha) }

// checkValues refuses a list that is shorter than least, too long, or holds a value out of
// range.
func checkValues(values []int64, least int) error {
	if len(values) < least {
		return fmt.Errorf("%w: %d values, at least %d", stat.ErrEmpty, len(values), least)
	}
	if len(values) > stat.MaxItems {
		return fmt.Errorf("%w: %d values, at most %d", stat.ErrTooMany, len(values), stat.MaxItems)
	}
	for i, value := range values {
		if value < -MaxValue || value > MaxValue {
			return fmt.Errorf("%w: value %d is %d, must be within ±%d", stat.ErrRange, i, value, MaxValue)
		}
	}
	return nil
}

// differences returns a - b, item by item.
func differences(a, b []int64, least int) ([]int64, error) {
	if len(a) != len(b) {
		return nil, fmt.Errorf("%w: %d and %d values", stat.ErrLength, len(a), len(b))
	}
	for _, values := range [][]int64{a, b} {
		if err := checkValues(values, least); err != nil {
			return nil, err
		}
	}
	out := make([]int64, len(a))
	for i := range a {
		out[i] = a[i] - b[i]
	}
	return out, nil
}

// pUnits quantises a p-value to 1 unit at least.
func pUnits(p float64) int64 { return min(max(stat.ToUnits(p), 1), stat.One) }

// constant reports whether all values are the same.
func constant(values []int64) bool { return slices.Min(values) == slices.Max(values) }

// floats returns values in units as float64.
func floats(values []int64) []float64 {
	out := make([]float64, len(values))
	for i, value := range values {
		out[i] = stat.FromUnits(value)
	}
	return out
}
