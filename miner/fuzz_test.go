package miner

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func FuzzParseRequestGivesOnlyQuestionsThatTheEngineAccepts(f *testing.F) {
	for _, body := range []string{
		`{"messages":[{"role":"user","content":"a"}],"stop":"x","seed":-1}`,
		`{"prompt":["a"],"max_tokens":3,"temperature":0.5}`,
		`{"messages":[{"role":"user","content":[{"type":"text","text":"a"}]}]}`,
		`{"prompt":null,"stop":[],"n":2}`, `[]`, `"`,
	} {
		f.Add(body, true)
		f.Add(body, false)
	}
	f.Fuzz(func(t *testing.T, body string, chat bool) {
		_, question, err := parseRequest(strings.NewReader(body), chat, 16)
		if err != nil {
			return
		}
		require.NoError(t, question.Validate())
		require.GreaterOrEqual(t, question.MaxTokens, 1)
		require.LessOrEqual(t, question.MaxTokens, 16)
	})
}
