package native

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"runtime/debug"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/internal/gate"
	"github.com/agora-network/agora/engine/native/canon"
	"github.com/agora-network/agora/engine/native/decoder"
	"github.com/agora-network/agora/engine/native/modelfile"
	"github.com/agora-network/agora/engine/native/runner"
	"github.com/agora-network/agora/engine/native/tokenizer"
)

// Driver is the name of this driver in engine.Info.
const Driver = "native"

// Defaults of Options and of requests.
const (
	DefaultMaxConcurrent = 64
	DefaultMaxTokens     = 64
	// DefaultCacheBytes bounds the key-value caches of all requests together.
	DefaultCacheBytes = 1 << 30
	// largeWeights is the size from which memory is worth a pause after loading.
	largeWeights = 64 << 20
)

// Options are the choices of the one who runs the model.
type Options struct {
	// Name is the model's name in Info; empty means "native".
	Name string
	// MaxConcurrent is how many requests may run or wait at once; more get
	// ErrBusy. 0 means DefaultMaxConcurrent.
	MaxConcurrent int
	// CacheBytes bounds the memory for key-value caches; requests beyond it wait.
	// One request of the whole context always fits. 0 means DefaultCacheBytes.
	CacheBytes int64
	// Threads is how many threads compute; 0 means GOMAXPROCS.
	Threads int
	// MaxContext shortens the model's context; 0 leaves it.
	MaxContext int
	// Int8 rounds the matrices to int8: a quarter of the memory, other bits.
	Int8 bool
	// Path chooses the kernels; empty means the fastest of this machine. All give
	// the same bits.
	Path canon.Path
}

// Engine runs one model. It is safe for concurrent use.
type Engine struct {
	model  *model
	info   engine.Info
	gate   *gate.Gate
	runner *runner.Runner
}

var _ engine.Engine = (*Engine)(nil)

// Open loads a safetensors file of Agora's own given as bytes, which are not
// needed afterwards.
func Open(data []byte, options Options) (*Engine, error) {
	file, err := modelfile.Parse(data, options.file())
	if err != nil {
		return nil, fmt.Errorf("native: %w", err)
	}
	return open(file, options)
}

// OpenPath loads a model from a folder in Hugging Face's layout, a GGUF file or a
// safetensors file of Agora's own; see package modelfile. An empty Options.Name
// becomes the name of the file or folder.
func OpenPath(path string, options Options) (*Engine, error) {
	file, err := modelfile.Open(path, options.file())
	if err != nil {
		return nil, fmt.Errorf("native: %w", err)
	}
	if options.Name == "" {
		options.Name = file.Name
	}
	return open(file, options)
}

func (o Options) file() modelfile.Options {
	return modelfile.Options{MaxContext: o.MaxContext, Int8: o.Int8}
}

func open(file *modelfile.Model, options Options) (*Engine, error) {
	kernels := canon.Best()
	if options.Path != "" {
		var err error
		if kernels, err = canon.For(options.Path); err != nil {
			return nil, errors.Join(fmt.Errorf("native: %w", err), file.Close())
		}
	}
	m, err := prepare(file, kernels)
	if err != nil {
		return nil, fmt.Errorf("native: %w", err)
	}
	if m.WeightBytes() >= largeWeights {
		// Reading a large vocabulary leaves much behind: give it back now, not at leisure.
		debug.FreeOSMemory()
	}
	return newEngine(m, options), nil
}

func newEngine(m *model, options Options) *Engine {
	if options.Name == "" {
		options.Name = Driver
	}
	if options.MaxConcurrent <= 0 {
		options.MaxConcurrent = DefaultMaxConcurrent
	}
	if options.CacheBytes <= 0 {
		options.CacheBytes = DefaultCacheBytes
	}
	if options.Threads <= 0 {
		options.Threads = runtime.GOMAXPROCS(0)
	}
	shape := m.Shape()
	pages := min(options.CacheBytes/int64(m.PageBytes()), int64(options.MaxConcurrent*decoder.Pages(shape.Context)))
	return &Engine{
		model: m,
		gate:  gate.New(options.MaxConcurrent),
		runner: runner.New(m.Model, runner.Options{
			Threads:     options.Threads,
			MaxJobs:     options.MaxConcurrent,
			CacheTokens: max(shape.Context, int(pages)*decoder.PagePositions),
		}),
		info: engine.Info{
			Driver: Driver, Model: options.Name, Digest: m.digest,
			Parameters: m.Parameters(), MaxContext: shape.Context,
			Canonical: true, Logprobs: true, Embeddings: true,
		},
	}
}

