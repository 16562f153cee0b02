package miner

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/internal/quickjson"
)

// reflected is what encoding/json makes of a request: the reading that apiRequest must agree with.
type reflected struct {
	Model    string             `json:"model"`
	Messages []reflectedMessage `json:"messages"`
	Prompt   textOrList         `json:"prompt"`

	MaxTokens           *int       `json:"max_tokens"`
	MaxCompletionTokens *int       `json:"max_completion_tokens"`
	Temperature         *float64   `json:"temperature"`
	Seed                *int64     `json:"seed"`
	Stop                textOrList `json:"stop"`
	Stream              bool       `json:"stream"`
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

type reflectedMessage struct {
	Role    string        `json:"role"`
	Content textsTogether `json:"content"`
}

type textOrList []string

func (l *textOrList) UnmarshalJSON(data []byte) error {
	var text *string
	if json.Unmarshal(data, &text) == nil {
		if *l = nil; text != nil {
			*l = textOrList{*text}
		}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(l))
}

type textsTogether string

func (c *textsTogether) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, (*string)(c)) == nil {
		return nil
	}
	var parts []struct{ Type, Text string }
	if err := json.Unmarshal(data, &parts); err != nil {
		return err
	}
	for _, part := range parts {
		if part.Type != "text" {
			return errors.New("not a text")
		}
		*c += textsTogether(part.Text)
	}
	return nil
}

// asRead is the same as read by apiRequest.
func (r reflected) asRead() apiRequest {
	a := apiRequest{
		Model: r.Model, Prompt: r.Prompt, MaxTokens: r.MaxTokens, MaxCompletionTokens: r.MaxCompletionTokens, Temperature: r.Temperature,
		Seed: r.Seed, Stop: r.Stop, Stream: r.Stream, N: r.N, Logprobs: r.Logprobs, TopLogprobs: r.TopLogprobs, Tools: r.Tools,
		Functions: r.Functions, Echo: r.Echo, Suffix: r.Suffix,
	}
	a.StreamOptions.IncludeUsage = r.StreamOptions.IncludeUsage
	for _, m := range r.Messages {
		a.Messages = append(a.Messages, engine.Message{Role: m.Role, Content: string(m.Content)})
	}
	return a
}

// question draws a request some fields of which are now and then what they should not be.
func question() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		odd := rapid.SampledFrom([]any{nil, true, 7, -1, 1.5, 1e99, "text", []any{}, []any{"a", nil}, []any{1}, map[string]any{"type": "text"}, ""})
		part := rapid.Custom(func(t *rapid.T) any {
			return map[string]any{"type": rapid.SampledFrom([]string{"text", "text", "text", "image_url"}).Draw(t, "type"), "text": rapid.String().Draw(t, "text")}
		})
		content := rapid.OneOf(rapid.Map(rapid.String(), func(s string) any { return s }), rapid.Map(rapid.SliceOfN(part, 0, 3), func(s []any) any { return s }), odd)
		message := rapid.Custom(func(t *rapid.T) any {
			return map[string]any{"role": rapid.SampledFrom([]string{"user", "system", "king"}).Draw(t, "role"), "content": content.Draw(t, "content"), "name": "x"}
		})
		usual := map[string]*rapid.Generator[any]{
			"model": rapid.Just[any]("m"), "messages": rapid.Map(rapid.SliceOfN(message, 0, 3), func(s []any) any { return s }), "prompt": content,
			"max_tokens": rapid.Map(rapid.IntRange(-1, 99), func(n int) any { return n }), "max_completion_tokens": rapid.Just[any](3),
			"temperature": rapid.Map(rapid.Float64(), func(f float64) any { return f }), "seed": rapid.Map(rapid.Int64(), func(n int64) any { return n }),
			"stop": rapid.SampledFrom([]any{"a", []string{"a", "b"}, nil}), "stream": rapid.Just[any](true), "n": rapid.Just[any](1),
			"stream_options": rapid.SampledFrom([]any{map[string]any{"include_usage": true, "other": 1}, map[string]any{}, nil}),
			"logprobs":       odd, "top_logprobs": odd, "tools": odd, "functions": odd, "echo": rapid.Just[any](false), "suffix": rapid.Just[any](""), "user": odd,
		}
		names := slices.Sorted(maps.Keys(usual))
		body := map[string]any{}
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 8, rapid.ID).Draw(t, "fields") {
			from := usual[name]
			if rapid.IntRange(0, 9).Draw(t, "oddly") == 0 {
				from = odd
			}
			body[name] = from.Draw(t, name)
		}
		return body
	})
}

func TestAQuestionIsReadAsEncodingJSONReadsIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body, err := json.Marshal(question().Draw(t, "question"))
		require.NoError(t, err)
		var want reflected
		wantErr := json.Unmarshal(body, &want)
		var got apiRequest
		err = quickjson.Unmarshal(body, func(r *quickjson.Reader) {
			r.Object(func(field string) { got.read(r, field) })
		})
		if wantErr != nil {
			require.Error(t, err, "%s: encoding/json says %v", body, wantErr)
			return
		}
		require.NoError(t, err, "%s", body)
		expected := want.asRead()
		for _, list := range []*[]string{&expected.Prompt, &expected.Stop} {
			if len(*list) == 0 {
				*list = nil
			}
		}
		require.Equal(t, expected, got, "%s", body)
	})
}

func TestAnAnswerIsWrittenAsItsTagsSay(t *testing.T) {
	text := rapid.Ptr(rapid.String(), true)
	turn := rapid.Ptr(rapid.Custom(func(t *rapid.T) apiTurn {
		return apiTurn{Role: rapid.SampledFrom([]string{"", "assistant"}).Draw(t, "role"), Content: text.Draw(t, "content")}
	}), true)
	choice := rapid.Custom(func(t *rapid.T) apiChoice {
		return apiChoice{
			Index: rapid.Int().Draw(t, "index"), Message: turn.Draw(t, "message"), Delta: turn.Draw(t, "delta"),
			Text: text.Draw(t, "text"), FinishReason: text.Draw(t, "reason"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		answer := apiAnswer{
			ID: rapid.String().Draw(t, "id"), Object: rapid.String().Draw(t, "object"), Created: rapid.Int64().Draw(t, "created"),
			Model: rapid.String().Draw(t, "model"), Choices: rapid.SliceOfN(choice, 0, 3).Draw(t, "choices"),
		}
		if answer.Choices == nil {
			answer.Choices = []apiChoice{}
		}
		if rapid.Bool().Draw(t, "usage") {
			answer.Usage = usageOf(engine.Usage{PromptTokens: rapid.IntRange(0, 1<<40).Draw(t, "prompt"), CompletionTokens: rapid.IntRange(0, 1<<40).Draw(t, "completion")})
		}
		quick, err := encode(answer)
		require.NoError(t, err)
		slow, err := json.Marshal(answer)
		require.NoError(t, err)
		require.JSONEq(t, string(slow), string(quick))
		require.NotContains(t, string(quick), "\n", "an event of a stream is one line")
	})
}

func TestABodyThatBreaksOffIsNoQuestion(t *testing.T) {
	_, _, err := parseRequest(&broken{strings.NewReader(`{"prompt":"a"}`)}, false, 16)
	require.ErrorContains(t, err, "broke off")
}

type broken struct{ *strings.Reader }

func (b *broken) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err != nil {
		err = errors.New("connection reset")
	}
	return n, err
}
