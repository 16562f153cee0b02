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

// openBytesFactor is how many of the largest models may be open at once: one owner must
// not fill the memory with models that nobody else asked for.
const openBytesFactor = 4

// hosted opens the models of specs with the native engine, whose arithmetic is the same
// on every machine, so that it serves every tier. A model is open while a program uses it.
type hosted struct {
	fetcher  *blob.Fetcher
	maxBytes int64
	opening  flight.Group[[32]byte, struct{}]

	mu   sync.Mutex // guards open, and the users of its models
	open map[[32]byte]*model
}

// Model implements [benchmark.Models]. What it returns is closed by the program.
func (m *hosted) Model(ctx context.Context, declared spec.Model) (benchmark.Model, error) {
	digest := [32]byte(declared.Sha256)
	for {
		if found := m.lease(digest); found != nil {
			return found, nil
		}
		// Whoever else waits for it may have used and closed it before this caller has it.
		_, err := m.opening.Do(ctx, digest, func(ctx context.Context) (struct{}, error) {
			return struct{}{}, m.load(ctx, declared)
		})
		if err != nil {
			return nil, err
		}
	}
}

// load opens a model that nobody uses yet, unless it is open.
func (m *hosted) load(ctx context.Context, declared spec.Model) error {
	digest := [32]byte(declared.Sha256)
	if err := m.room(digest, int64(declared.Length)); err != nil {
		return err
	}
	weights, err := m.weights(ctx, declared)
	if err != nil {
		return err
	}
	opened, err := native.Open(weights, native.Options{Name: declared.Name})
	if err != nil {
		return fmt.Errorf("model %x: %w", digest, err)
	}
	m.mu.Lock()
	_, there := m.open[digest]
	keep := !there && ctx.Err() == nil
	if keep {
		m.open[digest] = &model{
			engine: opened, bytes: int64(len(weights)), slots: make(chan struct{}, native.DefaultMaxConcurrent),
		}
	}
	m.mu.Unlock()
	if keep {
		return nil
	}
	return errors.Join(context.Cause(ctx), opened.Close())
}

// room reports whether one more model may be open.
func (m *hosted) room(digest [32]byte, length int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.open[digest] != nil {
		return nil
	}
	var used int64
	for other, opened := range m.open {
		if opened.users == 0 { // whoever it was opened for gave up
			delete(m.open, other)
			_ = opened.engine.Close() // nothing runs in it
			continue
		}
		used += opened.bytes
	}
	if most := openBytesFactor * m.maxBytes; length > most-used {
		return fmt.Errorf("model %x has %d bytes, and those that are open have %d; together at most %d are loaded here", digest, length, used, most)
	}
	return nil
}

// lease returns the use of a model that is open, nil when it is not.
func (m *hosted) lease(digest [32]byte) *lease {
	m.mu.Lock()
	defer m.mu.Unlock()
	found := m.open[digest]
	if found == nil {
		return nil
	}
	found.users++
	return &lease{model: found, release: sync.OnceValue(func() error { return m.release(digest) })}
}

// release closes a model that nobody uses any more.
func (m *hosted) release(digest [32]byte) error {
	m.mu.Lock()
	found := m.open[digest]
	if found == nil { // the workbench was closed
		m.mu.Unlock()
		return nil
	}
	if found.users--; found.users > 0 {
		m.mu.Unlock()
		return nil
	}
	delete(m.open, digest)
	m.mu.Unlock()
	return found.engine.Close()
}

// lease is the use of a model by one program.
type lease struct {
	*model
	release func() error
}

// Close implements [io.Closer]; twice is no harm.
func (l *lease) Close() error { return l.release() }

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
	bytes  int64 // of its weights
	users  int   // programs
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
