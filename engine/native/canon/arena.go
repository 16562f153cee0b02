package canon

import "unsafe"

// Arena is memory for the packed matrices of one model, in one piece: on Linux it
// is made of large pages where the system has them, which spares every pass over
// the weights thousands of address translations.
type Arena struct{ free []float32 }

// NewArena returns memory for matrices whose sizes by PackedNumbers and
// PackedInt8Numbers come to numbers in all. What does not fit is allocated apart.
func NewArena(numbers int) *Arena {
	memory := make([]float32, numbers)
	adviseLargePages(memory)
	return &Arena{memory}
}

// PackedNumbers is the memory of a matrix packed by Pack, in float32 numbers.
func PackedNumbers(outputs, inputs int) int { return Padded(outputs) * inputs }

// PackedInt8Numbers is the memory of a matrix packed by PackInt8, in float32
// numbers.
func PackedInt8Numbers(outputs, inputs int) int {
	return Padded(outputs)*inputs/4 + Padded(outputs)*(inputs/blockLen)
}

func (a *Arena) take(n int) []float32 {
	if a == nil || n > len(a.free) {
		return make([]float32, n)
	}
	taken := a.free[:n:n]
	a.free = a.free[n:]
	return taken
}

// takeInt8 returns n bytes; n is a multiple of Lanes.
func (a *Arena) takeInt8(n int) []int8 {
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*int8)(unsafe.Pointer(&a.take(n / 4)[0])), n) //nolint:gosec // four int8 fill the place of a float32
}
