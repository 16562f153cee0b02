package modelfile

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/agora-network/agora/engine/native/decoder"
)

// maxConfigBytes bounds each of the JSON files of a folder but the tokenizer.
const maxConfigBytes = 4 << 20

// config is the part of a Hugging Face config.json that decides what is computed.
// What it does not list does not change the numbers of the families that are known.
type config struct {
	ModelType     string   `json:"model_type"`
	Architectures []string `json:"architectures"`

	Hidden       int      `json:"hidden_size"`
	Layers       int      `json:"num_hidden_layers"`
	Heads        int      `json:"num_attention_heads"`
	KVHeads      *int     `json:"num_key_value_heads"`
	HeadWidth    *int     `json:"head_dim"`
	Inner        int      `json:"intermediate_size"`
	Vocabulary   int      `json:"vocab_size"`
	MaxPositions int      `json:"max_position_embeddings"`
	NormEpsilon  float64  `json:"rms_norm_eps"`
	Activation   string   `json:"hidden_act"`
	Theta        *float64 `json:"rope_theta"`

	Scaling        *ropeScaling `json:"rope_scaling"`
	RopeParameters *ropeScaling `json:"rope_parameters"`
	PartialRotary  *float64     `json:"partial_rotary_factor"`
	Tied           *bool        `json:"tie_word_embeddings"`
	AttentionBias  bool         `json:"attention_bias"`
	FeedBias       bool         `json:"mlp_bias"`
	Window         *int         `json:"sliding_window"`
	UseWindow      *bool        `json:"use_sliding_window"`

	// GPT-2
	Embd            int     `json:"n_embd"`
	Layer           int     `json:"n_layer"`
	Head            int     `json:"n_head"`
	InnerGPT2       *int    `json:"n_inner"`
	Positions       int     `json:"n_positions"`
	LayerNorm       float64 `json:"layer_norm_epsilon"`
	ActivationGPT2  string  `json:"activation_function"`
	ScaleWeights    *bool   `json:"scale_attn_weights"`
	ScaleByLayer    bool    `json:"scale_attn_by_inverse_layer_idx"`
	CrossAttention  bool    `json:"add_cross_attention"`
	Quantization    any     `json:"quantization_config"`
	EndOfSequence   tokens  `json:"eos_token_id"`
	BeginOfSequence tokens  `json:"bos_token_id"`
}

// tokens is a token id, several, or none.
type tokens []int32

// UnmarshalJSON implements json.Unmarshaler.
func (t *tokens) UnmarshalJSON(text []byte) error {
	var one *int32
	if err := json.Unmarshal(text, &one); err == nil {
		*t = nil
		if one != nil {
			*t = tokens{*one}
		}
		return nil
	}
	return json.Unmarshal(text, (*[]int32)(t))
}

func parseConfig(text []byte) (config, error) {
	var c config
	if err := json.Unmarshal(text, &c); err != nil {
		return config{}, fmt.Errorf("%w: config.json: %w", ErrDescription, err)
	}
	if c.Quantization != nil {
		return config{}, fmt.Errorf("%w: weights in the form of quantization_config; use the original weights or GGUF", ErrUnsupported)
	}
	return c, nil
}

// boundSizes keeps products of sizes inside an int before the decoder checks them.
func boundSizes(sizes ...int) error {
	for _, size := range sizes {
		if size < 1 || size > math.MaxInt32 {
			return fmt.Errorf("%w: a size of %d", ErrDescription, size)
		}
	}
	return nil
}

