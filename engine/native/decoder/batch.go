package decoder

import (
	"fmt"

	"github.com/agora-network/agora/engine/native/canon"
)

// DefaultRows is how many tokens go through the layers together when the caller
// does not say: enough for every weight that is read to be used many times, few
// enough for the activations to stay in the second-level cache.
const DefaultRows = 96

// Want says of which new tokens the final state is needed.
type Want int

// The kinds of Want.
const (
	WantNone Want = iota
	WantLast
	WantAll
)

// Piece is tokens to be appended to a sequence in the next step.
type Piece struct {
	Sequence *Sequence
	Tokens   []int32
	Want     Want
}

// Batch advances several sequences together. It belongs to one goroutine.
type Batch struct {
	model *Model
	team  team
	rows  int
	// Widths of the rows below, padded to whole lanes.
	width, queryWidth, kvWidth, innerWidth, vocabulary int

	stream, normed, query, keys, values, attended, projected, gate, up []float32

	places []place
	wanted int // rows of normed that hold final states
	logits []float32
	chunk  int // rows of logits
	each   []workspace
}

// place says whose token a row is.
type place struct {
	sequence *Sequence
	position int
	wanted   bool
}

// workspace is one thread's scratch memory.
type workspace struct {
	scratch canon.Scratch
	scores  []float32
	sums    []float32
	totals  []float32
}

// NewBatch allocates memory for steps of at most rows tokens, computed by at most
// threads threads. The bits depend on neither. 0 rows means DefaultRows.
func (m *Model) NewBatch(rows, threads int) *Batch {
	if rows <= 0 {
		rows = DefaultRows
	}
	s := m.shape
	b := &Batch{
		model: m, team: team{max(1, threads)}, rows: rows,
		width: canon.Padded(s.Width), queryWidth: canon.Padded(s.QueryWidth()), kvWidth: canon.Padded(s.KVWidth()),
		innerWidth: canon.Padded(s.Inner), vocabulary: canon.Padded(s.Vocabulary),
		each: make([]workspace, max(1, threads)),
	}
	for _, buffer := range []struct {
		to    *[]float32
		width int
	}{
		{&b.stream, b.width},
		{&b.normed, b.width},
		{&b.projected, b.width},
		{&b.query, b.queryWidth},
		{&b.attended, b.queryWidth},
		{&b.keys, b.kvWidth},
		{&b.values, b.kvWidth},
		{&b.up, b.innerWidth},
	} {
		*buffer.to = make([]float32, rows*buffer.width)
	}
	if s.FeedForward == SwiGLU {
		b.gate = make([]float32, rows*b.innerWidth)
	}
	const logitNumbers = 1 << 20 // bounds the memory where the vocabulary is large
	b.chunk = max(1, min(rows, logitNumbers/b.vocabulary))
	return b
}

// Rows is the largest number of tokens in a step.
func (b *Batch) Rows() int { return b.rows }

// Step appends each piece's tokens to its sequence, which must have reserved the
// positions; a sequence may appear once. The final states of the wanted tokens
// are kept, in the order of the pieces, until the next step.
func (b *Batch) Step(pieces []Piece) {
	b.layOut(pieces)
	n := len(b.places)
	for l := range b.model.layers {
		w := &b.model.layers[l]
		b.norm(n, w.attentionNorm)
		b.multiply(n, b.normed, b.width,
			product{&w.query, b.query, b.queryWidth}, product{&w.key, b.keys, b.kvWidth}, product{&w.value, b.values, b.kvWidth})
		b.remember(l)
		last := l == len(b.model.layers)-1
		b.attend(l, pieces, last)
		if last {
			n = b.compact()
		}
		b.multiply(n, b.attended, b.queryWidth, product{&w.output, b.projected, b.width})
		b.addToStream(n)
		b.norm(n, w.feedNorm)
		b.feedForward(n, w)
		b.addToStream(n)
	}
	b.norm(n, b.model.finalNorm)
	b.wanted = n
	for _, p := range pieces {
		p.Sequence.length += len(p.Tokens)
	}
}

// layOut gives every token a row and embeds it.
func (b *Batch) layOut(pieces []Piece) {
	m := b.model
	b.places = b.places[:0]
	for _, p := range pieces {
		if len(p.Sequence.pages)*PagePositions < p.Sequence.length+len(p.Tokens) || p.Sequence.length+len(p.Tokens) > m.shape.Context {
			panic(fmt.Sprintf("decoder: %d tokens after %d exceed what was reserved or the context", len(p.Tokens), p.Sequence.length))
		}
		for i, token := range p.Tokens {
			row := len(b.places)
			if row == b.rows {
				panic(fmt.Sprintf("decoder: more than %d tokens in a step", b.rows))
			}
			at := place{p.Sequence, p.Sequence.length + i, p.Want == WantAll || p.Want == WantLast && i == len(p.Tokens)-1}
			b.places = append(b.places, at)
			x := b.stream[row*b.width:][:m.shape.Width]
			m.embedding.Row(int(token), x)
			if m.positions != nil {
				learned := b.projected[:m.shape.Width]
				m.positions.Row(at.position, learned)
				m.kernels.Add(x, learned)
			}
		}
	}
}

