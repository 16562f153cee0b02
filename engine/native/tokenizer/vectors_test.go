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

// sentencePiece is written by scripts/golden/sentencepiece_vectors.py with
// SentencePiece itself.
func sentencePiece(t testing.TB) GGUF {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "sentencepiece.json"))
	require.NoError(t, err)
	g := GGUF{Model: "llama", BOS: 1, Unknown: 0}
	require.NoError(t, json.Unmarshal(text, &g))
	return g
}

func TestScoredTokensAreThoseOfSentencePiece(t *testing.T) {
	s, err := NewGGUF(sentencePiece(t))
	require.NoError(t, err)
	for _, v := range readVectors(t, "sentencepiece") {
		ids, err := s.Encode(Text(v.Text), false)
		require.NoError(t, err)
		require.Equal(t, v.IDs, append([]int32{}, ids...), "%q", v.Text)
		require.Equal(t, v.Decoded, s.Decode(ids), "%q", v.Text)
	}
	ids, err := s.Encode([]Piece{{Text: "a"}, {Text: "</s>", Markup: true}, {Text: "</s>"}}, true)
	require.NoError(t, err)
	require.EqualValues(t, 1, ids[0])
	require.EqualValues(t, 2, ids[2])
	require.Equal(t, 1, strings.Count(s.Decode(ids), "</s>"))
}

// The same vocabulary gives the same tokens from either kind of file.
func TestAGGUFVocabularyAgreesWithTheTokenizerFileItCameFrom(t *testing.T) {
	for name, pre := range map[string]string{"gpt2": "gpt-2", "llama3": "llama-bpe", "smollm": "smollm"} {
		text, err := os.ReadFile(filepath.Join("testdata", name+".json"))
		require.NoError(t, err)
		var f file
		require.NoError(t, json.Unmarshal(text, &f))
		g := GGUF{Model: "gpt2", Pre: pre, BOS: -1, Unknown: -1, Tokens: make([]string, len(f.Model.Vocab)+len(f.Added))}
		for written, id := range f.Model.Vocab {
			g.Tokens[id] = written
		}
		g.Types = make([]int32, len(g.Tokens))
		for i := range g.Types {
			g.Types[i] = 1
		}
		for _, added := range f.Added {
			g.Tokens[added.ID], g.Types[added.ID] = added.Content, ggufControl
			if added.Content == "<|begin_of_text|>" {
				g.BOS = added.ID
			}
		}
		for _, m := range f.Model.Merges {
			g.Merges = append(g.Merges, m[0]+" "+m[1])
		}
		s, err := NewGGUF(g)
		require.NoError(t, err)
		for _, v := range readVectors(t, name) {
			ids, err := s.Encode(Prompt(v.Text), true)
			require.NoError(t, err)
			require.Equal(t, v.IDs, append([]int32{}, ids...), "%s: %q", name, v.Text)
		}
	}
}