// Info describes the model.
func (e *Engine) Info() engine.Info { return e.info }

// Close waits for running requests.
func (e *Engine) Close() error {
	e.gate.Close()
	return nil
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

	prompt, err := e.model.prompt(request)
	if err != nil {
		return err
	}
	room := e.info.MaxContext - len(prompt)
	if room < 1 {
		return fmt.Errorf("%w: %d tokens in the prompt, %d in all", engine.ErrContextTooLong, len(prompt), e.info.MaxContext)
	}
	limit := request.MaxTokens
	if limit == 0 {
		limit = DefaultMaxTokens
	}
	limit = min(limit, room)

	answer := newCompletion(e.model, request, len(prompt), limit)
	return e.runner.Run(ctx, &runner.Job{
		Tokens: prompt, Capacity: len(prompt) + limit,
		Logits:  answer.next,
		Deliver: func() error { return answer.deliver(emit) },
	})
}

// Logprobs implements engine.Engine. The values are canonical.
func (e *Engine) Logprobs(ctx context.Context, request engine.LogprobRequest) (engine.Logprobs, error) {
	if err := request.Validate(); err != nil {
		return engine.Logprobs{}, err
	}
	tokens := request.Tokens
	if len(tokens) == 0 {
		var err error
		if tokens, err = e.model.encode(tokenizer.Prompt(request.Text), true); err != nil {
			return engine.Logprobs{}, err
		}
	}
	for i, token := range tokens {
		if vocabulary := e.model.Shape().Vocabulary; token < 0 || int(token) >= vocabulary {
			return engine.Logprobs{}, fmt.Errorf("%w: token %d is %d, must be 0 to %d", engine.ErrBadRequest, i, token, vocabulary-1)
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
	if len(tokens) > 1 {
		// The last token predicts nothing that was asked, so it is not fed.
		err = e.runner.Run(ctx, &runner.Job{
			Tokens: tokens[:len(tokens)-1], Capacity: len(tokens), All: true,
			Logits: func(logits []float32) (int32, bool, error) {
				value, err := e.model.Logprob(logits, tokens[len(values)])
				values = append(values, value)
				return 0, false, err
			},
		})
	}
	if err != nil {
		return engine.Logprobs{}, err
	}
	return engine.Logprobs{Tokens: append([]int32(nil), tokens...), Values: values}, nil
}

// Embed implements engine.Engine: the mean of the final states of a text's tokens,
// the begin token included, scaled to length 1. The values are canonical.
func (e *Engine) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	if err := engine.ValidateTexts(texts); err != nil {
		return nil, err
	}
	leave, err := e.gate.Enter()
	if err != nil {
		return nil, err
	}
	defer leave()
	vectors := make([][]float32, len(texts))
	for i, text := range texts {
		tokens, err := e.model.encode(tokenizer.Text(text), true)
		if err != nil {
			return nil, fmt.Errorf("text %d: %w", i, err)
		}
		if len(tokens) > e.info.MaxContext {
			return nil, fmt.Errorf("%w: text %d has %d tokens, at most %d", engine.ErrContextTooLong, i, len(tokens), e.info.MaxContext)
		}
		sum := make([]float32, e.model.Shape().Width)
		err = e.runner.Run(ctx, &runner.Job{
			Tokens: tokens, Capacity: len(tokens), All: true,
			State: func(state []float32) error {
				e.model.Kernels().Add(sum, state)
				return nil
			},
		})
		if err != nil {
			return nil, err
		}
		length := math.Sqrt(float64(e.model.Kernels().SumSquares(sum, 0)))
		if !(length > 0 && length <= math.MaxFloat32) {
			return nil, fmt.Errorf("text %d: %w", i, decoder.ErrNotFinite)
		}
		// The mean and the sum point the same way.
		e.model.Kernels().Divide(sum, float32(length))
		vectors[i] = sum
	}
	return vectors, nil
}
