package engine

import (
	"context"
	"fmt"
	"strings"
)

// Validate reports what is wrong with a request, wrapping ErrBadRequest. Every
// driver calls it first.
func (r Request) Validate() error {
	if (len(r.Messages) > 0) == (r.Prompt != "") {
		return fmt.Errorf("%w: set either messages or prompt, not both and not neither", ErrBadRequest)
	}
	if len(r.Messages) > MaxMessages {
		return fmt.Errorf("%w: %d messages, at most %d", ErrBadRequest, len(r.Messages), MaxMessages)
	}
	for i, m := range r.Messages {
		switch m.Role {
		case RoleSystem, RoleUser, RoleAssistant:
		default:
			return fmt.Errorf("%w: message %d has role %q; use system, user or assistant", ErrBadRequest, i, m.Role)
		}
	}
	if r.MaxTokens < 0 {
		return fmt.Errorf("%w: max tokens is %d, must not be negative", ErrBadRequest, r.MaxTokens)
	}
	if !(r.Temperature >= 0 && r.Temperature <= MaxTemperature) {
		return fmt.Errorf("%w: temperature is %v, must be 0 to %v", ErrBadRequest, r.Temperature, MaxTemperature)
	}
	if len(r.Stop) > MaxStops {
		return fmt.Errorf("%w: %d stop texts, at most %d", ErrBadRequest, len(r.Stop), MaxStops)
	}
	for i, stop := range r.Stop {
		if stop == "" || len(stop) > MaxStopBytes {
			return fmt.Errorf("%w: stop text %d has %d bytes, must have 1 to %d", ErrBadRequest, i, len(stop), MaxStopBytes)
		}
	}
	return nil
}

// Validate reports what is wrong with a request, wrapping ErrBadRequest.
func (r LogprobRequest) Validate() error {
	if (r.Text != "") == (len(r.Tokens) > 0) {
		return fmt.Errorf("%w: set either text or tokens, not both and not neither", ErrBadRequest)
	}
	return nil
}

// MaxTexts bounds the texts of one call of Embed.
const MaxTexts = 256

// ValidateTexts reports what is wrong with the texts for Embed, wrapping
// ErrBadRequest.
func ValidateTexts(texts []string) error {
	if len(texts) == 0 || len(texts) > MaxTexts {
		return fmt.Errorf("%w: %d texts, must be 1 to %d", ErrBadRequest, len(texts), MaxTexts)
	}
	for i, text := range texts {
		if text == "" {
			return fmt.Errorf("%w: text %d is empty", ErrBadRequest, i)
		}
	}
	return nil
}

// Completion is a whole answer.
type Completion struct {
	Text         string
	FinishReason string
	Usage        Usage
}

// Complete runs a request to its end and returns the text at once. It refuses a
// completion longer than maxBytes with ErrUpstream.
func Complete(ctx context.Context, e Engine, request Request, maxBytes int) (Completion, error) {
	var text strings.Builder
	var done Completion
	err := e.Generate(ctx, request, func(chunk Chunk) error {
		if text.Len()+len(chunk.Text) > maxBytes {
			return fmt.Errorf("%w: completion is longer than %d bytes", ErrUpstream, maxBytes)
		}
		text.WriteString(chunk.Text)
		if chunk.Done {
			done.FinishReason, done.Usage = chunk.FinishReason, chunk.Usage
		}
		return nil
	})
	if err != nil {
		return Completion{}, err
	}
	done.Text = text.String()
	return done, nil
}
