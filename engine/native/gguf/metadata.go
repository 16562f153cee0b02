package gguf

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"unicode/utf8"
)

// Value is a piece of metadata: int64, uint64 (only above the int64), float64,
// bool, string, or a slice of int64, float64, bool or string.
type Value any

// Metadata holds the values by key.
type Metadata map[string]Value

// source reads little-endian values and counts its bytes against the limit.
type source struct {
	r    io.Reader
	read int64
	err  error
	buf  [8]byte
}

func (s *source) fail(format string, args ...any) {
	if s.err == nil {
		s.err = fmt.Errorf("%w: "+format, append([]any{ErrMalformed}, args...)...)
	}
}

// take fills p, unless something failed before.
func (s *source) take(p []byte) bool {
	if s.err != nil {
		return false
	}
	if s.read += int64(len(p)); s.read > MaxHeaderBytes {
		s.fail("more than %d bytes before the weights", MaxHeaderBytes)
		return false
	}
	if _, err := io.ReadFull(s.r, p); err != nil {
		s.fail("it ends at or before byte %d: %w", s.read, err)
		return false
	}
	return true
}

func (s *source) uint(bytes int) uint64 {
	s.buf = [8]byte{}
	if !s.take(s.buf[:bytes]) {
		return 0
	}
	return binary.LittleEndian.Uint64(s.buf[:])
}

// int reads a signed number of so many bytes.
func (s *source) int(bytes int) int64 {
	shift := 64 - 8*bytes
	return int64(s.uint(bytes)<<shift) >> shift
}

// text reads a string of at most limit bytes.
func (s *source) text(what string, limit uint64) string {
	length := s.uint(8)
	if length > limit {
		s.fail("%s of %d bytes, at most %d are accepted", what, length, limit)
		return ""
	}
	p := make([]byte, length)
	if !s.take(p) {
		return ""
	}
	return string(p)
}

// scalar reads one value that is no array.
func (s *source) scalar(kind uint32) Value {
	switch kind {
	case typeUint8, typeUint16, typeUint32:
		return int64(s.uint(typeBytes[kind]))
	case typeInt8, typeInt16, typeInt32, typeInt64:
		return s.int(typeBytes[kind])
	case typeUint64:
		value := s.uint(8)
		if value > math.MaxInt64 {
			return value
		}
		return int64(value)
	case typeFloat32:
		return float64(math.Float32frombits(uint32(s.uint(4))))
	case typeFloat64:
		return math.Float64frombits(s.uint(8))
	case typeBool:
		value := s.uint(1)
		if value > 1 {
			s.fail("a truth value of %d", value)
		}
		return value == 1
	case typeString:
		return s.text("a text", MaxStringBytes)
	}
	s.fail("a value of type %d", kind)
	return nil
}

// array reads the elements of an array. Memory grows with what is read, not with
// what the length claims.
func (s *source) array() Value {
	kind, length := uint32(s.uint(4)), s.uint(8)
	switch {
	case s.err != nil:
		return nil
	case length > MaxArray:
		s.fail("an array of %d elements, at most %d are accepted", length, MaxArray)
		return nil
	case kind == typeArray:
		s.fail("an array of arrays")
		return nil
	}
	switch kind {
	case typeString:
		return collect[string](s, kind, length)
	case typeBool:
		return collect[bool](s, kind, length)
	case typeFloat32, typeFloat64:
		return collect[float64](s, kind, length)
	}
	return collect[int64](s, kind, length)
}

func collect[T any](s *source, kind uint32, length uint64) []T {
	var out []T
	for range length {
		value, ok := s.scalar(kind).(T)
		if s.err != nil {
			return nil
		}
		if !ok {
			s.fail("an array element beyond the range of int64")
			return nil
		}
		out = append(out, value)
	}
	return out
}

// metadata reads count entries.
func (s *source) metadata(count uint64) Metadata {
	entries := Metadata{}
	for range count {
		key := s.text("a key", MaxKeyBytes)
		if !utf8.ValidString(key) {
			s.fail("key %q is not valid UTF-8", key)
		}
		if _, twice := entries[key]; twice {
			s.fail("key %q appears twice", key)
		}
		kind := uint32(s.uint(4))
		var value Value
		if kind == typeArray {
			value = s.array()
		} else {
			value = s.scalar(kind)
		}
		if s.err != nil {
			s.err = fmt.Errorf("%w (at metadata key %q)", s.err, key)
			return nil
		}
		entries[key] = value
	}
	return entries
}
