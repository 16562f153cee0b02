package decoder

import (
	"errors"
	"fmt"
)

// ErrModel is wrapped by every error about a model that cannot be run.
var ErrModel = errors.New("model cannot be run")

// Norm says how activations are normalised.
type Norm int

// The kinds of Norm.
const (
	// RMSNorm divides by the root mean square and multiplies by a weight.
	RMSNorm Norm = iota
	// LayerNorm subtracts the mean, divides by the standard deviation, multiplies
	// by a weight and adds a bias.
	LayerNorm
)

// Positions says how a token's place enters.
type Positions int

// The kinds of Positions.
const (
	// Rotary turns queries and keys. Element i of a head is paired with element
	// i + HeadWidth/2, as Hugging Face stores Llama. (GGUF files of Llama pair
	// neighbours: their reader must reorder the rows of query and key.)
	Rotary Positions = iota
	// Learned adds a row of a table to the embedding.
	Learned
)

// FeedForward says what stands between the two halves of the feed-forward block.
type FeedForward int

// The kinds of FeedForward.
const (
	// SwiGLU is down(silu(gate(x)) * up(x)).
	SwiGLU FeedForward = iota
	// GELU is down(gelu(up(x))) with the tanh form of gelu, GPT-2's "gelu_new".
	GELU
)

// Shape describes a decoder. All sizes are counts of numbers.
type Shape struct {
	// Width is the width of the residual stream.
	Width int
	// Layers is the number of blocks.
	Layers int
	// Heads is the number of query heads, KVHeads of key and value heads.
	Heads, KVHeads int
	// HeadWidth is the width of one head. Heads*HeadWidth may differ from Width.
	HeadWidth int
	// Inner is the width inside the feed-forward block.
	Inner int
	// Vocabulary is the number of tokens.
	Vocabulary int
	// Context is the largest number of tokens in one sequence.
	Context int

	Norm        Norm
	NormEpsilon float64
	Positions   Positions
	// RopeTheta is the base of the rotary frequencies.
	RopeTheta float64
	// RopeFactors divides the frequency of each of the HeadWidth/2 pairs (Llama 3's
	// scaling; GGUF's rope_freqs.weight). nil leaves them as they are.
	RopeFactors []float32
	FeedForward FeedForward
}

// Bounds of a Shape. They keep a hostile description from asking for more memory
// than the weights that must come with it justify.
const (
	MaxWidth      = 1 << 16
	MaxLayers     = 1 << 10
	MaxHeads      = 1 << 10
	MaxInner      = 1 << 18
	MaxVocabulary = 1 << 20
	// MaxContext is also the largest angle of which package canon computes a sine.
	MaxContext = 1 << 16
)

// Validate reports the first reason why such a decoder cannot be run.
func (s Shape) Validate() error {
	for _, check := range []struct {
		name       string
		value, top int
	}{
		{"width", s.Width, MaxWidth},
		{"number of layers", s.Layers, MaxLayers},
		{"number of heads", s.Heads, MaxHeads},
		{"number of key and value heads", s.KVHeads, MaxHeads},
		{"head width", s.HeadWidth, MaxWidth},
		{"inner width", s.Inner, MaxInner},
		{"vocabulary", s.Vocabulary, MaxVocabulary},
		{"context", s.Context, MaxContext},
	} {
		if check.value < 1 || check.value > check.top {
			return fmt.Errorf("%w: the %s is %d, must be 1 to %d", ErrModel, check.name, check.value, check.top)
		}
	}
	switch {
	case s.Heads%s.KVHeads != 0:
		return fmt.Errorf("%w: %d query heads do not divide over %d key heads", ErrModel, s.Heads, s.KVHeads)
	case s.Heads*s.HeadWidth > MaxWidth:
		return fmt.Errorf("%w: %d heads of %d are wider than %d", ErrModel, s.Heads, s.HeadWidth, MaxWidth)
	case !(s.NormEpsilon >= 1e-12 && s.NormEpsilon <= 1e-2):
		return fmt.Errorf("%w: the epsilon of the norm is %v, must be 1e-12 to 1e-2", ErrModel, s.NormEpsilon)
	case s.Norm != RMSNorm && s.Norm != LayerNorm, s.Positions != Rotary && s.Positions != Learned, s.FeedForward != SwiGLU && s.FeedForward != GELU:
		return fmt.Errorf("%w: norm %d, positions %d, feed-forward %d: one is not known", ErrModel, s.Norm, s.Positions, s.FeedForward)
	}
	if s.Positions == Rotary {
		return s.validateRotary()
	}
	return nil
}

func (s Shape) validateRotary() error {
	switch {
	case s.HeadWidth%2 != 0:
		return fmt.Errorf("%w: a head of %d numbers cannot be turned in pairs", ErrModel, s.HeadWidth)
	case !(s.RopeTheta >= 1 && s.RopeTheta <= 1e9):
		return fmt.Errorf("%w: the base of the rotary frequencies is %v, must be 1 to 1e9", ErrModel, s.RopeTheta)
	case s.RopeFactors != nil && len(s.RopeFactors) != s.HeadWidth/2:
		return fmt.Errorf("%w: %d rotary factors for %d pairs", ErrModel, len(s.RopeFactors), s.HeadWidth/2)
	}
	for i, factor := range s.RopeFactors {
		if !(factor >= 1 && factor <= 1e6) {
			return fmt.Errorf("%w: rotary factor %d is %v, must be 1 to 1e6", ErrModel, i, factor)
		}
	}
	return nil
}

// QueryWidth is the width of one position's queries over all heads.
func (s Shape) QueryWidth() int { return s.Heads * s.HeadWidth }

// KVWidth is the width of one position's keys (or values) over all heads.
func (s Shape) KVWidth() int { return s.KVHeads * s.HeadWidth }
