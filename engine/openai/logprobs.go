package openai

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/agora-network/agora/engine"
)

// Logprobs implements engine.Engine in the way of the server's dialect. An answer
// whose count of log-probabilities differs from the count of tokens is
// ErrLogprobsIgnored: servers that do not know a field ignore it in silence.
func (e *Engine) Logprobs(ctx context.Context, request engine.LogprobRequest) (engine.Logprobs, error) {
	if err := request.Validate(); err != nil {
		return engine.Logprobs{}, err
	}
	leave, err := e.gate.Enter()
	if err != nil {
		return engine.Logprobs{}, err
	}
	defer leave()
	server, err := e.detect(ctx)
	if err != nil {
		return engine.Logprobs{}, err
	}
	by := scores[server.Dialect]
	if by == nil {
		return engine.Logprobs{}, fmt.Errorf("%w: a server of dialect %q (%s) does not give log-probabilities of given tokens", engine.ErrUnsupported, server.Dialect, e.base.Host)
	}
	return by(e, ctx, request)
}

// scoreBody is the body of a question about a given text, which generates no more than it must.
type scoreBody struct {
	Model       string  `json:"model"`
	Prompt      any     `json:"prompt"` // a text or tokens
	MaxTokens   int     `json:"max_tokens"`
	Temperature float64 `json:"temperature"`
	Stream      bool    `json:"stream"`

	// For vLLM, then for TensorRT-LLM. Some servers refuse what they do not know.
	PromptLogprobs      *int `json:"prompt_logprobs,omitempty"`
	ReturnTokenIDs      bool `json:"return_token_ids,omitempty"`
	ReturnContextLogits bool `json:"return_context_logits,omitempty"`
}

// scoreAnswer is what such a question is answered with.
type scoreAnswer struct {
	Model       string          `json:"model"`
	Fingerprint string          `json:"system_fingerprint"`
	Choices     []scoreChoice   `json:"choices"`
	Error       json.RawMessage `json:"error"`
	// PromptTokenIDs is TensorRT-LLM's place for what vLLM puts into the choice.
	PromptTokenIDs json.RawMessage `json:"prompt_token_ids"`
}

type scoreChoice struct {
	PromptTokenIDs []int32                         `json:"prompt_token_ids"`
	PromptLogprobs []map[string]promptTokenLogprob `json:"prompt_logprobs"`
	ContextLogits  json.RawMessage                 `json:"context_logits"`
}

type promptTokenLogprob struct {
	Logprob *float64 `json:"logprob"`
}

// exchangeJSON sends a request of which the answer is one JSON object.
func (e *Engine) exchangeJSON(ctx context.Context, url string, body, into any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("%w: %w", engine.ErrBadRequest, err)
	}
	x, err := e.post(ctx, url, encoded)
	if err != nil {
		return err
	}
	data, err := x.whole()
	if err != nil {
		return err
	}
	return decode(data, into)
}

// counted refuses an answer that has not one value for each token, or scores other
// tokens than were asked for. asked is empty when a text was asked for.
func counted(values int, tokens, asked []int32) error {
	if len(tokens) == 0 {
		tokens = asked
	}
	if len(tokens) == 0 || values != len(tokens) {
		return fmt.Errorf("%w: %d log-probabilities for %d tokens", ErrLogprobsIgnored, values, len(tokens))
	}
	if len(asked) > 0 && !slices.Equal(asked, tokens) {
		return fmt.Errorf("%w: it scored other tokens than were asked for", ErrMalformed)
	}
	return nil
}

// logprob checks one value.
func logprob(value *float64, token int32, place int) (float64, error) {
	if value == nil || !(*value <= 0) {
		return 0, fmt.Errorf("%w: no log-probability of token %d at place %d", ErrMalformed, token, place)
	}
	return *value, nil
}
