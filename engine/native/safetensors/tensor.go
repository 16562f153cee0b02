package safetensors

import (
	"errors"
	"fmt"
	"io"
	"sync"
)

// Errors about the numbers of a tensor whose container is sound.
var (
	// ErrType: the tensor's format cannot be read as what was asked for.
	ErrType = errors.New("number format cannot be used")
	// ErrNotFinite: a weight is NaN or infinite, or too large for float32.
	ErrNotFinite = errors.New("weight is not a finite float32")
)

// bufferBytes is what reading a tensor takes besides its result.
const bufferBytes = 1 << 16

// buffers are lent to reads, so that reading a large file in small pieces leaves
// nothing behind.
var buffers = sync.Pool{New: func() any { return new([bufferBytes]byte) }}

// section is a range of bytes in a file.
type section struct {
	r           io.ReaderAt
	begin, size int64
}

func (s section) slice(begin, end int64) section {
	return section{s.r, s.begin + begin, end - begin}
}

// Tensor is one named array inside a File.
type Tensor struct {
	// Name is unique in its file.
	Name string
	// DType is the stored number format.
	DType DType
	// Shape lists the dimensions, slowest first. A scalar has none.
	Shape []int

	data section
}

// Len returns the number of elements.
func (t Tensor) Len() int { return int(t.data.size) / t.DType.size() }

// Float32s returns all elements as new float32 numbers, see ReadFloat32s.
func (t Tensor) Float32s() ([]float32, error) {
	if !t.DType.isFloat() {
		return nil, t.wrongType("float32")
	}
	out := make([]float32, t.Len())
	return out, t.ReadFloat32s(out, 0)
}

// ReadFloat32s fills into with the elements from index first on. F16 and BF16
// widen exactly; F64 rounds to the nearest, halves to even. A number that is not
// finite afterwards is refused with ErrNotFinite, naming the tensor and element.
func (t Tensor) ReadFloat32s(into []float32, first int) error {
	if !t.DType.isFloat() {
		return t.wrongType("float32")
	}
	return t.each(len(into), first, func(index int, raw []byte) error {
		piece := into[index : index+len(raw)/t.DType.size()]
		t.DType.widen(piece, raw)
		for i, value := range piece {
			if value-value != 0 {
				return fmt.Errorf("%w: element %d of tensor %q is %v", ErrNotFinite, first+index+i, t.Name, value)
			}
		}
		return nil
	})
}

// ReadInt8s fills into with the elements from index first on. The format must be I8.
func (t Tensor) ReadInt8s(into []int8, first int) error {
	if t.DType != I8 {
		return t.wrongType("int8")
	}
	return t.each(len(into), first, func(index int, raw []byte) error {
		for i, b := range raw {
			into[index+i] = int8(b)
		}
		return nil
	})
}

func (t Tensor) wrongType(wanted string) error {
	return fmt.Errorf("%w: tensor %q has type %s, which cannot be read as %s", ErrType, t.Name, t.DType, wanted)
}

// each calls use with the bytes of count elements from index first on, a bounded
// piece of the file at a time; index counts elements within the count.
func (t Tensor) each(count, first int, use func(index int, raw []byte) error) error {
	size := t.DType.size()
	if first < 0 || first > t.Len() || count > t.Len()-first {
		return fmt.Errorf("safetensors: tensor %q has %d elements, asked for %d from %d on", t.Name, t.Len(), count, first)
	}
	memory, _ := buffers.Get().(*[bufferBytes]byte)
	defer buffers.Put(memory)
	buffer := memory[:]
	for done := 0; done < count; {
		n := min(count-done, len(buffer)/size)
		piece := buffer[:n*size]
		if err := readFull(t.data.r, piece, t.data.begin+int64(first+done)*int64(size)); err != nil {
			return fmt.Errorf("tensor %q: %w", t.Name, err)
		}
		if err := use(done, piece); err != nil {
			return err
		}
		done += n
	}
	return nil
}
