package gguf

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"sync"

	"github.com/agora-network/agora/engine/native/internal/regular"
)

// Tensor is one named array inside a File.
type Tensor struct {
	// Name is unique in its file.
	Name string
	// Format is the stored number format.
	Format Format
	// Shape lists the dimensions, slowest first, as Hugging Face does. (The file
	// has them the other way round.)
	Shape []int

	r      io.ReaderAt
	offset int64 // in the file
	size   int64 // bytes
}

// File is a GGUF file whose header was read.
type File struct {
	// Version is 2 or 3.
	Version  uint32
	metadata Metadata
	tensors  map[string]Tensor
	names    []string
	closer   io.Closer
}

// Open reads the header of a file. The caller closes the File.
func Open(path string) (*File, error) {
	handle, size, err := regular.Open(path)
	switch {
	case errors.Is(err, regular.ErrNotRegular):
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	case err != nil:
		return nil, fmt.Errorf("gguf: %w", err)
	}
	file, err := Read(handle, size)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), handle.Close())
	}
	file.closer = handle
	return file, nil
}

// Parse reads a file held in memory, which must not change afterwards.
func Parse(data []byte) (*File, error) {
	return Read(bytes.NewReader(data), int64(len(data)))
}

// Read reads the header of a file of size bytes. Errors wrap ErrMalformed or
// ErrUnsupported.
func Read(r io.ReaderAt, size int64) (*File, error) {
	s := &source{r: bufio.NewReaderSize(io.NewSectionReader(r, 0, size), 1<<16)}
	var begin [4]byte
	s.take(begin[:])
	if s.err == nil && string(begin[:]) != magic {
		return nil, fmt.Errorf("%w: it begins with %q instead of %q", ErrMalformed, begin[:], magic)
	}
	file := &File{Version: uint32(s.uint(4)), tensors: map[string]Tensor{}}
	if s.err == nil && file.Version != 2 && file.Version != 3 {
		return nil, fmt.Errorf("%w: version %#x; 2 and 3 are known, little endian", ErrUnsupported, file.Version)
	}
	tensorCount, entryCount := s.uint(8), s.uint(8)
	if s.err == nil && (tensorCount > MaxEntries || entryCount > MaxEntries) {
		return nil, fmt.Errorf("%w: %d tensors and %d metadata entries, at most %d of each are accepted", ErrMalformed, tensorCount, entryCount, MaxEntries)
	}
	if s.err == nil {
		file.metadata = s.metadata(entryCount)
	}
	list := file.readTensors(s, tensorCount)
	if s.err != nil {
		return nil, s.err
	}
	if err := file.place(list, r, s.read, size); err != nil {
		return nil, err
	}
	return file, nil
}

func (f *File) readTensors(s *source, count uint64) []Tensor {
	var list []Tensor
	for range count {
		t := Tensor{Name: s.text("the name of a tensor", MaxKeyBytes)}
		dims := s.uint(4)
		if dims > MaxDims {
			s.fail("tensor %q has %d dimensions, at most %d are accepted", t.Name, dims, MaxDims)
			return nil
		}
		for range dims {
			dim := s.uint(8)
			if dim > math.MaxInt32 {
				s.fail("tensor %q has a dimension of %d", t.Name, dim)
			}
			t.Shape = append(t.Shape, int(dim))
		}
		slices.Reverse(t.Shape)
		t.Format = Format(s.uint(4))
		offset := s.uint(8)
		if offset > math.MaxInt64/2 {
			s.fail("tensor %q lies at %d", t.Name, offset)
		}
		t.offset = int64(offset)
		if s.err != nil {
			return nil
		}
		if _, twice := f.tensors[t.Name]; twice {
			s.fail("tensor %q appears twice", t.Name)
			return nil
		}
		f.tensors[t.Name] = t
		list = append(list, t)
	}
	return list
}