// product is a matrix product of all rows and where it goes.
type product struct {
	linear *linear
	out    []float32
	outRow int
}

// taskPanels is how many panels of outputs one task computes.
const taskPanels = 8

// multiply computes products of the same rows.
func (b *Batch) multiply(rows int, in []float32, inRow int, products ...product) {
	tasks, work := 0, 0
	for _, p := range products {
		tasks += (p.linear.panels.Count() + taskPanels - 1) / taskPanels
		work += rows * p.linear.panels.Inputs() * p.linear.panels.Outputs()
	}
	b.team.run(tasks, work, func(worker, i int) {
		for _, p := range products {
			own := (p.linear.panels.Count() + taskPanels - 1) / taskPanels
			if i >= own {
				i -= own
				continue
			}
			b.multiplyPart(worker, rows, in, inRow, p, i*taskPanels)
			return
		}
	})
}

// multiplyPart computes taskPanels panels of outputs from the given one on.
func (b *Batch) multiplyPart(worker, rows int, in []float32, inRow int, p product, from int) {
	k, panels := b.model.kernels, p.linear.panels
	to := min(from+taskPanels, panels.Count())
	k.MultiplyPanels(p.out, p.outRow, in, inRow, rows, panels, from, to, &b.each[worker].scratch)
	if p.linear.bias == nil {
		return
	}
	first, end := from*canon.Lanes, min(to*canon.Lanes, panels.Outputs())
	for r := range rows {
		k.Add(p.out[r*p.outRow+first:r*p.outRow+end], p.linear.bias[first:end])
	}
}

// norm normalises the stream of each row into normed.
func (b *Batch) norm(rows int, w NormWeights) {
	s := b.model.shape
	b.eachRow(rows, s.Width, func(r int) {
		x, out := b.stream[r*b.width:][:s.Width], b.normed[r*b.width:][:s.Width]
		if s.Norm == RMSNorm {
			b.model.kernels.RMSNorm(out, x, w.Weight, s.NormEpsilon)
			return
		}
		copied := b.projected[r*b.width:][:s.Width]
		copy(copied, x)
		b.model.kernels.LayerNorm(out, copied, w.Weight, w.Bias, s.NormEpsilon)
	})
}

// eachRow calls do for every row; width is how many numbers it handles.
func (b *Batch) eachRow(rows, width int, do func(row int)) {
	const together, workPerNumber = 8, 8
	b.team.run((rows+together-1)/together, rows*width*workPerNumber, func(_, task int) {
		for row := task * together; row < min(rows, (task+1)*together); row++ {
			do(row)
		}
	})
}

func (b *Batch) addToStream(rows int) {
	b.model.kernels.Add(b.stream[:rows*b.width], b.projected)
}

func (b *Batch) feedForward(rows int, w *layer) {
	k := b.model.kernels
	inner := b.up
	if w.gate.panels != nil {
		inner = b.gate
		b.multiply(rows, b.normed, b.width, product{&w.gate, b.gate, b.innerWidth}, product{&w.up, b.up, b.innerWidth})
		b.eachRow(rows, b.innerWidth, func(r int) {
			k.SwiGLU(b.gate[r*b.innerWidth:(r+1)*b.innerWidth], b.up[r*b.innerWidth:])
		})
	} else {
		b.multiply(rows, b.normed, b.width, product{&w.up, b.up, b.innerWidth})
		b.eachRow(rows, b.innerWidth, func(r int) { k.GELU(b.up[r*b.innerWidth : (r+1)*b.innerWidth]) })
	}
	b.multiply(rows, inner, b.innerWidth, product{&w.down, b.projected, b.width})
}

// compact moves what the wanted rows need to the front and returns their number.
func (b *Batch) compact() int {
	n := 0
	for row, p := range b.places {
		if !p.wanted {
			continue
		}
		if n != row {
			copy(b.stream[n*b.width:(n+1)*b.width], b.stream[row*b.width:])
			copy(b.attended[n*b.queryWidth:(n+1)*b.queryWidth], b.attended[row*b.queryWidth:])
		}
		n++
	}
	return n
}

// Wanted is the number of final states that the last step kept.
func (b *Batch) Wanted() int { return b.wanted }

// State is the final, normalised state of the i-th wanted token. It is valid
// until the next step.
func (b *Batch) State(i int) []float32 {
	return b.normed[i*b.width:][:b.model.shape.Width]
}

// Logits computes the logits after the wanted tokens from to to, and calls use
// with each. The slice is the callee's to overwrite until it returns.
func (b *Batch) Logits(from, to int, use func(i int, logits []float32)) {
	if b.logits == nil {
		b.logits = make([]float32, b.chunk*b.vocabulary)
	}
	head := linear{panels: b.model.head}
	for first := from; first < to; first += b.chunk {
		rows := min(b.chunk, to-first)
		b.multiply(rows, b.normed[first*b.width:], b.width, product{&head, b.logits, b.vocabulary})
		for r := range rows {
			use(first+r, b.logits[r*b.vocabulary:][:b.model.shape.Vocabulary])
		}
	}
}
