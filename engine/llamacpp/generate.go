package llamacpp

import (
	"context"
	"fmt"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/internal/emitter"
)

// Generate implements engine.Engine.
func (e *Engine) Generate(ctx context.Context, request engine.Request, emit func(engine.Chunk) error) error {
	if err := request.Validate(); err != nil {
		return err
	}
	leave, err := e.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	text, parse := request.Prompt, false
	if len(request.Messages) > 0 {
		if text, parse, err = e.model.layOut(request.Messages); err != nil {
			return err
		}
	}
	prompt, err := e.model.tokenize(text, parse)
	if err != nil {
		return err
	}
	if len(prompt) == 0 {
		return fmt.Errorf("%w: the prompt has no tokens", engine.ErrBadRequest)
	}
	room := e.model.limit - len(prompt)
	if room <= 0 {
		return fmt.Errorf("%w: %d tokens, it holds %d", engine.ErrContextTooLong, len(prompt), e.model.limit)
	}
	limit := request.MaxTokens
	if limit == 0 {
		limit = DefaultMaxTokens
	}
	return e.complete(ctx, prompt, min(limit, room), request, emit)
}

func (e *Engine) complete(ctx context.Context, prompt []int32, limit int, request engine.Request, emit func(engine.Chunk) error) error {
	m := e.model
	m.forget()
	out := emitter.Emitter{Emit: emit, Stops: request.Stop}
	choice := sampler{temperature: request.Temperature, state: request.Seed}
	usage := engine.Usage{PromptTokens: len(prompt)}
	next := prompt
	for place := 0; ; {
		var token int32
		last := len(next) - 1
		err := m.compute(ctx, next, place, func(i int) bool { return i == last }, func(_ int, logits []float32) (err error) {
			token, err = choice.choose(logits)
			return err
		})
		if err != nil {
			return err
		}
		place += len(next)
		usage.CompletionTokens++
		if m.library.ends(m.vocab, token) {
			return out.Finish(engine.FinishStop, usage)
		}
		piece, err := m.piece(token)
		if err != nil {
			return err
		}
		for _, b := range piece {
			stopped, err := out.Add(b)
			if err != nil {
				return err
			}
			if stopped {
				return out.Finish(engine.FinishStop, usage)
			}
		}
		if usage.CompletionTokens == limit {
			return out.Finish(engine.FinishLength, usage)
		}
		next = []int32{token}
	}
}

// Logprobs implements engine.Engine.
func (e *Engine) Logprobs(ctx context.Context, request engine.LogprobRequest) (engine.Logprobs, error) {
	if err := request.Validate(); err != nil {
		return engine.Logprobs{}, err
	}
	leave, err := e.enter(ctx)
	if err != nil {
		return engine.Logprobs{}, err
	}
	defer leave()
	m, tokens := e.model, request.Tokens
	if len(tokens) == 0 {
		if tokens, err = m.tokenize(request.Text, false); err != nil {
			return engine.Logprobs{}, err
		}
	}
	if len(tokens) == 0 || len(tokens) > m.limit {
		return engine.Logprobs{}, fmt.Errorf("%w: %d tokens, it holds %d", engine.ErrContextTooLong, len(tokens), m.limit)
	}
	for i, token := range tokens {
		if token < 0 || int(token) >= m.vocabulary {
			return engine.Logprobs{}, fmt.Errorf("%w: token %d at place %d, the model has %d", engine.ErrBadRequest, token, i, m.vocabulary)
		}
	}
	m.forget()
	values := make([]float64, len(tokens))
	last := len(tokens) - 1
	err = m.compute(ctx, tokens[:last], 0, func(int) bool { return true }, func(i int, logits []float32) (err error) {
		values[i+1], err = logprob(logits, tokens[i+1])
		return err
	})
	if err != nil {
		return engine.Logprobs{}, err
	}
	return engine.Logprobs{Tokens: tokens, Values: values}, nil
}
