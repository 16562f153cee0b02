package native

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/internal/gate"
	"github.com/agora-network/agora/engine/native/canon"
)

// Driver is the name of this driver in engine.Info.
const Driver = "native"

// Defaults of Options and of requests.
const (
	DefaultMaxConcurrent = 64
	DefaultMaxTokens     = 64
)

// Options are the choices of the one who runs the model.
type Options struct {
	// Name is the model's name in Info; empty means "native".
	Name string
	// MaxConcurrent is how many requests may run at once; more get ErrBusy.
	// 0 means DefaultMaxConcurrent.
	MaxConcurrent int
}

// Engine runs one model. It is safe for concurrent use.
type Engine struct {
	model *model
	info  engine.Info
	gate  *gate.Gate
}

var _ engine.Engine = (*Engine)(nil)

// Open loads a safetensors file given as bytes, which must not change while the
// engine lives.
func Open(data []byte, options Options) (*Engine, error) {
	m, err := load(data)
	if err != nil {
		return nil, fmt.Errorf("native: %w", err)
	}
	if options.Name == "" {
		options.Name = Driver
	}
	if options.MaxConcurrent <= 0 {
		options.MaxConcurrent = DefaultMaxConcurrent
	}
	return &Engine{
		model: m,
		gate:  gate.New(options.MaxConcurrent),
		info: engine.Info{
			Driver: Driver, Model: options.Name, Digest: m.digest,
			Parameters: int64(m.config.Parameters()), MaxContext: m.config.MaxContext,
			Canonical: true, Logprobs: true,
		},
	}, nil
}

// Info describes the model.
func (e *Engine) Info() engine.Info { return e.info }

// Close waits for running requests.
func (e *Engine) Close() error {
	e.gate.Close()
	return nil
}

// layOut is the chat template.
func layOut(request engine.Request) []int32 {
	if len(request.Messages) == 0 {
		return EncodeText(request.Prompt)
	}
	var text strings.Builder
	for _, m := range request.Messages {
		text.WriteString(m.Content)
		text.WriteString(turnEnd)
	}
	return EncodeText(text.String())
}

// Generate implements engine.Engine.
func (e *Engine) Generate(ctx context.Context, request engine.Request, emit func(engine.Chunk) error) error {
	if err := request.Validate(); err != nil {
		return err
	}
	leave, err := e.gate.Enter()
	if err != nil {
		return err
	}
	defer leave()

	prompt := layOut(request)
	room := e.info.MaxContext - len(prompt)
	if room < 1 {
		return fmt.Errorf("%w: %d tokens in the prompt, %d in all", engine.ErrContextTooLong, len(prompt), e.info.MaxContext)
	}
	limit := request.MaxTokens
	if limit == 0 {
		limit = DefaultMaxTokens
	}
	limit = min(limit, room)

	s := newSession(e.model, len(prompt)+limit)
	var logits []float32
	if err := s.feed(ctx, prompt, func(row int) { logits = s.predict(row) }, true); err != nil {
		return err
	}
	choice := sampler{temperature: float32(request.Temperature), state: request.Seed}
	out := emitter{emit: emit, stops: request.Stop}
	usage := engine.Usage{PromptTokens: len(prompt)}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		token := choice.choose(logits)
		usage.CompletionTokens++
		value, isByte := tokenByte(token)
		if !isByte { // the end token
			return out.finish(engine.FinishStop, usage)
		}
		stopped, err := out.add(value)
		if err != nil {
			return err
		}
		if stopped {
			return out.finish(engine.FinishStop, usage)
		}
		if usage.CompletionTokens == limit {
			return out.finish(engine.FinishLength, usage)
		}
		s.extend([]int32{token})
		logits = s.predict(0)
	}
}

// Logprobs implements engine.Engine. The values are canonical.
func (e *Engine) Logprobs(ctx context.Context, request engine.LogprobRequest) (engine.Logprobs, error) {
	if err := request.Validate(); err != nil {
		return engine.Logprobs{}, err
	}
	tokens := request.Tokens
	if len(tokens) == 0 {
		tokens = EncodeText(request.Text)
	}
	for i, token := range tokens {
		if token < 0 || token >= VocabularySize {
			return engine.Logprobs{}, fmt.Errorf("%w: token %d is %d, must be 0 to %d", engine.ErrBadRequest, i, token, VocabularySize-1)
		}
	}
	if len(tokens) > e.info.MaxContext {
		return engine.Logprobs{}, fmt.Errorf("%w: %d tokens, at most %d", engine.ErrContextTooLong, len(tokens), e.info.MaxContext)
	}
	leave, err := e.gate.Enter()
	if err != nil {
		return engine.Logprobs{}, err
	}
	defer leave()

	values := make([]float64, 1, len(tokens))
	s := newSession(e.model, len(tokens))
	// The last token predicts nothing that was asked, so it is not fed.
	err = s.feed(ctx, tokens[:len(tokens)-1], func(row int) {
		values = append(values, logProbability(s.predict(row), tokens[len(values)]))
	}, false)
	if err != nil {
		return engine.Logprobs{}, err
	}
	return engine.Logprobs{Tokens: append([]int32(nil), tokens...), Values: values}, nil
}

// logProbability overwrites logits.
func logProbability(logits []float32, token int32) float64 {
	chosen := logits[token]
	largest, sum := canon.Softmax(logits)
	return math.Min(0, float64(chosen-largest)-canon.Log64(float64(sum)))
}
