package miner

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/wire"
)

func (w *world) readiness(t *testing.T) (int, Readiness) {
	t.Helper()
	status, body := w.admin(t, "/readyz")
	var r Readiness
	require.NoError(t, json.Unmarshal([]byte(body), &r))
	return status, r
}

func (r Readiness) check(name string) Check {
	for _, c := range r.Checks {
		if c.Name == name {
			return c
		}
	}
	return Check{}
}

func TestAMinerIsReadyWhenTheChainSaysWhereItIs(t *testing.T) {
	w := start(t, nil)
	status, r := w.readiness(t)
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Contains(t, r.check("chain").Detail, "no block")

	w.block(t, View{Height: 10, Epoch: 5})
	_, r = w.readiness(t)
	require.True(t, r.check("chain").OK)
	require.Contains(t, r.check("registered").Detail, "miner register --home "+w.config.Home)

	w.block(t, View{Height: 11, Epoch: 5, Miner: &Record{UID: 3, ID: 8}})
	require.Eventually(t, func() bool { return len(w.chain.records()) == 1 }, 10*time.Second, time.Millisecond)
	record := w.chain.records()[0]
	require.Equal(t, []string{"http://" + w.miner.Addr()}, record.Endpoints)
	require.Equal(t, []string{"agora/1"}, record.Protocols)
	require.Equal(t, "tiny-1", record.Model)
	require.Len(t, record.ModelDigest, 32)

	w.block(t, View{Height: 12, Epoch: 5, Miner: &Record{UID: 3, ID: 8, Served: record}})
	require.Eventually(t, func() bool { status, _ := w.readiness(t); return status == http.StatusOK }, 10*time.Second, time.Millisecond)
	require.Len(t, w.chain.records(), 1, "a record that says what it should is left alone")

	w.block(t, View{Height: 20, Epoch: 5, Miner: &Record{UID: 4, ID: 9}})
	require.Eventually(t, func() bool { return len(w.chain.records()) == 2 }, 10*time.Second, time.Millisecond, "a replaced miner publishes anew")
}

func TestTheChainBeingAwayIsSaidAndServingGoesOn(t *testing.T) {
	w := start(t, nil)
	w.block(t, View{Height: 1, Epoch: 5})
	w.chain.errs <- errors.New("connection refused by 127.0.0.1:26657")
	require.Eventually(t, func() bool {
		_, r := w.readiness(t)
		return strings.Contains(r.check("chain").Detail, "connection refused")
	}, 10*time.Second, time.Millisecond)
	_, err := w.client(t, w.validator).Do(t.Context(), w.call(hello))
	require.NoError(t, err)
	w.block(t, View{Height: 2, Epoch: 5})
	_, r := w.readiness(t)
	require.True(t, r.check("chain").OK)
}

// syncBuffer is a log that the daemon writes while the test reads.
type syncBuffer struct {
	mu   sync.Mutex // guards text
	text strings.Builder
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *syncBuffer) count(what string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Count(b.text.String(), what)
}

func TestAMinerOnAPausedSubnetSaysSoOnceKeepsServingAndGoesOn(t *testing.T) {
	var log syncBuffer
	w := start(t, func(w *world) { w.log = slog.New(slog.NewTextHandler(&log, nil)) })
	w.block(t, View{Height: 1, Epoch: 5, Miner: &Record{UID: 3, ID: 8}})
	require.Eventually(t, func() bool { return len(w.chain.records()) == 1 }, 10*time.Second, time.Millisecond)
	served := &Record{UID: 3, ID: 8, Served: w.chain.records()[0]}
	for height := range int64(20) {
		w.block(t, View{Height: 2 + height, Epoch: 5, Miner: served, Paused: true})
	}
	require.Equal(t, 1, log.count("governance has paused the subnet"))
	status, r := w.readiness(t)
	require.Equal(t, http.StatusOK, status, "a pause is not the miner's fault")
	require.Contains(t, r.check("subnet").Detail, "paused by governance")
	status, _, _ = w.plain(t, "GET", "/v1/models", "secret-key", "")
	require.Equal(t, http.StatusOK, status, "other callers are served as before")
	_, err := w.client(t, w.validator).Do(t.Context(), w.call(hello))
	require.ErrorIs(t, err, wire.NewProblem(wire.CodePermitsUnavailable, ""))
	require.ErrorContains(t, err, "paused")

	w.block(t, View{Height: 40, Epoch: 5, Miner: served})
	require.Eventually(t, func() bool { return log.count("the subnet goes on") == 1 }, 10*time.Second, time.Millisecond)
	_, err = w.client(t, w.validator).Do(t.Context(), w.call(hello))
	require.NoError(t, err)
	require.Len(t, w.chain.records(), 1)
	require.Zero(t, log.count("level=ERROR"))
}

