package miner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/miner/backend"
)

const (
	// probeAgain is the least time from one probe of a server to the next, and that between probes while it is not ready.
	probeAgain = 5 * time.Second
	// probeEvery is the time between probes of a server that is ready and has answered nothing else meanwhile.
	probeEvery = 30 * time.Second
	// sayAgain is how long failures of one kind are not logged again.
	sayAgain = time.Minute
)

// backendWatch is an engine that asks another server, with its health: the server is asked for a token from time to
// time, apart from /readyz, so that neither a slow model nor a busy operator is in the other's way. Answers to questions
// count as tokens, and one that fails brings the next probe forward.
type backendWatch struct {
	backend.Upstream
	log     *slog.Logger
	now     func() time.Time
	timeout time.Duration
	wake    chan struct{} // buffered; a question failed
	failed  *prometheus.CounterVec

	mu       sync.Mutex // guards the fields below
	probed   bool
	err      error // of the newest probe
	server   string
	answered bool // since the newest probe, and nothing failed since
	failure  error
	failedAt time.Time
	saidAt   map[string]time.Time // by kind
}

func newBackendWatch(server backend.Upstream, metrics *metrics, timeout time.Duration, log *slog.Logger, now func() time.Time) *backendWatch {
	w := &backendWatch{
		Upstream: server, log: log, now: now, timeout: timeout, wake: make(chan struct{}, 1), saidAt: make(map[string]time.Time),
		failed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "agora_miner_backend_failures_total", Help: "Answers that the server behind the miner failed to give, by kind of failure.",
		}, []string{"kind"}),
	}
	metrics.registry.MustRegister(w.failed, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "agora_miner_backend_ready", Help: "1 when the server behind the miner answers with tokens.",
	}, func() float64 {
		if w.check().OK {
			return 1
		}
		return 0
	}))
	return w
}

// Generate implements engine.Engine and remembers how it went.
func (w *backendWatch) Generate(ctx context.Context, request engine.Request, emit func(engine.Chunk) error) error {
	err := w.Upstream.Generate(ctx, request, emit)
	if ctx.Err() == nil {
		w.observe(err)
	}
	return err
}

// observe takes note of how the answer to a question ended. What only the caller did wrong says nothing.
func (w *backendWatch) observe(err error) {
	if err != nil && !errors.Is(err, engine.ErrUpstream) && !errors.Is(err, engine.ErrUnavailable) && !errors.Is(err, engine.ErrBusy) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answered = err == nil
	if err == nil {
		return
	}
	trouble, now := backend.Explain(err), w.now()
	w.failure, w.failedAt = err, now
	w.failed.WithLabelValues(trouble.Kind).Inc()
	if said, ever := w.saidAt[trouble.Kind]; !ever || now.Sub(said) >= sayAgain {
		w.saidAt[trouble.Kind] = now
		w.log.Warn("the backend failed to answer", "kind", trouble.Kind, "error", err, "do", trouble.Remedy)
	}
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// run probes until ctx ends.
func (w *backendWatch) run(ctx context.Context) {
	for {
		if !w.vouched() {
			w.probe(ctx)
		}
		if !wait(ctx, nil, probeAgain) || w.check().OK && !wait(ctx, w.wake, probeEvery-probeAgain) {
			return
		}
	}
}

// vouched says that answers since the newest probe, which was good, make another one needless.
func (w *backendWatch) vouched() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	vouched := w.probed && w.err == nil && w.answered
	w.answered = false
	return vouched
}

// wait returns false when ctx ended, and true after some time or an earlier wake.
func wait(ctx context.Context, wake <-chan struct{}, most time.Duration) bool {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-wake:
	case <-timer.C:
	}
	return true
}

// probe asks for one token and says when the answer differs from that before.
func (w *backendWatch) probe(ctx context.Context) {
	limited, cancel := context.WithTimeout(ctx, w.timeout)
	defer cancel()
	err := w.Ready(limited)
	server := ""
	if err == nil {
		if found, serverErr := w.Server(limited); serverErr == nil {
			server = backend.Describe(found)
		}
	}
	if ctx.Err() != nil { // the miner stops: nothing was learned
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	was, first := w.err, !w.probed
	w.probed, w.err, w.server = true, err, server
	switch {
	case err == nil && (first || was != nil):
		w.log.Info("the backend is ready", "server", server, "model", w.Info().Model)
	case err != nil && (first || was == nil || backend.Explain(was).Kind != backend.Explain(err).Kind):
		trouble := backend.Explain(err)
		w.log.Warn("the backend is not ready; it is asked until it is", "kind", trouble.Kind, "error", err, "do", trouble.Remedy)
	}
}

// tried says that the server was asked at least once.
func (w *backendWatch) tried() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.probed
}

// check is the condition of readiness.
func (w *backendWatch) check() Check {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case !w.probed:
		return Check{Name: checkBackend, Detail: "the server has not answered yet"}
	case w.err != nil:
		return Check{Name: checkBackend, Detail: w.err.Error(), Remedy: backend.Explain(w.err).Remedy}
	}
	detail := fmt.Sprintf("%s answers", w.server)
	if w.failure == nil {
		return Check{Name: checkBackend, OK: true, Detail: detail}
	}
	ago := w.now().Sub(w.failedAt).Round(time.Second)
	return Check{
		Name: checkBackend, OK: true, Detail: fmt.Sprintf("%s; the last answer that failed, %s ago: %s", detail, ago, w.failure),
		Remedy: backend.Explain(w.failure).Remedy,
	}
}
