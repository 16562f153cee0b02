package native

import (
	"math"

	"github.com/agora-network/agora/engine/native/canon"
	"github.com/agora-network/agora/engine/native/decoder"
)

// sampler chooses the next token. Its randomness is its own, so that a seed
// means the same choices in every version of Go.
type sampler struct {
	temperature float32
	state       uint64
	never       []int32 // tokens that cannot be chosen
}

// next advances splitmix64 and returns a number in [0, 1) with 24 random bits.
func (s *sampler) next() float32 {
	s.state += 0x9e3779b97f4a7c15
	z := s.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	z ^= z >> 31
	return float32(float32(z>>40) * (1.0 / (1 << 24)))
}

// choose returns a token, but none that never comes. At temperature 0 it is the
// likeliest, the lowest id among equals. It overwrites logits. Logits that are not
// finite are decoder.ErrNotFinite.
func (s *sampler) choose(logits []float32) (int32, error) {
	for _, token := range s.never {
		if !finite(logits[token]) {
			return 0, decoder.ErrNotFinite
		}
		logits[token] = -math.MaxFloat32 // of which the exponential is 0
	}
	best := int32(0)
	for i, value := range logits {
		if !finite(value) {
			return 0, decoder.ErrNotFinite
		}
		if value > logits[best] {
			best = int32(i)
		}
	}
	if s.temperature == 0 {
		return best, nil
	}
	largest := logits[best]
	var total float32
	for i, value := range logits {
		logits[i] = canon.Exp32((value - largest) / s.temperature)
		total += logits[i]
	}
	point := float32(s.next() * total)
	var sum float32
	for i, weight := range logits {
		sum += weight
		if point < sum {
			return int32(i), nil
		}
	}
	return best, nil // rounding left the point at the very end
}

func finite(value float32) bool {
	const exponent = 0x7f800000
	return math.Float32bits(value)&exponent != exponent
}
