package openai

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/internal/quickjson"
)

func TestAQuestionIsWrittenWithTheFieldsThatItNeeds(t *testing.T) {
	e := &Engine{options: Options{Model: "m"}}
	user := []engine.Message{{Role: engine.RoleSystem, Content: "be \"brief\""}, {Role: engine.RoleUser, Content: "a\nb <é>"}}
	for name, c := range map[string]struct {
		request        engine.Request
		endpoint, want string
	}{
		"chat, streamed": {
			engine.Request{Messages: user, MaxTokens: 7},
			"/chat/completions",
			`{"model":"m","messages":[{"role":"system","content":"be \"brief\""},{"role":"user","content":"a\nb <é>"}],"max_tokens":7,"temperature":0,"stream":true,"stream_options":{"include_usage":true}}`,
		},
		"chat, whole": {
			engine.Request{Messages: user[1:], MaxTokens: 7, Whole: true},
			"/chat/completions",
			`{"model":"m","messages":[{"role":"user","content":"a\nb <é>"}],"max_tokens":7,"temperature":0,"stream":false}`,
		},
		"a prompt, by chance": {
			engine.Request{Prompt: "p", Temperature: 0.7, Seed: math.MaxUint64, Stop: []string{"x", "\""}, Whole: true},
			"/completions",
			`{"model":"m","prompt":"p","max_tokens":512,"temperature":0.7,"seed":9223372036854775807,"stop":["x","\""],"stream":false}`,
		},
		"a seed without chance": {
			engine.Request{Prompt: "p", Seed: 5, MaxTokens: 1, Whole: true},
			"/completions",
			`{"model":"m","prompt":"p","max_tokens":1,"temperature":0,"stream":false}`,
		},
		"hardly any chance": {
			engine.Request{Prompt: "p", Temperature: 1e-7, MaxTokens: 1, Whole: true},
			"/completions",
			`{"model":"m","prompt":"p","max_tokens":1,"temperature":1e-7,"seed":0,"stream":false}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			q := e.newQuestion(c.request)
			require.Equal(t, c.endpoint, q.endpoint())
			body, err := quickjson.Marshal(q.write)
			require.NoError(t, err)
			require.JSONEq(t, c.want, string(body))
		})
	}
}

// reflected is what encoding/json makes of an answer: the reading that readCompletion must agree with.
type reflected struct {
	Model       string `json:"model"`
	Fingerprint string `json:"system_fingerprint"`
	Choices     []struct {
		Index        int            `json:"index"`
		Delta        *reflectedTurn `json:"delta"`
		Message      *reflectedTurn `json:"message"`
		Text         string         `json:"text"`
		FinishReason *string        `json:"finish_reason"`
	} `json:"choices"`
	Usage *struct {
		PromptTokens     int `json:"prompt_tokens"`
		CompletionTokens int `json:"completion_tokens"`
	} `json:"usage"`
	Error json.RawMessage `json:"error"`
}

type reflectedTurn struct {
	Content *string `json:"content"`
}

func (r reflected) asRead() completion {
	c := completion{model: r.Model, fingerprint: r.Fingerprint, failure: r.Error}
	for _, from := range r.Choices {
		to := choice{index: from.Index, text: from.Text}
		for _, turn := range []*reflectedTurn{from.Message, from.Delta} { // the latter wins
			if turn != nil && turn.Content != nil {
				to.text = *turn.Content
			}
		}
		if from.FinishReason != nil {
			to.finish = *from.FinishReason
		}
		c.choices = append(c.choices, to)
	}
	if r.Usage != nil {
		c.usage = &usage{r.Usage.PromptTokens, r.Usage.CompletionTokens}
	}
	return c
}

func TestAnAnswerIsReadAsEncodingJSONReadsIt(t *testing.T) {
	value := rapid.SampledFrom([]string{
		`"text"`, `"é\ud83d\ude00 \"q\""`, `null`, `0`, `1`, `1.5`, `-3`, `true`, `{}`, `[]`, `{"content":"c"}`, `{"content":null}`, `{"content":"","role":"assistant"}`,
		`{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}`, `{"prompt_tokens":"3"}`, `{"message":"no","code":400}`,
	})
	object := func(names []string, value *rapid.Generator[string]) *rapid.Generator[string] {
		return rapid.Custom(func(t *rapid.T) string {
			text := "{"
			for i, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 5, rapid.ID).Draw(t, "names") {
				if i > 0 {
					text += ","
				}
				text += `"` + name + `":` + value.Draw(t, name)
			}
			return text + "}"
		})
	}
	choices := rapid.Custom(func(t *rapid.T) string {
		text := "["
		for i, choice := range rapid.SliceOfN(object([]string{"index", "delta", "message", "text", "finish_reason", "logprobs"}, value), 0, 3).Draw(t, "choices") {
			if i > 0 {
				text += ", "
			}
			text += choice
		}
		return text + "]"
	})
	document := object([]string{"id", "model", "system_fingerprint", "choices", "usage", "error"}, rapid.OneOf(value, choices))
	rapid.Check(t, func(t *rapid.T) {
		data := []byte(document.Draw(t, "document"))
		var want reflected
		wantErr := json.Unmarshal(data, &want)
		got, err := readCompletion(data)
		if wantErr != nil {
			require.ErrorIs(t, err, ErrMalformed, "%s: encoding/json says %v", data, wantErr)
			return
		}
		require.NoError(t, err, "%s", data)
		require.Equal(t, want.asRead(), got, "%s", data)
	})
}
