package lm

import (
	"math"

	"github.com/agora-network/agora/cmd/train/internal/gemm"
)

// gradients is the scratch memory of the backward pass.
type gradients struct {
	stream, normed, q, k, v, attended []float32
	inner, gate, up                   []float32
	selected, scores                  []float32
}

// backward adds the gradient of the loss that forward returned to every weight.
func (t *Trainer) backward(b *Batch) {
	m, c, st, g := t.model, t.model.Config, &t.state, &t.gradients
	rows, d, ff := b.Tokens(), c.HiddenSize, c.FeedForward

	learned := len(b.positions)
	dSelected := resize(&g.selected, learned*d)
	linearBackward(dSelected, st.logits, st.selected, m.embedding, learned, false)
	dNormed := resize(&g.normed, rows*d)
	clear(dNormed)
	for i, p := range b.positions {
		add(dNormed[p*d:(p+1)*d], dSelected[i*d:(i+1)*d])
	}
	dx := resize(&g.stream, rows*d)
	clear(dx)
	normBackward(dx, dNormed, st.final, st.inverse, m.finalNorm)

	dInner, dGate, dUp := resize(&g.inner, rows*ff), resize(&g.gate, rows*ff), resize(&g.up, rows*ff)
	dAttended, dq := resize(&g.attended, rows*d), resize(&g.q, rows*d)
	dk, dv := resize(&g.k, rows*c.KVWidth()), resize(&g.v, rows*c.KVWidth())
	for l := len(m.layers) - 1; l >= 0; l-- {
		w, s := &m.layers[l], &st.layers[l]
		linearBackward(dInner, dx, s.inner, w.down, rows, false)
		for i, di := range dInner {
			gate, sigmoid := s.gate[i], s.sigmoid[i]
			dUp[i] = di * gate * sigmoid
			dGate[i] = di * s.up[i] * sigmoid * (1 + gate*(1-sigmoid))
		}
		linearBackward(dNormed, dGate, s.normed2, w.gate, rows, false)
		linearBackward(dNormed, dUp, s.normed2, w.up, rows, true)
		normBackward(dx, dNormed, s.middle, s.inverse2, w.feedNorm)

		linearBackward(dAttended, dx, s.attended, w.output, rows, false)
		t.attendBackward(s, b, dq, dk, dv, dAttended)
		t.rotate(dq, c.Heads, b.starts, -1)
		t.rotate(dk, c.KVHeads, b.starts, -1)
		linearBackward(dNormed, dq, s.normed1, w.query, rows, false)
		linearBackward(dNormed, dk, s.normed1, w.key, rows, true)
		linearBackward(dNormed, dv, s.normed1, w.value, rows, true)
		normBackward(dx, dNormed, s.input, s.inverse1, w.attentionNorm)
	}
	for p, token := range b.inputs {
		add(m.embedding.grad[int(token)*d:(int(token)+1)*d], dx[p*d:(p+1)*d])
	}
}

// attendBackward writes the gradients of q, k and v from that of the output.
func (t *Trainer) attendBackward(s *layerState, b *Batch, dq, dk, dv, dOut []float32) {
	c := t.model.Config
	width, shared := c.HeadDim(), c.Heads/c.KVHeads
	scale := float32(1 / math.Sqrt(float64(width)))
	clear(dk)
	clear(dv)
	at := 0
	for i := 1; i < len(b.starts); i++ {
		start, n := b.starts[i-1], b.starts[i]-b.starts[i-1]
		for h := range c.Heads {
			view := func(data []float32) gemm.Matrix {
				return headView(data, start, n, c.HiddenSize, h*width, width)
			}
			viewKV := func(data []float32) gemm.Matrix {
				return headView(data, start, n, c.KVWidth(), h/shared*width, width)
			}
			p := gemm.Dense(n, n, s.probabilities[at:at+n*n])
			at += n * n
			ds := gemm.Dense(n, n, resize(&t.gradients.scores, n*n))
			gemm.Mul(ds, view(dOut), false, viewKV(s.v), true, false)
			gemm.Mul(viewKV(dv), p, true, view(dOut), false, true)
			for row := range n {
				softmaxBackward(ds.Data[row*n:(row+1)*n], p.Data[row*n:(row+1)*n], scale)
			}
			gemm.Mul(view(dq), ds, false, viewKV(s.k), false, false)
			gemm.Mul(viewKV(dk), ds, true, view(s.q), false, true)
		}
	}
}

// softmaxBackward turns the gradient of probabilities p into that of the scores
// before scaling, in place. Masked places have p = 0 and get 0.
func softmaxBackward(d, p []float32, scale float32) {
	var dot float32
	for i, value := range p {
		dot += d[i] * value
	}
	for i, value := range p {
		d[i] = value * (d[i] - dot) * scale
	}
}
