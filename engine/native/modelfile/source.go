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
	// shape is nil when there is no such tensor.
	shape(name string) []int
	numbers(name string) ([]float32, error)
	// blocks returns a tensor in blocks of Q8_0 if it is that without rounding,
	// otherwise nil.
	blocks(name string) ([]byte, error)
}

type tensorsSource struct{ set *safetensors.Set }

func (s tensorsSource) names() []string { return s.set.Names() }

func (s tensorsSource) shape(name string) []int {
	t, ok := s.set.Tensor(name)
	if !ok {
		return nil
	}
	return append([]int{}, t.Shape...)
}

func (s tensorsSource) numbers(name string) ([]float32, error) {
	t, _ := s.set.Tensor(name)
	return t.Float32s()
}

func (tensorsSource) blocks(string) ([]byte, error) { return nil, nil }

type ggufSource struct{ file *gguf.File }

func (s ggufSource) names() []string { return s.file.Names() }

func (s ggufSource) shape(name string) []int {
	t, ok := s.file.Tensor(name)
	if !ok {
		return nil
	}
	return append([]int{}, t.Shape...)
}

func (s ggufSource) numbers(name string) ([]float32, error) {
	t, _ := s.file.Tensor(name)
	return t.Float32s()
}

func (s ggufSource) blocks(name string) ([]byte, error) {
	t, _ := s.file.Tensor(name)
	return t.Int8Blocks()
}

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
	values, err := r.numbers(name)
	if err != nil {
		r.fail(err)
	}
	return values
}

// table reads a matrix of float32 whatever Options say.
func (r *reader) table(name string, rows, cols int) *tensor.F32 {
	if !r.expect(name, rows, cols) {
		return nil
	}
	values, err := r.numbers(name)
	if err != nil {
		r.fail(err)
		return nil
	}
	return r.wrap(name, rows, cols, values)
}

func (r *reader) wrap(name string, rows, cols int, values []float32) *tensor.F32 {
	m, err := tensor.NewF32(rows, cols, values)
	if err != nil {
		r.fail(fmt.Errorf("%w: weight %s: %w", ErrDescription, name, err))
	}
	return m
}

// matrix reads a matrix, as int8 if the file has it so or Options ask for it.
// reorder, if not nil, says which row of the file is row i.
func (r *reader) matrix(name string, rows, cols int, reorder func(i int) int) tensor.Matrix {
	if !r.expect(name, rows, cols) {
		return nil
	}
	blocks, err := r.blocks(name)
	if err != nil {
		r.fail(err)
		return nil
	}
	if blocks != nil {
		m, err := tensor.ParseQ8(rows, cols, reordered(blocks, rows, reorder))
		if err != nil {
			r.fail(fmt.Errorf("weight %s: %w", name, err))
			return nil
		}
		return m
	}
	values, err := r.numbers(name)
	if err != nil {
		r.fail(err)
		return nil
	}
	return r.finish(name, rows, cols, reordered(values, rows, reorder))
}

// finish makes a matrix of numbers, rounded to int8 if Options ask for it.
func (r *reader) finish(name string, rows, cols int, values []float32) tensor.Matrix {
	m := r.wrap(name, rows, cols, values)
	switch {
	case r.err != nil:
		return nil
	case !r.int8 || cols%tensor.BlockLen != 0:
		return m
	}
	q, err := tensor.Quantize(m)
	if err != nil {
		r.fail(fmt.Errorf("weight %s: %w", name, err))
		return nil
	}
	return q
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
