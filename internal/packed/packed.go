package packed

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
)

const version = 1

// ErrMalformed is returned for bytes that Encode does not produce, and for lists it cannot encode.
var ErrMalformed = errors.New("malformed packed list")

// number is what a list can hold one of per identity.
type number interface{ ~uint32 | ~uint64 }

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
func (l List) Encode() ([]byte, error) { return Encode(l.IDs, l.Values) }

// Encode packs one number per identity, as List.Encode does.
func Encode[T number](ids []uint64, values []T) ([]byte, error) {
	if len(ids) != len(values) {
		return nil, fmt.Errorf("%w: %d identities, %d numbers", ErrMalformed, len(ids), len(values))
	}
	width := widthOf(values)
	out := appendHead(make([]byte, 0, sizeOf(len(ids), 2*len(ids), width)), width, len(ids))
	out, err := appendSteps(out, ids)
	if err != nil {
		return nil, err
	}
	return appendNumbers(out, values, width), nil
}

// EncodeIDs packs identities alone, which must be above 0 and ascend strictly: a list without numbers.
func EncodeIDs(ids []uint64) ([]byte, error) {
	return appendSteps(appendHead(make([]byte, 0, sizeOf(0, 2*len(ids), 0)), 0, len(ids)), ids)
}

// DecodeIDs unpacks what EncodeIDs packed.
func DecodeIDs(data []byte) ([]uint64, error) {
	h, err := readHead(data, 0, 0)
	if err != nil {
		return nil, err
	}
	ids := make([]uint64, h.count)
	rest, err := h.steps(ids)
	if err != nil {
		return nil, err
	}
	if len(rest) > 0 {
		return nil, fmt.Errorf("%w: %d bytes after the last identity", ErrMalformed, len(rest))
	}
	return ids, nil
}

// Decode unpacks what Encode packed.
func Decode(data []byte) (List, error) {
	h, err := readHead(data, 1, 8)
	if err != nil {
		return List{}, err
	}
	return h.list()
}

// Count is the number of entries of a packed list, of which it reads nothing else.
func Count(data []byte) (int, error) {
	h, err := readHead(data, 1, 8)
	return h.count, err
}

// Decode32 unpacks a list whose numbers fit 32 bits; one that does not fit is ErrMalformed.
func Decode32(data []byte) (ids []uint64, values []uint32, err error) {
	h, err := readHead(data, 1, 4)
	if err != nil {
		return nil, nil, err
	}
	return h.list32()
}

// widthOf is the smallest number of bytes that holds each of the values.
func widthOf[T number](values []T) int {
	var all T
	for _, v := range values {
		all |= v
	}
	return widthOfBits(uint64(all))
}

func widthOfBits(all uint64) int { return max(1, (bits.Len64(all)+7)/8) }

// sizeOf is room enough for a list whose identities take so many bytes.
func sizeOf(count, steps, width int) int {
	const head, surplus = 2 + binary.MaxVarintLen32, 8 // see appendNumbers
	return head + steps + count*width + surplus
}

func appendHead(out []byte, width, count int) []byte {
	return binary.AppendUvarint(append(out, version, byte(width)), uint64(count))
}

// appendSteps writes each identity as its distance from the one before.
func appendSteps(out []byte, ids []uint64) ([]byte, error) {
	last := uint64(0)
	for _, id := range ids {
		if id <= last {
			return nil, fmt.Errorf("%w: identity %d follows %d", ErrMalformed, id, last)
		}
		out = binary.AppendUvarint(out, id-last)
		last = id
	}
	return out, nil
}

// appendNumbers writes each value in width bytes. Eight bytes are written at a time, and the next
// value overwrites the surplus: one store instead of a loop.
func appendNumbers[T number](out []byte, values []T, width int) []byte {
	at := len(out)
	end := at + len(values)*width
	out = slices.Grow(out, end-at+8)[:end+8]
	for _, v := range values {
		binary.LittleEndian.PutUint64(out[at:at+8], uint64(v))
		at += width
	}
	return out[:end]
}

// head is the beginning of an encoded list.
type head struct {
	width int
	count int
	rest  []byte // identities and numbers
}