// place checks that tensors lie one behind the other, aligned, and fill the file.
func (f *File) place(list []Tensor, r io.ReaderAt, header, size int64) error {
	alignment := int64(defaultAlignment)
	if value, ok := f.metadata[keyAlignment]; ok {
		given, isInt := value.(int64)
		if !isInt || given < 8 || given > maxAlignment || given&(given-1) != 0 {
			return fmt.Errorf("%w: alignment %v, must be a power of two from 8 to %d", ErrMalformed, value, maxAlignment)
		}
		alignment = given
	}
	begin := align(header, alignment)
	slices.SortFunc(list, func(a, b Tensor) int { return cmp.Compare(a.offset, b.offset) })
	reached := int64(0)
	for _, t := range list {
		if t.offset != align(reached, alignment) {
			return fmt.Errorf("%w: tensor %q lies at %d, expected %d (overlap, hole or alignment)", ErrMalformed, t.Name, t.offset, align(reached, alignment))
		}
		bytes, err := t.bytes()
		if err != nil {
			return err
		}
		if bytes > size-begin-t.offset {
			return fmt.Errorf("%w: tensor %q needs %d bytes, the file has %d", ErrMalformed, t.Name, bytes, max(0, size-begin-t.offset))
		}
		reached = t.offset + bytes
		t.r, t.offset, t.size = r, begin+t.offset, bytes
		f.tensors[t.Name] = t
		f.names = append(f.names, t.Name)
	}
	if len(list) > 0 && size > begin+align(reached, alignment) {
		return fmt.Errorf("%w: %d bytes after the last tensor", ErrMalformed, size-begin-reached)
	}
	return nil
}

func align(offset, alignment int64) int64 { return (offset + alignment - 1) &^ (alignment - 1) }

// bytes is what the tensor must take in the file.
func (t Tensor) bytes() (int64, error) {
	l, ok := layouts[t.Format]
	if !ok {
		return 0, fmt.Errorf("%w: tensor %q has number format %d", ErrUnsupported, t.Name, uint32(t.Format))
	}
	count := int64(1)
	for _, dim := range t.Shape {
		if dim == 0 {
			return 0, fmt.Errorf("%w: tensor %q of shape %v is empty", ErrMalformed, t.Name, t.Shape)
		}
		const largest = 1 << 50 // no file holds more
		if count > largest/int64(dim) {
			return 0, fmt.Errorf("%w: tensor %q of shape %v is larger than any file", ErrMalformed, t.Name, t.Shape)
		}
		count *= int64(dim)
	}
	if width := t.width(); width%l.numbers != 0 {
		return 0, fmt.Errorf("%w: rows of %d numbers of tensor %q are not whole blocks of %d", ErrMalformed, width, t.Name, l.numbers)
	}
	return count / int64(l.numbers) * int64(l.bytes), nil
}

// width is the length of a row.
func (t Tensor) width() int {
	if len(t.Shape) == 0 {
		return 1
	}
	return t.Shape[len(t.Shape)-1]
}

// Len returns the number of elements.
func (t Tensor) Len() int {
	l := layouts[t.Format]
	return int(t.size / int64(l.bytes) * int64(l.numbers))
}

// bufferBytes is what reading a tensor takes besides its result.
const bufferBytes = 1 << 16

// buffers are lent to reads, so that reading a large file in small pieces leaves
// nothing behind.
var buffers = sync.Pool{New: func() any { return new([bufferBytes]byte) }}

// Float32s returns all elements widened to float32, row after row, see ReadFloat32s.
func (t Tensor) Float32s() ([]float32, error) {
	if err := t.checkWiden(); err != nil {
		return nil, err
	}
	out := make([]float32, t.Len())
	return out, t.ReadFloat32s(out, 0)
}

func (t Tensor) checkWiden() error {
	if layouts[t.Format].widen == nil {
		return fmt.Errorf("%w: tensor %q in format %s", ErrUnsupported, t.Name, t.Format)
	}
	return nil
}

// ReadFloat32s fills into with the elements from index first on, widened to float32;
// both are whole blocks of the format. A number that is not finite is refused with
// ErrNotFinite, naming the tensor and element.
func (t Tensor) ReadFloat32s(into []float32, first int) error {
	if err := t.checkWiden(); err != nil {
		return err
	}
	l := layouts[t.Format]
	return t.each(len(into), first, func(done int, piece []byte) error {
		out := into[done : done+len(piece)/l.bytes*l.numbers]
		if l.numbers == 1 {
			l.widen(out, piece)
		} else {
			for to := out; len(to) > 0; to, piece = to[l.numbers:], piece[l.bytes:] {
				l.widen(to[:l.numbers], piece)
			}
		}
		for i, value := range out {
			if value-value != 0 {
				return fmt.Errorf("%w: element %d of tensor %q is %v", ErrNotFinite, first+done+i, t.Name, value)
			}
		}
		return nil
	})
}

