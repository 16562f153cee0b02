package openai

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/internal/quickjson"
)

// maxBytesPerToken is longer than any token of common vocabularies; a completion
// beyond that many bytes per token asked for did not respect the limit.
const maxBytesPerToken = 256

// maxPiecesPerToken is in how many events a server may send the text of one token.
const maxPiecesPerToken = 4

// Generate implements engine.Engine. Usage is what the upstream reports; where
// it reports none, CompletionTokens is the number of pieces and PromptTokens 0.
//
// The upstream streams unless the request is for a Whole answer, which costs both
// sides less. Of a whole answer nothing comes before its end, so that one which no
// longer goes on is noticed after Options.Timeout, not Options.EventTimeout.
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

	q := e.newQuestion(request)
	body, err := quickjson.Marshal(q.write)
	if err != nil {
		return fmt.Errorf("%w: %w", engine.ErrBadRequest, err)
	}
	x, err := e.post(ctx, e.base.String()+q.endpoint(), body)
	if err != nil {
		return err
	}
	defer x.close()
	c := &collector{emit: emit, maxTokens: q.maxTokens, maxContext: e.Info().MaxContext, identity: &e.identity}
	switch x.kind {
	case "text/event-stream":
		return c.readStream(x)
	case "application/json": // asked for, or the upstream does not stream
		data, err := x.whole()
		if err != nil {
			return err
		}
		if err := c.take(data); err != nil {
			return err
		}
		return c.done()
	}
	return fmt.Errorf("%w: content type %q; expected an event stream or JSON. Is the base url right?", ErrNotAnAPI, oneLine(x.kind))
}

// collector turns answers into chunks and keeps the bounds.
type collector struct {
	emit      func(engine.Chunk) error
	maxTokens int
	// maxContext is 0 when it is not known.
	maxContext int
	identity   *identity

	bytes, pieces int
	finish        string
	usage         *usage
}

// readStream reads to the end of the stream. It ends early, with the answer given,
// only at [DONE].
func (c *collector) readStream(x *exchange) error {
	events := newEventReader(x.body)
	for {
		data, err := events.next()
		if errors.Is(err, io.EOF) {
			return c.done()
		}
		if err != nil {
			return err
		}
		if string(data) == "[DONE]" {
			x.drain()
			return c.done()
		}
		x.progress()
		if err := c.take(data); err != nil {
			return err
		}
	}
}

// take handles one JSON answer.
func (c *collector) take(data []byte) error {
	a, err := readCompletion(data)
	if err != nil {
		return err
	}
	if err := reported(a.failure); err != nil {
		return err
	}
	if err := c.identity.check(a.model, a.fingerprint); err != nil {
		return err
	}
	if a.usage != nil {
		c.usage = a.usage
	}
	for _, choice := range a.choices {
		if choice.index != 0 {
			return fmt.Errorf("%w: choice %d came where one was asked for", ErrMalformed, choice.index)
		}
		if err := c.add(choice.text); err != nil {
			return err
		}
		if choice.finish != "" {
			c.finish = choice.finish
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
	if c.bytes/maxBytesPerToken > c.maxTokens || c.pieces/maxPiecesPerToken > c.maxTokens {
		return fmt.Errorf("%w: %d bytes in %d pieces and more where %d tokens were asked for", ErrTooManyTokens, c.bytes, c.pieces, c.maxTokens)
	}
	return c.emit(engine.Chunk{Text: text})
}

// done checks the end and emits the closing chunk.
func (c *collector) done() error {
	switch c.finish {
	case "":
		return ErrUnfinished
	case engine.FinishStop, engine.FinishLength:
	default:
		return fmt.Errorf("%w: finish reason %q", ErrMalformed, oneLine(c.finish))
	}
	total := engine.Usage{CompletionTokens: c.pieces}
	if c.usage != nil {
		total = engine.Usage(*c.usage)
	}
	if total.PromptTokens < 0 || total.CompletionTokens < 0 {
		return fmt.Errorf("%w: it counts %d prompt and %d completion tokens", ErrMalformed, total.PromptTokens, total.CompletionTokens)
	}
	if total.CompletionTokens > c.maxTokens {
		return fmt.Errorf("%w: %d completion tokens where at most %d were asked for", ErrTooManyTokens, total.CompletionTokens, c.maxTokens)
	}
	if sum := total.PromptTokens + total.CompletionTokens; c.maxContext > 0 && sum > c.maxContext {
		// Some servers cut a long prompt without a word, and answer another one.
		return fmt.Errorf("%w: %d tokens in a context of %d; the server cut the prompt", engine.ErrContextTooLong, sum, c.maxContext)
	}
	return c.emit(engine.Chunk{Done: true, FinishReason: c.finish, Usage: total})
}
