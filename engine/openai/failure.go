package openai

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/agora-network/agora/engine"
)

// maxErrorBytes bounds what is read and shown of an upstream's own words.
const (
	maxErrorBytes  = 8 << 10
	maxShownOfText = 300
)

// statusError turns an answer that is not 200 into a named error.
func statusError(status int, from io.Reader) error {
	body, _ := io.ReadAll(io.LimitReader(from, maxErrorBytes))
	said := explanation(body)
	kind, hint := engine.ErrUpstream, ""
	switch {
	case status == http.StatusTooManyRequests:
		kind = engine.ErrBusy
	case status == http.StatusBadGateway, status == http.StatusServiceUnavailable, status == http.StatusGatewayTimeout:
		kind = engine.ErrUnavailable
	case status >= 300 && status < 400:
		hint = "; redirects are not followed, set the final base url"
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		hint = "; check the api key"
	case status == http.StatusNotFound:
		hint = "; check the base url and the model's name"
	case status == http.StatusBadRequest, status == http.StatusRequestEntityTooLarge, status == http.StatusUnprocessableEntity:
		kind = engine.ErrBadRequest
		if aboutContext(said) {
			kind = engine.ErrContextTooLong
		}
	}
	return fmt.Errorf("%w: HTTP %d: %s%s", kind, status, said, hint)
}

// aboutContext recognises how servers say that a prompt is too long.
func aboutContext(said string) bool {
	said = strings.ToLower(said)
	for _, phrase := range []string{"context_length", "context length", "context size", "context_size", "maximum context", "too long"} {
		if strings.Contains(said, phrase) {
			return true
		}
	}
	return false
}

// explanation finds the message in an error body of the usual shapes, else
// returns the body itself; shortened and on one line.
func explanation(body []byte) string {
	var wrapped struct {
		Error   json.RawMessage `json:"error"`
		Message string          `json:"message"`
		Detail  json.RawMessage `json:"detail"`
	}
	text := string(body)
	if json.Unmarshal(body, &wrapped) == nil {
		switch {
		case len(wrapped.Error) > 0 && string(wrapped.Error) != "null":
			text = errorText(wrapped.Error)
		case wrapped.Message != "":
			text = wrapped.Message
		case len(wrapped.Detail) > 0:
			text = string(wrapped.Detail)
		}
	}
	return oneLine(text)
}

// errorText reads the value of an "error" field: a string or an object.
func errorText(raw json.RawMessage) string {
	var object struct {
		Message string `json:"message"`
		Code    any    `json:"code"`
		Type    string `json:"type"`
	}
	var text string
	switch {
	case json.Unmarshal(raw, &text) == nil:
		return oneLine(text)
	case json.Unmarshal(raw, &object) == nil && object.Message != "":
		return oneLine(strings.TrimSpace(fmt.Sprintf("%s %s", object.Message, object.Type)))
	}
	return oneLine(string(raw))
}

// oneLine makes foreign text fit for an error message.
func oneLine(text string) string {
	text = strings.ToValidUTF8(text, "?")
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
	if text = strings.TrimSpace(text); text == "" {
		return "(no text)"
	}
	if runes := []rune(text); len(runes) > maxShownOfText {
		text = string(runes[:maxShownOfText]) + "…"
	}
	return text
}

// reported names an error that comes after HTTP 200, or returns nil when raw holds
// none.
func reported(raw json.RawMessage) error {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	said := errorText(raw)
	if aboutContext(said) {
		return fmt.Errorf("%w: %s", engine.ErrContextTooLong, said)
	}
	return fmt.Errorf("%w: %s", ErrReported, said)
}
