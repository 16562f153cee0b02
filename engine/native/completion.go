package native

import (
	"slices"
	"sync"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/internal/emitter"
)

// completion is an answer under way: one side, whoever steps the model, adds
// tokens and never waits; the other, the request's goroutine, takes out chunks.
type completion struct {
	model   *model
	choice  sampler
	emitter emitter.Emitter
	usage   engine.Usage
	limit   int
	text    []byte // of the last token

	mu     sync.Mutex // guards chunks
	chunks []engine.Chunk
}

func newCompletion(m *model, request engine.Request, promptTokens, limit int) *completion {
	c := &completion{
		model:  m,
		choice: sampler{temperature: float32(request.Temperature), state: request.Seed, never: m.never},
		usage:  engine.Usage{PromptTokens: promptTokens},
		limit:  limit,
	}
	c.emitter = emitter.Emitter{Emit: c.add, Stops: request.Stop}
	return c
}

// next chooses a token by the logits and says whether the model goes on with it.
func (c *completion) next(logits []float32) (token int32, more bool, err error) {
	if token, err = c.choice.choose(logits); err != nil {
		return 0, false, err
	}
	c.usage.CompletionTokens++
	if slices.Contains(c.model.stops, token) {
		return 0, false, c.emitter.Finish(engine.FinishStop, c.usage)
	}
	c.text = c.model.tokenizer.Append(c.text[:0], token)
	for _, value := range c.text {
		stopped, err := c.emitter.Add(value)
		if err != nil {
			return 0, false, err
		}
		if stopped {
			return 0, false, c.emitter.Finish(engine.FinishStop, c.usage)
		}
	}
	if c.usage.CompletionTokens == c.limit {
		return 0, false, c.emitter.Finish(engine.FinishLength, c.usage)
	}
	return token, true, nil
}

func (c *completion) add(chunk engine.Chunk) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.chunks = append(c.chunks, chunk)
	return nil
}

// deliver emits the chunks that have come since the last call.
func (c *completion) deliver(emit func(engine.Chunk) error) error {
	c.mu.Lock()
	chunks := c.chunks
	c.chunks = nil
	c.mu.Unlock()
	for _, chunk := range chunks {
		if err := emit(chunk); err != nil {
			return err
		}
	}
	return nil
}
