package metric

import (
	"fmt"
	"math"
)

// MaxDimensions bounds the vectors of [Cosine].
const MaxDimensions = 1 << 16

// Cosine is the cosine of the angle between two embeddings, -[One] to One. The vectors
// must have equally many numbers, 1 to [MaxDimensions], all finite and not all 0; the
// error wraps [ErrInput]. [Rescale] makes a score of it.
//
// The sums run in the order of the dimensions in float64 and every product is rounded
// before it is added, so equal vectors give equal bits on every platform. Lengths from
// the smallest to the largest float64 are handled. Linear, without allocation.
func Cosine(a, b []float64) (int64, error) {
	if len(a) != len(b) || len(a) == 0 || len(a) > MaxDimensions {
		return 0, fmt.Errorf("%w: vectors of %d and %d dimensions cannot be compared; both must have the same, 1 to %d", ErrInput, len(a), len(b), MaxDimensions)
	}
	scaleA, err := scale(a)
	if err != nil {
		return 0, err
	}
	scaleB, err := scale(b)
	if err != nil {
		return 0, err
	}
	var dot, squareA, squareB float64
	for i := range a {
		x, y := math.Ldexp(a[i], scaleA), math.Ldexp(b[i], scaleB)
		dot += float64(x * y)
		squareA += float64(x * x)
		squareB += float64(y * y)
	}
	cosine := dot / float64(math.Sqrt(squareA)*math.Sqrt(squareB))
	if cosine < 0 {
		return -quantise(-cosine), nil
	}
	return quantise(cosine), nil
}

// scale returns the power of two by which a vector is multiplied so that its largest
// number is between 1/2 and 1 and no square overflows or vanishes.
func scale(vector []float64) (int, error) {
	largest := 0.0
	for i, x := range vector {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return 0, fmt.Errorf("%w: dimension %d of a vector is %v", ErrInput, i, x)
		}
		largest = max(largest, math.Abs(x))
	}
	if largest == 0 {
		return 0, fmt.Errorf("%w: a vector of zeros has no direction", ErrInput)
	}
	_, exponent := math.Frexp(largest)
	return -exponent, nil
}
