package openai

import (
	"encoding/json"
	"math"

	"github.com/agora-network/agora/engine"
)

// requestBody is the body of both completion endpoints. Fields that an upstream
// may not know are left out unless they are needed: some refuse unknown ones.
type requestBody struct {
	Model         string         `json:"model"`
	Messages      []message      `json:"messages,omitempty"`
	Prompt        any            `json:"prompt,omitempty"`
	MaxTokens     int            `json:"max_tokens"`
	Temperature   float64        `json:"temperature"`
	Seed          *int64         `json:"seed,omitempty"`
	Stop          []string       `json:"stop,omitempty"`
	Stream        bool           `json:"stream"`
	StreamOptions *streamOptions `json:"stream_options,omitempty"`

	// For log-probabilities of the prompt: vLLM, then TensorRT-LLM.
	PromptLogprobs      *int `json:"prompt_logprobs,omitempty"`
	ReturnTokenIDs      bool `json:"return_token_ids,omitempty"`
	ReturnContextLogits bool `json:"return_context_logits,omitempty"`
}

type message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

type streamOptions struct {
	IncludeUsage bool `json:"include_usage"`
}

// newBody translates a request and returns the endpoint it goes to.
func newBody(model string, r engine.Request) (body requestBody, endpoint string) {
	body = requestBody{
		Model: model, MaxTokens: r.MaxTokens, Temperature: r.Temperature, Stop: r.Stop,
	}
	if !r.Whole {
		body.Stream, body.StreamOptions = true, &streamOptions{IncludeUsage: true}
	}
	if body.MaxTokens == 0 {
		body.MaxTokens = DefaultMaxTokens
	}
	if r.Temperature > 0 {
		seed := int64(r.Seed & math.MaxInt64) // upstreams read a signed number
		body.Seed = &seed
	}
	if len(r.Messages) == 0 {
		body.Prompt = r.Prompt
		return body, "/completions"
	}
	for _, m := range r.Messages {
		body.Messages = append(body.Messages, message(m))
	}
	return body, "/chat/completions"
}

// answer is an event of a stream or a whole answer, of either endpoint.
type answer struct {
	Model       string          `json:"model"`
	Fingerprint string          `json:"system_fingerprint"`
	Choices     []choice        `json:"choices"`
	Usage       *usage          `json:"usage"`
	Error       json.RawMessage `json:"error"`
	// PromptTokenIDs is TensorRT-LLM's place for what vLLM puts into the choice.
	PromptTokenIDs json.RawMessage `json:"prompt_token_ids"`
}

type choice struct {
	Index int `json:"index"`
	// Delta and Message belong to chat (streamed, whole), Text to completions.
	Delta        *content `json:"delta"`
	Message      *content `json:"message"`
	Text         string   `json:"text"`
	FinishReason *string  `json:"finish_reason"`

	PromptTokenIDs []int32                         `json:"prompt_token_ids"`
	PromptLogprobs []map[string]promptTokenLogprob `json:"prompt_logprobs"`
	ContextLogits  json.RawMessage                 `json:"context_logits"`
}

type content struct {
	Content *string `json:"content"`
}

type promptTokenLogprob struct {
	Logprob *float64 `json:"logprob"`
}

type usage struct {
	PromptTokens     int `json:"prompt_tokens"`
	CompletionTokens int `json:"completion_tokens"`
}

// text is what the choice adds to the completion.
func (c choice) text() string {
	for _, part := range []*content{c.Delta, c.Message} {
		if part != nil && part.Content != nil {
			return *part.Content
		}
	}
	return c.Text
}