// each calls use with the bytes of count elements from index first on, a bounded
// number of blocks at a time; done counts the elements before them.
func (t Tensor) each(count, first int, use func(done int, piece []byte) error) error {
	l := layouts[t.Format]
	if first < 0 || first > t.Len() || count > t.Len()-first || first%l.numbers != 0 || count%l.numbers != 0 {
		return fmt.Errorf("gguf: tensor %q has %d elements in blocks of %d, asked for %d from %d on", t.Name, t.Len(), l.numbers, count, first)
	}
	buffer, _ := buffers.Get().(*[bufferBytes]byte)
	defer buffers.Put(buffer)
	at := int64(first/l.numbers) * int64(l.bytes)
	for done := 0; done < count; {
		blocks := min((count-done)/l.numbers, bufferBytes/l.bytes)
		piece := buffer[:blocks*l.bytes]
		if err := t.readAt(piece, at); err != nil {
			return err
		}
		if err := use(done, piece); err != nil {
			return err
		}
		at += int64(len(piece))
		done += blocks * l.numbers
	}
	return nil
}

// int8BlockBytes is a block of Q8_0: a binary16 scale and 32 int8.
const int8BlockBytes = 2 + 32

// HasInt8Blocks says that ReadInt8Blocks can read the tensor. Q8_0 has its numbers so;
// Q4_0 and Q5_0 are such products too, of smaller whole numbers, so nothing is rounded.
func (t Tensor) HasInt8Blocks() bool { return layouts[t.Format].int8s != nil }

// Int8Blocks returns the numbers as blocks of Q8_0, or nil for a format that
// HasInt8Blocks does not know.
func (t Tensor) Int8Blocks() ([]byte, error) {
	if !t.HasInt8Blocks() {
		return nil, nil
	}
	out := make([]byte, t.Len()/layouts[t.Format].numbers*int8BlockBytes)
	return out, t.ReadInt8Blocks(out, 0)
}

// ReadInt8Blocks fills into with blocks of Q8_0, a binary16 scale and 32 int8 each,
// from block first on. HasInt8Blocks must hold.
func (t Tensor) ReadInt8Blocks(into []byte, first int) error {
	l := layouts[t.Format]
	if l.int8s == nil {
		return fmt.Errorf("%w: tensor %q in format %s as blocks of int8", ErrUnsupported, t.Name, t.Format)
	}
	return t.each(len(into)/int8BlockBytes*l.numbers, first*l.numbers, func(done int, piece []byte) error {
		to := into[done/l.numbers*int8BlockBytes:]
		if t.Format == Q8_0 {
			copy(to, piece)
			return nil
		}
		for ; len(piece) > 0; piece, to = piece[l.bytes:], to[int8BlockBytes:] {
			copy(to, piece[:2])
			l.int8s(to[2:int8BlockBytes], piece)
		}
		return nil
	})
}

// Raw returns the bytes of the tensor, block after block.
func (t Tensor) Raw() ([]byte, error) {
	raw := make([]byte, t.size)
	return raw, t.readAt(raw, 0)
}

func (t Tensor) readAt(p []byte, at int64) error {
	n, err := t.r.ReadAt(p, t.offset+at)
	switch {
	case n == len(p):
		return nil
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%w: the file has become shorter; tensor %q ends early", ErrMalformed, t.Name)
	}
	return fmt.Errorf("gguf: tensor %q: %w", t.Name, err)
}

// Metadata returns a value, or nil.
func (f *File) Metadata(key string) Value { return f.metadata[key] }

// Names lists the tensors in the order of their data.
func (f *File) Names() []string { return slices.Clone(f.names) }

// Tensor returns the named tensor.
func (f *File) Tensor(name string) (Tensor, bool) {
	t, ok := f.tensors[name]
	return t, ok
}

// Close releases the file that Open opened. Its tensors cannot be read afterwards.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}
