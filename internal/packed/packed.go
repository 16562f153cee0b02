package packed

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"slices"
)

const version = 1

// ErrMalformed is returned for bytes that Encode does not produce, and for lists it cannot encode.
var ErrMalformed = errors.New("malformed packed list")

// List is one number per identity, identities strictly ascending and above 0.
type List struct {
	IDs    []uint64
	Values []uint64
}

// Len is the number of entries.
func (l List) Len() int { return len(l.IDs) }

// Value is the number of an identity, 0 where the list does not hold it.
func (l List) Value(id uint64) uint64 {
	at, found := slices.BinarySearch(l.IDs, id)
	if !found {
		return 0
	}
	return l.Values[at]
}

// Encode packs the list. It returns ErrMalformed where the two columns differ in length or
// identities do not ascend.
func (l List) Encode() ([]byte, error) {
	if len(l.IDs) != len(l.Values) {
		return nil, fmt.Errorf("%w: %d identities, %d numbers", ErrMalformed, len(l.IDs), len(l.Values))
	}
	var largest uint64
	for _, v := range l.Values {
		largest |= v
	}
	width := max(1, (bits.Len64(largest)+7)/8)
	out := make([]byte, 0, 2+binary.MaxVarintLen64+len(l.IDs)*(2+width)+8)
	out = append(out, version, byte(width))
	out = binary.AppendUvarint(out, uint64(len(l.IDs)))
	last := uint64(0)
	for _, id := range l.IDs {
		if id <= last {
			return nil, fmt.Errorf("%w: identity %d follows %d", ErrMalformed, id, last)
		}
		out = binary.AppendUvarint(out, id-last)
		last = id
	}
	for _, v := range l.Values {
		// Eight bytes are written and the surplus is cut off again: one store instead of a loop.
		out = binary.LittleEndian.AppendUint64(out, v)
		out = out[:len(out)-8+width]
	}
	return out, nil
}

// Decode unpacks what Encode packed.
func Decode(data []byte) (List, error) {
	if len(data) < 3 {
		return List{}, fmt.Errorf("%w: %d bytes", ErrMalformed, len(data))
	}
	if data[0] != version {
		return List{}, fmt.Errorf("%w: version %d", ErrMalformed, data[0])
	}
	width := int(data[1])
	if width < 1 || width > 8 {
		return List{}, fmt.Errorf("%w: width %d", ErrMalformed, width)
	}
	count, rest, err := uvarint(data[2:])
	if err != nil {
		return List{}, err
	}
	// Every entry takes one byte and its width at least: the count cannot ask for more memory than
	// the data is large.
	if count > uint64(len(rest))/uint64(1+width) {
		return List{}, fmt.Errorf("%w: %d entries in %d bytes", ErrMalformed, count, len(rest))
	}
	n := int(count)
	both := make([]uint64, 2*n)
	l := List{IDs: both[:n:n], Values: both[n:]}
	last := uint64(0)
	for i := range l.IDs {
		var step uint64
		if len(rest) > 0 && rest[0] < 0x80 { // neighbours are close: one byte nearly always
			step, rest = uint64(rest[0]), rest[1:]
		} else if step, rest, err = uvarint(rest); err != nil {
			return List{}, err
		}
		id := last + step
		if id <= last {
			return List{}, fmt.Errorf("%w: identity %d follows %d", ErrMalformed, id, last)
		}
		l.IDs[i], last = id, id
	}
	if len(rest) != n*width {
		return List{}, fmt.Errorf("%w: %d bytes of numbers, want %d", ErrMalformed, len(rest), n*width)
	}
	var largest uint64
	for i := range l.Values {
		l.Values[i] = number(rest[i*width:], width)
		largest |= l.Values[i]
	}
	if width != max(1, (bits.Len64(largest)+7)/8) {
		return List{}, fmt.Errorf("%w: width %d is not the smallest", ErrMalformed, width)
	}
	return l, nil
}

// number reads width little-endian bytes; data holds as many.
func number(data []byte, width int) uint64 {
	if len(data) >= 8 {
		return binary.LittleEndian.Uint64(data) << (64 - 8*uint(width)) >> (64 - 8*uint(width))
	}
	var v uint64
	for i := width - 1; i >= 0; i-- {
		v = v<<8 | uint64(data[i])
	}
	return v
}

// uvarint reads a varint in its shortest form.
func uvarint(data []byte) (uint64, []byte, error) {
	v, n := binary.Uvarint(data)
	if n <= 0 || (n > 1 && data[n-1] == 0) {
		return 0, nil, fmt.Errorf("%w: varint", ErrMalformed)
	}
	return v, data[n:], nil
}
