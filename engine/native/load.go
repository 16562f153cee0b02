package native

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/agora-network/agora/engine/native/canon"
	"github.com/agora-network/agora/engine/native/safetensors"
)

// block holds the weights of one decoder block, matrices [out][in].
type block struct {
	attentionNorm, query, key, value, output []float32
	feedNorm, gate, up, down                 []float32
}

// model is what all requests share. Nothing in it changes after loading.
type model struct {
	config    Config
	digest    string
	embedding []float32
	finalNorm []float32
	blocks    []block
	// cos and sin hold HeadDim/2 numbers per position.
	cos, sin []float32
}

// load reads a safetensors file whose vocabulary is the byte vocabulary. It
// refuses missing, surplus and misshapen weights, and numbers that are not finite.
func load(data []byte) (*model, error) {
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
	digest := sha256.Sum256(data)
	m := &model{config: config, digest: hex.EncodeToString(digest[:])}
	read := func(spec TensorSpec) []float32 {
		if err != nil {
			return nil
		}
		var values []float32
		values, err = weight(file, spec)
		return values
	}
	m.embedding = read(TensorSpec{EmbeddingName, []int{config.Vocabulary, config.HiddenSize}})
	for layer := range config.Layers {
		var w [9][]float32
		for i, spec := range config.LayerTensors(layer) {
			w[i] = read(spec)
		}
		m.blocks = append(m.blocks, block{w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8]})
	}
	m.finalNorm = read(TensorSpec{FinalNormName, []int{config.HiddenSize}})
	if err != nil {
		return nil, err
	}
	m.rotations()
	return m, nil
}

func weight(file *safetensors.File, spec TensorSpec) ([]float32, error) {
	tensor, ok := file.Tensor(spec.Name)
	if !ok {
		return nil, fmt.Errorf("%w: weight %s is missing", ErrConfig, spec.Name)
	}
	if !slices.Equal(tensor.Shape, spec.Shape) {
		return nil, fmt.Errorf("%w: weight %s has shape %v, the config says %v", ErrConfig, spec.Name, tensor.Shape, spec.Shape)
	}
	return tensor.Float32s()
}

// rotations fills the tables of the rotary embedding: pair i of position p turns
// by p·theta^(-2i/HeadDim), computed in float64 and rounded once.
func (m *model) rotations() {
	half := m.config.HeadDim() / 2
	m.cos = make([]float32, m.config.MaxContext*half)
	m.sin = make([]float32, m.config.MaxContext*half)
	logTheta := canon.Log64(m.config.RopeTheta)
	for i := range half {
		frequency := canon.Exp64(float64(-float64(i) / float64(half) * logTheta))
		for p := range m.config.MaxContext {
			sin, cos := canon.SinCos(float64(float64(p) * frequency))
			m.cos[p*half+i], m.sin[p*half+i] = float32(cos), float32(sin)
		}
	}
}
