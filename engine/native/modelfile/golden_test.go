package modelfile

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine/native/decoder/reference"
)

// golden is written by scripts/golden/models.py and llamacpp.mjs: the
// log-probabilities of tokens by PyTorch in float64 and by llama.cpp.
type golden struct {
	Tokens   []int32   `json:"tokens"`
	Torch    []float64 `json:"torch"`
	LlamaCPP []float64 `json:"llamacpp"`
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

func TestWeightsAreReadAsTheFamiliesMeanThem(t *testing.T) {
	for name, g := range readGolden(t) {
		model, err := Open(filepath.Join("testdata", name), Options{})
		require.NoError(t, err, name)
		require.Len(t, model.Digest, 64)
		worst := 0.0
		for i, value := range reference.Logprobs(model.Shape, model.Weights, g.Tokens) {
			worst = max(worst, math.Abs(value-g.Torch[i]))
		}
		t.Logf("%s: %.1e nats from PyTorch", name, worst)
		require.Less(t, worst, 1e-6, name)
	}
}
