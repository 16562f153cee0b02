// Package chance is the one source of randomness of a benchmark: an endless
// sequence of uniform integers that a 32-byte key determines, the same on every
// platform.
//
// A [Stream] is a value and belongs to one goroutine; the functions are pure.
package chance

import (
	"crypto/sha256"
	"encoding/binary"
)

// Domain tags: no two uses of sha256 can hash the same bytes, because
// each begins with its own tag and none is a prefix of another. The tag of
// a draw, "agora/draw/2", is that of package benchmark.
const (
	tagStream = "agora/stream/1"
	tagItem   = "agora/item/1"
)

// blockLen is chosen so that one block of the stream costs one compression of
// sha256 (at most 55 bytes of input).
const blockLen = len(tagStream) + sha256.Size + 8

// Stream is an endless deterministic sequence of uniform integers: sha256 in
// counter mode over a 32-byte key. It yields the same numbers on every platform.
//
// A Stream is a value without pointers; copying it forks the sequence.
type Stream struct {
	block [blockLen]byte
	out   [sha256.Size]byte
	used  int
	next  uint64
}

// NewStream returns the stream of a key. Word i of the stream is the big-endian
// uint32 at offset 4·(i mod 8) of sha256("agora/stream/1" ‖ key ‖ uint64(i / 8)).
func NewStream(key [32]byte) Stream {
	s := Stream{used: sha256.Size}
	copy(s.block[:], tagStream)
	copy(s.block[len(tagStream):], key[:])
	return s
}

// ItemStream returns the stream from which item index of a draw is made. Each
// item has its own key, sha256("agora/item/1" ‖ seed ‖ uint64(index)), so that one
// item can be drawn again without the ones before it.
func ItemStream(seed [32]byte, index uint64) Stream {
	return NewStream(ItemSeed(seed, index))
}

// ItemSeed returns the key of item index of the draw with the given seed.
func ItemSeed(seed [32]byte, index uint64) [32]byte {
	var in [len(tagItem) + 32 + 8]byte
	copy(in[:], tagItem)
	copy(in[len(tagItem):], seed[:])
	binary.BigEndian.PutUint64(in[len(tagItem)+32:], index)
	return sha256.Sum256(in[:])
}

// Uint32 returns the next word.
func (s *Stream) Uint32() uint32 {
	if s.used == sha256.Size {
		binary.BigEndian.PutUint64(s.block[blockLen-8:], s.next)
		s.out = sha256.Sum256(s.block[:])
		s.next++
		s.used = 0
	}
	word := binary.BigEndian.Uint32(s.out[s.used:])
	s.used += 4
	return word
}

// Below returns a uniform integer in [0, n). Words at or above the largest
// multiple of n are skipped, so no value is favoured. n = 0 returns 0 and
// consumes nothing.
func (s *Stream) Below(n uint32) uint32 {
	if n == 0 {
		return 0
	}
	limit := uint64(1<<32) / uint64(n) * uint64(n)
	for {
		if word := s.Uint32(); uint64(word) < limit {
			return word % n
		}
	}
}

// Between returns a uniform integer in [low, high]; high must not be below low.
func (s *Stream) Between(low, high uint32) uint32 {
	return low + s.Below(high-low+1)
}
