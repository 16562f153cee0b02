package openai

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"github.com/agora-network/agora/engine"
)

// maxBytesPerToken is longer than any token of common vocabularies; a completion
// beyond that many bytes per token asked for did not respect the limit.
const maxBytesPerToken = 256

// Generate implements engine.Engine. Usage is what the upstream reports; where
// it reports none, CompletionTokens is the number of pieces and PromptTokens 0.
func (e *Engine) Generate(ctx context.Context, request engine.Request, emit func(engine.Chunk) error) error {
	if err := request.Validate(); err != nil {
		return err
	}
	leave, err := e.gate.Enter()
	if err != nil {
		return err
	}
	defer leave()
	if err := ctx.Err(); err != nil {
		return err
	}

	body, endpoint := newBody(e.options.Model, request)
	response, cancel, err := e.post(ctx, endpoint, body)
	if err != nil {
		return err
	}
	defer cancel()
	defer response.Body.Close()

	c := &collector{emit: emit, maxTokens: body.MaxTokens}
	bounded := &boundedReader{from: response.Body, left: e.options.MaxBodyBytes}
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	switch kind {
	case "text/event-stream":
		err = c.readStream(bounded)
	case "application/json": // the upstream does not stream
		err = c.readWhole(bounded)
	default:
		return fmt.Errorf("%w: content type %q; expected an event stream or JSON. Is the base url right?", engine.ErrUpstream, oneLine(kind))
	}
	var broken *connectionError
	if errors.As(err, &broken) {
		return e.transportError(ctx, broken.cause)
	}
	return err
}

// post sends a JSON body and returns a 200 answer. cancel ends the time limit.
func (e *Engine) post(ctx context.Context, endpoint string, body any) (*http.Response, context.CancelFunc, error) {
	encoded, err := json.Marshal(body)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", engine.ErrBadRequest, err)
	}
	limited, cancel := context.WithTimeout(ctx, e.options.Timeout)
	request, err := http.NewRequestWithContext(limited, http.MethodPost, e.base.String()+endpoint, bytes.NewReader(encoded))
	if err != nil {
		cancel()
		return nil, nil, fmt.Errorf("%w: %w", engine.ErrBadRequest, err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "text/event-stream, application/json")
	request.Header.Set("User-Agent", "agora")
	if e.options.APIKey != "" {
		request.Header.Set("Authorization", "Bearer "+e.options.APIKey)
	}
	response, err := e.client.Do(request)
	if err != nil {
		cancel()
		return nil, nil, e.transportError(ctx, err)
	}
	if response.StatusCode != http.StatusOK {
		defer cancel()
		defer response.Body.Close()
		return nil, nil, statusError(response)
	}
	return response, cancel, nil
}

// connectionError marks a read that failed below the protocol.
type connectionError struct{ cause error }

func (e *connectionError) Error() string { return e.cause.Error() }

// readError keeps errors that already have a name.
func readError(err error) error {
	if errors.Is(err, engine.ErrUpstream) {
		return err
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: the connection ended in the middle of the answer", engine.ErrUpstream)
	}
	return &connectionError{err}
}

// collector turns answers into chunks and keeps the bounds.
type collector struct {
	emit      func(engine.Chunk) error
	maxTokens int

	bytes, pieces int
	finish        string
	usage         *usage
}

func (c *collector) readStream(from io.Reader) error {
	events := newEventReader(from)
	for {
		data, err := events.next()
		if errors.Is(err, io.EOF) || string(data) == "[DONE]" {
			return c.done()
		}
		if err != nil {
			return readError(err)
		}
		if err := c.take(data); err != nil {
			return err
		}
	}
}

func (c *collector) readWhole(from io.Reader) error {
	data, err := io.ReadAll(from)
	if err != nil {
		return readError(err)
	}
	if err := c.take(data); err != nil {
		return err
	}
	return c.done()
}

// take handles one JSON answer.
func (c *collector) take(data []byte) error {
	var a answer
	if err := json.Unmarshal(data, &a); err != nil {
		return fmt.Errorf("%w: not the JSON of an answer: %s", engine.ErrUpstream, oneLine(string(data)))
	}
	if len(a.Error) > 0 && string(a.Error) != "null" {
		said := errorText(a.Error)
		if aboutContext(said) {
			return fmt.Errorf("%w: %s", engine.ErrContextTooLong, said)
		}
		return fmt.Errorf("%w: error after HTTP 200: %s", engine.ErrUpstream, said)
	}
	if a.Usage != nil {
		c.usage = a.Usage
	}
	for _, choice := range a.Choices {
		if choice.Index != 0 {
			return fmt.Errorf("%w: choice %d came where one was asked for", engine.ErrUpstream, choice.Index)
		}
		if err := c.add(choice.text()); err != nil {
			return err
		}
		if choice.FinishReason != nil && *choice.FinishReason != "" {
			c.finish = *choice.FinishReason
		}
	}
	return nil
}

func (c *collector) add(text string) error {
	if text == "" {
		return nil
	}
	c.pieces++
	c.bytes += len(text)
	if c.bytes/maxBytesPerToken > c.maxTokens {
		return fmt.Errorf("%w: %d bytes and more where %d tokens were asked for", engine.ErrUpstream, c.bytes, c.maxTokens)
	}
	return c.emit(engine.Chunk{Text: text})
}

// done checks the end and emits the closing chunk.
func (c *collector) done() error {
	switch c.finish {
	case "":
		return fmt.Errorf("%w: the answer ended without a finish reason", engine.ErrUpstream)
	case engine.FinishStop, engine.FinishLength:
	default:
		return fmt.Errorf("%w: finish reason %q", engine.ErrUpstream, oneLine(c.finish))
	}
	total := engine.Usage{CompletionTokens: c.pieces}
	if c.usage != nil {
		total = engine.Usage(*c.usage)
	}
	if total.PromptTokens < 0 || total.CompletionTokens < 0 || total.CompletionTokens > c.maxTokens {
		return fmt.Errorf("%w: it reports %d prompt and %d completion tokens where at most %d were asked for",
			engine.ErrUpstream, total.PromptTokens, total.CompletionTokens, c.maxTokens)
	}
	return c.emit(engine.Chunk{Done: true, FinishReason: c.finish, Usage: total})
}
