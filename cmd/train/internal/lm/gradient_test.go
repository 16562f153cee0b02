package lm

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine/native"
)

func tinyConfig(kvHeads int) native.Config {
	return native.Config{
		HiddenSize: 16, Layers: 2, Heads: 4, KVHeads: kvHeads, FeedForward: 24,
		Vocabulary: native.VocabularySize, MaxContext: 32, RopeTheta: 1000, NormEpsilon: 1e-5, TiedEmbedding: true,
	}
}

func tinyBatch() *Batch {
	b := new(Batch)
	b.Add("347+582", "929=929")
	b.Add("reverse kqz", "zqk")
	b.Add("5", "5")
	return b
}

// The slope of the loss along a random direction of one weight, by central
// differences, must be the dot product of that direction and the gradient.
func TestEveryGradientAgreesWithFiniteDifferences(t *testing.T) {
	for _, kvHeads := range []int{4, 2} {
		model, err := NewModel(tinyConfig(kvHeads), 7)
		require.NoError(t, err)
		trainer := NewTrainer(model, Recipe{})
		batch := tinyBatch()
		trainer.forward(batch)
		trainer.backward(batch)
		random := rand.New(rand.NewPCG(3, 4))
		for _, w := range model.tensors {
			direction := make([]float32, len(w.Data))
			length, slope := 0.0, 0.0
			for i, g := range w.grad {
				// Half along the gradient so that the slope stands out of rounding noise.
				direction[i] = g + float32(random.NormFloat64())*float32(math.Abs(float64(g)))
				length += float64(direction[i]) * float64(direction[i])
			}
			require.NotZero(t, length, w.Name)
			original := append([]float32(nil), w.Data...)
			const reach = 3e-2
			at := func(sign float64) float64 {
				for i := range w.Data {
					w.Data[i] = original[i] + float32(sign*reach*float64(direction[i])/math.Sqrt(length))
				}
				return trainer.forward(batch)
			}
			measured := (at(1) - at(-1)) / (2 * reach)
			copy(w.Data, original)
			for i, g := range w.grad {
				slope += float64(g) * float64(direction[i]) / math.Sqrt(length)
			}
			require.InEpsilon(t, slope, measured, 0.01, "%s (kv heads %d)", w.Name, kvHeads)
		}
	}
}

func TestTrainingLearnsAHandfulOfAnswers(t *testing.T) {
	model, err := NewModel(tinyConfig(2), 1)
	require.NoError(t, err)
	trainer := NewTrainer(model, Recipe{PeakRate: 1e-2, FinalRate: 1e-3, WarmupSteps: 10, Steps: 150, Clip: 1})
	for range 150 {
		_, err := trainer.Train(tinyBatch())
		require.NoError(t, err)
	}
	loss, err := trainer.Loss(tinyBatch())
	require.NoError(t, err)
	require.Less(t, loss, 0.05)
}

func TestABatchLongerThanTheContextIsRefused(t *testing.T) {
	model, err := NewModel(tinyConfig(2), 1)
	require.NoError(t, err)
	trainer := NewTrainer(model, Recipe{})
	b := new(Batch)
	b.Add("a prompt that is far too long for a context of 32", "x")
	_, err = trainer.Train(b)
	require.ErrorContains(t, err, "the model holds 32")
	_, err = trainer.Loss(new(Batch))
	require.ErrorContains(t, err, "empty")
}
