package decoder

import (
	"errors"

	"github.com/agora-network/agora/engine/native/canon"
)

// PagePositions is how many positions a page of the key-value cache holds.
const PagePositions = 64

// ErrCacheFull: the pool has no page left.
var ErrCacheFull = errors.New("the memory for key-value caches is used up")

// Pool is bounded memory for key-value caches. Its pages are used again when a
// sequence is released. It is not safe for concurrent use.
type Pool struct {
	model *Model
	limit int
	used  int
	free  [][]float32
}

// NewPool returns memory for at most positions positions, in whole pages.
func (m *Model) NewPool(positions int) *Pool {
	return &Pool{model: m, limit: Pages(positions)}
}

// Pages is how many pages hold so many positions.
func Pages(positions int) int { return (positions + PagePositions - 1) / PagePositions }

// Free is the number of pages that no sequence holds.
func (p *Pool) Free() int { return p.limit - p.used }

// half is the size of the keys, or the values, of one head in a page.
func (m *Model) half() int { return PagePositions * canon.Padded(m.shape.HeadWidth) }

// PageBytes is the memory of one page.
func (m *Model) PageBytes() int { return 4 * 2 * m.half() * m.shape.Layers * m.shape.KVHeads }

func (p *Pool) take() ([]float32, error) {
	if p.used == p.limit {
		return nil, ErrCacheFull
	}
	p.used++
	if n := len(p.free); n > 0 {
		page := p.free[n-1]
		p.free = p.free[:n-1]
		return page, nil
	}
	return make([]float32, p.model.PageBytes()/4), nil
}

// Sequence is one text and its key-value cache.
type Sequence struct {
	pool   *Pool
	length int
	pages  [][]float32
}

// NewSequence begins an empty text.
func (p *Pool) NewSequence() *Sequence { return &Sequence{pool: p} }

// Len is the number of tokens so far.
func (s *Sequence) Len() int { return s.length }

// Reserve takes pages for positions positions in all, or changes nothing and
// returns ErrCacheFull.
func (s *Sequence) Reserve(positions int) error {
	if Pages(positions)-len(s.pages) > s.pool.Free() {
		return ErrCacheFull
	}
	for len(s.pages) < Pages(positions) {
		page, err := s.pool.take()
		if err != nil {
			return err
		}
		s.pages = append(s.pages, page)
	}
	return nil
}

// Truncate forgets all but the first length tokens; the pages stay reserved.
func (s *Sequence) Truncate(length int) { s.length = min(s.length, max(0, length)) }

// Release gives the pages back. The sequence is empty afterwards.
func (s *Sequence) Release() {
	s.pool.free = append(s.pool.free, s.pages...)
	s.pool.used -= len(s.pages)
	s.pages, s.length = nil, 0
}

// keys and values return one head's part of a page. Keys lie in panels, the
// positions being the lanes; values row after row of the padded head width.
func (s *Sequence) keys(page, layer, head int) []float32 {
	m := s.pool.model
	at := (layer*m.shape.KVHeads + head) * 2 * m.half()
	return s.pages[page][at : at+m.half()]
}

func (s *Sequence) values(page, layer, head int) []float32 {
	m := s.pool.model
	at := ((layer*m.shape.KVHeads+head)*2 + 1) * m.half()
	return s.pages[page][at : at+m.half()]
}

// store writes the key and value of one head at a position.
func (s *Sequence) store(layer, head, position int, key, value []float32) {
	page, place := position/PagePositions, position%PagePositions
	keys := s.keys(page, layer, head)[place/canon.Lanes*canon.Lanes*len(key)+place%canon.Lanes:]
	for i, x := range key {
		keys[i*canon.Lanes] = x
	}
	copy(s.values(page, layer, head)[place*canon.Padded(len(value)):], value)
}
