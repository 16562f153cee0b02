package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/agora-network/agora/benchmark/generate"
	"github.com/agora-network/agora/cmd/train/internal/corpus"
	"github.com/agora-network/agora/cmd/train/internal/gemm"
	"github.com/agora-network/agora/cmd/train/internal/lm"
	"github.com/agora-network/agora/engine/native/safetensors"
)

type fitOptions struct {
	model string
	out   string
	every int
}

func fitCommand() *cobra.Command {
	var options fitOptions
	command := &cobra.Command{
		Use:   "fit",
		Short: "Learn a model; run again with the same --out to go on where it stopped",
		Example: `  GOEXPERIMENT=simd go build -o bin/train ./cmd/train
  GOMAXPROCS=1 bin/train fit --model strong --out .cache/strong`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			chosen, err := findRecipe(options.model)
			if err != nil {
				return err
			}
			return fit(command.Context(), command.OutOrStdout(), chosen, options)
		},
	}
	flags := command.Flags()
	flags.StringVar(&options.model, "model", "strong", "recipe: strong or weak")
	flags.StringVar(&options.out, "out", "", "folder for the checkpoint and the finished model (required)")
	flags.IntVar(&options.every, "every", 500, "steps between progress lines with held-out accuracy and checkpoints")
	_ = command.MarkFlagRequired("out")
	return command
}

// heldOutExamples is how many held-out questions a progress line answers.
const heldOutExamples = 500

func fit(ctx context.Context, out io.Writer, chosen recipe, options fitOptions) error {
	if options.every <= 0 {
		return fmt.Errorf("--every is %d, must be at least 1", options.every)
	}
	if err := os.MkdirAll(options.out, 0o750); err != nil {
		return err
	}
	model, err := lm.NewModel(chosen.config, chosen.seed)
	if err != nil {
		return err
	}
	trainer := lm.NewTrainer(model, chosen.at(0).fit)
	checkpoint := filepath.Join(options.out, "checkpoint.safetensors")
	switch err := trainer.Load(checkpoint); {
	case err == nil:
		fmt.Fprintf(out, "going on from step %d of %s\n", trainer.Step(), checkpoint)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	fmt.Fprintf(out, "model %s: %d parameters, %d steps of %d examples, kernel %s\n",
		options.model, chosen.config.Parameters(), chosen.steps(), chosen.batch, gemm.Kernel())

	heldOut := corpus.HeldOut(heldOutExamples)
	started, startStep := time.Now(), trainer.Step()
	lossSum, lossSteps := 0.0, 0
	for trainer.Step() < chosen.steps() {
		if err := ctx.Err(); err != nil {
			return errors.Join(err, trainer.Save(checkpoint))
		}
		stage := chosen.at(trainer.Step())
		trainer.Use(stage.fit)
		loss, err := trainer.Train(pack(corpus.Training(trainer.Step(), chosen.batch, stage.mix)))
		if err != nil {
			return err
		}
		lossSum, lossSteps = lossSum+loss, lossSteps+1
		if done := trainer.Step(); done%options.every == 0 || done == chosen.steps() {
			table, err := accuracy(trainer, heldOut)
			if err != nil {
				return err
			}
			fmt.Fprintf(out, "step %6d  loss %.4f  held-out %s  %.0f ms/step\n", done, lossSum/float64(lossSteps), table,
				float64(time.Since(started).Milliseconds())/float64(done-startStep))
			lossSum, lossSteps = 0, 0
			if err := trainer.Save(checkpoint); err != nil {
				return err
			}
		}
	}
	finished := filepath.Join(options.out, options.model+".safetensors")
	data, err := trainer.Model().Marshal(safetensors.F16, nil)
	if err != nil {
		return err
	}
	if err := lm.WriteFile(finished, data); err != nil {
		return err
	}
	fmt.Fprintf(out, "wrote %s (%d bytes)\n", finished, len(data))
	return nil
}

func pack(examples []corpus.Example) *lm.Batch {
	batch := new(lm.Batch)
	for _, e := range examples {
		batch.Add(e.Prompt, e.Completion)
	}
	return batch
}

// accuracy is the share of examples whose whole completion is predicted, in all
// and per family. It counts a wrong intermediate digit as an error even where
// the answer would have been right, so it is a lower bound of the score.
func accuracy(trainer *lm.Trainer, examples []corpus.Example) (string, error) {
	exact, err := trainer.Exact(pack(examples))
	if err != nil {
		return "", err
	}
	right, asked := map[string]int{}, map[string]int{}
	total := 0
	for i, e := range examples {
		asked[e.Family]++
		if exact[i] {
			right[e.Family]++
			total++
		}
	}
	text := fmt.Sprintf("%.3f (", float64(total)/float64(len(examples)))
	for i, family := range generate.BasicsFamilies() {
		if i > 0 {
			text += " "
		}
		text += fmt.Sprintf("%s %.2f", family, float64(right[family])/float64(max(1, asked[family])))
	}
	return text + ")", nil
}
