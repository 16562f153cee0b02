package miner

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/agora-network/agora/engine"
)

// apiRequest is what is read of a request of the OpenAI API. Fields that change nothing here are ignored, as clients
// send many; fields that ask for something this miner does not do are refused, so that nobody takes silence for an
// answer.
type apiRequest struct {
	Model    string       `json:"model"`
	Messages []apiMessage `json:"messages"`
	Prompt   stringOrList `json:"prompt"`

	MaxTokens           *int         `json:"max_tokens"`
	MaxCompletionTokens *int         `json:"max_completion_tokens"`
	Temperature         *float64     `json:"temperature"`
	Seed                *int64       `json:"seed"`
	Stop                stringOrList `json:"stop"`
	Stream              bool         `json:"stream"`
	StreamOptions       struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`

	N           *int            `json:"n"`
	Logprobs    json.RawMessage `json:"logprobs"`
	TopLogprobs json.RawMessage `json:"top_logprobs"`
	Tools       json.RawMessage `json:"tools"`
	Functions   json.RawMessage `json:"functions"`
	Echo        bool            `json:"echo"`
	Suffix      string          `json:"suffix"`
}

type apiMessage struct {
	Role    string     `json:"role"`
	Content apiContent `json:"content"`
}

// apiContent is a text, or a list of parts all of which are text.
type apiContent string

// UnmarshalJSON implements json.Unmarshaler.
func (c *apiContent) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		*c = apiContent(text)
		return nil
	}
	var parts []struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	if err := json.Unmarshal(data, &parts); err != nil {
		return errors.New("content: want a text or a list of text parts")
	}
	for _, part := range parts {
		if part.Type != "text" {
			return fmt.Errorf("content: parts of type %.32q are not understood here, only text", part.Type)
		}
		*c += apiContent(part.Text)
	}
	return nil
}

// stringOrList is a text or a list of texts.
type stringOrList []string

// UnmarshalJSON implements json.Unmarshaler.
func (s *stringOrList) UnmarshalJSON(data []byte) error {
	if bytes.Equal(data, []byte("null")) {
		return nil
	}
	var text string
	if json.Unmarshal(data, &text) == nil {
		*s = stringOrList{text}
		return nil
	}
	var list []string
	if err := json.Unmarshal(data, &list); err != nil {
		return errors.New("want a text or a list of texts")
	}
	*s = list
	return nil
}

// parseRequest reads a body. chat tells /v1/chat/completions from /v1/completions. Its errors are for the caller.
func parseRequest(body io.Reader, chat bool, maxTokens int) (*apiRequest, engine.Request, error) {
	var r apiRequest
	decoder := json.NewDecoder(body)
	if err := decoder.Decode(&r); err != nil {
		return nil, engine.Request{}, fmt.Errorf("the body is not the JSON of a question: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, engine.Request{}, errors.New("the body goes on after its JSON")
	}
	if err := r.refuseUnsupported(); err != nil {
		return nil, engine.Request{}, err
	}
	question := engine.Request{MaxTokens: maxTokens, Stop: r.Stop}
	for _, wanted := range []*int{r.MaxTokens, r.MaxCompletionTokens} {
		if wanted == nil {
			continue
		}
		if *wanted < 1 {
			return nil, engine.Request{}, fmt.Errorf("max_tokens is %d, want at least 1", *wanted)
		}
		question.MaxTokens = min(question.MaxTokens, *wanted)
	}
	if r.Temperature != nil {
		question.Temperature = *r.Temperature
	}
	if r.Seed != nil {
		question.Seed = uint64(*r.Seed)
	}
	if chat {
		if len(r.Messages) == 0 {
			return nil, engine.Request{}, errors.New("messages: none given")
		}
		for _, message := range r.Messages {
			question.Messages = append(question.Messages, engine.Message{Role: message.Role, Content: string(message.Content)})
		}
	} else {
		if len(r.Prompt) != 1 || r.Prompt[0] == "" {
			return nil, engine.Request{}, errors.New("prompt: want exactly one text that is not empty")
		}
		question.Prompt = r.Prompt[0]
	}
	return &r, question, question.Validate()
}

func (r *apiRequest) refuseUnsupported() error {
	switch {
	case r.N != nil && *r.N != 1:
		return fmt.Errorf("n is %d; only one answer per question is given here", *r.N)
	case asksFor(r.Logprobs), asksFor(r.TopLogprobs):
		return errors.New("logprobs: log-probabilities are not served here")
	case asksFor(r.Tools), asksFor(r.Functions):
		return errors.New("tools: tool calls are not served here")
	case r.Echo, r.Suffix != "":
		return errors.New("echo and suffix are not served here")
	}
	return nil
}

// asksFor reports whether a field is there and is anything but null, false, zero or an empty list.
func asksFor(field json.RawMessage) bool {
	switch string(field) {
	case "", "null", "false", "0", "[]":
		return false
	}
	return true
}

type apiUsage struct {
	PromptTokens     int `json:"prompt_tokens"`
	CompletionTokens int `json:"completion_tokens"`
	TotalTokens      int `json:"total_tokens"`
}

func usageOf(u engine.Usage) *apiUsage {
	return &apiUsage{u.PromptTokens, u.CompletionTokens, u.PromptTokens + u.CompletionTokens}
}

// apiAnswer is the answer, or one event of a streamed one, of both kinds of completion.
type apiAnswer struct {
	ID      string      `json:"id"`
	Object  string      `json:"object"`
	Created int64       `json:"created"`
	Model   string      `json:"model"`
	Choices []apiChoice `json:"choices"`
	Usage   *apiUsage   `json:"usage,omitempty"`
}

type apiChoice struct {
	Index        int         `json:"index"`
	Message      *apiTurn    `json:"message,omitempty"` // whole chat answers
	Delta        *apiTurn    `json:"delta,omitempty"`   // streamed chat answers
	Text         *string     `json:"text,omitempty"`    // completions
	FinishReason *string     `json:"finish_reason"`
	Logprobs     *apiNothing `json:"logprobs"`
}

// apiNothing is always written as null; clients expect the field.
type apiNothing struct{}

type apiTurn struct {
	Role    string  `json:"role,omitempty"`
	Content *string `json:"content,omitempty"`
}

type apiModelList struct {
	Object string     `json:"object"`
	Data   []apiModel `json:"data"`
}

type apiModel struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
	OwnedBy string `json:"owned_by"`
}

// apiError is the error shape of the OpenAI API.
type apiError struct {
	Error struct {
		Message string  `json:"message"`
		Type    string  `json:"type"`
		Code    string  `json:"code"`
		Param   *string `json:"param"`
	} `json:"error"`
}
