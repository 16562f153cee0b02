package modelfile

import (
	"fmt"
	"math"

	"github.com/agora-network/agora/engine/native/canon"
)

// ropeScaling is how a model stretches its rotary positions, in the words of
// Hugging Face's config.json.
type ropeScaling struct {
	Type       string   `json:"rope_type"`
	OldType    string   `json:"type"`
	Factor     float64  `json:"factor"`
	LowFactor  float64  `json:"low_freq_factor"`
	HighFactor float64  `json:"high_freq_factor"`
	Original   float64  `json:"original_max_position_embeddings"`
	Theta      *float64 `json:"rope_theta"` // newer files keep it here
}

// factors returns what the frequency of each pair is divided by, nil for nothing.
func (s *ropeScaling) factors(headWidth int, theta float64) ([]float32, error) {
	if s == nil {
		return nil, nil
	}
	kind := s.Type
	if kind == "" {
		kind = s.OldType
	}
	half := headWidth / 2
	switch kind {
	case "", "default":
		return nil, nil
	case "linear":
		if !(s.Factor >= 1 && s.Factor <= 1e6) {
			return nil, fmt.Errorf("%w: rope_scaling factor %v, must be 1 to 1e6", ErrDescription, s.Factor)
		}
		out := make([]float32, half)
		for i := range out {
			out[i] = float32(s.Factor)
		}
		return out, nil
	case "llama3":
		return s.llama3(half, theta)
	}
	return nil, fmt.Errorf("%w: rope_scaling of type %q; linear and llama3 are known", ErrUnsupported, kind)
}

// llama3 leaves short wavelengths alone, stretches long ones by Factor and blends
// those between.
func (s *ropeScaling) llama3(half int, theta float64) ([]float32, error) {
	switch {
	case !(s.Factor >= 1 && s.Factor <= 1e6), !(s.LowFactor > 0 && s.LowFactor < s.HighFactor && s.HighFactor <= 1e6), !(s.Original >= 1 && s.Original <= 1e9):
		return nil, fmt.Errorf("%w: rope_scaling llama3 with factor %v, low %v, high %v, original %v", ErrDescription, s.Factor, s.LowFactor, s.HighFactor, s.Original)
	case !(theta >= 1 && theta <= 1e9):
		return nil, fmt.Errorf("%w: rope_theta is %v, must be 1 to 1e9", ErrDescription, theta)
	}
	out := make([]float32, half)
	logTheta := canon.Log64(theta)
	for i := range out {
		frequency := canon.Exp64(float64(-float64(i) / float64(half) * logTheta))
		turns := float64(s.Original*frequency) / (2 * math.Pi) // over the original context
		switch {
		case turns > s.HighFactor:
			out[i] = 1
		case turns < s.LowFactor:
			out[i] = float32(s.Factor)
		default:
			smooth := (turns - s.LowFactor) / (s.HighFactor - s.LowFactor)
			out[i] = float32(1 / (float64((1-smooth)/s.Factor) + smooth))
		}
	}
	return out, nil
}
