package tensor

import (
	"encoding/binary"
	"fmt"

	"github.com/agora-network/agora/engine/native/safetensors"
)

// Stored is a matrix that still lies where it is read from, usually a file. It has
// the size of a pointer until a band of its rows is read.
type Stored struct {
	rows, cols int
	bandRows   int
	floats     func(to []float32, first int) error
	blocks     func(to []byte, first int) error
	round      bool
}

// Band is memory for some rows of a Stored, to be used again for the next ones. The
// zero Band is ready. It belongs to one goroutine at a time.
type Band struct {
	floats, scales []float32
	values         []int8
	blocks         []byte
}

// bandNumbers is about how many numbers are read at a time: few enough to stay in a
// second-level cache until they are packed.
const bandNumbers = 1 << 16

// StoredF32 is a matrix whose numbers read fills in: to is whole rows from row first
// on, and what it leaves there must be finite, or it returns an error. Reads may run
// at the same time. round says that the matrix is rounded as by Quantize when it is
// read. bandRows is how many rows are best read at a time, 0 for a number that suits
// rows that lie one after the other.
func StoredF32(rows, cols, bandRows int, round bool, read func(to []float32, first int) error) (*Stored, error) {
	if err := checkSize(rows, cols); err != nil {
		return nil, err
	}
	if round && cols%BlockLen != 0 {
		return nil, fmt.Errorf("%w: rows of %d numbers are not whole blocks of %d", ErrMalformed, cols, BlockLen)
	}
	return &Stored{rows: rows, cols: cols, bandRows: bandRows, floats: read, round: round}, nil
}

// StoredQ8 is a matrix in the blocks of ParseQ8, which read fills in: to is whole
// rows from row first on. Reads may run at the same time.
func StoredQ8(rows, cols int, read func(to []byte, first int) error) (*Stored, error) {
	if err := checkSize(rows, cols); err != nil {
		return nil, err
	}
	if cols%BlockLen != 0 {
		return nil, fmt.Errorf("%w: rows of %d numbers are not whole blocks of %d", ErrMalformed, cols, BlockLen)
	}
	return &Stored{rows: rows, cols: cols, blocks: read}, nil
}

// Rows implements Matrix.
func (m *Stored) Rows() int { return m.rows }

// Cols implements Matrix.
func (m *Stored) Cols() int { return m.cols }

// Int8 implements Matrix.
func (m *Stored) Int8() bool { return m.round || m.blocks != nil }

// BandRows implements Matrix.
func (m *Stored) BandRows() int {
	if m.bandRows > 0 {
		return m.bandRows
	}
	return bandRows(m.cols)
}

// bandRows is how many rows of so many numbers make a band.
func bandRows(cols int) int { return max(1, bandNumbers/cols) }

// Band implements Matrix.
func (m *Stored) Band(memory *Band, first, rows int) (Loaded, error) {
	numbers := rows * m.cols
	if m.blocks != nil {
		memory.blocks = enough(memory.blocks, numbers/BlockLen*q8BlockBytes)
		if err := m.blocks(memory.blocks, first); err != nil {
			return nil, err
		}
		memory.scales, memory.values = enough(memory.scales, numbers/BlockLen), enough(memory.values, numbers)
		parseBlocks(memory.scales, memory.values, memory.blocks)
		return NewQ8(rows, m.cols, memory.scales, memory.values)
	}
	memory.floats = enough(memory.floats, numbers)
	if err := m.floats(memory.floats, first); err != nil {
		return nil, err
	}
	if !m.round {
		return &F32{rows, m.cols, memory.floats}, nil
	}
	memory.scales, memory.values = enough(memory.scales, numbers/BlockLen), enough(memory.values, numbers)
	roundBlocks(memory.scales, memory.values, memory.floats)
	return NewQ8(rows, m.cols, memory.scales, memory.values)
}

func (m *Stored) sealed() {}

// enough returns a slice of n elements, in the memory of s if it is large enough.
func enough[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// Load returns the whole matrix in memory of its own.
func Load(m Matrix) (Loaded, error) {
	if loaded, ok := m.(Loaded); ok {
		return loaded, nil
	}
	return m.Band(new(Band), 0, m.Rows())
}

// parseBlocks takes blocks of a GGUF Q8_0 tensor apart.
func parseBlocks(scales []float32, values []int8, blocks []byte) {
	for i := range scales {
		block := blocks[i*q8BlockBytes : (i+1)*q8BlockBytes]
		scales[i] = safetensors.Float16ToFloat32(binary.LittleEndian.Uint16(block))
		to := values[i*BlockLen : (i+1)*BlockLen]
		for j, b := range block[2:] {
			to[j] = int8(b)
		}
	}
}
