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

// modelFault says why a model gave nothing. It is the validator's own trouble, unless the
// model does not take the text: then it is the question's when the question alone, which
// alone asks about, is not taken either, and else the answer's. Without this, whoever does
// not know an answer would send one that does not fit the model, and the item would not
// count.
func modelFault(ctx context.Context, err error, alone func() error) error {
	switch {
	case ctx.Err() != nil:
		err = errors.Join(ctx.Err(), err)
	case !errors.Is(err, ErrModelText):
	case alone() == nil:
		return &Fault{Reason: ReasonAnswerTooLong, Err: err}
	default:
		return &Fault{Reason: ReasonQuestionUnfit, Err: err}
	}
	return &Fault{Reason: ReasonModelMissing, Err: err}
}

// nothingAlone is for faults that no text can have.
func nothingAlone() error { return nil }

func bitsPerByteScorer(declared *spec.BitsPerByteScorer, model Model) func(context.Context, *scored) (int64, error) {
	return func(ctx context.Context, of *scored) (int64, error) {
		if of.text == "" {
			return 0, nil // nothing was said
		}
		loss, err := model.Loss(ctx, of.task.Question.Prompt, of.text)
		if err != nil {
			return 0, modelFault(ctx, err, func() error {
				_, err := model.Loss(ctx, "", of.task.Question.Prompt)
				return err
			})
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
		references := of.task.Question.References()
		texts := append([]string{of.text}, references...)
		vectors, err := model.Embed(ctx, texts)
		if err == nil && len(vectors) != len(texts) {
			err = fmt.Errorf("%d vectors for %d texts", len(vectors), len(texts))
		}
		if err != nil {
			return 0, modelFault(ctx, err, func() error {
				_, err := model.Embed(ctx, references)
				return err
			})
		}
		var best int64
		for _, reference := range vectors[1:] {
			cosine, err := metric.Cosine(wide(vectors[0]), wide(reference))
			if err != nil {
				return 0, modelFault(ctx, err, nothingAlone)
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
		ask := func(answer string) (string, error) {
			// All at once, so that an answer which holds "{expected}" is shown as it is.
			prompt := strings.NewReplacer("{question}", q.Prompt, "{expected}", q.Expected, "{answer}", answer).Replace(declared.Prompt)
			return model.Complete(ctx, prompt, judgeTokens)
		}
		text, err := ask(of.text)
		if err != nil {
			return 0, modelFault(ctx, err, func() error {
				_, err := ask("")
				return err
			})
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
