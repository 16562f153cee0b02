package modelfile

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine/native/decoder/reference"
	"github.com/agora-network/agora/engine/native/tokenizer"
)

// golden is written by scripts/golden/models.py and llamacpp.mjs: the
// log-probabilities of tokens by PyTorch in float64 and, for GGUF, by llama.cpp,
// and llama.cpp's tokens of some texts.
type golden struct {
	Tokens   []int32   `json:"tokens"`
	Torch    []float64 `json:"torch"`
	LlamaCPP []float64 `json:"llamacpp"`
	Texts    []struct {
		Text string  `json:"text"`
		IDs  []int32 `json:"ids"`
	} `json:"texts"`
}

func readGolden(t testing.TB) map[string]golden {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "golden.json"))
	require.NoError(t, err)
	var all map[string]golden
	require.NoError(t, json.Unmarshal(text, &all))
	require.Len(t, all, 10)
	return all
}

func open(t testing.TB, name string, options Options) *Model {
	t.Helper()
	return openPath(t, filepath.Join("testdata", name), options)
}

// openPath opens a model that the test closes, with its weights in memory.
func openPath(t testing.TB, path string, options Options) *Model {
	t.Helper()
	model, err := Open(path, options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, model.Close()) })
	model.Weights, err = model.Weights.Load()
	require.NoError(t, err)
	return model
}

func digestOf(t testing.TB, model *Model) string {
	t.Helper()
	sum, err := model.Digest()
	require.NoError(t, err)
	return sum
}

// tryOpen opens a model, reads all of it and closes it.
func tryOpen(path string, options Options) error {
	model, err := Open(path, options)
	if err != nil {
		return err
	}
	_, err = model.Weights.Load()
	return errors.Join(err, model.Close())
}

func worst(a, b []float64) float64 {
	difference := 0.0
	for i := range a {
		difference = max(difference, math.Abs(a[i]-b[i]))
	}
	return difference
}

func TestWeightsAreReadAsTheFamiliesMeanThem(t *testing.T) {
	for name, g := range readGolden(t) {
		model := open(t, name, Options{})
		values := reference.Logprobs(model.Shape, model.Weights, g.Tokens)
		t.Logf("%s: %.1e nats from PyTorch", name, worst(values, g.Torch))
		require.Less(t, worst(values, g.Torch), 1e-12, name)
		if g.LlamaCPP == nil {
			continue
		}
		// llama.cpp keeps keys and values in half precision, and rounds activations
		// to int8 before it multiplies them by quantised weights.
		tolerance := 5e-3
		if strings.Contains(name, "-q") {
			tolerance = 0.1
		}
		t.Logf("%s: %.1e nats from llama.cpp", name, worst(values, g.LlamaCPP))
		require.Less(t, worst(values, g.LlamaCPP), tolerance, name)
	}
}

func TestTokensOfGGUFFilesAreThoseOfLlamaCPP(t *testing.T) {
	for name, g := range readGolden(t) {
		model := open(t, name, Options{})
		for _, text := range g.Texts {
			ids, err := model.Tokenizer.Encode(tokenizer.Text(text.Text), false)
			require.NoError(t, err)
			require.Equal(t, text.IDs, append([]int32{}, ids...), "%s: %q", name, text.Text)
		}
	}
}

func TestAFolderAndAGGUFFileOfTheSameModelAgree(t *testing.T) {
	for _, name := range []string{"llama3", "qwen2", "gpt2"} {
		folder, file := open(t, name, Options{}), open(t, name+".gguf", Options{})
		require.Equal(t, folder.Shape, file.Shape)
		require.Equal(t, folder.Weights, file.Weights)
		require.Equal(t, folder.Stops, file.Stops, name)
		require.Equal(t, folder.Never, file.Never, name)
		require.Equal(t, folder.Layout, file.Layout, name)
		require.NotEqual(t, digestOf(t, folder), digestOf(t, file))
		require.Equal(t, name, folder.Name)
		require.Equal(t, name, file.Name)
		for _, text := range []string{"Hello, World! 123", "naïve", "x<|im_end|>\ny"} {
			a, err := folder.Tokenizer.Encode(tokenizer.Prompt(text), true)
			require.NoError(t, err)
			b, err := file.Tokenizer.Encode(tokenizer.Prompt(text), true)
			require.NoError(t, err)
			require.Equal(t, a, b)
		}
	}
}
