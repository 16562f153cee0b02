package recorded_test

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine/openai"
	"github.com/agora-network/agora/engine/openai/recorded"
)

const folder = "../testdata"

func load(t *testing.T, path string) recorded.Recording {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	var recording recorded.Recording
	require.NoError(t, json.Unmarshal(data, &recording))
	return recording
}

func TestEveryRecordingGivesTheSameAgain(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(folder, "*", "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		t.Run(filepath.Base(filepath.Dir(path))+"/"+filepath.Base(path), func(t *testing.T) {
			recording := load(t, path)
			require.True(t, strings.HasPrefix(recording.Source, "recorded from ") || strings.HasPrefix(recording.Source, "written after "), recording.Source)
			result, err := recording.Replay(t.Context())
			require.NoError(t, err)
			require.Equal(t, recording.Result, result)
		})
	}
}

func TestTheScoresOfARealServerAreThoseOfOtherPrograms(t *testing.T) {
	// What PyTorch computes in float64 for the same model files.
	data, err := os.ReadFile("../../native/modelfile/testdata/golden.json")
	require.NoError(t, err)
	var golden map[string]struct {
		Tokens []int32
		Torch  []float64
	}
	require.NoError(t, json.Unmarshal(data, &golden))
	for folderName, model := range map[string]string{"llamacpp": "llama2.gguf", "llamacpp-broken": "llama3.gguf"} {
		scored := load(t, filepath.Join(folder, folderName, "score-tokens.json")).Result.Logprobs
		want := golden[model]
		require.GreaterOrEqual(t, len(scored.Tokens), 4)
		require.Equal(t, want.Tokens[:len(scored.Tokens)], scored.Tokens)
		// llama.cpp keeps keys and values in half precision.
		require.InDeltaSlice(t, want.Torch[:len(scored.Tokens)], scored.Values, 5e-3)
	}
}

func TestARealServerThatIgnoresARequestForScoresIsCaught(t *testing.T) {
	for _, scene := range []string{"score-as-vllm", "score-unknown-token"} {
		recording := load(t, filepath.Join(folder, "llamacpp", scene+".json"))
		require.Equal(t, "ErrLogprobsIgnored", recording.Result.Error)
		last := recording.Exchanges[len(recording.Exchanges)-1]
		require.Equal(t, 200, last.Status, "it answers as if all were well")
	}
}

func TestARealErrorAfterHTTP200IsFound(t *testing.T) {
	recording := load(t, filepath.Join(folder, "llamacpp-broken", "chat.json"))
	require.Equal(t, "ErrReported", recording.Result.Error)
	require.Equal(t, 200, recording.Exchanges[0].Status)
}

func TestWhatIsRecordedIsReplayed(t *testing.T) {
	model := `{"data":[{"id":"m","owned_by":"somebody"}]}`
	server := httptest.NewServer(answering(model))
	t.Cleanup(server.Close)
	for _, scene := range recorded.Scenes {
		recording, err := recorded.Record(t.Context(), scene, server.URL, "m", openai.Plain, []int32{1, 2}, "recorded from a test")
		require.NoError(t, err)
		encoded, err := json.Marshal(recording)
		require.NoError(t, err)
		var again recorded.Recording
		require.NoError(t, json.Unmarshal(encoded, &again))
		result, err := again.Replay(t.Context())
		require.NoError(t, err)
		require.Equal(t, recording.Result, result, scene.Name)
	}
	_, err := recorded.Recording{Scene: "unheard of"}.Replay(t.Context())
	require.ErrorContains(t, err, "no scene")
	_, err = recorded.Recording{Scene: "chat", Model: "m", Dialect: openai.Plain}.Replay(t.Context())
	require.ErrorContains(t, err, "record it again")
}