func TestAMinerWhoseSubnetWasRemovedSaysSoOnceAndIsNotToldToRegisterThere(t *testing.T) {
	var log syncBuffer
	w := start(t, func(w *world) { w.log = slog.New(slog.NewTextHandler(&log, nil)) })
	w.block(t, View{Height: 1, Epoch: 5, Miner: &Record{UID: 3, ID: 8}})
	require.Eventually(t, func() bool { return len(w.chain.records()) == 1 }, 10*time.Second, time.Millisecond)
	for height := range int64(200) {
		w.block(t, View{Height: 2 + height, Removed: true})
	}
	require.Equal(t, 1, log.count("the subnet was removed from the chain"))
	require.Zero(t, log.count("miner register"))
	status, r := w.readiness(t)
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Contains(t, r.check("subnet").Detail, "set netuid")
	_, err := w.client(t, w.validator).Do(t.Context(), w.call(hello))
	require.ErrorIs(t, err, wire.NewProblem(wire.CodeNotPermitted, ""))
	require.Len(t, w.chain.records(), 1, "nothing is published to a subnet that is gone")
}

func TestAFailedPublicationIsTriedAgainLessAndLessOften(t *testing.T) {
	chain, state := newFakeChain(), &state{}
	chain.refuse = errors.New("no funds")
	q := newQueue(1, 1, 1, time.Now)
	p := &publisher{chain: chain, state: state, metrics: newMetrics(q, state, time.Now), log: discard(), desired: func() (Served, bool) { return Served{Model: "m"}, true }}
	var tried []int64
	for height := int64(1); height < 40; height++ {
		before := p.failures
		p.reconcile(t.Context(), View{Height: height, Miner: &Record{}})
		if p.failures > before {
			tried = append(tried, height)
		}
	}
	require.Equal(t, []int64{1, 2, 4, 8, 16, 32}, tried)
	require.ErrorContains(t, state.snapshot().publishTrouble, "no funds")

	chain.refuse = nil
	p.reconcile(t.Context(), View{Height: 64, Miner: &Record{}})
	p.reconcile(t.Context(), View{Height: 65, Miner: &Record{}})
	require.Len(t, chain.records(), 1, "the transaction gets time to appear")
	p.reconcile(t.Context(), View{Height: 66, Miner: &Record{}})
	require.Len(t, chain.records(), 2, "it was lost")
	p.reconcile(t.Context(), View{Height: 67, Miner: &Record{Served: Served{Model: "m"}}})
	require.True(t, state.snapshot().published)
}

func TestMetricsAndHealthAreServedToTheOperator(t *testing.T) {
	w := start(t, nil)
	w.block(t, View{Height: 77, Epoch: 5})
	_, err := w.client(t, w.validator).Do(t.Context(), w.call(hello))
	require.NoError(t, err)
	_, _, _ = w.plain(t, "POST", "/v1/completions", "", "")
	status, body := w.admin(t, "/metrics")
	require.Equal(t, http.StatusOK, status)
	for _, want := range []string{
		`agora_miner_requests_total{path="/v1/chat/completions",status="200"} 1`,
		`agora_miner_refusals_total{code="unauthenticated"} 1`,
		`agora_miner_tokens_total{kind="completion"} 6`,
		"agora_miner_chain_height 77", "agora_miner_permits 1", "agora_miner_registered 0",
	} {
		require.Contains(t, body, want)
	}
	status, body = w.admin(t, "/healthz")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, body, "ok")
	status, _, _ = w.plain(t, "GET", "/metrics", "secret-key", "")
	require.Equal(t, http.StatusNotFound, status, "not on the public listener")
}
