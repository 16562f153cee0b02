package native

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/agora-network/agora/engine/native/canon"
	"github.com/agora-network/agora/engine/native/decoder"
	"github.com/agora-network/agora/engine/native/safetensors"
	"github.com/agora-network/agora/engine/native/tensor"
)

// model is a decoder and where it came from. Nothing in it changes after loading.
type model struct {
	*decoder.Model
	digest string
}

// load reads a safetensors file whose vocabulary is the byte vocabulary. It
// refuses missing, surplus and misshapen weights, and numbers that are not finite.
func load(data []byte, kernels *canon.Kernels) (*model, error) {
	file, err := safetensors.Parse(data)
	if err != nil {
		return nil, err
	}
	text, ok := file.Metadata(MetadataConfig)
	if !ok {
		return nil, fmt.Errorf("%w: the file's metadata has no %q", ErrConfig, MetadataConfig)
	}
	config, err := ParseConfig(text)
	if err != nil {
		return nil, err
	}
	if config.Vocabulary != VocabularySize {
		return nil, fmt.Errorf("%w: vocabulary of %d tokens; this engine's byte vocabulary has %d", ErrConfig, config.Vocabulary, VocabularySize)
	}
	if want, have := 2+9*config.Layers, len(file.Names()); want != have {
		return nil, fmt.Errorf("%w: the file has %d weights, a model of %d layers has %d", ErrConfig, have, config.Layers, want)
	}
	r := weightReader{file: file}
	weights := decoder.Weights{Embedding: r.matrix(TensorSpec{EmbeddingName, []int{config.Vocabulary, config.HiddenSize}})}
	for layer := range config.Layers {
		s := config.LayerTensors(layer)
		weights.Layers = append(weights.Layers, decoder.Layer{
			AttentionNorm: r.norm(s[0]),
			Query:         r.linear(s[1]), Key: r.linear(s[2]), Value: r.linear(s[3]), Output: r.linear(s[4]),
			FeedNorm: r.norm(s[5]),
			Gate:     r.linear(s[6]), Up: r.linear(s[7]), Down: r.linear(s[8]),
		})
	}
	weights.FinalNorm = r.norm(TensorSpec{FinalNormName, []int{config.HiddenSize}})
	if r.err != nil {
		return nil, r.err
	}
	computed, err := decoder.New(config.shape(), weights, kernels)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(data)
	return &model{computed, hex.EncodeToString(digest[:])}, nil
}

// shape is the config in the decoder's words.
func (c Config) shape() decoder.Shape {
	return decoder.Shape{
		Width: c.HiddenSize, Layers: c.Layers, Heads: c.Heads, KVHeads: c.KVHeads, HeadWidth: c.HeadDim(),
		Inner: c.FeedForward, Vocabulary: c.Vocabulary, Context: c.MaxContext,
		NormEpsilon: c.NormEpsilon, RopeTheta: c.RopeTheta,
	}
}

// weightReader reads tensors until one fails.
type weightReader struct {
	file *safetensors.File
	err  error
}

func (r *weightReader) numbers(spec TensorSpec) []float32 {
	if r.err != nil {
		return nil
	}
	t, ok := r.file.Tensor(spec.Name)
	switch {
	case !ok:
		r.err = fmt.Errorf("%w: weight %s is missing", ErrConfig, spec.Name)
		return nil
	case !slices.Equal(t.Shape, spec.Shape):
		r.err = fmt.Errorf("%w: weight %s has shape %v, the config says %v", ErrConfig, spec.Name, t.Shape, spec.Shape)
		return nil
	}
	var values []float32
	values, r.err = t.Float32s()
	return values
}

func (r *weightReader) norm(spec TensorSpec) decoder.NormWeights {
	return decoder.NormWeights{Weight: r.numbers(spec)}
}

func (r *weightReader) linear(spec TensorSpec) decoder.Linear {
	return decoder.Linear{Matrix: r.matrix(spec)}
}

func (r *weightReader) matrix(spec TensorSpec) tensor.Matrix {
	values := r.numbers(spec)
	if r.err != nil {
		return nil
	}
	m, err := tensor.NewF32(spec.Shape[0], spec.Shape[1], values)
	if err != nil {
		r.err = fmt.Errorf("%w: weight %s: %w", ErrConfig, spec.Name, err)
		return nil
	}
	return m
}
