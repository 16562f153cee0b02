package llamacpp_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/enginetest"
	"github.com/agora-network/agora/engine/llamacpp"
)

// libraryVariable names the path of libllama for the tests that need it.
const libraryVariable = "AGORA_LLAMACPP_LIBRARY"

const models = "../native/modelfile/testdata"

// libraryPath is the library's path, or skips the test.
func libraryPath(t *testing.T) string {
	t.Helper()
	path := os.Getenv(libraryVariable)
	if path == "" {
		t.Skipf("%s is not set: give the path of libllama of release %s", libraryVariable, llamacpp.Release)
	}
	return path
}

func open(t *testing.T, model string) *llamacpp.Engine {
	t.Helper()
	e, err := llamacpp.Open(llamacpp.Options{Library: libraryPath(t), Model: filepath.Join(models, model)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	return e
}

func TestTheLlamaCPPDriverConforms(t *testing.T) {
	libraryPath(t)
	for _, model := range []string{"llama2.gguf", "llama3.gguf", "qwen2.gguf", "gpt2.gguf", "llama3-q4_0.gguf"} {
		t.Run(model, func(t *testing.T) {
			enginetest.Run(t, func(t *testing.T) engine.Engine {
				t.Helper()
				return open(t, model)
			})
		})
	}
}

func TestItsNumbersAreThoseOfPyTorchInFloat64(t *testing.T) {
	libraryPath(t)
	data, err := os.ReadFile(filepath.Join(models, "golden.json"))
	require.NoError(t, err)
	var golden map[string]struct {
		Tokens []int32
		Torch  []float64
	}
	require.NoError(t, json.Unmarshal(data, &golden))
	// These files hold weights in half precision, and llama.cpp rounds activations to it.
	for _, model := range []string{"llama2.gguf", "llama3.gguf", "qwen2.gguf", "gpt2.gguf"} {
		scored, err := open(t, model).Logprobs(t.Context(), engine.LogprobRequest{Tokens: golden[model].Tokens})
		require.NoError(t, err)
		worst := 0.0
		for i, want := range golden[model].Torch {
			worst = max(worst, scored.Values[i]-want, want-scored.Values[i])
		}
		t.Logf("%s: %.1e nats from float64", model, worst)
		require.Less(t, worst, 1e-2, model)
	}
}

func TestAModelFileThatCannotBeLoadedIsNamed(t *testing.T) {
	library := libraryPath(t)
	whole, err := os.ReadFile(filepath.Join(models, "llama2.gguf"))
	require.NoError(t, err)
	for name, data := range map[string][]byte{
		"empty": nil, "a text": []byte("hello, this is no model"),
		"only the magic": []byte("GGUF"), "cut short": whole[:len(whole)/2],
	} {
		path := filepath.Join(t.TempDir(), "bad.gguf")
		require.NoError(t, os.WriteFile(path, data, 0o600))
		_, err := llamacpp.Open(llamacpp.Options{Library: library, Model: path})
		require.ErrorIs(t, err, llamacpp.ErrModel, name)
	}
	_, err = llamacpp.Open(llamacpp.Options{Library: library, Model: "/nowhere/model.gguf"})
	require.ErrorIs(t, err, llamacpp.ErrModel)
}

func TestTokensThatTheModelDoesNotHaveAreRefused(t *testing.T) {
	e := open(t, "llama2.gguf")
	for _, token := range []int32{-1, 1 << 30} {
		_, err := e.Logprobs(t.Context(), engine.LogprobRequest{Tokens: []int32{1, token}})
		require.ErrorIs(t, err, engine.ErrBadRequest)
	}
	_, err := e.Logprobs(t.Context(), engine.LogprobRequest{Tokens: make([]int32, e.Info().MaxContext+1)})
	require.ErrorIs(t, err, engine.ErrContextTooLong)
}

func TestASeedFixesTheChoices(t *testing.T) {
	e := open(t, "llama2.gguf")
	texts := map[string]bool{}
	for seed := range uint64(4) {
		r := engine.Request{Prompt: "hello", MaxTokens: 10, Temperature: 1, Seed: seed}
		first, err := engine.Complete(t.Context(), e, r, 1<<20)
		require.NoError(t, err)
		again, err := engine.Complete(t.Context(), e, r, 1<<20)
		require.NoError(t, err)
		require.Equal(t, first, again)
		texts[first.Text] = true
	}
	require.Greater(t, len(texts), 1)
}

func TestALibraryThatIsNotThereOrIsAnotherIsNamed(t *testing.T) {
	_, err := llamacpp.Open(llamacpp.Options{})
	require.ErrorIs(t, err, llamacpp.ErrNoLibrary)
	require.ErrorContains(t, err, "no path is configured")
	_, err = llamacpp.Open(llamacpp.Options{Library: "/nowhere/libllama.so", Model: "m"})
	require.ErrorIs(t, err, llamacpp.ErrNoLibrary)
	require.ErrorIs(t, err, engine.ErrUnsupported)
	text := filepath.Join(t.TempDir(), "libllama.so")
	require.NoError(t, os.WriteFile(text, []byte("not a library"), 0o600))
	_, err = llamacpp.Open(llamacpp.Options{Library: text, Model: "m"})
	require.ErrorIs(t, err, llamacpp.ErrNoLibrary)
}
