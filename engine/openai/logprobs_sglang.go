package openai

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/agora-network/agora/engine"
)

// sglangBody is a request to SGLang's own /generate. Its OpenAI endpoints do not
// score prompts.
type sglangBody struct {
	Text     string  `json:"text,omitempty"`
	InputIDs []int32 `json:"input_ids,omitempty"`
	Sampling struct {
		MaxNewTokens int     `json:"max_new_tokens"`
		Temperature  float64 `json:"temperature"`
	} `json:"sampling_params"`
	ReturnLogprob bool `json:"return_logprob"`
	LogprobStart  int  `json:"logprob_start_len"`
	ReturnText    bool `json:"return_text_in_logprobs"`
	Stream        bool `json:"stream"`
}

type sglangAnswer struct {
	Meta struct {
		PromptTokens  int            `json:"prompt_tokens"`
		WeightVersion string         `json:"weight_version"`
		Input         []sglangScored `json:"input_token_logprobs"`
	} `json:"meta_info"`
	Error json.RawMessage `json:"error"`
}

// sglangScored is [log-probability or null, token, text or null].
type sglangScored struct {
	value *float64
	token int32
}

func (s *sglangScored) UnmarshalJSON(data []byte) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(data, &parts); err != nil {
		return err
	}
	if len(parts) < 2 {
		return fmt.Errorf("a log-probability has %d parts, want [value, token, text]", len(parts))
	}
	if err := json.Unmarshal(parts[0], &s.value); err != nil {
		return err
	}
	return json.Unmarshal(parts[1], &s.token)
}

func (e *Engine) scoreSGLang(ctx context.Context, request engine.LogprobRequest) (engine.Logprobs, error) {
	body := sglangBody{Text: request.Text, InputIDs: request.Tokens, ReturnLogprob: true}
	body.Sampling.MaxNewTokens = 1
	var a sglangAnswer
	if err := e.exchangeJSON(ctx, e.root()+"/generate", body, &a); err != nil {
		return engine.Logprobs{}, err
	}
	if err := reported(a.Error); err != nil {
		return engine.Logprobs{}, err
	}
	// SGLang can exchange its weights while it runs; it counts that.
	if err := e.identity.check("", a.Meta.WeightVersion); err != nil {
		return engine.Logprobs{}, err
	}
	return a.logprobs(request.Tokens)
}

func (a sglangAnswer) logprobs(asked []int32) (engine.Logprobs, error) {
	tokens := make([]int32, len(a.Meta.Input))
	for i, scored := range a.Meta.Input {
		tokens[i] = scored.token
	}
	if len(tokens) != a.Meta.PromptTokens {
		return engine.Logprobs{}, fmt.Errorf("%w: %d log-probabilities for %d tokens", ErrLogprobsIgnored, len(tokens), a.Meta.PromptTokens)
	}
	if err := counted(len(a.Meta.Input), tokens, asked); err != nil {
		return engine.Logprobs{}, err
	}
	values := make([]float64, len(tokens))
	for i := 1; i < len(tokens); i++ {
		var err error
		if values[i], err = logprob(a.Meta.Input[i].value, tokens[i], i); err != nil {
			return engine.Logprobs{}, err
		}
	}
	return engine.Logprobs{Tokens: tokens, Values: values}, nil
}
