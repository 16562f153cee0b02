package openai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"

	"github.com/agora-network/agora/engine"
)

// Logprobs implements engine.Engine by vLLM's prompt_logprobs. An answer whose
// count of log-probabilities differs from the count of tokens is
// engine.ErrUnsupported: servers that do not know the field ignore it in silence.
func (e *Engine) Logprobs(ctx context.Context, request engine.LogprobRequest) (engine.Logprobs, error) {
	if err := request.Validate(); err != nil {
		return engine.Logprobs{}, err
	}
	if !e.options.PromptLogprobs {
		return engine.Logprobs{}, fmt.Errorf("%w: prompt log-probabilities are not switched on for %s", engine.ErrUnsupported, e.base.Host)
	}
	leave, err := e.gate.Enter()
	if err != nil {
		return engine.Logprobs{}, err
	}
	defer leave()

	alternatives := 0 // only the token itself
	body := requestBody{
		Model: e.options.Model, MaxTokens: 1, Prompt: request.Text,
		PromptLogprobs: &alternatives, ReturnTokenIDs: true,
	}
	if len(request.Tokens) > 0 {
		body.Prompt = request.Tokens
	}
	response, cancel, err := e.post(ctx, "/completions", body)
	if err != nil {
		return engine.Logprobs{}, err
	}
	data, err := e.readAll(ctx, response, cancel)
	if err != nil {
		return engine.Logprobs{}, err
	}
	var a answer
	if err := json.Unmarshal(data, &a); err != nil {
		return engine.Logprobs{}, fmt.Errorf("%w: not the JSON of an answer: %s", engine.ErrUpstream, oneLine(string(data)))
	}
	if len(a.Error) > 0 && string(a.Error) != "null" {
		return engine.Logprobs{}, fmt.Errorf("%w: error after HTTP 200: %s", engine.ErrUpstream, errorText(a.Error))
	}
	if len(a.Choices) != 1 {
		return engine.Logprobs{}, fmt.Errorf("%w: %d choices where one was asked for", engine.ErrUpstream, len(a.Choices))
	}
	return a.Choices[0].promptLogprobs(request.Tokens)
}

// readAll reads a whole answer within its bound and closes it.
func (e *Engine) readAll(ctx context.Context, response *http.Response, cancel context.CancelFunc) ([]byte, error) {
	defer cancel()
	defer response.Body.Close()
	data, err := io.ReadAll(&boundedReader{from: response.Body, left: e.options.MaxBodyBytes})
	if err != nil {
		var broken *connectionError
		if err = readError(err); errors.As(err, &broken) {
			err = e.transportError(ctx, broken.cause)
		}
		return nil, err
	}
	return data, nil
}

// promptLogprobs checks that there is one value for each token and that the
// tokens are those that were asked for.
func (c choice) promptLogprobs(asked []int32) (engine.Logprobs, error) {
	tokens := c.PromptTokenIDs
	if len(tokens) == 0 || len(c.PromptLogprobs) != len(tokens) {
		return engine.Logprobs{}, fmt.Errorf("%w: the upstream gave %d log-probabilities for %d tokens",
			engine.ErrUnsupported, len(c.PromptLogprobs), len(tokens))
	}
	if len(asked) > 0 && !slices.Equal(asked, tokens) {
		return engine.Logprobs{}, fmt.Errorf("%w: it scored other tokens than were asked for", engine.ErrUpstream)
	}
	values := make([]float64, len(tokens))
	for i := 1; i < len(tokens); i++ {
		entry, ok := c.PromptLogprobs[i][strconv.Itoa(int(tokens[i]))]
		if !ok || entry.Logprob == nil || !(*entry.Logprob <= 0) {
			return engine.Logprobs{}, fmt.Errorf("%w: no log-probability of token %d at place %d", engine.ErrUpstream, tokens[i], i)
		}
		values[i] = *entry.Logprob
	}
	return engine.Logprobs{Tokens: tokens, Values: values}, nil
}
