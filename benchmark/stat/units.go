package stat

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/bits"
)

// One is 1 in the unit of this package, 1e-9: the best score, certainty, a whole game.
const One int64 = 1_000_000_000

// Limits of what a function takes. They bound its time and memory, whoever sends the
// numbers.
const (
	// MaxPlayers bounds those who are compared with each other: as many as a subnet can have.
	MaxPlayers = 4_096
	// MaxPairs is how many pairs they make, for each of which there may be a test.
	MaxPairs = MaxPlayers * (MaxPlayers - 1) / 2
	// MaxItems bounds what they are compared on.
	MaxItems = 1 << 20
	// MaxComparisons bounds players times players times items.
	MaxComparisons uint64 = 1 << 32
)

// The errors for input that has no answer. Each is wrapped by one that names the place.
var (
	// ErrEmpty: there is nothing to compute with.
	ErrEmpty = errors.New("there is nothing to compute with")
	// ErrLength: lists that belong together differ in length.
	ErrLength = errors.New("the lists differ in length")
	// ErrTooMany: there is more than a limit of the package allows.
	ErrTooMany = errors.New("there are too many")
	// ErrRange: a number is outside of what it may be.
	ErrRange = errors.New("a number is out of range")
	// ErrUnbounded: the best estimate would be infinite.
	ErrUnbounded = errors.New("the estimate has no bound")
)

// checkCount refuses a list that is empty or longer than the limit.
func checkCount(what string, count, limit int) error {
	if count == 0 {
		return fmt.Errorf("%w: no %s", ErrEmpty, what)
	}
	if count > limit {
		return fmt.Errorf("%w: %d %s, at most %d", ErrTooMany, count, what, limit)
	}
	return nil
}

// checkRange refuses a number outside of [low, high].
func checkRange(what string, value, low, high int64) error {
	if value < low || value > high {
		return fmt.Errorf("%w: %s is %d, must be %d to %d", ErrRange, what, value, low, high)
	}
	return nil
}

// FromUnits returns a number of units as a float64.
func FromUnits(value int64) float64 { return float64(value) / float64(One) }

// ToUnits rounds a number, which must not be NaN, to units, halves to even; what an int64
// cannot hold becomes its nearest bound.
func ToUnits(x float64) int64 {
	x = math.RoundToEven(float64(x * float64(One)))
	switch {
	case x >= math.MaxInt64:
		return math.MaxInt64
	case x <= math.MinInt64:
		return math.MinInt64
	}
	return int64(x)
}

// scale returns a·b/d rounded half to even; a·b/d must fit and d > 0.
func scale(a, b, d uint64) uint64 {
	high, low := bits.Mul64(a, b)
	quotient, rest := bits.Div64(high, low, d)
	if rest > d-rest || rest == d-rest && quotient%2 == 1 {
		quotient++
	}
	return quotient
}

// quotientUnits returns n/d in units, rounded half to even. n >= 0, d > 0, and the result must
// fit; neither argument is kept.
func quotientUnits(n, d *big.Int) int64 {
	scaled := new(big.Int).Mul(n, big.NewInt(One))
	quotient, rest := scaled.QuoRem(scaled, d, new(big.Int))
	out := quotient.Int64()
	switch rest.Lsh(rest, 1).Cmp(d) {
	case 1:
		out++
	case 0:
		out += out % 2
	}
	return out
}