// readHead checks everything that can be known before the identities are read. The count is then
// no more than the data is long: memory can be made for as many entries.
func readHead(data []byte, minWidth, maxWidth int) (head, error) {
	if len(data) < 3 {
		return head{}, fmt.Errorf("%w: %d bytes", ErrMalformed, len(data))
	}
	if data[0] != version {
		return head{}, fmt.Errorf("%w: version %d", ErrMalformed, data[0])
	}
	width := int(data[1])
	if width < minWidth || width > maxWidth {
		return head{}, fmt.Errorf("%w: width %d, want %d to %d", ErrMalformed, width, minWidth, maxWidth)
	}
	count, rest, err := uvarint(data[2:])
	if err != nil {
		return head{}, err
	}
	if count > uint64(len(rest))/uint64(1+width) {
		return head{}, fmt.Errorf("%w: %d entries in %d bytes", ErrMalformed, count, len(rest))
	}
	return head{width: width, count: int(count), rest: rest}, nil
}

// list reads the whole list.
func (h head) list() (List, error) {
	both := make([]uint64, 2*h.count)
	l := List{IDs: both[:h.count:h.count], Values: both[h.count:]}
	rest, err := h.steps(l.IDs)
	if err != nil {
		return List{}, err
	}
	if err := readNumbers(l.Values, rest, h.width); err != nil {
		return List{}, err
	}
	return l, nil
}

// list32 reads the whole list, whose numbers fit 32 bits.
func (h head) list32() (ids []uint64, values []uint32, err error) {
	ids, values = make([]uint64, h.count), make([]uint32, h.count)
	rest, err := h.steps(ids)
	if err != nil {
		return nil, nil, err
	}
	return ids, values, readNumbers(values, rest, h.width)
}

// steps reads the identities and returns what follows them.
func (h head) steps(ids []uint64) ([]byte, error) {
	rest := h.rest
	last := uint64(0)
	for i := 0; i < len(ids); {
		if len(ids)-i >= 8 && len(rest) >= 8 && last <= math.MaxUint64-8*0x7f {
			if w := binary.LittleEndian.Uint64(rest); eightSteps(w) {
				eight := ids[i : i+8]
				for j := range eight {
					last += w & 0x7f
					eight[j] = last
					w >>= 8
				}
				rest = rest[8:]
				i += 8
				continue
			}
		}
		step, after, err := uvarint(rest)
		if err != nil {
			return nil, err
		}
		id := last + step
		if id <= last {
			return nil, fmt.Errorf("%w: identity %d follows %d", ErrMalformed, id, last)
		}
		ids[i], last, rest = id, id, after
		i++
	}
	return rest, nil
}

// eightSteps tells whether eight bytes are a step each: below 0x80, as neighbours' nearly all are,
// and above 0.
func eightSteps(w uint64) bool {
	const low, high = 0x0101010101010101, 0x8080808080808080
	return w&high == 0 && (w+high-low)&high == high
}

// readNumbers fills values from exactly as many numbers of width bytes, of which at least one must
// need the width.
func readNumbers[T number](values []T, data []byte, width int) error {
	if len(data) != len(values)*width {
		return fmt.Errorf("%w: %d bytes of numbers, want %d", ErrMalformed, len(data), len(values)*width)
	}
	var all uint64
	mask := ^uint64(0) >> (64 - 8*uint(width))
	i, at := 0, 0
	// Eight bytes are read at a time, as long as there are eight, and the surplus is masked off.
	for ; i < len(values) && at <= len(data)-8; i++ {
		v := binary.LittleEndian.Uint64(data[at:at+8]) & mask
		values[i] = T(v)
		all |= v
		at += width
	}
	for ; i < len(values); i++ {
		var v uint64
		for b := width - 1; b >= 0; b-- {
			v = v<<8 | uint64(data[at+b])
		}
		values[i] = T(v)
		all |= v
		at += width
	}
	if width != widthOfBits(all) {
		return fmt.Errorf("%w: width %d is not the smallest", ErrMalformed, width)
	}
	return nil
}

// uvarint reads a varint in its shortest form.
func uvarint(data []byte) (uint64, []byte, error) {
	v, n := binary.Uvarint(data)
	if n <= 0 || (n > 1 && data[n-1] == 0) {
		return 0, nil, fmt.Errorf("%w: varint", ErrMalformed)
	}
	return v, data[n:], nil
}
