package modelfile

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/agora-network/agora/engine/native/chat"
	"github.com/agora-network/agora/engine/native/decoder"
	"github.com/agora-network/agora/engine/native/safetensors"
	"github.com/agora-network/agora/engine/native/tokenizer"
)

// openOwn opens a single safetensors file that describes itself.
func openOwn(path string, options Options) (*Model, error) {
	set, err := safetensors.OpenFiles(path)
	if err != nil {
		return nil, err
	}
	model, err := readOwn(set, options)
	return model.open(err, set, set.Paths()...)
}

// Parse opens a safetensors file of Agora's own that is held in memory. The bytes
// must not change before Close and are not needed afterwards.
func Parse(data []byte, options Options) (*Model, error) {
	file, err := safetensors.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	model, err := readOwnWeights(safetensors.NewSet(file), options)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	model.close = file.Close
	model.digest = func() (string, error) {
		sum := sha256.Sum256(data)
		return hex.EncodeToString(sum[:]), nil
	}
	return model, nil
}

func readOwn(set *safetensors.Set, options Options) (*Model, error) {
	if err := checkSize(options.MaxBytes, set.Paths()...); err != nil {
		return nil, err
	}
	return readOwnWeights(set, options)
}

func readOwnWeights(set *safetensors.Set, options Options) (*Model, error) {
	text, ok := set.Metadata(MetadataConfig)
	if !ok {
		return nil, fmt.Errorf("%w: the file does not describe itself (metadata %q); give the folder that holds its config.json", ErrDescription, MetadataConfig)
	}
	c, err := ParseConfig(text)
	if err != nil {
		return nil, err
	}
	if c.Vocabulary != tokenizer.BytesSize {
		return nil, fmt.Errorf("%w: vocabulary of %d tokens; the byte vocabulary has %d", ErrDescription, c.Vocabulary, tokenizer.BytesSize)
	}
	l := llama{
		shape: decoder.Shape{
			Width: c.HiddenSize, Layers: c.Layers, Heads: c.Heads, KVHeads: c.KVHeads, HeadWidth: c.HeadDim(),
			Inner: c.FeedForward, Vocabulary: c.Vocabulary, Context: options.limit(c.MaxContext),
			NormEpsilon: c.NormEpsilon, RopeTheta: c.RopeTheta,
		},
		tied: c.TiedEmbedding, names: huggingFaceLlama,
	}
	r := newReader(tensorsSource{set}, options)
	model := &Model{
		Shape: l.shape, Weights: l.read(r), Tokenizer: tokenizer.Bytes{},
		Stops: []int32{tokenizer.BytesEOS}, Never: []int32{tokenizer.BytesBOS}, Layout: chat.Lines{},
	}
	return model, r.finishUse()
}
