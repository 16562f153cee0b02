package models_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark/generate"
	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/enginetest"
	"github.com/agora-network/agora/engine/native"
	"github.com/agora-network/agora/engine/native/canon"
	"github.com/agora-network/agora/models"
	"github.com/agora-network/agora/models/measure"
)

func open(t testing.TB, name string) *native.Engine {
	t.Helper()
	e, err := models.Open(name, native.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	return e
}

func TestShippedModelsAreAsAccurateAsTheDocumentationSays(t *testing.T) {
	bounds := map[string][2]float64{models.Strong: {0.90, 1}, models.Fair: {0.65, 0.85}, models.Weak: {0.30, 0.70}}
	for _, name := range models.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report, err := measure.Run(t.Context(), open(t, name), measure.Questions("agora/models/basics/regression/1", 400))
			require.NoError(t, err)
			require.GreaterOrEqual(t, report.Total.Share(), bounds[name][0], "%s", report)
			require.LessOrEqual(t, report.Total.Share(), bounds[name][1], "%s", report)
		})
	}
}

func TestCardsDescribeTheWeightsTheyComeWith(t *testing.T) {
	total := 0
	for _, name := range models.Names() {
		card, err := models.ReadCard(name)
		require.NoError(t, err)
		weights, err := models.Weights(name)
		require.NoError(t, err)
		digest := sha256.Sum256(weights)
		info := open(t, name).Info()
		require.Equal(t, name, card.Name)
		require.Equal(t, name, info.Model)
		require.NotEmpty(t, card.Summary)
		require.Equal(t, hex.EncodeToString(digest[:]), card.SHA256)
		require.Equal(t, card.SHA256, info.Digest)
		require.Equal(t, len(weights), card.Bytes)
		require.Equal(t, info.Parameters, card.Parameters)
		require.Equal(t, generate.Basics, card.Generator)
		require.NotEmpty(t, card.Training.Data)
		require.Positive(t, card.Training.Steps*card.Training.Examples)
		require.Positive(t, card.Training.Loss)
		for _, accuracy := range []models.Accuracy{card.Drawn, card.Withheld} {
			right, asked := 0, 0
			for _, f := range accuracy.Families {
				right, asked = right+f.Right, asked+f.Asked
			}
			require.Equal(t, []int{accuracy.Right, accuracy.Asked}, []int{right, asked})
			require.GreaterOrEqual(t, asked, 2000)
		}
		total += len(weights)
	}
	require.LessOrEqual(t, total, 2_000_000, "the shipped models stay small")
}

// The bits of the shipped models' losses and one greedy answer each: the same for
// every path of the kernels and every GOARCH.
func TestShippedModelsGiveTheGoldenBits(t *testing.T) {
	const text = "347+582\n929=929\nreverse kqzta\natzqk"
	golden := map[string]struct{ losses, prompt, answer string }{
		models.Strong: {"412f9e85ffb8bf32dd517f75d89e17447b761f78ada5f5d2be0db5b85a44ba59", "347+582", "929=929"},
		models.Fair:   {"165a8196775eb3afadd3f11364dd3caf2f0c2b68feb6215f628e44f251cb5ee8", "reverse kqzta", "atzqk"},
		models.Weak:   {"4139d05da8401dd51331b6d1d7a90cf6de6d86c9da37ec64b75b464e7e3dcd96", "shift abz", "bca"},
	}
	for name, want := range golden {
		for _, path := range canon.Paths() {
			e, err := models.Open(name, native.Options{Path: path})
			require.NoError(t, err)
			scored, err := e.Logprobs(t.Context(), engine.LogprobRequest{Text: text})
			require.NoError(t, err)
			hash := sha256.New()
			for _, value := range scored.Values {
				require.NoError(t, binary.Write(hash, binary.LittleEndian, math.Float64bits(value)))
			}
			require.Equal(t, want.losses, hex.EncodeToString(hash.Sum(nil)), "%s, %s", name, path)
			done, err := engine.Complete(t.Context(), e, engine.Request{Messages: []engine.Message{{Role: engine.RoleUser, Content: want.prompt}}}, 1024)
			require.NoError(t, err)
			require.Equal(t, want.answer, done.Text)
			require.Equal(t, engine.FinishStop, done.FinishReason)
			require.NoError(t, e.Close())
		}
	}
}

func TestShippedModelsConform(t *testing.T) {
	enginetest.Run(t, func(t *testing.T) engine.Engine {
		t.Helper()
		return open(t, models.Weak)
	})
}

func TestAModelThatDoesNotShipIsNamedInTheError(t *testing.T) {
	_, err := models.Open("gpt-5", native.Options{})
	require.ErrorIs(t, err, models.ErrUnknown)
	require.ErrorContains(t, err, "gpt-5")
	require.ErrorContains(t, err, models.Strong)
	_, err = models.ReadCard("../models")
	require.ErrorIs(t, err, models.ErrUnknown)
	_, found := models.Embedded("gpt-5")
	require.False(t, found)
}

func BenchmarkAnswer(b *testing.B) {
	for _, name := range models.Names() {
		b.Run(name, func(b *testing.B) {
			e := open(b, name)
			questions := measure.Questions("agora/models/basics/speed/1", 64)
			tokens := 0
			for i := 0; b.Loop(); i++ {
				done, err := engine.Complete(b.Context(), e, engine.Request{
					Messages:  []engine.Message{{Role: engine.RoleUser, Content: questions[i%len(questions)].Prompt}},
					MaxTokens: 24,
				}, 1024)
				require.NoError(b, err)
				tokens += done.Usage.PromptTokens + done.Usage.CompletionTokens
			}
			b.ReportMetric(float64(tokens)/b.Elapsed().Seconds(), "tokens/s")
		})
	}
}
