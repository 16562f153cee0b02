package sandbox

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"
)

// reader reads the binary format of WebAssembly. After the first error it returns
// zeros, so that the error needs to be looked at once per loop.
type reader struct {
	bytes []byte
	at    int
	err   error
}

// fail keeps the first error.
func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s", ErrModule, fmt.Sprintf(format, args...))
	}
}

func (r *reader) left() int { return len(r.bytes) - r.at }

func (r *reader) byte() byte {
	if r.err != nil || r.left() == 0 {
		r.fail("it ends too early")
		return 0
	}
	b := r.bytes[r.at]
	r.at++
	return b
}

// take returns the next n bytes, which stay part of the module.
func (r *reader) take(n uint32) []byte {
	if r.err != nil || uint64(n) > uint64(r.left()) {
		r.fail("it ends too early")
		return nil
	}
	taken := r.bytes[r.at : r.at+int(n) : r.at+int(n)]
	r.at += int(n)
	return taken
}

// u32 reads an unsigned LEB128 of at most five bytes.
func (r *reader) u32() uint32 {
	var value uint64
	for shift := 0; shift < 35; shift += 7 {
		b := r.byte()
		value |= uint64(b&0x7f) << shift
		if b&0x80 == 0 {
			if value>>32 != 0 {
				r.fail("a number has more than 32 bits")
			}
			return uint32(value)
		}
	}
	r.fail("a number is longer than five bytes")
	return 0
}

// signed reads a signed LEB128 of at most bits bits.
func (r *reader) signed(bits int) int64 {
	var value int64
	for shift := 0; shift < (bits+6)/7*7; shift += 7 {
		b := r.byte()
		value |= int64(b&0x7f) << shift
		if b&0x80 != 0 {
			continue
		}
		if used := shift + 7; used < 64 {
			value = value << (64 - used) >> (64 - used)
		} else if top := b & 0x7f; top != 0 && top != 0x7f { // the tenth byte carries one bit and its sign
			r.fail("a number has more than %d bits", bits)
		}
		if bits < 64 && value>>(bits-1) != 0 && value>>(bits-1) != -1 {
			r.fail("a number has more than %d bits", bits)
		}
		return value
	}
	r.fail("a number is too long")
	return 0
}

// count reads how many things follow, each of at least one byte, and refuses more
// than there is room for or than most: whoever allocates by the count is safe.
func (r *reader) count(what string, most int) int {
	n := r.u32()
	switch {
	case r.err != nil:
		return 0
	case uint64(n) > uint64(most):
		r.fail("%d %s, at most %d are allowed", n, what, most)
		return 0
	case uint64(n) > uint64(r.left()):
		r.fail("it ends too early")
		return 0
	}
	return int(n)
}

// name reads a text.
func (r *reader) name() string {
	text := r.take(r.u32())
	if !utf8.Valid(text) {
		r.fail("a name is not UTF-8")
	}
	return string(text)
}

// done makes sure that nothing follows.
func (r *reader) done(what string) {
	if r.err == nil && r.left() != 0 {
		r.fail("%d bytes follow %s", r.left(), what)
	}
}

func appendU32(out []byte, v uint32) []byte { return binary.AppendUvarint(out, uint64(v)) }

// appendSigned appends a signed LEB128.
func appendSigned(out []byte, v int64) []byte {
	for {
		b := byte(v & 0x7f)
		v >>= 7
		if (v == 0 && b&0x40 == 0) || (v == -1 && b&0x40 != 0) {
			return append(out, b)
		}
		out = append(out, b|0x80)
	}
}

// appendBytes appends a length and the bytes.
func appendBytes[T []byte | string](out []byte, b T) []byte {
	return append(appendU32(out, uint32(len(b))), b...)
}
