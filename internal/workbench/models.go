package workbench

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/blob"
	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/native"
	"github.com/agora-network/agora/internal/flight"
	"github.com/agora-network/agora/models"
)

// DefaultMaxModelBytes bounds the weights of one model, 1 GiB.
const DefaultMaxModelBytes = 1 << 30

// maxCompletionBytes bounds what a judge may say.
const maxCompletionBytes = 4096

// hosted opens the models of specs with the native engine, whose arithmetic is the same
// on every machine, so that it serves every tier.
type hosted struct {
	fetcher  *blob.Fetcher
	maxBytes int64
	opening  flight.Group[[32]byte, *model]

	mu   sync.Mutex // guards open
	open map[[32]byte]*model
}

// Model implements [benchmark.Models]. A model stays open for all benchmarks that use it.
func (m *hosted) Model(ctx context.Context, declared spec.Model) (benchmark.Model, error) {
	digest := [32]byte(declared.Sha256)
	if found := m.find(digest); found != nil {
		return found, nil
	}
	return m.opening.Do(ctx, digest, func(ctx context.Context) (*model, error) {
		if found := m.find(digest); found != nil { // by an effort that ended just before
			return found, nil
		}
		weights, err := m.weights(ctx, declared)
		if err != nil {
			return nil, err
		}
		opened, err := native.Open(weights, native.Options{Name: declared.Name})
		if err != nil {
			return nil, fmt.Errorf("model %x: %w", digest, err)
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		m.open[digest] = &model{engine: opened, slots: make(chan struct{}, native.DefaultMaxConcurrent)}
		return m.open[digest], nil
	})
}

func (m *hosted) find(digest [32]byte) *model {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.open[digest]
}

// weights are those that ship with the program, or fetched.
func (m *hosted) weights(ctx context.Context, declared spec.Model) ([]byte, error) {
	for _, name := range models.Names() {
		if models.Digest(name) == hex.EncodeToString(declared.Sha256) {
			return models.Weights(name)
		}
	}
	if int64(declared.Length) > m.maxBytes {
		return nil, fmt.Errorf("model %x has %d bytes, at most %d are loaded here", declared.Sha256, declared.Length, m.maxBytes)
	}
	return m.fetcher.Get(ctx, [32]byte(declared.Sha256), int64(declared.Length), declared.Mirrors)
}

func (m *hosted) close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	var err error
	for digest, opened := range m.open {
		err = errors.Join(err, opened.engine.Close())
		delete(m.open, digest)
	}
	return err
}

// model is a model as scorers see it.
type model struct {
	engine engine.Engine
	// slots are as many as the engine takes at once: it refuses more, while scorers can
	// wait, of which a whole round may come together.
	slots chan struct{}
}

// enter waits until the engine takes one more.
func (m *model) enter(ctx context.Context) (leave func(), err error) {
	select {
	case m.slots <- struct{}{}:
		return func() { <-m.slots }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Loss implements [benchmark.Model]: what prompt and text cost together less what the
// prompt costs, so that it does not matter where tokens end.
func (m *model) Loss(ctx context.Context, prompt, text string) (int64, error) {
	together, err := m.cost(ctx, prompt+text)
	if err != nil {
		return 0, err
	}
	alone, err := m.cost(ctx, prompt)
	if err != nil {
		return 0, err
	}
	return max(int64(math.RoundToEven((together-alone)*1e6)), 0), nil
}

// cost is the sum of -log p over the tokens of a text, in nats.
func (m *model) cost(ctx context.Context, text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	leave, err := m.enter(ctx)
	if err != nil {
		return 0, err
	}
	defer leave()
	scored, err := m.engine.Logprobs(ctx, engine.LogprobRequest{Text: text})
	if err != nil {
		return 0, blame(err)
	}
	sum := 0.0
	for _, value := range scored.Values {
		sum -= value
	}
	return sum, nil
}

// Embed implements [benchmark.Model].
func (m *model) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	leave, err := m.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	vectors, err := m.engine.Embed(ctx, texts)
	return vectors, blame(err)
}

// Complete implements [benchmark.Model].
func (m *model) Complete(ctx context.Context, prompt string, maxTokens int) (string, error) {
	leave, err := m.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	done, err := engine.Complete(ctx, m.engine, engine.Request{
		Messages: []engine.Message{{Role: engine.RoleUser, Content: prompt}}, MaxTokens: maxTokens,
	}, maxCompletionBytes)
	return done.Text, blame(err)
}

// blame tells a text that the engine can never take from trouble of its own.
func blame(err error) error {
	if errors.Is(err, engine.ErrContextTooLong) || errors.Is(err, engine.ErrBadRequest) {
		return fmt.Errorf("%w: %w", benchmark.ErrModelText, err)
	}
	return err
}
