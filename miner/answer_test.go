package miner

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheEngineIsToldWhetherPiecesAreOfUse(t *testing.T) {
	w := start(t, nil)
	w.block(t, View{Height: 1, Epoch: 5})
	for _, streamed := range []bool{false, true} {
		body := `{"prompt":"ab","stream":false}`
		if streamed {
			body = `{"prompt":"ab","stream":true}`
		}
		status, _, answer := w.plain(t, http.MethodPost, "/v1/completions", "secret-key", body)
		require.Equal(t, http.StatusOK, status, answer)
		require.Equal(t, !streamed, w.engine.asked[w.engine.count()-1].Whole)
	}
}

// pushes counts how often an answer is pushed out.
type pushes struct {
	*httptest.ResponseRecorder
	sizes []int
}

func (p *pushes) FlushError() error {
	p.sizes = append(p.sizes, p.Body.Len())
	return nil
}

func TestTextLeavesAtOnceAndWhatFollowsItTogether(t *testing.T) {
	w := start(t, nil)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/completions",
		strings.NewReader(`{"prompt":"ab","stream":true,"stream_options":{"include_usage":true}}`))
	r.Header.Set("Authorization", "Bearer secret-key")
	answer := &pushes{ResponseRecorder: httptest.NewRecorder()}
	w.miner.publicServer.Handler.ServeHTTP(answer, r)
	require.Len(t, answer.sizes, 2, "once for each piece of text")
	body := answer.Body.String()
	require.Contains(t, body[:answer.sizes[0]], `"text":"A"`)
	require.Contains(t, body[answer.sizes[0]:answer.sizes[1]], `"text":"B"`)
	rest := body[answer.sizes[1]:]
	require.Contains(t, rest, `"finish_reason":"stop"`)
	require.Contains(t, rest, `"total_tokens":5`)
	require.True(t, strings.HasSuffix(rest, "data: [DONE]\n\n"))
}
