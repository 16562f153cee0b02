package benchmark

import (
	"context"
	"fmt"

	"github.com/agora-network/agora/benchmark/chance"
	"github.com/agora-network/agora/benchmark/dataset"
	"github.com/agora-network/agora/benchmark/generate"
	"github.com/agora-network/agora/benchmark/question"
	"github.com/agora-network/agora/benchmark/sandbox"
	"github.com/agora-network/agora/benchmark/spec"
)

// source makes questions.
type source struct {
	// size is how many items there are to draw from; 0 for a source that makes them.
	size uint32
	// repeats says that a question may come twice by the fault of the source.
	repeats bool
	// question returns the one at a place. Errors are [Fault]s where they can be.
	question func(ctx context.Context, at place) (question.Question, error)
	// close lets go of a module.
	close func()
}

func openSource(ctx context.Context, s *spec.Spec, env Env) (source, error) {
	switch {
	case s.Source.GetDataset() != nil:
		items, err := openDataset(&s.Source.GetDataset().Dataset, env)
		if err != nil {
			return source{}, err
		}
		return source{size: s.Source.GetDataset().Dataset.Items, question: func(ctx context.Context, at place) (question.Question, error) {
			item, err := openItem(ctx, items, at.position)
			if err != nil {
				return question.Question{}, err
			}
			q, err := question.Decode(item)
			if err != nil {
				return question.Question{}, &Fault{Reason: ReasonQuestionUnfit, Err: err}
			}
			return q, nil
		}}, nil
	case s.Source.GetSandbox() != nil:
		return openModuleSource(ctx, s.Source.GetSandbox(), env)
	default:
		return openGenerator(s.Source.GetBuiltin(), env)
	}
}

func openGenerator(declared *spec.BuiltinSource, env Env) (source, error) {
	generator, found := generate.Lookup(declared.Generator)
	if !found {
		return source{}, fmt.Errorf("generator %q is not in this program", declared.Generator)
	}
	given := make([]generate.Setting, len(declared.Settings))
	for i, set := range declared.Settings {
		given[i] = generate.Setting{Name: set.Name, Value: set.Value}
	}
	settings, err := generator.Settings(given...)
	if err != nil {
		return source{}, err
	}
	families := declared.Families
	if !generator.NeedsDocuments() {
		return source{question: func(_ context.Context, at place) (question.Question, error) {
			stream := chance.NewStream(at.seed)
			return generator.Draw(&stream, families[stream.Below(uint32(len(families)))], settings), nil
		}}, nil
	}
	items, err := openDataset(declared.Documents, env)
	if err != nil {
		return source{}, err
	}
	size := declared.Documents.Items
	return source{question: func(ctx context.Context, at place) (question.Question, error) {
		stream := chance.NewStream(at.seed)
		return generate.DrawContinuation(&stream, documents{ctx: ctx, items: items, size: size}, settings)
	}}, nil
}

// documents are the items of a data set as texts.
type documents struct {
	ctx   context.Context //nolint:containedctx // of one draw
	items dataset.Source
	size  uint32
}

// Len is how many there are.
func (d documents) Len() uint32 { return d.size }

// Open returns the text of one.
func (d documents) Open(index uint32) (string, error) {
	item, err := openItem(d.ctx, d.items, index)
	return string(item), err
}

// openModuleSource makes a generator in the sandbox ready and checks that it makes what
// it promises.
func openModuleSource(ctx context.Context, declared *spec.SandboxSource, env Env) (source, error) {
	module, err := openModule(ctx, &declared.Module, env)
	if err != nil {
		return source{}, err
	}
	if !module.Generates() {
		module.Close()
		return source{}, fmt.Errorf("module %x exports no agora_generate", declared.Module.Sha256)
	}
	goldens := make([]sandbox.GeneratorGolden, len(declared.Goldens))
	for i, golden := range declared.Goldens {
		goldens[i] = sandbox.GeneratorGolden{Seed: [32]byte(golden.Seed), Digest: [32]byte(golden.QuestionSha256)}
	}
	if err := module.ReplayGenerator(ctx, goldens); err != nil {
		module.Close()
		return source{}, fmt.Errorf("module %x: %w", declared.Module.Sha256, err)
	}
	// A fresh instance for every question: what it makes then depends on its seed alone,
	// whoever asks for which of them.
	return source{repeats: true, close: module.Close, question: func(ctx context.Context, at place) (question.Question, error) {
		batch := module.Batch()
		defer batch.Close()
		q, err := batch.Generate(ctx, at.seed)
		if err != nil {
			return question.Question{}, &Fault{Reason: ReasonQuestionFailed, Err: err}
		}
		return q, nil
	}}, nil
}
