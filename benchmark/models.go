package benchmark

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/agora-network/agora/benchmark/metric"
	"github.com/agora-network/agora/benchmark/spec"
)

// judgeTokens is the longest text in which a judge may give its mark.
const judgeTokens = 64

// modelFault says that a model could not be asked. It is the validator's own trouble.
func modelFault(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		err = errors.Join(ctx.Err(), err)
	}
	return &Fault{Reason: ReasonModelMissing, Err: err}
}

func bitsPerByteScorer(declared *spec.BitsPerByteScorer, model Model) func(context.Context, *scored) (int64, error) {
	return func(ctx context.Context, of *scored) (int64, error) {
		if of.text == "" {
			return 0, nil // nothing was said
		}
		loss, err := model.Loss(ctx, of.task.Question.Prompt, of.text)
		if err != nil {
			return 0, modelFault(ctx, err)
		}
		bits, err := metric.BitsPerByte([]int64{-loss}, int64(len(of.text)))
		if err != nil {
			return 0, err
		}
		return metric.BitsPerByteScore(bits, int64(declared.ZeroMillibits)*1000)
	}
}

func embeddingScorer(declared *spec.EmbeddingScorer, model Model) func(context.Context, *scored) (int64, error) {
	return func(ctx context.Context, of *scored) (int64, error) {
		if of.text == "" {
			return 0, nil
		}
		texts := append([]string{of.text}, of.task.Question.References()...)
		vectors, err := model.Embed(ctx, texts)
		if err != nil || len(vectors) != len(texts) {
			return 0, modelFault(ctx, errors.Join(err, fmt.Errorf("%d vectors for %d texts", len(vectors), len(texts))))
		}
		var best int64
		for _, reference := range vectors[1:] {
			cosine, err := metric.Cosine(wide(vectors[0]), wide(reference))
			if err != nil {
				return 0, modelFault(ctx, err)
			}
			score, err := metric.Rescale(cosine, int64(declared.ZeroBp)*bpScore)
			if err != nil {
				return 0, err
			}
			best = max(best, score)
		}
		return best, nil
	}
}

// wide returns the same numbers as float64, in which a cosine is computed.
func wide(vector []float32) []float64 {
	wide := make([]float64, len(vector))
	for i, x := range vector {
		wide[i] = float64(x)
	}
	return wide
}

func judgeScorer(declared *spec.JudgeScorer, model Model) func(context.Context, *scored) (int64, error) {
	return func(ctx context.Context, of *scored) (int64, error) {
		q := &of.task.Question
		// All at once, so that an answer which holds "{expected}" is shown as it is.
		prompt := strings.NewReplacer("{question}", q.Prompt, "{expected}", q.Expected, "{answer}", of.text).Replace(declared.Prompt)
		text, err := model.Complete(ctx, prompt, judgeTokens)
		if err != nil {
			return 0, modelFault(ctx, err)
		}
		mark, found := firstNumber(text)
		if !found {
			return 0, &Fault{Reason: ReasonScorerResult, Err: fmt.Errorf("the judge gave no mark: %.80q", text)}
		}
		return divideHalfEven(min(mark, int64(declared.Best))*ScoreOne, int64(declared.Best)), nil
	}
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// firstNumber returns the first run of digits, at most a thousand.
func firstNumber(text string) (int64, bool) {
	start := strings.IndexFunc(text, isDigit)
	if start < 0 {
		return 0, false
	}
	var number int64
	for _, r := range text[start:] {
		if !isDigit(r) {
			break
		}
		number = min(number*10+int64(r-'0'), 1000)
	}
	return number, true
}
