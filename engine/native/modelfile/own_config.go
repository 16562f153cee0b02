package modelfile

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Config describes a model of Agora's own: a Llama over bytes. The JSON names are
// those of a Hugging Face config.json, so that other tools read the same file.
type Config struct {
	// HiddenSize is the width of the residual stream.
	HiddenSize int `json:"hidden_size"`
	// Layers is the number of decoder blocks.
	Layers int `json:"num_hidden_layers"`
	// Heads is the number of query heads. HiddenSize must divide evenly.
	Heads int `json:"num_attention_heads"`
	// KVHeads is the number of key and value heads; Heads must divide evenly.
	KVHeads int `json:"num_key_value_heads"`
	// FeedForward is the inner width of the SwiGLU block.
	FeedForward int `json:"intermediate_size"`
	// Vocabulary is the number of tokens.
	Vocabulary int `json:"vocab_size"`
	// MaxContext is the largest number of tokens in one sequence.
	MaxContext int `json:"max_position_embeddings"`
	// RopeTheta is the base of the rotary position frequencies.
	RopeTheta float64 `json:"rope_theta"`
	// NormEpsilon is added to the mean square in RMSNorm.
	NormEpsilon float64 `json:"rms_norm_eps"`
	// TiedEmbedding says that the output projection is the embedding.
	TiedEmbedding bool `json:"tie_word_embeddings"`
}

// Bounds of what this engine loads: they keep a hostile file from asking for
// more memory than its own bytes justify.
const (
	maxHidden  = 1 << 14
	maxLayers  = 1 << 8
	maxVocab   = 1 << 18
	maxContext = 1 << 15
)

// Validate reports the first reason why this engine cannot run such a model.
func (c Config) Validate() error {
	checks := []struct {
		name     string
		value    int
		low, top int
	}{
		{"hidden_size", c.HiddenSize, 2, maxHidden},
		{"num_hidden_layers", c.Layers, 1, maxLayers},
		{"num_attention_heads", c.Heads, 1, maxHidden},
		{"num_key_value_heads", c.KVHeads, 1, maxHidden},
		{"intermediate_size", c.FeedForward, 1, 8 * maxHidden},
		{"vocab_size", c.Vocabulary, 2, maxVocab},
		{"max_position_embeddings", c.MaxContext, 2, maxContext},
	}
	for _, check := range checks {
		if check.value < check.low || check.value > check.top {
			return fmt.Errorf("%w: %s is %d, must be %d to %d", ErrDescription, check.name, check.value, check.low, check.top)
		}
	}
	switch {
	case c.HiddenSize%c.Heads != 0 || c.HeadDim()%2 != 0:
		return fmt.Errorf("%w: hidden_size %d over %d heads is not an even head width", ErrDescription, c.HiddenSize, c.Heads)
	case c.Heads%c.KVHeads != 0:
		return fmt.Errorf("%w: %d query heads do not divide over %d key heads", ErrDescription, c.Heads, c.KVHeads)
	case !(c.RopeTheta >= 1 && c.RopeTheta <= 1e9):
		return fmt.Errorf("%w: rope_theta is %v, must be 1 to 1e9", ErrDescription, c.RopeTheta)
	case !(c.NormEpsilon >= 1e-12 && c.NormEpsilon <= 1e-2):
		return fmt.Errorf("%w: rms_norm_eps is %v, must be 1e-12 to 1e-2", ErrDescription, c.NormEpsilon)
	case !c.TiedEmbedding:
		return fmt.Errorf("%w: tie_word_embeddings is false; only tied embeddings are supported", ErrDescription)
	}
	return nil
}

// HeadDim is the width of one attention head.
func (c Config) HeadDim() int { return c.HiddenSize / c.Heads }

// KVWidth is the width of one position's keys (or values) over all heads.
func (c Config) KVWidth() int { return c.KVHeads * c.HeadDim() }

// Parameters is the number of trained numbers.
func (c Config) Parameters() int {
	total := 0
	for _, spec := range c.Tensors() {
		n := 1
		for _, dim := range spec.Shape {
			n *= dim
		}
		total += n
	}
	return total
}

// TensorSpec is the name and shape under which a weight is stored.
type TensorSpec struct {
	Name  string
	Shape []int
}

// Names of the weights that are not in a layer.
const (
	EmbeddingName = "model.embed_tokens.weight"
	FinalNormName = "model.norm.weight"
)

// LayerTensors lists the weights of one decoder block in storage order:
// attention norm, query, key, value, output, feed-forward norm, gate, up, down.
// Matrices are stored [out][in], as Hugging Face does.
func (c Config) LayerTensors(layer int) []TensorSpec {
	prefix := fmt.Sprintf("model.layers.%d.", layer)
	d, kv, ff := c.HiddenSize, c.KVWidth(), c.FeedForward
	return []TensorSpec{
		{prefix + "input_layernorm.weight", []int{d}},
		{prefix + "self_attn.q_proj.weight", []int{d, d}},
		{prefix + "self_attn.k_proj.weight", []int{kv, d}},
		{prefix + "self_attn.v_proj.weight", []int{kv, d}},
		{prefix + "self_attn.o_proj.weight", []int{d, d}},
		{prefix + "post_attention_layernorm.weight", []int{d}},
		{prefix + "mlp.gate_proj.weight", []int{ff, d}},
		{prefix + "mlp.up_proj.weight", []int{ff, d}},
		{prefix + "mlp.down_proj.weight", []int{d, ff}},
	}
}

// Tensors lists every weight of the model in storage order.
func (c Config) Tensors() []TensorSpec {
	specs := []TensorSpec{{EmbeddingName, []int{c.Vocabulary, c.HiddenSize}}}
	for layer := range c.Layers {
		specs = append(specs, c.LayerTensors(layer)...)
	}
	return append(specs, TensorSpec{FinalNormName, []int{c.HiddenSize}})
}

// MetadataConfig is the safetensors metadata key that holds the Config as JSON,
// so that one file is a whole model.
const MetadataConfig = "agora.config"

// ParseConfig reads the JSON form and validates it. Unknown fields are refused:
// a variant that this engine does not know would compute something else.
func ParseConfig(text string) (Config, error) {
	var config Config
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&config); err != nil {
		return Config{}, fmt.Errorf("%w: %w", ErrDescription, err)
	}
	return config, config.Validate()
}