// llama is the description of a model of Llama's family.
func (c config) llama(options Options) (llama, error) {
	or := func(value *int, otherwise int) int {
		if value != nil {
			return *value
		}
		return otherwise
	}
	if err := boundSizes(c.Hidden, c.Heads, c.MaxPositions); err != nil {
		return llama{}, err
	}
	theta, scaling := 10000.0, c.Scaling
	if c.RopeParameters != nil {
		scaling = c.RopeParameters
	}
	switch {
	case c.Theta != nil:
		theta = *c.Theta
	case scaling != nil && scaling.Theta != nil:
		theta = *scaling.Theta
	}
	if c.HeadWidth == nil && c.Hidden%c.Heads != 0 {
		return llama{}, fmt.Errorf("%w: hidden_size %d does not divide over %d heads", ErrDescription, c.Hidden, c.Heads)
	}
	if c.Activation != "" && c.Activation != "silu" {
		return llama{}, fmt.Errorf("%w: hidden_act %q; silu is known", ErrUnsupported, c.Activation)
	}
	if c.PartialRotary != nil && *c.PartialRotary != 1 {
		return llama{}, fmt.Errorf("%w: partial_rotary_factor %v", ErrUnsupported, *c.PartialRotary)
	}
	context := c.MaxPositions
	if window := or(c.Window, 0); window > 0 && (c.UseWindow == nil || *c.UseWindow) {
		context = min(context, window) // inside the window all attention is full
	}
	out := llama{
		shape: decoder.Shape{
			Width: c.Hidden, Layers: c.Layers, Heads: c.Heads, KVHeads: or(c.KVHeads, c.Heads),
			HeadWidth: or(c.HeadWidth, c.Hidden/c.Heads), Inner: c.Inner, Vocabulary: c.Vocabulary,
			Context: options.limit(context), NormEpsilon: c.NormEpsilon, RopeTheta: theta,
		},
		tied:      c.Tied != nil && *c.Tied,
		queryBias: c.AttentionBias || c.ModelType == "qwen2", outputBias: c.AttentionBias, feedBias: c.FeedBias,
		names: huggingFaceLlama,
	}
	if err := boundSizes(out.shape.HeadWidth); err != nil || out.shape.HeadWidth > decoder.MaxWidth {
		return llama{}, fmt.Errorf("%w: head_dim is %d", ErrDescription, out.shape.HeadWidth)
	}
	var err error
	if out.shape.RopeFactors, err = scaling.factors(out.shape.HeadWidth, theta); err != nil {
		return llama{}, err
	}
	return out, out.shape.Validate()
}

// gpt2 is the description of a GPT-2.
func (c config) gpt2(options Options) (gpt2, error) {
	if err := boundSizes(c.Embd, c.Head, c.Positions); err != nil {
		return gpt2{}, err
	}
	switch {
	case c.Embd%c.Head != 0:
		return gpt2{}, fmt.Errorf("%w: n_embd %d does not divide over %d heads", ErrDescription, c.Embd, c.Head)
	case c.ActivationGPT2 != "" && c.ActivationGPT2 != "gelu_new" && c.ActivationGPT2 != "gelu_pytorch_tanh":
		return gpt2{}, fmt.Errorf("%w: activation_function %q; gelu_new is known", ErrUnsupported, c.ActivationGPT2)
	case c.ScaleWeights != nil && !*c.ScaleWeights, c.ScaleByLayer, c.CrossAttention:
		return gpt2{}, fmt.Errorf("%w: another kind of attention (scale_attn_weights, scale_attn_by_inverse_layer_idx, add_cross_attention)", ErrUnsupported)
	case c.Tied != nil && !*c.Tied:
		return gpt2{}, fmt.Errorf("%w: a GPT-2 with tie_word_embeddings false", ErrUnsupported)
	}
	inner := 4 * c.Embd
	if c.InnerGPT2 != nil {
		inner = *c.InnerGPT2
	}
	out := gpt2{
		shape: decoder.Shape{
			Width: c.Embd, Layers: c.Layer, Heads: c.Head, KVHeads: c.Head, HeadWidth: c.Embd / c.Head,
			Inner: inner, Vocabulary: c.Vocabulary, Context: options.limit(c.Positions),
			Norm: decoder.LayerNorm, NormEpsilon: c.LayerNorm, Positions: decoder.Learned, FeedForward: decoder.GELU,
		},
		positions: c.Positions, transposed: true, names: huggingFaceGPT2,
	}
	if out.shape.NormEpsilon == 0 {
		out.shape.NormEpsilon = 1e-5 // the library's default
	}
	return out, out.shape.Validate()
}
