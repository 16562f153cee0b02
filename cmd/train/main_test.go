package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/cmd/train/internal/corpus"
	"github.com/agora-network/agora/cmd/train/internal/lm"
	"github.com/agora-network/agora/engine/native"
	"github.com/agora-network/agora/models"
)

func tinyRecipe() recipe {
	return recipe{
		config: shape(8, 1, 1, 8), seed: 1, batch: 4,
		stages: []stage{
			{fit: lm.Recipe{PeakRate: 1e-3, FinalRate: 1e-4, WarmupSteps: 1, Steps: 2, Clip: 1}, mix: corpus.Mix{ArithmeticPercent: 50}},
			{fit: lm.Recipe{Start: 2, PeakRate: 1e-3, FinalRate: 1e-4, WarmupSteps: 1, Steps: 2, Clip: 1}, mix: corpus.Mix{ShortPercent: 50, ArithmeticPercent: 50}},
		},
	}
}

func TestFitWritesAModelThatTheEngineRuns(t *testing.T) {
	out, folder := new(bytes.Buffer), t.TempDir()
	options := fitOptions{model: "tiny", out: folder, every: 1}
	require.NoError(t, fit(t.Context(), out, tinyRecipe(), options))
	require.Contains(t, out.String(), "step      4")
	weights, err := os.ReadFile(filepath.Join(folder, "tiny.safetensors"))
	require.NoError(t, err)
	_, err = native.Open(weights, native.Options{})
	require.NoError(t, err)

	out.Reset()
	require.NoError(t, fit(t.Context(), out, tinyRecipe(), options))
	require.Contains(t, out.String(), "going on from step 4")
}

func TestFitThatIsInterruptedSavesItsCheckpoint(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	folder := t.TempDir()
	err := fit(ctx, new(bytes.Buffer), tinyRecipe(), fitOptions{model: "tiny", out: folder, every: 1})
	require.ErrorIs(t, err, context.Canceled)
	require.FileExists(t, filepath.Join(folder, "checkpoint.safetensors"))
}

func TestFitRefusesACheckpointThatIsNotOne(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "checkpoint.safetensors"), []byte("hello"), 0o600))
	require.ErrorContains(t, fit(t.Context(), new(bytes.Buffer), tinyRecipe(), fitOptions{out: folder, every: 1}), "malformed")
	require.ErrorContains(t, fit(t.Context(), new(bytes.Buffer), tinyRecipe(), fitOptions{out: folder}), "--every")
}

func TestEveryRecipeIsAValidModelAndAnUnbrokenSchedule(t *testing.T) {
	for name, r := range recipes {
		require.NoError(t, r.config.Validate(), name)
		done := 0
		for _, s := range r.stages {
			require.Equal(t, done, s.fit.Start, name)
			require.Positive(t, s.fit.Steps, name)
			done = s.end()
		}
		require.Equal(t, done, r.steps(), name)
	}
	_, err := findRecipe("huge")
	require.ErrorContains(t, err, "strong, weak")
}

func TestEvalPrintsTablesOrACard(t *testing.T) {
	out := new(bytes.Buffer)
	options := evalOptions{questions: 20, label: "test"}
	require.NoError(t, eval(t.Context(), out, models.Weak, options))
	require.Contains(t, out.String(), "questions withheld from training")
	require.Contains(t, out.String(), "/20 = ")

	out.Reset()
	options.card = models.Weak
	require.ErrorContains(t, eval(t.Context(), out, models.Weak, options), "recipe")
	options.recipe = "weak"
	require.NoError(t, eval(t.Context(), out, models.Weak, options))
	var card models.Card
	require.NoError(t, json.Unmarshal(out.Bytes(), &card))
	require.Equal(t, 20, card.Drawn.Asked)
	require.Equal(t, 2_000, card.Training.Steps)
	require.InDelta(t, 0.2, card.Training.Loss, 0.2)

	require.ErrorContains(t, eval(t.Context(), out, "no-such-file", options), models.Strong)
	require.ErrorContains(t, eval(t.Context(), out, models.Weak, evalOptions{}), "--questions")
}
