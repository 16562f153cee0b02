package openai

import (
	"math"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/internal/quickjson"
)

// question is the body of both completion endpoints. Fields that an upstream may not know are left out unless they are
// needed: some refuse unknown ones.
type question struct {
	model     string
	maxTokens int
	engine.Request
}

func (e *Engine) newQuestion(r engine.Request) question {
	q := question{e.options.Model, r.MaxTokens, r}
	if q.maxTokens == 0 {
		q.maxTokens = DefaultMaxTokens
	}
	return q
}

func (q question) endpoint() string {
	if len(q.Messages) == 0 {
		return "/completions"
	}
	return "/chat/completions"
}

func (q question) write(w *quickjson.Writer) {
	w.RawString(`{"model":`)
	w.String(q.model)
	if len(q.Messages) == 0 {
		w.RawString(`,"prompt":`)
		w.String(q.Prompt)
	} else {
		w.RawString(`,"messages":`)
		quickjson.WriteArray(w, q.Messages, func(m engine.Message) {
			w.RawString(`{"role":`)
			w.String(m.Role)
			w.RawString(`,"content":`)
			w.String(m.Content)
			w.RawByte('}')
		})
	}
	w.RawString(`,"max_tokens":`)
	w.Int(q.maxTokens)
	w.RawString(`,"temperature":`)
	w.Float64(q.Temperature)
	if q.Temperature > 0 {
		w.RawString(`,"seed":`)
		w.Int64(int64(q.Seed & math.MaxInt64)) // upstreams read a signed number
	}
	if len(q.Stop) > 0 {
		w.RawString(`,"stop":`)
		quickjson.WriteArray(w, q.Stop, w.String)
	}
	if q.Whole {
		w.RawString(`,"stream":false}`)
		return
	}
	w.RawString(`,"stream":true,"stream_options":{"include_usage":true}}`)
}
