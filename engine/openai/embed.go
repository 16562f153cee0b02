package openai

import (
	"context"
	"encoding/json"
	"fmt"
	"math"

	"github.com/agora-network/agora/engine"
)

// embedBody is the body of an embeddings request.
type embedBody struct {
	Model          string   `json:"model"`
	Input          []string `json:"input"`
	EncodingFormat string   `json:"encoding_format"`
}

// embedAnswer is the answer to it.
type embedAnswer struct {
	Data []struct {
		Index     int       `json:"index"`
		Embedding []float64 `json:"embedding"`
	} `json:"data"`
	Model string          `json:"model"`
	Error json.RawMessage `json:"error"`
}

// Embed implements engine.Engine by the upstream's /embeddings. Vectors are scaled
// to length 1 here, because not every server does so.
func (e *Engine) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	if err := engine.ValidateTexts(texts); err != nil {
		return nil, err
	}
	leave, err := e.gate.Enter()
	if err != nil {
		return nil, err
	}
	defer leave()
	if !e.options.Embeddings {
		return nil, fmt.Errorf("%w: embeddings are not switched on for %s", engine.ErrUnsupported, e.base.Host)
	}
	var a embedAnswer
	if err := e.exchangeJSON(ctx, e.base.String()+"/embeddings", embedBody{e.options.Model, texts, "float"}, &a); err != nil {
		return nil, err
	}
	if err := reported(a.Error); err != nil {
		return nil, err
	}
	if err := e.identity.check(a.Model, ""); err != nil {
		return nil, err
	}
	return a.vectors(len(texts))
}

// vectors checks that there is one vector for each text, all of one width.
func (a embedAnswer) vectors(texts int) ([][]float32, error) {
	if len(a.Data) != texts {
		return nil, fmt.Errorf("%w: %d vectors for %d texts", ErrMalformed, len(a.Data), texts)
	}
	vectors := make([][]float32, texts)
	for _, entry := range a.Data {
		if entry.Index < 0 || entry.Index >= texts || vectors[entry.Index] != nil {
			return nil, fmt.Errorf("%w: a vector for text %d comes twice or was not asked for", ErrMalformed, entry.Index)
		}
		if len(entry.Embedding) != len(a.Data[0].Embedding) {
			return nil, fmt.Errorf("%w: vectors of %d and of %d numbers", ErrMalformed, len(entry.Embedding), len(a.Data[0].Embedding))
		}
		square := 0.0
		for _, x := range entry.Embedding {
			square += x * x
		}
		length := math.Sqrt(square)
		if !(length > 0 && length <= math.MaxFloat32) {
			return nil, fmt.Errorf("%w: the vector of text %d has length %v", ErrMalformed, entry.Index, length)
		}
		vector := make([]float32, len(entry.Embedding))
		for i, x := range entry.Embedding {
			vector[i] = float32(x / length)
		}
		vectors[entry.Index] = vector
	}
	return vectors, nil
}
