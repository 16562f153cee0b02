package miner

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/internal/quickjson"
)

// apiRequest is what is read of a request of the OpenAI API. Fields that change nothing here are ignored, as clients
// send many; fields that ask for something this miner does not do are refused, so that nobody takes silence for an
// answer.
type apiRequest struct {
	Model    string
	Messages []engine.Message
	Prompt   []string

	MaxTokens, MaxCompletionTokens *int
	Temperature                    *float64
	Seed                           *int64
	Stop                           []string
	Stream                         bool
	StreamOptions                  struct{ IncludeUsage bool }

	N                                       *int
	Logprobs, TopLogprobs, Tools, Functions json.RawMessage
	Echo                                    bool
	Suffix                                  string
}

// read is called for each field.
func (r *apiRequest) read(from *quickjson.Reader, field string) {
	switch field {
	case "model":
		r.Model = from.String()
	case "messages":
		r.Messages = nil
		from.Array(func() { r.Messages = append(r.Messages, readMessage(from)) })
	case "prompt":
		r.Prompt = readTexts(from)
	case "max_tokens":
		r.MaxTokens = quickjson.Optional(from, from.Int)
	case "max_completion_tokens":
		r.MaxCompletionTokens = quickjson.Optional(from, from.Int)
	case "temperature":
		r.Temperature = quickjson.Optional(from, from.Float64)
	case "seed":
		r.Seed = quickjson.Optional(from, from.Int64)
	case "stop":
		r.Stop = readTexts(from)
	case "stream":
		r.Stream = from.Bool()
	case "stream_options":
		from.Object(func(option string) {
			if option == "include_usage" {
				r.StreamOptions.IncludeUsage = from.Bool()
				return
			}
			from.Skip()
		})
	case "n":
		r.N = quickjson.Optional(from, from.Int)
	case "logprobs":
		r.Logprobs = from.Raw()
	case "top_logprobs":
		r.TopLogprobs = from.Raw()
	case "tools":
		r.Tools = from.Raw()
	case "functions":
		r.Functions = from.Raw()
	case "echo":
		r.Echo = from.Bool()
	case "suffix":
		r.Suffix = from.String()
	default:
		from.Skip()
	}
}

func readMessage(r *quickjson.Reader) (m engine.Message) {
	r.Object(func(field string) {
		switch field {
		case "role":
			m.Role = r.String()
		case "content":
			m.Content = readContent(r)
		default:
			r.Skip()
		}
	})
	return m
}

// readContent reads a text, or a list of parts all of which are text.
func readContent(r *quickjson.Reader) string {
	var parts strings.Builder
	text, isText := r.TextOrArray(func() {
		kind, text := "", ""
		r.Object(func(field string) {
			switch field {
			case "type":
				kind = r.String()
			case "text":
				text = r.String()
			default:
				r.Skip()
			}
		})
		if kind != "text" {
			r.Fail(fmt.Errorf("parts of type %.32q are not understood here, only text", kind))
		}
		parts.WriteString(text)
	})
	if isText {
		return text
	}
	return parts.String()
}

// readTexts reads a text or a list of texts.
func readTexts(r *quickjson.Reader) (texts []string) {
	text, isText := r.TextOrArray(func() { texts = append(texts, r.String()) })
	if isText {
		return []string{text}
	}
	return texts
}

// parseRequest reads a body. chat tells /v1/chat/completions from /v1/completions. Its errors are for the caller.
func parseRequest(body io.Reader, chat bool, maxTokens int) (*apiRequest, engine.Request, error) {
	var r apiRequest
	data, err := io.ReadAll(body)
	if err != nil {
		return nil, engine.Request{}, fmt.Errorf("the body broke off: %w", err)
	}
	err = quickjson.Unmarshal(data, func(reader *quickjson.Reader) {
		reader.Object(func(field string) { r.read(reader, field) })
	})
	if err != nil {
		return nil, engine.Request{}, fmt.Errorf("the body is not the JSON of a question: %w", err)
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
		question.Messages = r.Messages
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

// apiUsage and the types below it, down to apiTurn, are written by [apiAnswer.write] as their tags say, which a test
// compares.
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

func (a apiAnswer) write(w *quickjson.Writer) {
	w.RawString(`{"id":`)
	w.String(a.ID)
	w.RawString(`,"object":`)
	w.String(a.Object)
	w.RawString(`,"created":`)
	w.Int64(a.Created)
	w.RawString(`,"model":`)
	w.String(a.Model)
	w.RawString(`,"choices":`)
	quickjson.WriteArray(w, a.Choices, func(c apiChoice) { c.write(w) })
	if a.Usage != nil {
		w.RawString(`,"usage":{"prompt_tokens":`)
		w.Int(a.Usage.PromptTokens)
		w.RawString(`,"completion_tokens":`)
		w.Int(a.Usage.CompletionTokens)
		w.RawString(`,"total_tokens":`)
		w.Int(a.Usage.TotalTokens)
		w.RawByte('}')
	}
	w.RawByte('}')
}

func (c apiChoice) write(w *quickjson.Writer) {
	w.RawString(`{"index":`)
	w.Int(c.Index)
	if c.Message != nil {
		w.RawString(`,"message":`)
		c.Message.write(w)
	}
	if c.Delta != nil {
		w.RawString(`,"delta":`)
		c.Delta.write(w)
	}
	if c.Text != nil {
		w.RawString(`,"text":`)
		w.String(*c.Text)
	}
	w.RawString(`,"finish_reason":`)
	if c.FinishReason != nil {
		w.String(*c.FinishReason)
	} else {
		w.RawString("null")
	}
	w.RawString(`,"logprobs":null}`)
}

func (t apiTurn) write(w *quickjson.Writer) {
	w.RawByte('{')
	if t.Role != "" {
		w.RawString(`"role":`)
		w.String(t.Role)
	}
	if t.Content != nil {
		if t.Role != "" {
			w.RawByte(',')
		}
		w.RawString(`"content":`)
		w.String(*t.Content)
	}
	w.RawByte('}')
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
