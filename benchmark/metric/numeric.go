package metric

import (
	"fmt"
	"math/big"
)

// Bounds of the tolerances of [Numeric].
const (
	// MaxAbsoluteTolerance is a million, in units of 1e-9.
	MaxAbsoluteTolerance = 1_000_000_000_000_000
	// MaxRelativeTolerance is one, in units of 1e-9.
	MaxRelativeTolerance = 1_000_000_000
)

// Numeric compares numbers as numbers: "1,000", "1e3" and "1000.0" are the same. All
// arithmetic is exact. The zero value wants the very same number as the whole answer.
type Numeric struct {
	// Absolute is the greatest difference that still counts as right, in units of 1e-9, 0
	// to [MaxAbsoluteTolerance].
	Absolute int64
	// Relative is the same as a share of the reference's size, in units of 1e-9, 0 to
	// [MaxRelativeTolerance]. Either tolerance suffices.
	Relative int64
	// Last takes the last number of the answer, by [LastNumber], instead of the whole
	// answer, by [ParseNumber].
	Last bool
}

// Validate holds the tolerances to their bounds; the error wraps [ErrInput].
func (n Numeric) Validate() error {
	switch {
	case n.Absolute < 0 || n.Absolute > MaxAbsoluteTolerance:
		return fmt.Errorf("%w: the absolute tolerance must be 0 to %d, not %d", ErrInput, int64(MaxAbsoluteTolerance), n.Absolute)
	case n.Relative < 0 || n.Relative > MaxRelativeTolerance:
		return fmt.Errorf("%w: the relative tolerance must be 0 to %d, not %d", ErrInput, MaxRelativeTolerance, n.Relative)
	}
	return nil
}

// Score gives [One] to an answer that is a number within a tolerance of a reference,
// else 0. An answer that is no number scores 0; a reference that is none, by
// [ParseNumber], is an [ErrReference]. Other errors wrap [ErrTooLong] or [ErrInput].
func (n Numeric) Score(answer string, references []string) (int64, error) {
	if err := n.Validate(); err != nil {
		return 0, err
	}
	if err := check(answer, references); err != nil {
		return 0, err
	}
	wanted := make([]*big.Rat, len(references))
	for i, reference := range references {
		number, err := ParseNumber(reference)
		if err != nil {
			return 0, fmt.Errorf("%w: %w", ErrReference, err)
		}
		wanted[i] = number
	}
	given, ok := n.read(answer)
	if !ok {
		return 0, nil
	}
	for _, number := range wanted {
		if n.near(given, number) {
			return One, nil
		}
	}
	return 0, nil
}

func (n Numeric) read(answer string) (*big.Rat, bool) {
	if n.Last {
		return LastNumber(answer)
	}
	number, err := ParseNumber(answer)
	return number, err == nil
}

func (n Numeric) near(given, wanted *big.Rat) bool {
	difference := new(big.Rat).Sub(given, wanted)
	difference.Abs(difference)
	if difference.Cmp(big.NewRat(n.Absolute, One)) <= 0 {
		return true
	}
	allowed := new(big.Rat).Abs(wanted)
	allowed.Mul(allowed, big.NewRat(n.Relative, One))
	return difference.Cmp(allowed) <= 0
}
