package tensor

import (
	"fmt"
	"math"

	"github.com/agora-network/agora/engine/native/safetensors"
)

// Sizes of the int8 form.
const (
	// BlockLen is the number of weights that share a scale: BlockLen consecutive
	// inputs of one output.
	BlockLen = 32
	// q8BlockBytes is a block in a GGUF file: a binary16 scale, then the int8.
	q8BlockBytes = 2 + BlockLen
)

// Q8 is a matrix of int8 with one scale per block. The weight at (row, col) is
// exactly float32(value) * scale of its block, rounded once to float32. With
// scales that come from binary16, as in GGUF's Q8_0, that product is exact.
type Q8 struct {
	rows, cols int
	scales     []float32 // rows x cols/BlockLen
	values     []int8    // rows x cols
}

// NewQ8 checks sizes and scales: cols is a multiple of BlockLen, values has
// rows*cols elements row after row, scales one for each BlockLen of them, all
// finite and so small that no weight overflows. It keeps both slices.
func NewQ8(rows, cols int, scales []float32, values []int8) (*Q8, error) {
	if err := checkSize(rows, cols); err != nil {
		return nil, err
	}
	if cols%BlockLen != 0 {
		return nil, fmt.Errorf("%w: rows of %d numbers are not whole blocks of %d", ErrMalformed, cols, BlockLen)
	}
	if len(values) != rows*cols || len(scales) != rows*cols/BlockLen {
		return nil, fmt.Errorf("%w: %d int8 and %d scales for %d x %d", ErrMalformed, len(values), len(scales), rows, cols)
	}
	for i, scale := range scales {
		if !(math.Abs(float64(scale)) <= math.MaxFloat32/256) {
			return nil, fmt.Errorf("%w: scale of block %d is %v", ErrMalformed, i, scale)
		}
	}
	return &Q8{rows, cols, scales, values}, nil
}

// ParseQ8 reads the blocks of a GGUF Q8_0 tensor, row after row: each a binary16
// scale, little endian, and BlockLen int8.
func ParseQ8(rows, cols int, blocks []byte) (*Q8, error) {
	if err := checkSize(rows, cols); err != nil {
		return nil, err
	}
	if cols%BlockLen != 0 || len(blocks) != rows*cols/BlockLen*q8BlockBytes {
		return nil, fmt.Errorf("%w: %d bytes for %d rows of %d numbers in blocks of %d", ErrMalformed, len(blocks), rows, cols, BlockLen)
	}
	scales := make([]float32, rows*cols/BlockLen)
	values := make([]int8, rows*cols)
	parseBlocks(scales, values, blocks)
	return NewQ8(rows, cols, scales, values)
}

// Quantize rounds a matrix to int8: the scale of a block is its largest
// magnitude over 127, rounded to binary16, and each number the nearest multiple.
func Quantize(m *F32) (*Q8, error) {
	if m.cols%BlockLen != 0 {
		return nil, fmt.Errorf("%w: rows of %d numbers are not whole blocks of %d", ErrMalformed, m.cols, BlockLen)
	}
	scales := make([]float32, len(m.data)/BlockLen)
	values := make([]int8, len(m.data))
	roundBlocks(scales, values, m.data)
	return NewQ8(m.rows, m.cols, scales, values)
}

// roundBlocks is Quantize, block by block.
func roundBlocks(scales []float32, values []int8, data []float32) {
	for i := range scales {
		block := data[i*BlockLen : (i+1)*BlockLen]
		largest := 0.0
		for _, value := range block {
			largest = max(largest, math.Abs(float64(value)))
		}
		scales[i] = safetensors.Float16ToFloat32(safetensors.Float32ToFloat16(float32(largest / 127)))
		to := values[i*BlockLen : (i+1)*BlockLen]
		if scales[i] == 0 {
			clear(to)
			continue
		}
		for j, value := range block {
			rounded := math.RoundToEven(float64(value) / float64(scales[i]))
			to[j] = int8(min(max(rounded, -127), 127))
		}
	}
}

// Rows implements Matrix.
func (m *Q8) Rows() int { return m.rows }

// Cols implements Matrix.
func (m *Q8) Cols() int { return m.cols }

// Scales is one number per block, row after row. They must not be changed.
func (m *Q8) Scales() []float32 { return m.scales }

// Values is the int8, row after row. They must not be changed.
func (m *Q8) Values() []int8 { return m.values }

// Int8 implements Matrix.
func (m *Q8) Int8() bool { return true }

// BandRows implements Matrix.
func (m *Q8) BandRows() int { return bandRows(m.cols) }

// Band implements Matrix.
func (m *Q8) Band(_ *Band, first, rows int) (Loaded, error) {
	from, to := first*m.cols, (first+rows)*m.cols
	return &Q8{rows, m.cols, m.scales[from/BlockLen : to/BlockLen], m.values[from:to]}, nil
}

// Row implements Loaded.
func (m *Q8) Row(i int, to []float32) {
	values := m.values[i*m.cols : (i+1)*m.cols]
	scales := m.scales[i*m.cols/BlockLen : (i+1)*m.cols/BlockLen]
	for j, value := range values {
		to[j] = float32(float32(value) * scales[j/BlockLen])
	}
}

func (m *Q8) sealed() {}

// Dequantize returns the same matrix in float32.
func (m *Q8) Dequantize() *F32 {
	data := make([]float32, m.rows*m.cols)
	for i := range m.rows {
		m.Row(i, data[i*m.cols:(i+1)*m.cols])
	}
	return &F32{m.rows, m.cols, data}
}
