// Package reference computes a decoder in float64, in the plainest way: what the
// canonical arithmetic is measured against. It is slow and meant for tests.
package reference

import (
	"math"

	"github.com/agora-network/agora/engine/native/decoder"
	"github.com/agora-network/agora/engine/native/tensor"
)

// Logprobs returns the natural logarithm of the probability of each token given
// those before it; the first entry is 0. All matrices must be in memory, see
// decoder.Weights.Load.
func Logprobs(s decoder.Shape, w decoder.Weights, tokens []int32) []float64 {
	r := runner{shape: s, weights: w}
	values := make([]float64, 1, len(tokens))
	head := w.Head
	if head == nil {
		head = w.Embedding
	}
	states := r.states(tokens[:len(tokens)-1])
	for i, state := range states {
		logits := multiply(head, nil, state)
		largest, sum := logits[0], 0.0
		for _, l := range logits {
			largest = max(largest, l)
		}
		for _, l := range logits {
			sum += math.Exp(l - largest)
		}
		values = append(values, logits[tokens[i+1]]-largest-math.Log(sum))
	}
	return values
}

type runner struct {
	shape   decoder.Shape
	weights decoder.Weights
}

// states returns the final normalised state of each token.
func (r runner) states(tokens []int32) [][]float64 {
	x := make([][]float64, len(tokens))
	for p, token := range tokens {
		x[p] = row(r.weights.Embedding, int(token))
		if r.weights.Positions != nil {
			add(x[p], row(r.weights.Positions, p))
		}
	}
	for _, layer := range r.weights.Layers {
		var keys, values [][]float64
		for p := range x {
			normed := r.norm(x[p], layer.AttentionNorm)
			query := multiply(layer.Query.Matrix, layer.Query.Bias, normed)
			key := multiply(layer.Key.Matrix, layer.Key.Bias, normed)
			r.rotate(query, p)
			r.rotate(key, p)
			keys, values = append(keys, key), append(values, multiply(layer.Value.Matrix, layer.Value.Bias, normed))
			add(x[p], multiply(layer.Output.Matrix, layer.Output.Bias, r.attend(query, keys, values)))
			add(x[p], r.feed(layer, r.norm(x[p], layer.FeedNorm)))
		}
	}
	for p := range x {
		x[p] = r.norm(x[p], r.weights.FinalNorm)
	}
	return x
}

func (r runner) feed(layer decoder.Layer, normed []float64) []float64 {
	up := multiply(layer.Up.Matrix, layer.Up.Bias, normed)
	if r.shape.FeedForward == decoder.SwiGLU {
		for i, g := range multiply(layer.Gate.Matrix, layer.Gate.Bias, normed) {
			up[i] *= g / (1 + math.Exp(-g))
		}
	} else {
		for i, u := range up {
			up[i] = 0.5 * u * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(u+0.044715*u*u*u)))
		}
	}
	return multiply(layer.Down.Matrix, layer.Down.Bias, up)
}

func (r runner) attend(query []float64, keys, values [][]float64) []float64 {
	s := r.shape
	out := make([]float64, s.QueryWidth())
	for h := range s.Heads {
		q := query[h*s.HeadWidth : (h+1)*s.HeadWidth]
		at := h / (s.Heads / s.KVHeads) * s.HeadWidth
		weights, total := make([]float64, len(keys)), 0.0
		for j, key := range keys {
			for i, value := range q {
				weights[j] += value * key[at+i]
			}
			weights[j] = math.Exp(weights[j] / math.Sqrt(float64(s.HeadWidth)))
			total += weights[j]
		}
		for j, value := range values {
			for i := range q {
				out[h*s.HeadWidth+i] += weights[j] / total * value[at+i]
			}
		}
	}
	return out
}

func (r runner) rotate(x []float64, position int) {
	if r.shape.Positions != decoder.Rotary {
		return
	}
	half := r.shape.HeadWidth / 2
	for h := 0; h < len(x); h += 2 * half {
		for i := range half {
			angle := float64(position) * math.Pow(r.shape.RopeTheta, -float64(i)/float64(half))
			if r.shape.RopeFactors != nil {
				angle /= float64(r.shape.RopeFactors[i])
			}
			sin, cos := math.Sincos(angle)
			a, b := x[h+i], x[h+half+i]
			x[h+i], x[h+half+i] = a*cos-b*sin, b*cos+a*sin
		}
	}
}

func (r runner) norm(x []float64, w decoder.NormWeights) []float64 {
	mean, square := 0.0, 0.0
	if r.shape.Norm == decoder.LayerNorm {
		for _, value := range x {
			mean += value / float64(len(x))
		}
	}
	for _, value := range x {
		square += (value - mean) * (value - mean) / float64(len(x))
	}
	out := make([]float64, len(x))
	for i, value := range x {
		out[i] = (value - mean) / math.Sqrt(square+r.shape.NormEpsilon) * float64(w.Weight[i])
		if w.Bias != nil {
			out[i] += float64(w.Bias[i])
		}
	}
	return out
}

func row(m tensor.Matrix, i int) []float64 {
	narrow, wide := make([]float32, m.Cols()), make([]float64, m.Cols())
	m.(tensor.Loaded).Row(i, narrow)
	for j, value := range narrow {
		wide[j] = float64(value)
	}
	return wide
}

func multiply(m tensor.Matrix, bias []float32, x []float64) []float64 {
	out, weights := make([]float64, m.Rows()), make([]float32, m.Cols())
	for i := range out {
		m.(tensor.Loaded).Row(i, weights)
		for j, value := range x {
			out[i] += float64(weights[j]) * value
		}
		if bias != nil {
			out[i] += float64(bias[i])
		}
	}
	return out
}

func add(to, from []float64) {
	for i := range to {
		to[i] += from[i]
	}
}
