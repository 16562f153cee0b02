package lm

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/native"
	"github.com/agora-network/agora/engine/native/safetensors"
)

func TestTheEngineComputesTheLossThatTrainingReports(t *testing.T) {
	for _, kvHeads := range []int{4, 1} {
		model, err := NewModel(tinyConfig(kvHeads), 11)
		require.NoError(t, err)
		trainer := NewTrainer(model, Recipe{})
		data, err := model.Marshal(safetensors.F32, nil)
		require.NoError(t, err)
		e, err := native.Open(data, native.Options{})
		require.NoError(t, err)

		batch := new(Batch)
		batch.Add("347+582", "929=929")
		want, err := trainer.Loss(batch)
		require.NoError(t, err)
		tokens, promptTokens := native.EncodeExample("347+582", "929=929")
		scored, err := e.Logprobs(t.Context(), engine.LogprobRequest{Tokens: tokens})
		require.NoError(t, err)
		loss := 0.0
		for _, value := range scored.Values[promptTokens:] {
			loss -= value / float64(len(tokens)-promptTokens)
		}
		require.InDelta(t, want, loss, 1e-5)
	}
}

func TestTrainingGoesOnFromACheckpointAsIfItHadNotStopped(t *testing.T) {
	recipe := Recipe{PeakRate: 1e-2, FinalRate: 1e-3, WarmupSteps: 2, Steps: 20, Decay: 0.1, Clip: 1}
	fresh := func() *Trainer {
		model, err := NewModel(tinyConfig(2), 5)
		require.NoError(t, err)
		return NewTrainer(model, recipe)
	}
	run := func(trainer *Trainer, steps int) {
		for range steps {
			_, err := trainer.Train(tinyBatch())
			require.NoError(t, err)
		}
	}
	whole := fresh()
	run(whole, 8)

	path := filepath.Join(t.TempDir(), "checkpoint.safetensors")
	first := fresh()
	run(first, 5)
	require.NoError(t, first.Save(path))
	second := fresh()
	require.NoError(t, second.Load(path))
	require.Equal(t, 5, second.Step())
	run(second, 3)
	for i, w := range whole.Model().tensors {
		require.Equal(t, w.Data, second.Model().tensors[i].Data, w.Name)
	}

	other, err := NewModel(tinyConfig(4), 5)
	require.NoError(t, err)
	require.ErrorContains(t, NewTrainer(other, recipe).Load(path), "size changed")
}

func TestALearnedSequenceIsExact(t *testing.T) {
	model, err := NewModel(tinyConfig(2), 1)
	require.NoError(t, err)
	trainer := NewTrainer(model, Recipe{PeakRate: 1e-2, FinalRate: 1e-3, WarmupSteps: 10, Steps: 150, Clip: 1})
	exact, err := trainer.Exact(tinyBatch())
	require.NoError(t, err)
	require.Equal(t, []bool{false, false, false}, exact)
	for range 150 {
		_, err := trainer.Train(tinyBatch())
		require.NoError(t, err)
	}
	exact, err = trainer.Exact(tinyBatch())
	require.NoError(t, err)
	require.Equal(t, []bool{true, true, true}, exact)
}
