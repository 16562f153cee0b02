package modelfile

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine/native/safetensors"
	"github.com/agora-network/agora/engine/native/tokenizer"
)

// ownModel writes a model of Agora's own with all weights 1/4.
func ownModel(t testing.TB, width int) string {
	t.Helper()
	c := Config{
		HiddenSize: width, Layers: 2, Heads: 4, KVHeads: 4, FeedForward: 3 * width, Vocabulary: tokenizer.BytesSize,
		MaxContext: 64, RopeTheta: 10000, NormEpsilon: 1e-5, TiedEmbedding: true,
	}
	var sources []safetensors.Source
	for _, spec := range c.Tensors() {
		size := 1
		for _, dim := range spec.Shape {
			size *= dim
		}
		data := make([]float32, size)
		for i := range data {
			data[i] = 0.25
		}
		sources = append(sources, safetensors.Source{Name: spec.Name, Shape: spec.Shape, Data: data})
	}
	text, err := json.Marshal(c)
	require.NoError(t, err)
	data, err := safetensors.Marshal(map[string]string{MetadataConfig: string(text)}, safetensors.F32, sources)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "own.safetensors")
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}

func TestAModelOfOurOwnIsTheSameFromMemoryAFileAndAFolder(t *testing.T) {
	path := ownModel(t, 32)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	memory, err := Parse(data, Options{})
	require.NoError(t, err)
	memory.Weights, err = memory.Weights.Load()
	require.NoError(t, err)
	for _, where := range []string{path, filepath.Dir(path)} {
		model := openPath(t, where, Options{})
		require.Equal(t, digestOf(t, memory), digestOf(t, model))
		require.Equal(t, memory.Weights, model.Weights)
		require.Equal(t, tokenizer.Bytes{}, model.Tokenizer)
		require.Equal(t, "lines", model.Layout.Name())
	}
}
