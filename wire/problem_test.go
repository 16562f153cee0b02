package wire

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestEveryCodeIsUniqueCompleteAndDocumented(t *testing.T) {
	page, err := os.ReadFile("../docs/wire.md")
	require.NoError(t, err)
	seen := map[Code]bool{}
	for _, info := range Codes() {
		require.False(t, seen[info.Code], info.Code)
		seen[info.Code] = true
		require.NotEmpty(t, info.Title, info.Code)
		require.NotEmpty(t, info.Remediation, info.Code)
		require.NotEmpty(t, http.StatusText(info.Status), info.Code)
		retryable := "no"
		if info.Retryable {
			retryable = "yes"
		}
		row := fmt.Sprintf("| `%s` | %d | %s | %s | %s |", info.Code, info.Status, retryable, info.Title, info.Remediation)
		require.Contains(t, string(page), row, "docs/wire.md lacks the row of this code")
	}
	for _, header := range append([]string{HeaderReceipt}, requestHeaders...) {
		require.Contains(t, string(page), "`"+header+"`", "docs/wire.md lacks this header")
	}
}

func TestAProblemSurvivesTheTripAcrossTheWire(t *testing.T) {
	sent := NewProblem(CodeRateLimited, "%d waiting", 4).After(time.Second)
	recorder := httptest.NewRecorder()
	WriteProblem(recorder, sent)
	require.Equal(t, ProblemContentType, recorder.Header().Get("Content-Type"))
	require.Equal(t, "1", recorder.Header().Get("Retry-After"))
	require.Equal(t, sent, parseProblem(recorder.Code, recorder.Header(), recorder.Body.Bytes()))
	require.Contains(t, sent.Error(), "4 waiting")
}

func TestProblemsAreComparedByCode(t *testing.T) {
	err := fmt.Errorf("asking: %w", NewProblem(CodeReplayed, "x"))
	require.ErrorIs(t, err, NewProblem(CodeReplayed, ""))
	require.NotErrorIs(t, err, NewProblem(CodeStale, ""))
	require.Equal(t, CodeReplayed, AsProblem(err).Code)
	hidden := AsProblem(errors.New("secret"))
	require.Equal(t, CodeInternal, hidden.Code)
	require.NotContains(t, hidden.Error(), "secret")
	require.Equal(t, CodeInternal, NewProblem("unregistered", "").Code)
}

func TestWhatARefusalSaysIsNotBelievedBlindly(t *testing.T) {
	header := http.Header{"Retry-After": {"99999999999"}}
	problem := parseProblem(503, header, []byte(`{"status":200,"code":"overloaded"}`))
	require.Equal(t, 503, problem.Status)
	require.Zero(t, problem.RetryAfter)
	problem = parseProblem(400, header, []byte(`{"code":"x","title":"`+strings.Repeat("a", maxProblemBytes)+`"}`))
	require.Empty(t, problem.Code)
	require.False(t, problem.Retryable)
}
