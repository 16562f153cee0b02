package native

import (
	"context"
	"math"

	"github.com/agora-network/agora/engine/native/canon"
)

// prefillRows is how many positions run through the layers together. The bits do
// not depend on it.
const prefillRows = 32

// session is one request's sequence: the key-value cache and scratch memory. It
// belongs to one goroutine.
type session struct {
	model  *model
	length int // positions in the cache
	// keys and values hold, per layer, KVWidth numbers per position.
	keys, values [][]float32

	stream, normed, query, attended, projected []float32
	gate, up                                   []float32
	scores, logits                             []float32
}

// newSession prepares for at most capacity positions.
func newSession(m *model, capacity int) *session {
	c := m.config
	rows := min(prefillRows, capacity)
	s := &session{
		model:  m,
		keys:   make([][]float32, c.Layers),
		values: make([][]float32, c.Layers),
		stream: make([]float32, rows*c.HiddenSize), normed: make([]float32, rows*c.HiddenSize),
		query: make([]float32, rows*c.HiddenSize), attended: make([]float32, rows*c.HiddenSize),
		projected: make([]float32, rows*c.HiddenSize),
		gate:      make([]float32, rows*c.FeedForward), up: make([]float32, rows*c.FeedForward),
		scores: make([]float32, capacity), logits: make([]float32, c.Vocabulary),
	}
	for l := range c.Layers {
		s.keys[l] = make([]float32, capacity*c.KVWidth())
		s.values[l] = make([]float32, capacity*c.KVWidth())
	}
	return s
}

// extend appends at most prefillRows tokens to the sequence and leaves the final
// normed state of each in s.normed.
func (s *session) extend(tokens []int32) {
	m, c := s.model, s.model.config
	n, d, kv := len(tokens), c.HiddenSize, c.KVWidth()
	x, normed := s.stream[:n*d], s.normed[:n*d]
	for p, token := range tokens {
		copy(x[p*d:(p+1)*d], m.embedding[int(token)*d:])
	}
	for l := range m.blocks {
		w := &m.blocks[l]
		s.norm(normed, x, w.attentionNorm)
		keys := s.keys[l][s.length*kv : (s.length+n)*kv]
		values := s.values[l][s.length*kv : (s.length+n)*kv]
		canon.MatMul(s.query, normed, w.query, n, d, d)
		canon.MatMul(keys, normed, w.key, n, d, kv)
		canon.MatMul(values, normed, w.value, n, d, kv)
		for p := range n {
			s.rotate(s.query[p*d:(p+1)*d], s.length+p)
			s.rotate(keys[p*kv:(p+1)*kv], s.length+p)
		}
		for p := range n {
			s.attend(l, p)
		}
		canon.MatMul(s.projected, s.attended, w.output, n, d, d)
		canon.Add(x, s.projected)

		s.norm(normed, x, w.feedNorm)
		canon.MatMul(s.gate, normed, w.gate, n, d, c.FeedForward)
		canon.MatMul(s.up, normed, w.up, n, d, c.FeedForward)
		canon.SwiGLU(s.gate[:n*c.FeedForward], s.up)
		canon.MatMul(s.projected, s.gate, w.down, n, c.FeedForward, d)
		canon.Add(x, s.projected)
	}
	s.norm(normed, x, m.finalNorm)
	s.length += n
}

// norm applies RMSNorm to each position.
func (s *session) norm(out, in, weight []float32) {
	d := len(weight)
	for p := 0; p < len(in); p += d {
		canon.RMSNorm(out[p:p+d], in[p:p+d], weight, s.model.config.NormEpsilon)
	}
}

// rotate turns each head of x to its position. Element i of a head is paired
// with element i + HeadDim/2, as in Hugging Face's Llama.
func (s *session) rotate(x []float32, position int) {
	half := s.model.config.HeadDim() / 2
	cos := s.model.cos[position*half : (position+1)*half]
	sin := s.model.sin[position*half : (position+1)*half]
	for head := 0; head < len(x); head += 2 * half {
		low, high := x[head:head+half], x[head+half:head+2*half]
		for i, c := range cos {
			a, b := low[i], high[i]
			low[i] = float32(a*c) - float32(b*sin[i])
			high[i] = float32(b*c) + float32(a*sin[i])
		}
	}
}

// attend computes the attention of layer l for position p of the tokens being
// appended, over all positions up to and including itself.
func (s *session) attend(l, p int) {
	c := s.model.config
	width, kv, shared := c.HeadDim(), c.KVWidth(), c.Heads/c.KVHeads
	scale := float32(1 / math.Sqrt(float64(width)))
	seen := s.length + p + 1
	scores := s.scores[:seen]
	for h := range c.Heads {
		offset := h / shared * width
		query := s.query[p*c.HiddenSize+h*width:][:width]
		for j := range scores {
			scores[j] = float32(canon.Dot(query, s.keys[l][j*kv+offset:]) * scale)
		}
		canon.Softmax(scores)
		out := s.attended[p*c.HiddenSize+h*width:][:width]
		clear(out)
		for j, probability := range scores {
			canon.MulAddTo(out, s.values[l][j*kv+offset:], probability)
		}
	}
}

// feed appends tokens in pieces and calls each for every row that was computed,
// or with onlyLast for the last one alone.
func (s *session) feed(ctx context.Context, tokens []int32, each func(row int), onlyLast bool) error {
	for len(tokens) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(prefillRows, len(tokens))
		s.extend(tokens[:n])
		tokens = tokens[n:]
		switch {
		case !onlyLast:
			for row := range n {
				each(row)
			}
		case len(tokens) == 0:
			each(n - 1)
		}
	}
	return nil
}

// predict returns the logits after row p of the last extend. The slice is valid
// until the next call.
func (s *session) predict(p int) []float32 {
	c := s.model.config
	canon.MatMul(s.logits, s.normed[p*c.HiddenSize:(p+1)*c.HiddenSize], s.model.embedding, 1, c.HiddenSize, c.Vocabulary)
	return s.logits
}
