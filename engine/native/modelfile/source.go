package modelfile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agora-network/agora/engine/native/gguf"
	"github.com/agora-network/agora/engine/native/safetensors"
	"github.com/agora-network/agora/engine/native/tensor"
)

// source gives weights by name.
type source interface {
	names() []string
	// tensor is nil when there is no such tensor.
	tensor(name string) stored
}

// stored is a tensor in a file.
type stored interface {
	shape() []int
	// ReadFloat32s fills into with the finite elements from index first on.
	ReadFloat32s(into []float32, first int) error
	// HasInt8Blocks says that ReadInt8Blocks reads the tensor without rounding.
	HasInt8Blocks() bool
	// ReadInt8Blocks fills into with blocks of Q8_0, from block first on.
	ReadInt8Blocks(into []byte, first int) error
}

type tensorsSource struct{ set *safetensors.Set }

func (s tensorsSource) names() []string { return s.set.Names() }

func (s tensorsSource) tensor(name string) stored {
	if t, ok := s.set.Tensor(name); ok {
		return safeTensor{t}
	}
	return nil
}

type safeTensor struct{ safetensors.Tensor }

func (t safeTensor) shape() []int { return append([]int{}, t.Shape...) }

func (safeTensor) HasInt8Blocks() bool { return false }

func (t safeTensor) ReadInt8Blocks([]byte, int) error {
	return fmt.Errorf("%w: tensor %q as blocks of int8", ErrUnsupported, t.Name)
}

type ggufSource struct{ file *gguf.File }

func (s ggufSource) names() []string { return s.file.Names() }

func (s ggufSource) tensor(name string) stored {
	if t, ok := s.file.Tensor(name); ok {
		return ggufTensor{t}
	}
	return nil
}

type ggufTensor struct{ gguf.Tensor }

func (t ggufTensor) shape() []int { return append([]int{}, t.Shape...) }

// reader takes weights out of a source until one fails, and remembers which.
type reader struct {
	source
	int8 bool
	used map[string]bool
	err  error
}

func newReader(s source, options Options) *reader {
	return &reader{source: s, int8: options.Int8, used: map[string]bool{}}
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// shape is nil when there is no such tensor.
func (r *reader) shape(name string) []int {
	if t := r.tensor(name); t != nil {
		return t.shape()
	}
	return nil
}

// expect checks that a tensor is there and has a shape.
func (r *reader) expect(name string, shape ...int) bool {
	if r.err != nil {
		return false
	}
	found := r.shape(name)
	switch {
	case found == nil:
		r.fail(fmt.Errorf("%w: weight %s is missing", ErrDescription, name))
	case !slices.Equal(found, shape):
		r.fail(fmt.Errorf("%w: weight %s has shape %v, the description says %v", ErrDescription, name, found, shape))
	}
	r.used[name] = true
	return r.err == nil
}

// vector reads a tensor of one dimension.
func (r *reader) vector(name string, length int) []float32 {
	if !r.expect(name, length) {
		return nil
	}
	values := make([]float32, length)
	if err := r.tensor(name).ReadFloat32s(values, 0); err != nil {
		r.fail(err)
	}
	return values
}

// table is the first rows of a matrix of so many, in float32 whatever Options say.
func (r *reader) table(name string, rows, stored, cols int) tensor.Matrix {
	if !r.expect(name, stored, cols) {
		return nil
	}
	if rows > stored {
		r.fail(fmt.Errorf("%w: weight %s has %d rows, %d are needed", ErrDescription, name, stored, rows))
		return nil
	}
	t := r.tensor(name)
	return r.keep(name)(tensor.StoredF32(rows, cols, 0, false, func(to []float32, first int) error {
		return t.ReadFloat32s(to, first*cols)
	}))
}

// matrix is a matrix that is read when it is needed, as int8 if the file has it so
// or Options ask for it. reorder, if not nil, says which row of the file is row i.
func (r *reader) matrix(name string, rows, cols int, reorder func(i int) int) tensor.Matrix {
	if !r.expect(name, rows, cols) {
		return nil
	}
	return r.rows(name, 0, rows, cols, reorder)
}

// rows is some rows of a matrix, from row begin on.
func (r *reader) rows(name string, begin, rows, cols int, reorder func(i int) int) tensor.Matrix {
	t := r.tensor(name)
	if t.HasInt8Blocks() {
		width := cols / tensor.BlockLen
		return r.keep(name)(tensor.StoredQ8(rows, cols, func(to []byte, first int) error {
			return eachRow(to, first, rowBytes(cols), reorder, func(to []byte, row int) error {
				return t.ReadInt8Blocks(to, (begin+row)*width)
			})
		}))
	}
	return r.keep(name)(tensor.StoredF32(rows, cols, 0, r.rounds(cols), func(to []float32, first int) error {
		return eachRow(to, first, cols, reorder, func(to []float32, row int) error {
			return t.ReadFloat32s(to, (begin+row)*cols)
		})
	}))
}

// rowBytes is a row in blocks of Q8_0.
func rowBytes(cols int) int { return cols / tensor.BlockLen * (2 + tensor.BlockLen) }

// rounds says whether Options ask for int8 and the rows can be.
func (r *reader) rounds(cols int) bool { return r.int8 && cols%tensor.BlockLen == 0 }

// eachRow reads rows that lie one after the other at once, others one by one.
func eachRow[T any](to []T, first, width int, reorder func(i int) int, read func(to []T, row int) error) error {
	if reorder == nil {
		return read(to, first)
	}
	for ; len(to) > 0; first++ {
		if err := read(to[:width], reorder(first)); err != nil {
			return err
		}
		to = to[width:]
	}
	return nil
}

// keep remembers why a matrix cannot be stored so.
func (r *reader) keep(name string) func(*tensor.Stored, error) tensor.Matrix {
	return func(m *tensor.Stored, err error) tensor.Matrix {
		if err != nil {
			r.fail(fmt.Errorf("%w: weight %s: %w", ErrDescription, name, err))
			return nil
		}
		return m
	}
}

// reordered returns the rows of data in another order.
func reordered[T any](data []T, rows int, reorder func(i int) int) []T {
	if reorder == nil {
		return data
	}
	width := len(data) / rows
	out := make([]T, 0, len(data))
	for i := range rows {
		from := reorder(i) * width
		out = append(out, data[from:from+width]...)
	}
	return out
}

// finishUse reports the first weight that was not used. Some files carry tables
// and masks that follow from the description; they end in one of the suffixes.
func (r *reader) finishUse(ignored ...string) error {
	if r.err != nil {
		return r.err
	}
	for _, name := range r.names() {
		if r.used[name] || slices.ContainsFunc(ignored, func(suffix string) bool { return strings.HasSuffix(name, suffix) }) {
			continue
		}
		return fmt.Errorf("%w: weight %s is not known in a model of this kind", ErrUnsupported, name)
	}
	return nil
}
