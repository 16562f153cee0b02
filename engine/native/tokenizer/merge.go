package tokenizer

// symbol is a token in the making: a link in the list of what is left of a word.
type symbol struct {
	id         int32
	start, end int32 // the bytes of the word that it covers
	prev, next int32 // -1 at the ends
	gone       bool  // merged into its left neighbour
}

// candidate is a pair of neighbours that may be merged.
type candidate struct {
	rank int32 // the smallest is merged first, the leftmost among equals
	left int32 // position of the left symbol
	id   int32 // what the pair becomes
	end  int32 // where the right symbol ended when the candidate was found
}

func (c candidate) before(other candidate) bool {
	if c.rank != other.rank {
		return c.rank < other.rank
	}
	return c.left < other.left
}

// merger joins neighbouring symbols in the order of their ranks. Each merge adds
// at most two candidates to a heap, so a word of n symbols takes n·log n steps.
type merger struct {
	symbols []symbol
	heap    []candidate
	// join returns what two neighbours become and how early.
	join func(left, right *symbol) (rank, id int32, ok bool)
	work int // steps taken, for the test that bounds them
}

// add appends a symbol that covers the next bytes of the word.
func (m *merger) add(id int32, start, end int) {
	n := int32(len(m.symbols))
	m.symbols = append(m.symbols, symbol{id: id, start: int32(start), end: int32(end), prev: n - 1, next: -1})
	if n > 0 {
		m.symbols[n-1].next = n
	}
}

// run merges until no pair is left that can be.
func (m *merger) run() {
	for i := range m.symbols {
		m.consider(int32(i))
	}
	for len(m.heap) > 0 {
		best := m.pop()
		left := &m.symbols[best.left]
		if left.gone || left.next < 0 {
			continue
		}
		right := &m.symbols[left.next]
		if right.end != best.end {
			continue // one of the two has grown since, which moves this end too
		}
		left.id, left.end, left.next = best.id, right.end, right.next
		right.gone = true
		if left.next >= 0 {
			m.symbols[left.next].prev = best.left
		}
		if left.prev >= 0 {
			m.consider(left.prev)
		}
		m.consider(best.left)
	}
}

// consider adds the pair that begins at position left to the heap if it can be
// merged.
func (m *merger) consider(left int32) {
	m.work++
	next := m.symbols[left].next
	if next < 0 {
		return
	}
	rank, id, ok := m.join(&m.symbols[left], &m.symbols[next])
	if !ok {
		return
	}
	m.heap = append(m.heap, candidate{rank, left, id, m.symbols[next].end})
	for child := len(m.heap) - 1; child > 0; {
		m.work++
		parent := (child - 1) / 2
		if !m.heap[child].before(m.heap[parent]) {
			break
		}
		m.heap[child], m.heap[parent] = m.heap[parent], m.heap[child]
		child = parent
	}
}

func (m *merger) pop() candidate {
	best := m.heap[0]
	last := len(m.heap) - 1
	m.heap[0] = m.heap[last]
	m.heap = m.heap[:last]
	for parent := 0; ; {
		m.work++
		child := 2*parent + 1
		if child >= last {
			break
		}
		if child+1 < last && m.heap[child+1].before(m.heap[child]) {
			child++
		}
		if !m.heap[child].before(m.heap[parent]) {
			break
		}
		m.heap[child], m.heap[parent] = m.heap[parent], m.heap[child]
		parent = child
	}
	return best
}
