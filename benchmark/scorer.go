package benchmark

import (
	"context"
	"errors"
	"fmt"

	"github.com/agora-network/agora/benchmark/formula"
	"github.com/agora-network/agora/benchmark/metric"
	"github.com/agora-network/agora/benchmark/sandbox"
	"github.com/agora-network/agora/benchmark/spec"
)

// scorer is a scorer of a spec made ready.
type scorer struct {
	weight     int64
	extraction spec.Extraction
	gate       bool
	// run scores one answer; nil for a module.
	run func(ctx context.Context, of *scored) (int64, error)
	// module is that of a scorer in the sandbox.
	module *sandbox.Module
}

// scored is an answer that is being scored.
type scored struct {
	task   *Task
	answer Answer
	// text is the part of the completion that is the answer to this scorer.
	text string
}

// score runs scorer number at. The error carries a reason.
func (s *scorer) score(ctx context.Context, b *Batch, at int, of *scored) (int64, error) {
	if s.module == nil {
		score, err := s.run(ctx, of)
		return score, withReason(err)
	}
	if b.modules[at] == nil {
		b.modules[at] = s.module.Batch()
	}
	q := &of.task.Question
	score, err := b.modules[at].Score(ctx, &sandbox.Input{
		Prompt: q.Prompt, Expected: q.Expected, Alternatives: q.Alternatives, Data: q.Data, Tests: q.Tests,
		Answer: of.text, LatencyMS: of.answer.LatencyMs, Tokens: of.answer.Tokens,
	})
	return score, withReason(err)
}

// withReason gives an error the reason that stands in the evidence.
func withReason(err error) error {
	if err == nil {
		return nil
	}
	if _, known := errors.AsType[*Fault](err); known {
		return err
	}
	reason := ReasonScorerTrap
	switch {
	case errors.Is(err, metric.ErrTooLong), errors.Is(err, metric.ErrTooComplex), errors.Is(err, sandbox.ErrInput):
		reason = ReasonAnswerTooLong
	case errors.Is(err, metric.ErrReference), errors.Is(err, metric.ErrSchema):
		reason = ReasonQuestionUnfit
	case errors.Is(err, sandbox.ErrAbstain):
		reason = ReasonScorerAbstained
	case errors.Is(err, sandbox.ErrOutput), errors.Is(err, formula.ErrResult):
		reason = ReasonScorerResult
	case errors.Is(err, sandbox.ErrWork), errors.Is(err, sandbox.ErrTime), errors.Is(err, sandbox.ErrMemory), errors.Is(err, sandbox.ErrDepth),
		errors.Is(err, formula.ErrSteps), errors.Is(err, formula.ErrMemory), errors.Is(err, formula.ErrCost):
		reason = ReasonScorerLimit
	}
	return &Fault{Reason: reason, Err: err}
}

// openScorer makes a scorer ready: it compiles what must be compiled, and holds a module
// to its goldens.
func openScorer(ctx context.Context, declared *spec.Scorer, env Env, models map[string]Model) (scorer, error) {
	s := scorer{weight: int64(declared.WeightBp), extraction: declared.Extraction, gate: declared.Gate}
	var err error
	switch d := declared.Scorer.(type) {
	case *spec.Scorer_Numeric:
		s.run = references(metric.Numeric{Absolute: int64(d.Numeric.AbsoluteTolerance), Relative: int64(d.Numeric.RelativeTolerance)}.Score)
	case *spec.Scorer_Chrf:
		s.run = references(metric.ChrF)
		if d.Chrf.WordOrder > 0 {
			s.run = references(metric.ChrFPlusPlus)
		}
	case *spec.Scorer_Edit:
		s.run = references(metric.EditSimilarity)
		if d.Edit.Words {
			s.run = references(metric.WordSimilarity)
		}
	case *spec.Scorer_JsonSchema:
		s.run, err = schemaScorer(d.JsonSchema.Schema)
	case *spec.Scorer_Tests:
		s.run = testsScorer(d.Tests)
	case *spec.Scorer_BitsPerByte:
		s.run = bitsPerByteScorer(d.BitsPerByte, models[d.BitsPerByte.Model])
	case *spec.Scorer_Embedding:
		s.run = embeddingScorer(d.Embedding, models[d.Embedding.Model])
	case *spec.Scorer_Judge:
		s.run = judgeScorer(d.Judge, models[d.Judge.Model])
	case *spec.Scorer_Latency:
		s.run = latencyScorer(d.Latency)
	case *spec.Scorer_Throughput:
		s.run = throughputScorer(d.Throughput)
	case *spec.Scorer_Cel:
		s.run, err = celScorer(d.Cel.Formula)
	case *spec.Scorer_Starlark:
		s.run, err = starlarkScorer(d.Starlark)
	case *spec.Scorer_Wasm:
		s.module, err = openScorerModule(ctx, d.Wasm, env)
	default:
		measure, known := plainMetric(declared.Name())
		if !known {
			return scorer{}, fmt.Errorf("the scorer %q is not in this program", declared.Name())
		}
		s.run = references(measure)
	}
	return s, err
}

// references makes a scorer of a metric that compares with the right answers.
func references(measure metric.Func) func(context.Context, *scored) (int64, error) {
	return func(_ context.Context, of *scored) (int64, error) {
		return measure(of.text, of.task.Question.References())
	}
}

func openScorerModule(ctx context.Context, declared *spec.WasmScorer, env Env) (*sandbox.Module, error) {
	module, err := openModule(ctx, &declared.Module, env)
	if err != nil {
		return nil, err
	}
	if !module.Scores() {
		module.Close()
		return nil, fmt.Errorf("module %x exports no agora_score", declared.Module.Sha256)
	}
	goldens := make([]sandbox.Golden, len(declared.Goldens))
	for i, golden := range declared.Goldens {
		goldens[i] = sandbox.Golden{
			Input: sandbox.Input{
				Prompt: golden.Prompt, Expected: golden.Expected, Data: golden.Data, Answer: golden.Answer,
				LatencyMS: golden.LatencyMs, Tokens: golden.Tokens,
			},
			Score: int64(golden.Score), Abstain: int64(golden.Abstain),
		}
	}
	if err := module.Replay(ctx, goldens); err != nil {
		module.Close()
		return nil, fmt.Errorf("module %x: %w", declared.Module.Sha256, err)
	}
	return module, nil
}
