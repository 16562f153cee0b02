package openai

import (
	"encoding/json"
	"fmt"

	"github.com/agora-network/agora/internal/quickjson"
)

// completion is a whole answer of either endpoint, or an event of a streamed one.
type completion struct {
	model, fingerprint string
	choices            []choice
	usage              *usage
	failure            json.RawMessage // in the field "error"
}

type choice struct {
	index int
	text  string
	// finish is why the choice ended, empty before it did.
	finish string
}

type usage struct{ PromptTokens, CompletionTokens int }

// readCompletion reads JSON, which must be one object. Fields that say nothing here are skipped.
func readCompletion(data []byte) (c completion, err error) {
	err = quickjson.Unmarshal(data, func(r *quickjson.Reader) {
		r.Object(func(field string) {
			switch field {
			case "model":
				c.model = r.String()
			case "system_fingerprint":
				c.fingerprint = r.String()
			case "choices":
				c.choices = nil
				r.Array(func() { c.choices = append(c.choices, readChoice(r)) })
			case "usage":
				c.usage = quickjson.Optional(r, func() usage { return readUsage(r) })
			case "error":
				c.failure = r.Raw()
			default:
				r.Skip()
			}
		})
	})
	if err != nil {
		return completion{}, fmt.Errorf("%w: not the JSON of an answer: %w: %s", ErrMalformed, err, oneLine(string(data)))
	}
	return c, nil
}

// readChoice finds the text in "delta" or "message" (chat, streamed and whole), or in "text" (completions).
func readChoice(r *quickjson.Reader) (c choice) {
	var delta, message *string
	content := func() (text *string) {
		r.Object(func(field string) {
			if field == "content" {
				text = quickjson.Optional(r, r.String)
				return
			}
			r.Skip()
		})
		return text
	}
	r.Object(func(field string) {
		switch field {
		case "index":
			c.index = r.Int()
		case "delta":
			delta = content()
		case "message":
			message = content()
		case "text":
			c.text = r.String()
		case "finish_reason":
			c.finish = r.String()
		default:
			r.Skip()
		}
	})
	switch {
	case delta != nil:
		c.text = *delta
	case message != nil:
		c.text = *message
	}
	return c
}

func readUsage(r *quickjson.Reader) (u usage) {
	r.Object(func(field string) {
		switch field {
		case "prompt_tokens":
			u.PromptTokens = r.Int()
		case "completion_tokens":
			u.CompletionTokens = r.Int()
		default:
			r.Skip()
		}
	})
	return u
}
