package decoder

import (
	"github.com/agora-network/agora/engine/native/canon"
)

// remember turns queries and keys to their positions and stores keys and values
// in the caches of their sequences.
func (b *Batch) remember(l int) {
	m, s := b.model, b.model.shape
	scale := m.attentionScale()
	half := s.HeadWidth / 2
	b.eachRow(len(b.places), s.QueryWidth(), func(row int) {
		p := b.places[row]
		query := b.query[row*b.queryWidth:][:s.QueryWidth()]
		keys := b.keys[row*b.kvWidth:][:s.KVWidth()]
		values := b.values[row*b.kvWidth:][:s.KVWidth()]
		if s.Positions == Rotary {
			cos, sin := m.rotation(p.position)
			for h := 0; h < len(query); h += s.HeadWidth {
				m.kernels.Rotate(query[h:h+half], query[h+half:h+2*half], cos, sin)
			}
			for h := 0; h < len(keys); h += s.HeadWidth {
				m.kernels.Rotate(keys[h:h+half], keys[h+half:h+2*half], cos, sin)
			}
		}
		m.kernels.Scale(query, scale)
		for h := range s.KVHeads {
			p.sequence.store(l, h, p.position, keys[h*s.HeadWidth:(h+1)*s.HeadWidth], values[h*s.HeadWidth:(h+1)*s.HeadWidth])
		}
	})
}

// tileRows is how many tokens of a sequence look back together. Each computes the
// scores of a few positions too many, which count for nothing.
const tileRows = 12

// attend computes the attention of layer l for the wanted rows, or all of them.
func (b *Batch) attend(l int, pieces []Piece, onlyWanted bool) {
	s := b.model.shape
	type task struct{ piece, row, first, count int }
	var tasks []task
	work, row := 0, 0
	for i, p := range pieces {
		for first := p.firstComputed(onlyWanted); first < len(p.Tokens); first += tileRows {
			count := min(tileRows, len(p.Tokens)-first)
			tasks = append(tasks, task{i, row + first, first, count})
			work += 2 * count * (p.Sequence.length + first + count) * s.QueryWidth()
		}
		row += len(p.Tokens)
	}
	b.team.run(len(tasks)*s.KVHeads, work, func(worker, i int) {
		t, head := tasks[i/s.KVHeads], i%s.KVHeads
		sequence := pieces[t.piece].Sequence
		b.attendHead(worker, l, head, sequence, t.row, t.count, sequence.length+t.first)
	})
}

// firstComputed is the first token of the piece whose attention is needed.
func (p Piece) firstComputed(onlyWanted bool) int {
	switch {
	case !onlyWanted || p.Want == WantAll:
		return 0
	case p.Want == WantLast:
		return len(p.Tokens) - 1
	}
	return len(p.Tokens)
}

// attendHead computes the heads that share one key head for count rows of one
// sequence, the first of which is at the given position.
func (b *Batch) attendHead(worker, l, head int, sequence *Sequence, row, count, position int) {
	s := b.model.shape
	shared := s.Heads / s.KVHeads
	a := lookBack{batch: b, space: &b.each[worker], sequence: sequence, layer: l, head: head, seen: position + count}
	offset := row*b.queryWidth + head*shared*s.HeadWidth
	if count == 1 { // the heads are rows that see the same
		a.run(offset, s.HeadWidth, shared, 0)
		return
	}
	for h := range shared {
		a.run(offset+h*s.HeadWidth, b.queryWidth, count, 1)
	}
}

// lookBack is attention over the first positions of a sequence.
type lookBack struct {
	batch       *Batch
	space       *workspace
	sequence    *Sequence
	layer, head int
	seen        int // positions that the last row sees
}

// run computes rows of queries that lie stride apart from offset on. Each row
// sees further positions more than the one before it.
func (a *lookBack) run(offset, stride, rows, further int) {
	b, s, k := a.batch, a.batch.model.shape, a.batch.model.kernels
	pages := Pages(a.seen)
	span := pages * PagePositions
	wide := canon.Padded(s.HeadWidth)
	scores, sums := grown(&a.space.scores, rows*span), grown(&a.space.sums, rows*wide)
	for page := range pages {
		held := min(PagePositions, a.seen-page*PagePositions)
		k.Multiply(canon.Product{
			Out: scores[page*PagePositions:], OutRow: span,
			In: b.query[offset:], InRow: stride, Rows: rows, Steps: s.HeadWidth,
			Panels: a.sequence.keys(page, a.layer, a.head), Step: canon.Lanes, Panel: canon.Lanes * s.HeadWidth,
			Count: canon.Padded(held) / canon.Lanes,
		})
	}
	totals := grown(&a.space.totals, rows)
	for r := range rows {
		sees := a.seen - (rows-1-r)*further
		_, totals[r] = k.Exps(scores[r*span : r*span+sees])
		clear(scores[r*span+sees : r*span+a.seen])
	}
	for page := range pages {
		k.Multiply(canon.Product{
			Out: sums, OutRow: wide,
			In: scores[page*PagePositions:], InRow: span, Rows: rows, Steps: min(PagePositions, a.seen-page*PagePositions),
			Panels: a.sequence.values(page, a.layer, a.head), Step: wide, Panel: canon.Lanes,
			Count: wide / canon.Lanes, Add: page > 0,
		})
	}
	for r := range rows {
		out := sums[r*wide:][:s.HeadWidth]
		k.Divide(out, totals[r])
		copy(b.attended[offset+r*stride:], out)
	}
}

// grown returns n numbers of memory that is kept for the next call.
func grown(memory *[]float32, n int) []float32 {
	if len(*memory) < n {
		*memory = make([]float32, n+n/2)
	}
	return (*memory)[:n]
}
