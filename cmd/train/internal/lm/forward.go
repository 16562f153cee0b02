package lm

import (
	"math"

	"github.com/agora-network/agora/cmd/train/internal/gemm"
)

// layerState is what one block's forward pass leaves for its backward pass.
type layerState struct {
	input          []float32 // residual stream before the block
	inverse1       []float32 // 1/rms of input, per position
	normed1        []float32
	q, k, v        []float32 // q and k after rotation
	probabilities  []float32 // attention, per sequence and head, row by row
	attended       []float32
	middle         []float32 // residual stream between attention and feed-forward
	inverse2       []float32
	normed2        []float32
	gate, up       []float32
	sigmoid, inner []float32 // sigmoid(gate) and silu(gate)*up
}

// state is the memory of one forward and backward pass, kept between steps.
type state struct {
	layers   []layerState
	final    []float32 // residual stream after the last block
	inverse  []float32 // of final
	normed   []float32
	selected []float32 // normed, at the learned positions
	logits   []float32
	hits     []bool // per learned position: the target is the likeliest token
}

// resize returns a slice of n numbers, reusing memory. The content is undefined.
func resize(buffer *[]float32, n int) []float32 {
	if cap(*buffer) < n {
		*buffer = make([]float32, n+n/8)
	}
	*buffer = (*buffer)[:n]
	return *buffer
}

// linear computes out = in · weightᵀ for rows positions.
func linear(out, in []float32, weight *Tensor, rows int) {
	n, k := weight.Shape[0], weight.Shape[1]
	gemm.Mul(gemm.Dense(rows, n, out), gemm.Dense(rows, k, in), false, gemm.Dense(n, k, weight.Data), true, false)
}

// linearBackward adds the weight's gradient, and writes (or adds) the input's.
func linearBackward(dIn, dOut, in []float32, weight *Tensor, rows int, accumulate bool) {
	n, k := weight.Shape[0], weight.Shape[1]
	gemm.Mul(gemm.Dense(n, k, weight.grad), gemm.Dense(rows, n, dOut), true, gemm.Dense(rows, k, in), false, true)
	gemm.Mul(gemm.Dense(rows, k, dIn), gemm.Dense(rows, n, dOut), false, gemm.Dense(n, k, weight.Data), false, accumulate)
}

// normForward computes out = in / rms(in) * weight and keeps 1/rms.
func normForward(out, inverse, in, weight []float32, epsilon float64) {
	d := len(weight)
	for p := range inverse {
		x, y := in[p*d:(p+1)*d], out[p*d:(p+1)*d]
		var sum float32
		for _, value := range x {
			sum += value * value
		}
		r := float32(1 / math.Sqrt(float64(sum)/float64(d)+epsilon))
		inverse[p] = r
		for i, value := range x {
			y[i] = value * r * weight[i]
		}
	}
}

// normBackward adds to dIn and to the weight's gradient.
func normBackward(dIn, dOut, in, inverse []float32, weight *Tensor) {
	d := len(weight.Data)
	for p, r := range inverse {
		x, dy, dx := in[p*d:(p+1)*d], dOut[p*d:(p+1)*d], dIn[p*d:(p+1)*d]
		var dot float32
		for i, value := range x {
			dot += dy[i] * weight.Data[i] * value
		}
		scale := dot * r * r * r / float32(d)
		for i, value := range x {
			weight.grad[i] += dy[i] * value * r
			dx[i] += dy[i]*weight.Data[i]*r - value*scale
		}
	}
}

// rotate applies the rotary embedding to every position and head of x;
// direction -1 undoes it.
func (t *Trainer) rotate(x []float32, heads int, starts []int, direction float32) {
	width := t.model.Config.HeadDim()
	half := width / 2
	for s := 1; s < len(starts); s++ {
		for p := starts[s-1]; p < starts[s]; p++ {
			at := (p - starts[s-1]) * half
			cos, sin := t.cos[at:at+half], t.sin[at:at+half]
			for h := range heads {
				low := x[(p*heads+h)*width:][:half]
				high := x[(p*heads+h)*width+half:][:half]
				for i, c := range cos {
					s := sin[i] * direction
					a, b := low[i], high[i]
					low[i], high[i] = a*c-b*s, b*c+a*s
				}
			}
		}
	}
}

// headView is the slice of one head over the positions of one sequence.
func headView(data []float32, start, length, stride, offset, width int) gemm.Matrix {
	return gemm.Matrix{Rows: length, Cols: width, Stride: stride, Data: data[start*stride+offset : (start+length-1)*stride+offset+width]}
}

