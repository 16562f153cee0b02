package lm

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/cmd/train/internal/corpus"
	"github.com/agora-network/agora/engine/native"
)

func BenchmarkTrainingStep(b *testing.B) {
	model, err := NewModel(native.Config{
		HiddenSize: 96, Layers: 3, Heads: 3, KVHeads: 3, FeedForward: 256,
		Vocabulary: native.VocabularySize, MaxContext: 64, RopeTheta: 1000, NormEpsilon: 1e-5, TiedEmbedding: true,
	}, 1)
	require.NoError(b, err)
	trainer := NewTrainer(model, Recipe{PeakRate: 1e-3, Clip: 1, Steps: 1000})
	tokens := 0
	for i := 0; b.Loop(); i++ {
		batch := new(Batch)
		for _, e := range corpus.Training(i, 128, corpus.Mix{ArithmeticPercent: 40}) {
			batch.Add(e.Prompt, e.Completion)
		}
		tokens += batch.Tokens()
		_, err := trainer.Train(batch)
		require.NoError(b, err)
	}
	b.ReportMetric(float64(tokens)/b.Elapsed().Seconds(), "tokens/s")
}
