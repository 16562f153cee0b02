package miner

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/wire"
)

// knownRoutes and otherRoutes are the values of the label path.
var knownRoutes = []string{"/v1/chat/completions", "/v1/completions", "/v1/models"}

const otherRoutes = "other"

// metrics are the daemon's own; each daemon of a process has a registry of its own.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	// routes are those of the two above that most requests add to, by path
	routes   map[string]routeMetrics
	refusals *prometheus.CounterVec
	tokenSum *prometheus.CounterVec
	// those of tokenSum, which every answer adds to
	promptTokens, completionTokens prometheus.Counter
	published                      prometheus.Counter
	failures                       prometheus.Counter
}

// routeMetrics are those of one path.
type routeMetrics struct {
	answered prometheus.Counter // with status 200
	duration prometheus.Observer
}

func newMetrics(queue *queue, state *state, now func() time.Time) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "agora_miner_requests_total", Help: "Requests that reached the API, by path and status.",
		}, []string{"path", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "agora_miner_request_seconds", Help: "Time to answer, waiting included.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
		}, []string{"path"}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "agora_miner_refusals_total", Help: "Requests refused before the API, by code.",
		}, []string{"code"}),
		tokenSum: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "agora_miner_tokens_total", Help: "Tokens read and written, by kind.",
		}, []string{"kind"}),
		published: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "agora_miner_serve_transactions_total", Help: "Times that the miner published its record.",
		}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "agora_miner_serve_failures_total", Help: "Times that publishing the record failed.",
		}),
	}
	m.routes = make(map[string]routeMetrics, len(knownRoutes))
	for _, path := range knownRoutes {
		m.routes[path] = routeMetrics{m.requests.WithLabelValues(path, strconv.Itoa(http.StatusOK)), m.duration.WithLabelValues(path)}
	}
	m.promptTokens, m.completionTokens = m.tokenSum.WithLabelValues("prompt"), m.tokenSum.WithLabelValues("completion")
	gauge := func(name, help string, read func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read)
	}
	m.registry.MustRegister(
		m.requests, m.duration, m.refusals, m.tokenSum, m.published, m.failures,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		gauge("agora_miner_running", "Questions being answered.", func() float64 { running, _ := queue.depth(); return float64(running) }),
		gauge("agora_miner_waiting", "Questions waiting.", func() float64 { _, waiting := queue.depth(); return float64(waiting) }),
		gauge("agora_miner_chain_height", "Newest block seen.", func() float64 { return float64(state.snapshot().view.Height) }),
		gauge("agora_miner_chain_age_seconds", "Time since a block was seen; -1 before the first.", func() float64 {
			seen := state.snapshot().seenAt
			if seen.IsZero() {
				return -1
			}
			return now().Sub(seen).Seconds()
		}),
		gauge("agora_miner_epoch", "Epoch of the subnet.", func() float64 { return float64(state.snapshot().view.Epoch) }),
		gauge("agora_miner_permits", "Validators that may ask in this epoch.", func() float64 { return float64(len(state.snapshot().view.Permits)) }),
		gauge("agora_miner_registered", "1 when the hotkey is registered on the subnet.", func() float64 {
			if state.snapshot().view.Miner == nil {
				return 0
			}
			return 1
		}),
		gauge("agora_miner_published", "1 when the record on the chain is what it should be.", func() float64 {
			if state.snapshot().published {
				return 1
			}
			return 0
		}),
	)
	return m
}

func (m *metrics) observe(path string, status int, took time.Duration) {
	route, known := m.routes[path]
	if !known {
		path = otherRoutes
		route.duration = m.duration.WithLabelValues(path)
	}
	if known && status == http.StatusOK {
		route.answered.Inc()
	} else {
		m.requests.WithLabelValues(path, strconv.Itoa(status)).Inc()
	}
	route.duration.Observe(took.Seconds())
}

func (m *metrics) refused(code wire.Code) { m.refusals.WithLabelValues(string(code)).Inc() }

func (m *metrics) tokens(usage engine.Usage) {
	m.promptTokens.Add(float64(usage.PromptTokens))
	m.completionTokens.Add(float64(usage.CompletionTokens))
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
