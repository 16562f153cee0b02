package packed

import (
	"fmt"
	"slices"
)

// Index packs and unpacks lists over one set of identities, the miners registered on a subnet. An
// entry is then known by its column, the place of its identity in the set. Lists that hold all of
// the set, nearly all of an epoch's, share its identities: their bytes are compared or copied, and
// only the numbers are work.
//
// An Index does not change; it may be used by several goroutines at once.
type Index struct {
	ids     []uint64
	columns []uint32 // 0, 1, 2, …
	steps   []byte   // what follows the count in the encoding of a list of all identities
}

// NewIndex makes an index of identities, which must be above 0, strictly ascending.
// It keeps ids, which must not be changed afterwards.
func NewIndex(ids []uint64) (*Index, error) {
	steps, err := appendSteps(make([]byte, 0, 2*len(ids)), ids)
	if err != nil {
		return nil, err
	}
	x := &Index{ids: ids, columns: make([]uint32, len(ids)), steps: steps}
	for i := range x.columns {
		x.columns[i] = uint32(i)
	}
	return x, nil
}

// IDs are the identities. They must not be changed.
func (x *Index) IDs() []uint64 { return x.ids }

// Columns are the columns of a list of all identities: 0, 1, 2 and so on. They must not be changed.
func (x *Index) Columns() []uint32 { return x.columns }

// Decode unpacks a list. It appends the numbers of the entries whose identity is in the index to
// values and returns their columns, ascending, with the longer slice; other entries are left out.
// The columns may be those of the index itself: they must not be changed. Like the function Decode
// it returns ErrMalformed for bytes that Encode does not produce.
func (x *Index) Decode(data []byte, values []uint64) ([]uint32, []uint64, error) {
	h, err := readHead(data, 1, 8)
	if err != nil {
		return nil, values, err
	}
	if x.holdsAll(h) {
		at := len(values)
		values = slices.Grow(values, h.count)[:at+h.count]
		err := readNumbers(values[at:], h.rest[len(x.steps):], h.width)
		return x.columns, values, err
	}
	list, err := h.list()
	if err != nil {
		return nil, values, err
	}
	columns := make([]uint32, 0, min(list.Len(), len(x.ids)))
	values = slices.Grow(values, cap(columns))
	column := 0
	for entry, id := range list.IDs {
		for column < len(x.ids) && x.ids[column] < id {
			column++
		}
		if column == len(x.ids) {
			break
		}
		if x.ids[column] == id {
			columns, values = append(columns, uint32(column)), append(values, list.Values[entry])
			column++
		}
	}
	return columns, values, nil
}

// Decode32 unpacks a list whose numbers fit 32 bits, of whatever identities. Those of a list of all of the set are
// the index's own: they must not be changed. It returns ErrMalformed like Decode.
func (x *Index) Decode32(data []byte) (ids []uint64, values []uint32, err error) {
	h, err := readHead(data, 1, 4)
	if err != nil {
		return nil, nil, err
	}
	if x.holdsAll(h) {
		values = make([]uint32, h.count)
		return x.ids, values, readNumbers(values, h.rest[len(x.steps):], h.width)
	}
	return h.list32()
}

// holdsAll tells whether a list has exactly the identities of the index.
func (x *Index) holdsAll(h head) bool {
	return h.count == len(x.ids) && len(h.rest) == len(x.steps)+h.count*h.width && string(h.rest[:len(x.steps)]) == string(x.steps)
}

// Encode packs a list of columns, which must ascend strictly, with a number each. The result is that
// of List.Encode for the identities of the columns.
func (x *Index) Encode(columns []uint32, values []uint64) ([]byte, error) {
	if len(columns) != len(values) {
		return nil, fmt.Errorf("%w: %d columns, %d numbers", ErrMalformed, len(columns), len(values))
	}
	if slices.Equal(columns, x.columns) {
		width := widthOf(values)
		out := appendHead(make([]byte, 0, sizeOf(len(values), len(x.steps), width)), width, len(values))
		return appendNumbers(append(out, x.steps...), values, width), nil
	}
	ids := make([]uint64, len(columns))
	for entry, column := range columns {
		if int64(column) >= int64(len(x.ids)) {
			return nil, fmt.Errorf("%w: column %d of %d", ErrMalformed, column, len(x.ids))
		}
		ids[entry] = x.ids[column]
	}
	return List{IDs: ids, Values: values}.Encode()
}
