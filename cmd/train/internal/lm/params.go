package lm

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/agora-network/agora/engine/native"
	"github.com/agora-network/agora/engine/native/safetensors"
)

// Tensor is one trained weight with its gradient and the moments of AdamW.
type Tensor struct {
	Name  string
	Shape []int
	Data  []float32

	grad, mean, variance []float32
}

// decays reports whether weight decay applies: to matrices, not to norms.
func (t *Tensor) decays() bool { return len(t.Shape) > 1 }

// layer groups the weights of one decoder block.
type layer struct {
	attentionNorm, query, key, value, output *Tensor
	feedNorm, gate, up, down                 *Tensor
}

// Model is the set of weights.
type Model struct {
	Config  native.Config
	tensors []*Tensor

	embedding, finalNorm *Tensor
	layers               []layer
}

// NewModel returns a model with random weights drawn from seed.
func NewModel(config native.Config, seed uint64) (*Model, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	m := &Model{Config: config}
	byName := map[string]*Tensor{}
	random := rand.New(rand.NewPCG(seed, 0x6c6d))
	for _, spec := range config.Tensors() {
		size := 1
		for _, dim := range spec.Shape {
			size *= dim
		}
		t := &Tensor{
			Name: spec.Name, Shape: spec.Shape, Data: make([]float32, size),
			grad: make([]float32, size), mean: make([]float32, size), variance: make([]float32, size),
		}
		deviation := initialDeviation(config, t)
		for i := range t.Data {
			if t.decays() {
				t.Data[i] = deviation * float32(random.NormFloat64())
			} else {
				t.Data[i] = 1
			}
		}
		m.tensors = append(m.tensors, t)
		byName[t.Name] = t
	}
	m.embedding, m.finalNorm = byName[native.EmbeddingName], byName[native.FinalNormName]
	for l := range config.Layers {
		var w [9]*Tensor
		for i, spec := range config.LayerTensors(l) {
			w[i] = byName[spec.Name]
		}
		m.layers = append(m.layers, layer{w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8]})
	}
	return m, nil
}

// initialDeviation keeps activations near unit size: matrices by their fan-in,
// the two that write into the residual stream smaller by its number of writers.
func initialDeviation(config native.Config, t *Tensor) float32 {
	if t.Name == native.EmbeddingName {
		return 0.1
	}
	deviation := 0.5 / math.Sqrt(float64(t.Shape[len(t.Shape)-1]))
	if strings.HasSuffix(t.Name, "o_proj.weight") || strings.HasSuffix(t.Name, "down_proj.weight") {
		deviation /= math.Sqrt(float64(2 * config.Layers))
	}
	return float32(deviation)
}

// Marshal encodes the weights as the native engine reads them.
func (m *Model) Marshal(dtype safetensors.DType, extra map[string]string) ([]byte, error) {
	config, err := json.Marshal(m.Config)
	if err != nil {
		return nil, fmt.Errorf("lm: config: %w", err)
	}
	metadata := map[string]string{native.MetadataConfig: string(config)}
	for key, value := range extra {
		metadata[key] = value
	}
	var sources []safetensors.Source
	for _, t := range m.tensors {
		sources = append(sources, safetensors.Source{Name: t.Name, Shape: t.Shape, Data: t.Data})
	}
	return safetensors.Marshal(metadata, dtype, sources)
}
