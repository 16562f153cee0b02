package benchmark

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/agora-network/agora/benchmark/sandbox"
	"github.com/agora-network/agora/benchmark/spec"
)

// ErrOpen is wrapped by the errors for a spec that is valid but cannot be used here: a
// blob is missing or is not what its digest says, a module or formula does not compile,
// or does not give the results that it promises.
var ErrOpen = errors.New("benchmark cannot be used")

// Env is what a benchmark needs beside its spec. What a spec does not use may be nil.
type Env struct {
	// Blobs find what a spec names by digest: modules, shards, items.
	Blobs Blobs
	// Sandbox runs modules. Programs share it.
	Sandbox *sandbox.Runtime
	// Models run the models that scorers name.
	Models Models
}

// Models find the models of a spec.
type Models interface {
	// Model returns a model that is ready. It is asked once for each model of a spec
	// when the benchmark is opened. One that is an [io.Closer] is closed with it.
	Model(ctx context.Context, declared spec.Model) (Model, error)
}

// ErrModelText is wrapped by the errors of a [Model] for a text that it can never take,
// such as one that does not fit its context. The text is at fault, not the model.
var ErrModelText = errors.New("the model does not take the text")

// Model is what scorers ask of a model. Implementations may be called from many
// goroutines at once. Their errors wrap [ErrModelText] where the text is to blame.
type Model interface {
	// Loss is how much a text surprises the model when it follows a prompt: the sum of
	// -log p over its tokens, in millionths of a nat.
	Loss(ctx context.Context, prompt, text string) (micronats int64, err error)
	// Embed returns a vector of length 1 for each text.
	Embed(ctx context.Context, texts []string) ([][]float32, error)
	// Complete returns the greedy completion of a prompt.
	Complete(ctx context.Context, prompt string, maxTokens int) (string, error)
}

// Program is a spec made ready to run: formulas compiled, modules fetched, compiled and
// held to their goldens. It never changes and may be used by many goroutines at once.
type Program struct {
	spec    *spec.Spec
	digest  [32]byte
	source  source
	models  []Model
	scorers []scorer
	ordered bool
}

// Open makes a spec ready. The error wraps [spec.ErrInvalid] or [ErrOpen], or is that of
// ctx. The spec must not change afterwards.
func Open(ctx context.Context, s *spec.Spec, env Env) (*Program, error) {
	digest, err := spec.Digest(s)
	if err != nil {
		return nil, err
	}
	p := &Program{spec: s, digest: digest, source: source{close: func() {}}}
	opened := false
	defer func() {
		if !opened {
			p.Close()
		}
	}()
	from, err := openSource(ctx, s, env)
	if err != nil {
		return nil, fmt.Errorf("%w: source: %w", ErrOpen, err)
	}
	if p.source = from; p.source.close == nil {
		p.source.close = func() {}
	}
	models := make(map[string]Model, len(s.Models))
	for _, declared := range s.Models {
		if env.Models == nil {
			return nil, fmt.Errorf("%w: model %q: nothing here runs models", ErrOpen, declared.Name)
		}
		if models[declared.Name], err = env.Models.Model(ctx, declared); err != nil {
			return nil, fmt.Errorf("%w: model %q: %w", ErrOpen, declared.Name, err)
		}
		p.models = append(p.models, models[declared.Name])
	}
	for i := range s.Scorers {
		ready, err := openScorer(ctx, &s.Scorers[i], env, models)
		if err != nil {
			return nil, fmt.Errorf("%w: scorers[%d] (%s): %w", ErrOpen, i, s.Scorers[i].Name(), err)
		}
		p.scorers = append(p.scorers, ready)
		p.ordered = p.ordered || ready.module != nil
	}
	opened = true
	return p, nil
}

// Spec returns the spec, which must not be changed.
func (p *Program) Spec() *spec.Spec { return p.spec }

// Digest is the sha256 of the canonical bytes of the spec.
func (p *Program) Digest() [32]byte { return p.digest }

// Ordered says that a scorer may remember what it saw: the answers of one miner in one
// epoch must be scored by one [Batch] in the order of their index.
func (p *Program) Ordered() bool { return p.ordered }

// Models is how many models it keeps open.
func (p *Program) Models() int { return len(p.models) }

// Close lets go of modules and models. Nothing may be drawn or scored afterwards.
func (p *Program) Close() {
	p.source.close()
	for _, model := range p.models {
		if closer, ok := model.(io.Closer); ok {
			_ = closer.Close() // nothing is written to it
		}
	}
	for i := range p.scorers {
		if p.scorers[i].module != nil {
			p.scorers[i].module.Close()
		}
	}
}
