package metric

// Two classic table computations 64 rows at a time. The shorter sequence is cut into
// blocks of 64 symbols, the rows of the table; a block passes over all columns and
// leaves for the next block what crosses its lower edge, one small value a column. So
// the work is rows*columns/64 steps and the memory one byte a column plus the positions
// of the symbols of one block.

// blockSize is the number of rows of a block.
const blockSize = 64

// positions says for every symbol in which rows of the present block it stands.
type positions struct {
	rows  []uint64 // by the local number of the symbol, 0 for those of no row
	local map[uint32]uint32
}

// newPositions numbers the symbols of the rows and rewrites the columns in these
// numbers.
func newPositions(rows, columns []uint32) (p *positions, localRows, localColumns []uint32) {
	p = &positions{local: make(map[uint32]uint32, min(len(rows), 256))}
	localRows = make([]uint32, len(rows))
	for i, symbol := range rows {
		number, ok := p.local[symbol]
		if !ok {
			number = uint32(len(p.local)) + 1
			p.local[symbol] = number
		}
		localRows[i] = number
	}
	p.rows = make([]uint64, len(p.local)+1)
	localColumns = make([]uint32, len(columns))
	for i, symbol := range columns {
		localColumns[i] = p.local[symbol]
	}
	return p, localRows, localColumns
}

// enter makes a block of at most 64 symbols the present one, leave forgets it.
func (p *positions) enter(block []uint32) {
	for i, symbol := range block {
		p.rows[symbol] |= 1 << i
	}
}

func (p *positions) leave(block []uint32) {
	for _, symbol := range block {
		p.rows[symbol] = 0
	}
}

// trimmed drops what two sequences have in common at their starts and ends, which
// changes neither their distance nor what else their common subsequence has.
func trimmed(a, b []uint32) (restA, restB []uint32, common int) {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b, common = a[1:], b[1:], common+1
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b, common = a[:len(a)-1], b[:len(b)-1], common+1
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	return a, b, common
}

// commonSubsequence returns the length of the longest common subsequence by the
// algorithm of Crochemore, Iliopoulos, Pinzon and Reid (2001).
func commonSubsequence(a, b []uint32) int {
	a, b, length := trimmed(a, b)
	if len(a) == 0 {
		return length
	}
	p, rows, columns := newPositions(a, b)
	carries := make([]uint8, len(columns))
	for len(rows) > 0 {
		block := rows[:min(blockSize, len(rows))]
		rows = rows[len(block):]
		p.enter(block)
		// A zero in row i says that the table grows between row i-1 and row i.
		flat := ^uint64(0)
		for j, symbol := range columns {
			match := flat & p.rows[symbol]
			sum := flat + match
			over := carry(flat, match, sum)
			with := sum + uint64(carries[j])
			carries[j] = over | carry(sum, 0, with)
			flat = with | flat&^match
		}
		p.leave(block)
		for i := range block {
			length += int(^flat >> i & 1)
		}
	}
	return length
}

// carry is 1 when the sum of two numbers, or of one and a carry, overflowed.
func carry(a, b, sum uint64) uint8 {
	return uint8((a&b | (a|b)&^sum) >> 63)
}

// editDistance returns the Levenshtein distance, how many insertions, deletions and
// substitutions turn one sequence into the other, by the algorithm of Myers (1999) in
// the form of Hyyrö (2003).
func editDistance(a, b []uint32) int {
	a, b, _ = trimmed(a, b)
	if len(a) == 0 {
		return len(b)
	}
	p, rows, columns := newPositions(a, b)
	// How the value changes from column to column at the upper edge of the block: by one
	// in every column of the table's first row. Bit 0 says up, bit 1 says down.
	edges := make([]uint8, len(columns))
	for j := range edges {
		edges[j] = 1
	}
	distance := len(rows)
	for len(rows) > 0 {
		block := rows[:min(blockSize, len(rows))]
		rows = rows[len(block):]
		p.enter(block)
		last := uint(len(block) - 1)
		up, down := ^uint64(0), uint64(0) // how the value changes from row to row
		for j, symbol := range columns {
			match := p.rows[symbol]
			rises, falls := uint64(edges[j]&1), uint64(edges[j]>>1)
			diagonal := match | down
			match |= falls
			across := (match&up + up) ^ up | match
			right := down | ^(across | up)
			left := up & across
			edges[j] = uint8(right>>last&1 | left>>last&1<<1)
			right = right<<1 | rises
			left = left<<1 | falls
			up = left | ^(diagonal | right)
			down = right & diagonal
		}
		p.leave(block)
	}
	for _, edge := range edges {
		distance += int(edge&1) - int(edge>>1)
	}
	return distance
}
