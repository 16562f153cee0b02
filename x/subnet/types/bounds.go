package types

import errorsmod "cosmossdk.io/errors"

// Bounds of what may be said of a benchmark's numbers.
const (
	// MaxFieldBounds is how many numbers of one benchmark may be tuned, and how many at once.
	MaxFieldBounds = 32
	// MaxFieldBytes is the longest path of a number.
	MaxFieldBytes = 128
)

// Check refuses to move a number from one value to another: ErrChangeTooLarge when that is more than max_change, in either
// direction, ErrValueOutOfBounds when it would then lie outside of min and max.
func (b FieldBound) Check(from, to uint64) error {
	if moved := max(from, to) - min(from, to); moved > b.MaxChange {
		return errorsmod.Wrapf(ErrChangeTooLarge, "%s would move by %d, from %d to %d; at most %d at once", b.Field, moved, from, to, b.MaxChange)
	}
	if !b.holds(to) {
		return errorsmod.Wrapf(ErrValueOutOfBounds, "%s would be %d, its bounds are %d to %d", b.Field, to, b.Min, b.Max)
	}
	return nil
}

// CheckPresent refuses a bound that the number is outside of as it stands, with ErrBoundsInvalid: a change within max_change
// might never bring it inside.
func (b FieldBound) CheckPresent(value uint64) error {
	if !b.holds(value) {
		return errorsmod.Wrapf(ErrBoundsInvalid, "%s is %d in the newest version, outside of %d to %d", b.Field, value, b.Min, b.Max)
	}
	return nil
}

func (b FieldBound) holds(value uint64) bool { return b.Min <= value && value <= b.Max }

// Bound finds the bound of a field.
func (b BenchmarkBounds) Bound(field string) (FieldBound, bool) {
	for _, bound := range b.Bounds {
		if bound.Field == field {
			return bound, true
		}
	}
	return FieldBound{}, false
}

// checkBounds checks bounds as far as it goes without the benchmark they are for.
func checkBounds(bounds []FieldBound) error {
	if len(bounds) > MaxFieldBounds {
		return errorsmod.Wrapf(ErrBoundsInvalid, "%d bounds, at most %d", len(bounds), MaxFieldBounds)
	}
	var last string
	for i, b := range bounds {
		if wrong := checkField(b.Field, last, i > 0); wrong != "" {
			return errorsmod.Wrapf(ErrBoundsInvalid, "bound %d: %s", i, wrong)
		}
		switch {
		case b.MaxChange == 0:
			return errorsmod.Wrapf(ErrBoundsInvalid, "%s has a max_change of 0: leave it out instead", b.Field)
		case b.Min > b.Max:
			return errorsmod.Wrapf(ErrBoundsInvalid, "%s has min %d above max %d", b.Field, b.Min, b.Max)
		}
		last = b.Field
	}
	return nil
}

// checkField returns what is wrong with a path or with its place behind the last one, or "".
func checkField(field, last string, follows bool) string {
	if field == "" || len(field) > MaxFieldBytes {
		return "its field is empty or too long"
	}
	for i := range len(field) {
		// Whatever else is wrong with a path, it cannot then be mistaken for another.
		if c := field[i]; c <= ' ' || c > '~' {
			return "its field holds a character other than visible ASCII"
		}
	}
	if follows && field <= last {
		return "its field, " + field + ", does not come after " + last + " in the order of bytes"
	}
	return ""
}
