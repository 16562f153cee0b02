package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/agora-network/agora/benchmark/generate"
	"github.com/agora-network/agora/benchmark/question"
	"github.com/agora-network/agora/cmd/train/internal/corpus"
	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/native"
	"github.com/agora-network/agora/models"
	"github.com/agora-network/agora/models/measure"
)

type evalOptions struct {
	questions int
	label     string
	card      string
	summary   string
	recipe    string
}

func evalCommand() *cobra.Command {
	var options evalOptions
	command := &cobra.Command{
		Use:   "eval FILE|NAME",
		Short: "Measure a weights file or a shipped model through the native engine",
		Long: `Measure a weights file or a shipped model through the native engine, greedily, with
the benchmark's exact scorer: once on questions as a validator draws them and once
on questions whose prompts were withheld from training. Intervals are Wilson's, 95 %.`,
		Example: `  train eval basics-strong
  train eval .cache/strong/strong.safetensors --questions 10000
  train eval .cache/weak/weak.safetensors --card basics-weak --recipe weak --summary "…" > models/basics-weak.json`,
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			return eval(command.Context(), command.OutOrStdout(), arguments[0], options)
		},
	}
	flags := command.Flags()
	flags.IntVar(&options.questions, "questions", 2000, "how many questions of each kind")
	flags.StringVar(&options.label, "label", "agora/models/basics/evaluation/1", "name of the draw; another label draws other questions")
	flags.StringVar(&options.card, "card", "", "print the model's card as JSON under this name instead of the tables")
	flags.StringVar(&options.recipe, "recipe", "", "the recipe that made the model, for the card")
	flags.StringVar(&options.summary, "summary", "", "the card's one sentence about the model")
	return command
}

func eval(ctx context.Context, out io.Writer, which string, options evalOptions) error {
	if options.questions < 1 {
		return fmt.Errorf("--questions is %d, must be at least 1", options.questions)
	}
	weights, shipped := models.Embedded(which)
	if !shipped {
		var err error
		if weights, err = os.ReadFile(which); err != nil {
			return fmt.Errorf("%w (the shipped models are %v)", err, models.Names())
		}
	}
	e, err := native.Open(weights, native.Options{Name: which})
	if err != nil {
		return err
	}
	started := time.Now()
	drawn, err := measure.Run(ctx, e, measure.Questions(options.label, options.questions))
	if err != nil {
		return err
	}
	seconds := time.Since(started).Seconds()
	withheld, err := measure.Run(ctx, e, measure.WithheldQuestions(options.label, options.questions))
	if err != nil {
		return err
	}
	loss, err := lossOf(ctx, e, measure.WithheldQuestions(options.label, options.questions))
	if err != nil {
		return err
	}
	if options.card != "" {
		digest := sha256.Sum256(weights)
		made, err := findRecipe(options.recipe)
		if err != nil {
			return err
		}
		return writeCard(out, models.Card{
			Name: options.card, Summary: options.summary, Licence: "Apache-2.0",
			SHA256: hex.EncodeToString(digest[:]), Bytes: len(weights), Parameters: e.Info().Parameters,
			Generator: generate.Basics,
			Training: models.Training{
				Data: "questions of " + generate.Basics + " drawn from a fixed seed, less a sixteenth of all prompts", Steps: made.steps(), Examples: made.batch,
				Loss: math.Round(loss*1e4) / 1e4,
			},
			Drawn: accuracyOf(options.label, drawn), Withheld: accuracyOf(options.label, withheld),
		})
	}
	_, err = fmt.Fprintf(out, "%s: %d parameters, %d bytes, sha256 %s\n\nquestions as drawn (%.0f answers/s, one at a time)\n%s\nquestions withheld from training (%.4f nats per token)\n%s",
		which, e.Info().Parameters, len(weights), e.Info().Digest, float64(options.questions)/seconds, drawn, loss, withheld)
	return err
}

// lossOf is what the right completions cost the model, in nats per token, the end token included.
func lossOf(ctx context.Context, e *native.Engine, questions []question.Question) (float64, error) {
	sum, tokens := 0.0, 0
	for _, q := range questions {
		sequence, given := native.EncodeExample(q.Prompt, corpus.Completion(q))
		scored, err := e.Logprobs(ctx, engine.LogprobRequest{Tokens: sequence})
		if err != nil {
			return 0, err
		}
		for _, value := range scored.Values[given:] {
			sum -= value
			tokens++
		}
	}
	return sum / float64(tokens), nil
}

func writeCard(out io.Writer, card models.Card) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(card)
}

func accuracyOf(label string, report measure.Report) models.Accuracy {
	a := models.Accuracy{Label: label, Right: report.Total.Right, Asked: report.Total.Asked}
	for _, f := range report.Families {
		a.Families = append(a.Families, models.FamilyAccuracy{Family: f.Family, Right: f.Right, Asked: f.Asked})
	}
	return a
}
