package openai

import (
	"context"
	"encoding/json"
	"fmt"
	"math"

	"github.com/agora-network/agora/engine"
)

// scoreTensorRT asks trtllm-serve for the logits of the prompt. It refuses unknown
// fields, so nothing of the other dialects is sent. A text can only be scored where
// the server says which tokens it is.
func (e *Engine) scoreTensorRT(ctx context.Context, request engine.LogprobRequest) (engine.Logprobs, error) {
	body := scoreBody{Model: e.options.Model, MaxTokens: 1, Prompt: request.Text, ReturnContextLogits: true}
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
	return a.contextLogprobs(only, request.Tokens)
}

func (a scoreAnswer) contextLogprobs(only scoreChoice, asked []int32) (engine.Logprobs, error) {
	tokens, err := promptTokens(a.PromptTokenIDs)
	if err != nil {
		return engine.Logprobs{}, err
	}
	if len(tokens) == 0 {
		tokens = asked
	}
	if len(tokens) == 0 {
		return engine.Logprobs{}, fmt.Errorf("%w: this server does not say which tokens a text is; give tokens", engine.ErrUnsupported)
	}
	var logits [][]float64
	if len(only.ContextLogits) > 0 {
		if err := decode(only.ContextLogits, &logits); err != nil {
			return engine.Logprobs{}, err
		}
	}
	if err := counted(len(logits), tokens, asked); err != nil {
		return engine.Logprobs{}, err
	}
	values := make([]float64, len(tokens))
	for i := 1; i < len(tokens); i++ {
		row, token := logits[i-1], tokens[i]
		if token < 0 || int(token) >= len(row) {
			return engine.Logprobs{}, fmt.Errorf("%w: no logit of token %d at place %d", ErrMalformed, token, i)
		}
		value := row[token] - logSumExp(row)
		if values[i], err = logprob(&value, token, i); err != nil {
			return engine.Logprobs{}, err
		}
	}
	return engine.Logprobs{Tokens: tokens, Values: values}, nil
}

// promptTokens reads a list of tokens, or a list with one such list in it.
func promptTokens(raw json.RawMessage) ([]int32, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	var tokens []int32
	if json.Unmarshal(raw, &tokens) == nil {
		return tokens, nil
	}
	var lists [][]int32
	if err := decode(raw, &lists); err != nil {
		return nil, err
	}
	if len(lists) != 1 {
		return nil, fmt.Errorf("%w: tokens of %d prompts where one was asked for", ErrMalformed, len(lists))
	}
	return lists[0], nil
}

// logSumExp is at least the largest element, whatever the rounding.
func logSumExp(row []float64) float64 {
	largest := math.Inf(-1)
	for _, x := range row {
		largest = max(largest, x)
	}
	sum := 0.0
	for _, x := range row {
		sum += math.Exp(x - largest)
	}
	return largest + max(0, math.Log(sum))
}
