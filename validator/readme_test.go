package validator

import (
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/validator/ask"
	"github.com/agora-network/agora/validator/store"
)

func TestThePageNamesEveryMetricReasonAndResult(t *testing.T) {
	page, err := os.ReadFile("README.md")
	require.NoError(t, err)
	registry := prometheus.NewRegistry()
	m := newMetrics(registry)
	m.epochBegan(1, 1)
	m.retried(1, 0, "commit")
	m.delivered(store.Round{Stage: store.StageCommitted}, "commit")
	m.asked(1, 0, ask.Answer{})
	m.faulted(1, 0, benchmark.ReasonScorerTrap)
	m.public("index", http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	m.sealed(store.Round{Miners: []store.Measured{{MinerID: 1}}})
	families, err := registry.Gather()
	require.NoError(t, err)
	require.Len(t, families, 13)
	for _, family := range families {
		require.Contains(t, string(page), "`"+family.GetName()+"`")
	}
	for _, reason := range []ask.Reason{
		ask.ReasonNoEndpoint, ask.ReasonUnreachable, ask.ReasonLate, ask.ReasonTooLarge, ask.ReasonBadReceipt,
		ask.ReasonRefused, ask.ReasonNotAnAnswer, ask.ReasonStopped, ask.ReasonInternal,
	} {
		require.Contains(t, string(page), "`"+string(reason)+"`")
	}
	for _, stage := range []store.Stage{store.StageCommitted, store.StageRevealed, store.StageMissed, store.StageRefused} {
		require.Contains(t, string(page), "`"+string(stage)+"`")
	}
}
