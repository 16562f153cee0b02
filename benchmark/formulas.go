package benchmark

import (
	"context"
	"errors"

	"github.com/agora-network/agora/benchmark/formula"
	"github.com/agora-network/agora/benchmark/metric"
	"github.com/agora-network/agora/benchmark/spec"
)

// inputs are what formulas and programs see of an answer.
func inputs(of *scored) formula.Inputs {
	q := &of.task.Question
	return formula.Inputs{
		Prompt: q.Prompt, Expected: q.Expected, Alternatives: q.Alternatives, Data: q.Data, Answer: of.text,
		LatencyMS: int64(of.answer.LatencyMs), CompletionTokens: int64(of.answer.Tokens),
		Metric: func(name string) (int64, error) { return metricOf(of, name) },
	}
}

func celScorer(text string) (func(context.Context, *scored) (int64, error), error) {
	compiled, err := formula.CompileCEL(text, FormulaMetrics())
	if err != nil {
		return nil, err
	}
	return func(_ context.Context, of *scored) (int64, error) { return compiled.Score(inputs(of)) }, nil
}

func starlarkScorer(declared *spec.StarlarkScorer) (func(context.Context, *scored) (int64, error), error) {
	compiled, err := formula.CompileStarlarkLimits(declared.Program, formula.Limits{Steps: uint64(declared.MaxSteps)})
	if err != nil {
		return nil, err
	}
	return func(_ context.Context, of *scored) (int64, error) { return compiled.Score(inputs(of)) }, nil
}

// testsScorer runs the unit tests of the question. Whatever is wrong with the answer
// makes them fail; only tests that are no program are the question's fault.
func testsScorer(declared *spec.TestsScorer) func(context.Context, *scored) (int64, error) {
	limits := formula.Limits{Steps: uint64(declared.MaxSteps)}
	return func(_ context.Context, of *scored) (int64, error) {
		result, err := formula.RunTests(limits, of.text, of.task.Question.Tests)
		if err != nil {
			return 0, &Fault{Reason: ReasonQuestionUnfit, Err: err}
		}
		if !declared.Partial && result.Passed < result.Total {
			return 0, nil
		}
		return divideHalfEven(int64(result.Passed)*ScoreOne, int64(result.Total)), nil
	}
}

// schemaScorer holds answers to the spec's schema or, when that is empty, to the one of
// the question.
func schemaScorer(text string) (func(context.Context, *scored) (int64, error), error) {
	if text != "" {
		schema, err := metric.CompileSchema(text)
		if err != nil {
			return nil, err
		}
		return func(_ context.Context, of *scored) (int64, error) { return schema.Score(of.text) }, nil
	}
	return func(_ context.Context, of *scored) (int64, error) {
		if of.task.Question.Schema == "" {
			return 0, &Fault{Reason: ReasonQuestionUnfit, Err: errors.New("neither the spec nor the question has a schema")}
		}
		schema, err := metric.CompileSchema(of.task.Question.Schema)
		if err != nil {
			return 0, err
		}
		return schema.Score(of.text)
	}, nil
}

func latencyScorer(declared *spec.LatencyScorer) func(context.Context, *scored) (int64, error) {
	return func(_ context.Context, of *scored) (int64, error) {
		return metric.LatencyScore(int64(of.answer.LatencyMs), int64(declared.FullMs), int64(declared.ZeroMs))
	}
}

func throughputScorer(declared *spec.ThroughputScorer) func(context.Context, *scored) (int64, error) {
	return func(_ context.Context, of *scored) (int64, error) {
		return metric.ThroughputScore(int64(of.answer.Tokens), int64(of.answer.LatencyMs), int64(declared.ZeroTokensPerS), int64(declared.FullTokensPerS))
	}
}
