package tokenizer

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// Written by scripts/golden/tokenizers.mjs with Hugging Face's own library.
type vector struct {
	Text    string  `json:"text"`
	IDs     []int32 `json:"ids"`
	Decoded string  `json:"decoded"`
}

var golden = []string{"gpt2", "llama3", "qwen2", "smollm", "prefixed", "llama2", "mistral", "metaspace"}

func readGolden(t testing.TB, name string) *Subwords {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	require.NoError(t, err)
	s, err := ParseHuggingFace(text)
	require.NoError(t, err)
	return s
}

func readVectors(t testing.TB, name string) []vector {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".vectors.json"))
	require.NoError(t, err)
	var vectors []vector
	require.NoError(t, json.Unmarshal(text, &vectors))
	return vectors
}

func TestTokensAreThoseOfTheLibraryThatDefinesTheFormat(t *testing.T) {
	for _, name := range golden {
		t.Run(name, func(t *testing.T) {
			s := readGolden(t, name)
			for _, v := range readVectors(t, name) {
				ids, err := s.Encode(Prompt(v.Text), true)
				require.NoError(t, err, "%q", v.Text)
				require.Equal(t, v.IDs, append([]int32{}, ids...), "%q", v.Text)
				if !utf8.ValidString(v.Text) || strings.Contains(v.Decoded, "\uFFFD") {
					continue
				}
				require.Equal(t, v.Decoded, s.Decode(ids), "%q", v.Text)
			}
		})
	}
}