// attend computes causal attention of every sequence and head.
func (t *Trainer) attend(s *layerState, b *Batch) {
	c := t.model.Config
	width, shared := c.HeadDim(), c.Heads/c.KVHeads
	scale := float32(1 / math.Sqrt(float64(width)))
	at := 0
	for i := 1; i < len(b.starts); i++ {
		start, n := b.starts[i-1], b.starts[i]-b.starts[i-1]
		for h := range c.Heads {
			q := headView(s.q, start, n, c.HiddenSize, h*width, width)
			k := headView(s.k, start, n, c.KVWidth(), h/shared*width, width)
			v := headView(s.v, start, n, c.KVWidth(), h/shared*width, width)
			out := headView(s.attended, start, n, c.HiddenSize, h*width, width)
			p := gemm.Dense(n, n, s.probabilities[at:at+n*n])
			at += n * n
			gemm.Mul(p, q, false, k, true, false)
			for row := range n {
				softmax(p.Data[row*n:row*n+row+1], scale)
				clear(p.Data[row*n+row+1 : (row+1)*n])
			}
			gemm.Mul(out, p, false, v, false, false)
		}
	}
}

// softmax normalises exp(scale*x) in place.
func softmax(x []float32, scale float32) {
	largest := x[0]
	for _, value := range x {
		if value > largest {
			largest = value
		}
	}
	for i, value := range x {
		x[i] = (value - largest) * scale
	}
	gemm.Exp(x)
	var sum float32
	for _, e := range x {
		sum += e
	}
	inverse := 1 / sum
	for i := range x {
		x[i] *= inverse
	}
}

// forward runs the batch and returns the mean loss in nats per learned token.
// It leaves the logits' gradient, already divided by their number, in logits.
func (t *Trainer) forward(b *Batch) float64 {
	m, c, st := t.model, t.model.Config, &t.state
	rows, d, ff := b.Tokens(), c.HiddenSize, c.FeedForward
	pairs := 0
	for i := 1; i < len(b.starts); i++ {
		n := b.starts[i] - b.starts[i-1]
		pairs += n * n * c.Heads
	}
	x := resize(&st.layers[0].input, rows*d)
	for p, token := range b.inputs {
		copy(x[p*d:(p+1)*d], m.embedding.Data[int(token)*d:])
	}
	for l := range m.layers {
		w, s := &m.layers[l], &st.layers[l]
		normForward(resize(&s.normed1, rows*d), resize(&s.inverse1, rows), x, w.attentionNorm.Data, c.NormEpsilon)
		linear(resize(&s.q, rows*d), s.normed1, w.query, rows)
		linear(resize(&s.k, rows*c.KVWidth()), s.normed1, w.key, rows)
		linear(resize(&s.v, rows*c.KVWidth()), s.normed1, w.value, rows)
		t.rotate(s.q, c.Heads, b.starts, 1)
		t.rotate(s.k, c.KVHeads, b.starts, 1)
		resize(&s.probabilities, pairs)
		resize(&s.attended, rows*d)
		t.attend(s, b)
		linear(resize(&s.middle, rows*d), s.attended, w.output, rows)
		add(s.middle, x)

		normForward(resize(&s.normed2, rows*d), resize(&s.inverse2, rows), s.middle, w.feedNorm.Data, c.NormEpsilon)
		linear(resize(&s.gate, rows*ff), s.normed2, w.gate, rows)
		linear(resize(&s.up, rows*ff), s.normed2, w.up, rows)
		resize(&s.sigmoid, rows*ff)
		resize(&s.inner, rows*ff)
		for i, g := range s.gate {
			s.sigmoid[i] = -g
		}
		gemm.Exp(s.sigmoid)
		for i, g := range s.gate {
			sigmoid := 1 / (1 + s.sigmoid[i])
			s.sigmoid[i] = sigmoid
			s.inner[i] = g * sigmoid * s.up[i]
		}
		next := &st.final
		if l+1 < len(m.layers) {
			next = &st.layers[l+1].input
		}
		linear(resize(next, rows*d), s.inner, w.down, rows)
		add(*next, s.middle)
		x = *next
	}
	normForward(resize(&st.normed, rows*d), resize(&st.inverse, rows), x, m.finalNorm.Data, c.NormEpsilon)

	learned := len(b.positions)
	selected := resize(&st.selected, learned*d)
	for i, p := range b.positions {
		copy(selected[i*d:(i+1)*d], st.normed[p*d:])
	}
	linear(resize(&st.logits, learned*c.Vocabulary), selected, m.embedding, learned)
	loss := 0.0
	st.hits = st.hits[:0]
	for i, target := range b.targets {
		row := st.logits[i*c.Vocabulary : (i+1)*c.Vocabulary]
		softmax(row, 1)
		largest := row[0]
		for _, value := range row {
			if value > largest {
				largest = value
			}
		}
		st.hits = append(st.hits, row[target] == largest)
		loss -= math.Log(max(float64(row[target]), 1e-30))
		row[target]--
		for j := range row {
			row[j] /= float32(learned)
		}
	}
	return loss / float64(learned)
}

func add(to, from []float32) {
	for i, value := range from {
		to[i] += value
	}
}
