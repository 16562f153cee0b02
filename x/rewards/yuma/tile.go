package yuma

const (
	// tileWidth is the largest number of columns that are turned at a time.
	tileWidth = 128
	// tileCells bounds the cells of a tile of many validators, to 512 KiB: a tile stays in the cache
	// from when it is filled until it is read.
	tileCells = 1 << 15
)

// tile turns rows into columns, some columns at a time. Cells of column c are at c*stride onwards.
type tile struct {
	stride, width int
	next          []int // by validator: the first entry of its row that is not yet in a tile
	fill          [tileWidth]int
	votes         []vote
}

// prepare makes room for so many validators and starts at column 0.
func (t *tile) prepare(validators int) {
	t.stride = cacheStride(validators)
	t.width = min(tileWidth, max(8, tileCells/t.stride))
	t.next = resize(t.next, validators)
	clear(t.next)
	t.votes = resize(t.votes, t.stride*t.width)
}

// cacheStride is the distance between two columns of a tile: room for every validator, and an odd
// number of cache lines, so that the heads of the columns do not all fall into the same few sets.
func cacheStride(validators int) int {
	const line = 4 // votes of 16 bytes
	return ((validators+line-1)/line | 1) * line
}

// load fills the tile with the weights for width columns, beginning at first.
func (t *tile) load(rows []Weights, scales []rowScale, powers []uint64, first int) {
	for c := range t.fill[:t.width] {
		t.fill[c] = c * t.stride
	}
	for i, row := range rows {
		at := t.next[i]
		t.next[i] += t.turn(row.Columns[at:], row.Values[at:], scales[i], powers[i], uint32(first))
	}
}

// turn appends a row's weights to the columns of the tile and returns how many they were.
func (t *tile) turn(columns []uint32, values []uint16, scale rowScale, power uint64, first uint32) int {
	end := first + uint32(t.width)
	values = values[:len(columns)]
	votes := t.votes
	for k, j := range columns {
		if j >= end {
			return k
		}
		fill := &t.fill[(j-first)%tileWidth]
		at := *fill
		*fill = at + 1
		votes[at] = vote{scale.normalise(values[k]), power}
	}
	return len(columns)
}

// column is one column that was loaded.
func (t *tile) column(c int) []vote { return t.votes[c*t.stride : t.fill[c]] }
