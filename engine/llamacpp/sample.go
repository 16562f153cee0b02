package llamacpp

import (
	"fmt"
	"math"

	"github.com/agora-network/agora/engine"
)

// errNotFinite is for weights that are not numbers.
var errNotFinite = fmt.Errorf("%w: the model computes numbers that are not finite", engine.ErrUpstream)

// sampler chooses tokens. Its randomness is its own, splitmix64, so that a seed
// means the same choices in every version of Go.
type sampler struct {
	temperature float64
	state       uint64
}

func (s *sampler) next() float64 {
	s.state += 0x9e3779b97f4a7c15
	z := s.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	z ^= z >> 31
	return float64(z>>11) / (1 << 53)
}

// choose returns the likeliest token at temperature 0, the lowest id among equals.
func (s *sampler) choose(logits []float32) (int32, error) {
	best := 0
	for i, value := range logits {
		if value != value || value > math.MaxFloat32 {
			return 0, errNotFinite
		}
		if value > logits[best] {
			best = i
		}
	}
	if s.temperature == 0 {
		return int32(best), nil
	}
	weight := func(i int) float64 { return math.Exp((float64(logits[i]) - float64(logits[best])) / s.temperature) }
	total := 0.0
	for i := range logits {
		total += weight(i)
	}
	point, sum := s.next()*total, 0.0
	for i := range logits {
		if sum += weight(i); point < sum {
			return int32(i), nil
		}
	}
	return int32(best), nil
}

// logprob is the logarithm of the softmax, computed in float64.
func logprob(logits []float32, token int32) (float64, error) {
	largest := math.Inf(-1)
	for _, value := range logits {
		if value != value || value > math.MaxFloat32 {
			return 0, errNotFinite
		}
		largest = max(largest, float64(value))
	}
	sum := 0.0
	for _, value := range logits {
		sum += math.Exp(float64(value) - largest)
	}
	return min(0, float64(logits[token])-largest-math.Log(sum)), nil
}
