package tensor

import (
	"errors"
	"fmt"
	"math"
)

// ErrMalformed is wrapped by every error of this package.
var ErrMalformed = errors.New("malformed weights")

// MaxElements bounds one matrix, so that products of its sizes fit an int
// everywhere.
const MaxElements = 1<<31 - 1

// Matrix is the weight of a linear map, one row per output: *F32, *Q8 or *Stored.
type Matrix interface {
	// Rows is the number of outputs.
	Rows() int
	// Cols is the number of inputs.
	Cols() int
	// Int8 says that the matrix is a *Q8 once it is loaded, otherwise a *F32.
	Int8() bool
	// BandRows is how many rows are best taken at a time, at least 1.
	BandRows() int
	// Band returns rows of the matrix, from row first on. What is returned is valid
	// until memory is used again.
	Band(memory *Band, first, rows int) (Loaded, error)

	sealed()
}

// Loaded is a Matrix that is in memory: *F32 or *Q8.
type Loaded interface {
	Matrix
	// Row writes row i, widened to float32, into to, which has Cols elements.
	Row(i int, to []float32)
}

// F32 is a matrix of finite float32 numbers, row-major without gaps.
type F32 struct {
	rows, cols int
	data       []float32
}

// NewF32 checks the sizes and that every number is finite. It keeps data, which
// must not change afterwards.
func NewF32(rows, cols int, data []float32) (*F32, error) {
	if err := checkSize(rows, cols); err != nil {
		return nil, err
	}
	if len(data) != rows*cols {
		return nil, fmt.Errorf("%w: %d numbers for %d x %d", ErrMalformed, len(data), rows, cols)
	}
	if err := CheckFinite(data); err != nil {
		return nil, err
	}
	return &F32{rows, cols, data}, nil
}

// Rows implements Matrix.
func (m *F32) Rows() int { return m.rows }

// Cols implements Matrix.
func (m *F32) Cols() int { return m.cols }

// Data is the numbers, row after row. They must not be changed.
func (m *F32) Data() []float32 { return m.data }

// Int8 implements Matrix.
func (m *F32) Int8() bool { return false }

// BandRows implements Matrix.
func (m *F32) BandRows() int { return bandRows(m.cols) }

// Band implements Matrix.
func (m *F32) Band(_ *Band, first, rows int) (Loaded, error) {
	return &F32{rows, m.cols, m.data[first*m.cols : (first+rows)*m.cols]}, nil
}

// Row implements Loaded.
func (m *F32) Row(i int, to []float32) { copy(to[:m.cols], m.data[i*m.cols:]) }

func (m *F32) sealed() {}

func checkSize(rows, cols int) error {
	if rows < 1 || cols < 1 || rows > MaxElements/cols {
		return fmt.Errorf("%w: %d rows of %d numbers; both must be at least 1 and their product at most %d", ErrMalformed, rows, cols, MaxElements)
	}
	return nil
}

// CheckFinite reports the first number that is infinite or not a number.
func CheckFinite(values []float32) error {
	const exponent = 0x7f800000
	for i, value := range values {
		if math.Float32bits(value)&exponent == exponent {
			return fmt.Errorf("%w: element %d is %v", ErrMalformed, i, value)
		}
	}
	return nil
}
