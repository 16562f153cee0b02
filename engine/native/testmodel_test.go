package native_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine/native"
	"github.com/agora-network/agora/engine/native/safetensors"
)

func testConfig() native.Config {
	return native.Config{
		HiddenSize: 24, Layers: 2, Heads: 4, KVHeads: 2, FeedForward: 40,
		Vocabulary: native.VocabularySize, MaxContext: 96, RopeTheta: 1000, NormEpsilon: 1e-5, TiedEmbedding: true,
	}
}

// testModel is a model with weights from a fixed integer recurrence, so that it
// is the same bytes everywhere.
func testModel(t testing.TB, config native.Config, change func([]safetensors.Source) []safetensors.Source) []byte {
	t.Helper()
	state := uint32(1)
	var sources []safetensors.Source
	for _, spec := range config.Tensors() {
		size := 1
		for _, dim := range spec.Shape {
			size *= dim
		}
		data := make([]float32, size)
		for i := range data {
			state = state*1664525 + 1013904223
			data[i] = float32(int32(state)>>16) / 65536 // -0.5 to 0.5
			if len(spec.Shape) == 1 {
				data[i]++
			}
		}
		sources = append(sources, safetensors.Source{Name: spec.Name, Shape: spec.Shape, Data: data})
	}
	if change != nil {
		sources = change(sources)
	}
	text, err := json.Marshal(config)
	require.NoError(t, err)
	data, err := safetensors.Marshal(map[string]string{native.MetadataConfig: string(text)}, safetensors.F32, sources)
	require.NoError(t, err)
	return data
}

func openTestModel(t testing.TB) *native.Engine {
	t.Helper()
	e, err := native.Open(testModel(t, testConfig(), nil), native.Options{Name: "test"})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	return e
}
