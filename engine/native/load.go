package native

import (
	"errors"
	"fmt"
	"sync"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/native/canon"
	"github.com/agora-network/agora/engine/native/chat"
	"github.com/agora-network/agora/engine/native/decoder"
	"github.com/agora-network/agora/engine/native/modelfile"
	"github.com/agora-network/agora/engine/native/tokenizer"
)

// ErrTokenWithoutWeights: a text holds an added token for which the weights have no
// row.
var ErrTokenWithoutWeights = errors.New("the tokenizer has an added token here that the model's weights do not have")

// model is a decoder, its words, and where it came from. Nothing in it changes
// after loading.
type model struct {
	*decoder.Model
	digest    string
	tokenizer tokenizer.Tokenizer
	// layout is nil when layoutErr says why conversations cannot be laid out.
	layout    chat.Layout
	layoutErr error
	// stops end a completion; never cannot be in one.
	stops, never []int32
}

// prepare packs the weights for the kernels as they are read, and closes the file.
func prepare(file *modelfile.Model, kernels *canon.Kernels) (*model, error) {
	var digest string
	var digestErr error
	var group sync.WaitGroup
	group.Go(func() { digest, digestErr = file.Digest() })
	computed, err := decoder.New(file.Shape, file.Weights, kernels)
	group.Wait()
	if err := errors.Join(err, digestErr, file.Close()); err != nil {
		return nil, err
	}
	return &model{
		Model: computed, digest: digest, tokenizer: file.Tokenizer,
		layout: file.Layout, layoutErr: file.LayoutErr, stops: file.Stops, never: file.Never,
	}, nil
}

// prompt returns the tokens of what a request asks to be continued.
func (m *model) prompt(request engine.Request) ([]int32, error) {
	if len(request.Messages) == 0 {
		return m.encode(tokenizer.Prompt(request.Prompt), true)
	}
	if m.layout == nil {
		return nil, fmt.Errorf("%w: %w", engine.ErrUnsupported, m.layoutErr)
	}
	pieces, begin, err := m.layout.Pieces(request.Messages)
	if err != nil {
		return nil, err
	}
	return m.encode(pieces, begin)
}

// encode returns at least one token, or an error of package engine.
func (m *model) encode(pieces []tokenizer.Piece, begin bool) ([]int32, error) {
	length, context := 0, m.Shape().Context
	for _, piece := range pieces {
		length += len(piece.Text)
	}
	if longest := m.tokenizer.Longest(); longest > 0 && length > context*longest {
		return nil, fmt.Errorf("%w: %d bytes, more than %d tokens can stand for", engine.ErrContextTooLong, length, context)
	}
	tokens, err := m.tokenizer.Encode(pieces, begin)
	switch {
	case errors.Is(err, tokenizer.ErrTextTooLong):
		return nil, fmt.Errorf("%w: %w", engine.ErrContextTooLong, err)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", engine.ErrBadRequest, err)
	case len(tokens) == 0:
		return nil, fmt.Errorf("%w: the text has no tokens", engine.ErrBadRequest)
	}
	for _, token := range tokens {
		if vocabulary := m.Shape().Vocabulary; int(token) >= vocabulary {
			return nil, fmt.Errorf("%w: %w: token %d, the weights have %d", engine.ErrBadRequest, ErrTokenWithoutWeights, token, vocabulary)
		}
	}
	return tokens, nil
}
