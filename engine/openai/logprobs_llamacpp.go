package openai

import (
	"context"
	"encoding/json"
	"fmt"
	"math"

	"github.com/agora-network/agora/engine"
)

// MaxStepwiseTokens bounds a sequence that costs one request per token.
const MaxStepwiseTokens = 1024

// everyCandidate is more than any vocabulary has; the server caps it.
const everyCandidate = 1 << 24

// llamaBody asks llama.cpp's own /completion which tokens may follow a prompt. The
// prompt's own log-probabilities cannot be had: /v1/completions answers a request
// for them with those of a generated token.
type llamaBody struct {
	Prompt      []int32  `json:"prompt"`
	Predict     int      `json:"n_predict"`
	Candidates  int      `json:"n_probs"`
	Temperature float64  `json:"temperature"`
	Samplers    []string `json:"samplers"`
	// Bias makes the server generate a given token, [token, bias]. It does not touch
	// the log-probabilities, which are those before sampling. Without it the server
	// leaves them out whenever the likeliest token is half a character.
	Bias        [][2]float64 `json:"logit_bias"`
	CachePrompt bool         `json:"cache_prompt"`
	Stream      bool         `json:"stream"`
}

type llamaAnswer struct {
	Steps []struct {
		Top []llamaCandidate `json:"top_logprobs"`
	} `json:"completion_probabilities"`
	Evaluated int             `json:"tokens_evaluated"`
	Error     json.RawMessage `json:"error"`
}

type llamaCandidate struct {
	ID      int32    `json:"id"`
	Logprob *float64 `json:"logprob"`
}

func (e *Engine) scoreLlamaCPP(ctx context.Context, request engine.LogprobRequest) (engine.Logprobs, error) {
	tokens := request.Tokens
	if len(tokens) == 0 {
		var err error
		if tokens, err = e.tokenizeLlamaCPP(ctx, request.Text, true); err != nil {
			return engine.Logprobs{}, err
		}
	}
	if len(tokens) == 0 || len(tokens) > MaxStepwiseTokens {
		return engine.Logprobs{}, fmt.Errorf("%w: %d tokens; llama.cpp's server scores 1 to %d, one request each", engine.ErrBadRequest, len(tokens), MaxStepwiseTokens)
	}
	letter, err := e.tokenizeLlamaCPP(ctx, "a", false)
	if err != nil {
		return engine.Logprobs{}, err
	}
	if len(letter) == 0 {
		return engine.Logprobs{}, fmt.Errorf("%w: no token for a letter", ErrMalformed)
	}
	values := make([]float64, len(tokens))
	for i := 1; i < len(tokens); i++ {
		body := llamaBody{
			Prompt: tokens[:i], Predict: 1, Candidates: everyCandidate, Samplers: []string{}, CachePrompt: true,
			Bias: [][2]float64{{float64(letter[len(letter)-1]), 1e6}},
		}
		var a llamaAnswer
		err := e.exchangeJSON(ctx, e.root()+"/completion", body, &a)
		if err == nil {
			values[i], err = a.logprob(tokens[i], i)
		}
		if err != nil {
			return engine.Logprobs{}, err
		}
	}
	return engine.Logprobs{Tokens: tokens, Values: values}, nil
}

func (e *Engine) tokenizeLlamaCPP(ctx context.Context, text string, special bool) ([]int32, error) {
	var answer struct {
		Tokens []int32         `json:"tokens"`
		Error  json.RawMessage `json:"error"`
	}
	body := map[string]any{"content": text, "add_special": special}
	if err := e.exchangeJSON(ctx, e.root()+"/tokenize", body, &answer); err != nil {
		return nil, err
	}
	return answer.Tokens, reported(answer.Error)
}

// logprob finds the token at place, which is also the count of tokens before it.
func (a llamaAnswer) logprob(token int32, place int) (float64, error) {
	if err := reported(a.Error); err != nil {
		return 0, err
	}
	if len(a.Steps) != 1 {
		return 0, fmt.Errorf("%w: %d steps with candidates, want 1", ErrLogprobsIgnored, len(a.Steps))
	}
	if a.Evaluated != place {
		return 0, fmt.Errorf("%w: it read a prompt of %d tokens as %d; are they tokens of this model?", ErrMalformed, place, a.Evaluated)
	}
	for _, candidate := range a.Steps[0].Top {
		if candidate.ID == token {
			value, err := logprob(candidate.Logprob, token, place)
			// The server writes the smallest float32 where a probability is 0.
			if err == nil && value <= -math.MaxFloat32 {
				value = math.Inf(-1)
			}
			return value, err
		}
	}
	return 0, fmt.Errorf("%w: token %d is not among %d candidates", ErrLogprobsIgnored, token, len(a.Steps[0].Top))
}
