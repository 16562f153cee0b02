package llamacpp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/internal/gate"
)

// Driver is the name of this driver in engine.Info.
const Driver = "llamacpp"

// Defaults of Options and of requests.
const (
	DefaultMaxContext    = 4096
	DefaultMaxConcurrent = 16
	DefaultMaxTokens     = 512
	DefaultThreads       = 1
)

// Options say which library loads which model.
type Options struct {
	// Library is the path of libllama, its other libraries beside it. Required.
	Library string
	// Model is the path of a GGUF file. Required.
	Model string
	// Name under which the model is offered; "" takes the file's.
	Name string
	// MaxContext in tokens; 0 means DefaultMaxContext. The model's own limit applies too.
	MaxContext int
	// Threads that compute; 0 means DefaultThreads. They spin while they wait, so
	// more than there are free cores makes everything slower.
	Threads int
	// GPULayers is how many layers a GPU takes, -1 for all; 0 for none.
	GPULayers int
	// MaxConcurrent requests wait for their turn; more get engine.ErrBusy. One is
	// computed at a time. 0 means DefaultMaxConcurrent.
	MaxConcurrent int
	// Verbose lets llama.cpp write what it does to standard error.
	Verbose bool
}

// Engine runs one model. It is safe for concurrent use.
type Engine struct {
	options Options
	info    engine.Info
	gate    *gate.Gate
	// turn holds one value while the model is free.
	turn  chan struct{}
	model *model
}

var _ engine.Engine = (*Engine)(nil)

// Open opens the library, checks it, and loads the model.
func Open(options Options) (*Engine, error) {
	if options.Library == "" {
		return nil, fmt.Errorf("%w: no path is configured; llama.cpp %s is in the npm package @node-llama-cpp/linux-x64 3.20.0", ErrNoLibrary, Release)
	}
	if options.MaxContext <= 0 {
		options.MaxContext = DefaultMaxContext
	}
	if options.MaxConcurrent <= 0 {
		options.MaxConcurrent = DefaultMaxConcurrent
	}
	if options.Threads <= 0 {
		options.Threads = DefaultThreads
	}
	path, err := filepath.Abs(options.Library)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoLibrary, err)
	}
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoLibrary, err)
	}
	library, err := openLibrary(path, options.Verbose)
	if err != nil {
		return nil, err
	}
	digest, err := digestOf(options.Model)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	loaded, err := loadModel(library, options)
	if err != nil {
		return nil, err
	}
	if options.Name == "" {
		options.Name = strings.TrimSuffix(filepath.Base(options.Model), filepath.Ext(options.Model))
	}
	e := &Engine{
		options: options,
		info: engine.Info{
			Driver: Driver, Model: options.Name, Digest: digest,
			Parameters: int64(library.parameters(loaded.handle)), MaxContext: loaded.limit, Logprobs: true,
		},
		gate:  gate.New(options.MaxConcurrent),
		turn:  make(chan struct{}, 1),
		model: loaded,
	}
	e.turn <- struct{}{}
	return e, nil
}

// digestOf hashes a file after looking at its first bytes: llama.cpp would read
// anything.
func digestOf(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	magic := make([]byte, 4)
	if _, err := io.ReadFull(file, magic); err != nil || string(magic) != "GGUF" {
		return "", fmt.Errorf("%s is not a GGUF file", path)
	}
	hash := sha256.New()
	hash.Write(magic)
	if _, err := io.Copy(hash, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// Info describes the model.
func (e *Engine) Info() engine.Info { return e.info }

// enter waits for the model. leave is called once.
func (e *Engine) enter(ctx context.Context) (leave func(), err error) {
	out, err := e.gate.Enter()
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		out()
		return nil, err
	}
	select {
	case <-ctx.Done():
		out()
		return nil, ctx.Err()
	case <-e.turn:
		return func() { e.turn <- struct{}{}; out() }, nil
	}
}

// Embed is not supported.
func (e *Engine) Embed(_ context.Context, texts []string) ([][]float32, error) {
	if err := engine.ValidateTexts(texts); err != nil {
		return nil, err
	}
	leave, err := e.gate.Enter()
	if err != nil {
		return nil, err
	}
	leave()
	return nil, fmt.Errorf("%w: embeddings", engine.ErrUnsupported)
}

// Close waits for running requests and frees the model. The library stays open.
func (e *Engine) Close() error {
	e.gate.Close()
	if _, first := <-e.turn; first {
		e.model.free()
		close(e.turn)
	}
	return nil
}
