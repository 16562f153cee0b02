package decoder

import (
	"fmt"
	"slices"

	"github.com/agora-network/agora/engine/native/canon"
	"github.com/agora-network/agora/engine/native/tensor"
)

// Linear is x -> Matrix*x + Bias.
type Linear struct {
	// Matrix is [outputs][inputs], as Hugging Face's Linear (GPT-2's Conv1D is
	// the other way round and must be transposed).
	Matrix tensor.Matrix
	// Bias has one number per output; nil for none.
	Bias []float32
}

// NormWeights are the weights of one normalisation.
type NormWeights struct {
	// Weight has Width numbers.
	Weight []float32
	// Bias has Width numbers with LayerNorm and is nil with RMSNorm.
	Bias []float32
}

// Layer holds the weights of one block.
type Layer struct {
	AttentionNorm NormWeights
	// Query is QueryWidth x Width, Key and Value are KVWidth x Width, Output is
	// Width x QueryWidth.
	Query, Key, Value, Output Linear

	FeedNorm NormWeights
	// Gate and Up are Inner x Width, Down is Width x Inner. GELU has no Gate: its
	// Matrix is nil.
	Gate, Up, Down Linear
}

// Weights are all weights of a decoder. Matrices may be stored: New reads them a few
// rows at a time.
type Weights struct {
	// Embedding is Vocabulary x Width.
	Embedding tensor.Matrix
	// Positions is Context x Width for learned positions, otherwise nil.
	Positions tensor.Matrix
	Layers    []Layer
	FinalNorm NormWeights
	// Head is Vocabulary x Width; nil when the embedding is also the head.
	Head tensor.Matrix
}

// Parameters is the number of trained numbers.
func (w Weights) Parameters() int64 {
	total := int64(0)
	matrix := func(m tensor.Matrix) {
		if m != nil {
			total += int64(m.Rows()) * int64(m.Cols())
		}
	}
	norm := func(n NormWeights) { total += int64(len(n.Weight) + len(n.Bias)) }
	matrix(w.Embedding)
	matrix(w.Positions)
	matrix(w.Head)
	norm(w.FinalNorm)
	for i := range w.Layers {
		layer := &w.Layers[i]
		norm(layer.AttentionNorm)
		norm(layer.FeedNorm)
		for _, linear := range layer.linears() {
			matrix(linear.Matrix)
			total += int64(len(linear.Bias))
		}
	}
	return total
}

// packedNumbers is the memory that all matrices for the kernels take, in float32
// numbers.
func (w Weights) packedNumbers() int {
	total := 0
	add := func(m tensor.Matrix) {
		switch {
		case m == nil:
		case m.Int8():
			total += canon.PackedInt8Numbers(m.Rows(), m.Cols())
		default:
			total += canon.PackedNumbers(m.Rows(), m.Cols())
		}
	}
	add(w.Embedding)
	add(w.Head)
	for i := range w.Layers {
		for _, linear := range w.Layers[i].linears() {
			add(linear.Matrix)
		}
	}
	return total
}

func (l *Layer) linears() []Linear {
	return []Linear{l.Query, l.Key, l.Value, l.Output, l.Gate, l.Up, l.Down}
}

// Load returns the same weights with every matrix in memory.
func (w Weights) Load() (Weights, error) {
	var failed error
	load := func(m *tensor.Matrix) {
		if *m == nil || failed != nil {
			return
		}
		*m, failed = tensor.Load(*m)
	}
	w.Layers = slices.Clone(w.Layers)
	for _, m := range []*tensor.Matrix{&w.Embedding, &w.Positions, &w.Head} {
		load(m)
	}
	for i := range w.Layers {
		l := &w.Layers[i]
		for _, linear := range []*Linear{&l.Query, &l.Key, &l.Value, &l.Output, &l.Gate, &l.Up, &l.Down} {
			load(&linear.Matrix)
		}
	}
	return w, failed
}

// check reports the first weight that does not fit the shape.
func (w Weights) check(s Shape) error {
	if len(w.Layers) != s.Layers {
		return fmt.Errorf("%w: weights of %d layers, the description says %d", ErrModel, len(w.Layers), s.Layers)
	}
	if err := checkMatrix("embedding", w.Embedding, s.Vocabulary, s.Width); err != nil {
		return err
	}
	if w.Head != nil {
		if err := checkMatrix("head", w.Head, s.Vocabulary, s.Width); err != nil {
			return err
		}
	}
	if s.Positions == Learned {
		if err := checkMatrix("table of positions", w.Positions, s.Context, s.Width); err != nil {
			return err
		}
	} else if w.Positions != nil {
		return fmt.Errorf("%w: a table of positions, but positions are rotary", ErrModel)
	}
	if err := w.FinalNorm.check("final norm", s); err != nil {
		return err
	}
	for i := range w.Layers {
		if err := w.Layers[i].check(s); err != nil {
			return fmt.Errorf("layer %d: %w", i, err)
		}
	}
	return nil
}

func (l *Layer) check(s Shape) error {
	if err := l.AttentionNorm.check("attention norm", s); err != nil {
		return err
	}
	if err := l.FeedNorm.check("feed-forward norm", s); err != nil {
		return err
	}
	for _, c := range []struct {
		name       string
		linear     Linear
		rows, cols int
	}{
		{"query", l.Query, s.QueryWidth(), s.Width},
		{"key", l.Key, s.KVWidth(), s.Width},
		{"value", l.Value, s.KVWidth(), s.Width},
		{"output", l.Output, s.Width, s.QueryWidth()},
		{"gate", l.Gate, s.Inner, s.Width},
		{"up", l.Up, s.Inner, s.Width},
		{"down", l.Down, s.Width, s.Inner},
	} {
		if c.name == "gate" && s.FeedForward == GELU {
			if c.linear.Matrix != nil || c.linear.Bias != nil {
				return fmt.Errorf("%w: a gate in a feed-forward block that has none", ErrModel)
			}
			continue
		}
		if err := checkMatrix(c.name, c.linear.Matrix, c.rows, c.cols); err != nil {
			return err
		}
		if c.linear.Bias != nil {
			if err := checkVector(c.name+" bias", c.linear.Bias, c.rows); err != nil {
				return err
			}
		}
	}
	return nil
}

func (n NormWeights) check(name string, s Shape) error {
	if err := checkVector(name, n.Weight, s.Width); err != nil {
		return err
	}
	if s.Norm == LayerNorm {
		return checkVector(name+" bias", n.Bias, s.Width)
	}
	if n.Bias != nil {
		return fmt.Errorf("%w: %s has a bias, which RMSNorm does not know", ErrModel, name)
	}
	return nil
}

func checkMatrix(name string, m tensor.Matrix, rows, cols int) error {
	if m == nil {
		return fmt.Errorf("%w: %s is missing", ErrModel, name)
	}
	if m.Rows() != rows || m.Cols() != cols {
		return fmt.Errorf("%w: %s is %d x %d, the description says %d x %d", ErrModel, name, m.Rows(), m.Cols(), rows, cols)
	}
	return nil
}

func checkVector(name string, v []float32, length int) error {
	if len(v) != length {
		return fmt.Errorf("%w: %s has %d numbers, the description says %d", ErrModel, name, len(v), length)
	}
	if err := tensor.CheckFinite(v); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrModel, name, err)
	}
	return nil
}
