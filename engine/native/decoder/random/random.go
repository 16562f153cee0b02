// Package random makes decoders with weights from a fixed recurrence: for tests
// and speed measurements, in which the values do not matter.
package random

import (
	"math"

	"github.com/agora-network/agora/engine/native/decoder"
	"github.com/agora-network/agora/engine/native/tensor"
)

// Options choose among the forms that a decoder's weights may take.
type Options struct {
	// Seed begins the recurrence.
	Seed uint64
	// Int8 rounds every matrix but a table of positions to tensor.Q8.
	Int8 bool
	// Biases gives every linear map a bias.
	Biases bool
	// Tied uses the embedding as the head.
	Tied bool
}

// Weights returns weights for the shape. Linear maps keep the size of what they
// are given; the head is scaled so that losses are a few nats.
func Weights(s decoder.Shape, o Options) (decoder.Weights, error) {
	g := generator{state: o.Seed, options: o}
	norm := func() decoder.NormWeights {
		n := decoder.NormWeights{Weight: g.numbers(s.Width, 0.1)}
		for i := range n.Weight {
			n.Weight[i]++
		}
		if s.Norm == decoder.LayerNorm {
			n.Bias = g.numbers(s.Width, 0.1)
		}
		return n
	}
	linear := func(rows, cols int) decoder.Linear {
		l := decoder.Linear{Matrix: g.matrix(rows, cols, math.Sqrt(3/float64(cols)))}
		if o.Biases {
			l.Bias = g.numbers(rows, 0.1)
		}
		return l
	}
	w := decoder.Weights{Embedding: g.matrix(s.Vocabulary, s.Width, 1)}
	if s.Positions == decoder.Learned {
		w.Positions = g.float32s(s.Context, s.Width, 0.5)
	}
	for range s.Layers {
		layer := decoder.Layer{
			AttentionNorm: norm(), FeedNorm: norm(),
			Query: linear(s.QueryWidth(), s.Width), Key: linear(s.KVWidth(), s.Width),
			Value: linear(s.KVWidth(), s.Width), Output: linear(s.Width, s.QueryWidth()),
			Up: linear(s.Inner, s.Width), Down: linear(s.Width, s.Inner),
		}
		if s.FeedForward == decoder.SwiGLU {
			layer.Gate = linear(s.Inner, s.Width)
		}
		w.Layers = append(w.Layers, layer)
	}
	w.FinalNorm = norm()
	if !o.Tied {
		w.Head = g.matrix(s.Vocabulary, s.Width, math.Sqrt(3/float64(s.Width)))
	}
	return w, g.err
}

type generator struct {
	state   uint64
	options Options
	err     error
}

// numbers are uniform from -scale to scale, by splitmix64.
func (g *generator) numbers(n int, scale float64) []float32 {
	out := make([]float32, n)
	for i := range out {
		g.state += 0x9e3779b97f4a7c15
		z := g.state
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		z ^= z >> 31
		out[i] = float32(float64(int64(z)>>11) / (1 << 52) * scale)
	}
	return out
}

func (g *generator) float32s(rows, cols int, scale float64) tensor.Matrix {
	m, err := tensor.NewF32(rows, cols, g.numbers(rows*cols, scale))
	if err != nil && g.err == nil {
		g.err = err
	}
	return m
}

func (g *generator) matrix(rows, cols int, scale float64) tensor.Matrix {
	m := g.float32s(rows, cols, scale)
	wide, ok := m.(*tensor.F32)
	if !g.options.Int8 || !ok || g.err != nil {
		return m
	}
	q, err := tensor.Quantize(wide)
	if err != nil {
		g.err = err
	}
	return q
}
