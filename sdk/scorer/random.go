package scorer

import "math/bits"

// Random is the stream of a generator: xoshiro256** from the 32 bytes of the question's
// seed. The Rust crate gives the same numbers.
type Random struct{ state [4]uint64 }

// NewRandom is the stream of a seed.
func NewRandom(seed [32]byte) *Random {
	r := new(Random)
	for i, b := range seed {
		r.state[i/8] |= uint64(b) << (8 * (i % 8))
	}
	if r.state == [4]uint64{} {
		r.state[0] = 0x9e37_79b9_7f4a_7c15 // the one state that stays where it is
	}
	for range 16 {
		r.Next() // a seed with few bits set begins with small numbers
	}
	return r
}

// Next is the next 64 bits.
func (r *Random) Next() uint64 {
	s := &r.state
	result := bits.RotateLeft64(s[1]*5, 7) * 9
	shifted := s[1] << 17
	s[2] ^= s[0]
	s[3] ^= s[1]
	s[1] ^= s[2]
	s[0] ^= s[3]
	s[2] ^= shifted
	s[3] = bits.RotateLeft64(s[3], 45)
	return result
}

// Below is a number of 0 to n-1, each equally likely; 0 if n is 0.
func (r *Random) Below(n uint64) uint64 {
	if n < 2 {
		return 0
	}
	reject := -n % n // what is over after the last whole round
	for {
		if value := r.Next(); value >= reject {
			return value % n
		}
	}
}
