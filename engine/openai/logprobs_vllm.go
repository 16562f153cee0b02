package openai

import (
	"context"
	"fmt"
	"strconv"

	"github.com/agora-network/agora/engine"
)

// scoreVLLM asks /v1/completions for prompt_logprobs: 0, which is the token itself
// and no alternatives. vLLM generates at least one token; it is dropped.
func (e *Engine) scoreVLLM(ctx context.Context, request engine.LogprobRequest) (engine.Logprobs, error) {
	alternatives := 0
	body := scoreBody{
		Model: e.options.Model, MaxTokens: 1, Prompt: request.Text,
		PromptLogprobs: &alternatives, ReturnTokenIDs: true,
	}
	if len(request.Tokens) > 0 {
		body.Prompt = request.Tokens
	}
	var a scoreAnswer
	if err := e.exchangeJSON(ctx, e.base.String()+"/completions", body, &a); err != nil {
		return engine.Logprobs{}, err
	}
	only, err := e.onlyChoice(a)
	if err != nil {
		return engine.Logprobs{}, err
	}
	return only.promptLogprobs(request.Tokens)
}

// onlyChoice checks everything of an answer but its choice.
func (e *Engine) onlyChoice(a scoreAnswer) (scoreChoice, error) {
	if err := reported(a.Error); err != nil {
		return scoreChoice{}, err
	}
	if err := e.identity.check(a.Model, a.Fingerprint); err != nil {
		return scoreChoice{}, err
	}
	if len(a.Choices) != 1 {
		return scoreChoice{}, fmt.Errorf("%w: %d choices where one was asked for", ErrMalformed, len(a.Choices))
	}
	return a.Choices[0], nil
}

// promptLogprobs reads a list of {"<token>": {"logprob": …}}, null for the first.
func (c scoreChoice) promptLogprobs(asked []int32) (engine.Logprobs, error) {
	tokens := c.PromptTokenIDs
	if err := counted(len(c.PromptLogprobs), tokens, asked); err != nil {
		return engine.Logprobs{}, err
	}
	if len(tokens) == 0 {
		tokens = asked // an older vLLM, without return_token_ids
	}
	values := make([]float64, len(tokens))
	for i := 1; i < len(tokens); i++ {
		var err error
		entry := c.PromptLogprobs[i][strconv.Itoa(int(tokens[i]))]
		if values[i], err = logprob(entry.Logprob, tokens[i], i); err != nil {
			return engine.Logprobs{}, err
		}
	}
	return engine.Logprobs{Tokens: tokens, Values: values}, nil
}
