package modelfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/agora-network/agora/engine/native/chat"
	"github.com/agora-network/agora/engine/native/safetensors"
	"github.com/agora-network/agora/engine/native/tokenizer"
)

// metadataConfig is where a safetensors file of Agora's own describes itself.
const metadataConfig = "agora.config"

// openOwn reads a single safetensors file that describes itself.
func openOwn(path string, options Options) (model *Model, err error) {
	set, err := safetensors.OpenFiles(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, set.Close()) }()
	return readOwn(set, options)
}

func readOwn(set *safetensors.Set, options Options) (*Model, error) {
	if err := checkSize(options.MaxBytes, set.Paths()...); err != nil {
		return nil, err
	}
	model, err := readOwnWeights(set, options)
	if err != nil {
		return nil, err
	}
	model.Digest, err = digest(set.Paths()...)
	return model, err
}

func readOwnWeights(set *safetensors.Set, options Options) (*Model, error) {
	text, ok := set.Metadata(metadataConfig)
	if !ok {
		return nil, fmt.Errorf("%w: the file does not describe itself (metadata %q); give the folder that holds its config.json", ErrDescription, metadataConfig)
	}
	// A description that says more than this would compute something else.
	var c struct {
		Hidden       int     `json:"hidden_size"`
		Layers       int     `json:"num_hidden_layers"`
		Heads        int     `json:"num_attention_heads"`
		KVHeads      int     `json:"num_key_value_heads"`
		Inner        int     `json:"intermediate_size"`
		Vocabulary   int     `json:"vocab_size"`
		MaxPositions int     `json:"max_position_embeddings"`
		Theta        float64 `json:"rope_theta"`
		NormEpsilon  float64 `json:"rms_norm_eps"`
		Tied         bool    `json:"tie_word_embeddings"`
	}
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil {
		return nil, fmt.Errorf("%w: metadata %q: %w", ErrDescription, metadataConfig, err)
	}
	if c.Vocabulary != tokenizer.BytesSize {
		return nil, fmt.Errorf("%w: vocabulary of %d tokens; the byte vocabulary has %d", ErrDescription, c.Vocabulary, tokenizer.BytesSize)
	}
	l, err := config{
		Hidden: c.Hidden, Layers: c.Layers, Heads: c.Heads, KVHeads: &c.KVHeads, Inner: c.Inner, Vocabulary: c.Vocabulary,
		MaxPositions: c.MaxPositions, Theta: &c.Theta, NormEpsilon: c.NormEpsilon, Tied: &c.Tied,
	}.llama(options)
	if err != nil {
		return nil, err
	}
	r := newReader(tensorsSource{set}, options)
	model := &Model{
		Shape: l.shape, Weights: l.read(r), Tokenizer: tokenizer.Bytes{},
		Stops: []int32{tokenizer.BytesEOS}, Never: []int32{tokenizer.BytesBOS}, Layout: chat.Lines{},
	}
	return model, r.finishUse()
}
