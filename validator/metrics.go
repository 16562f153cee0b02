package validator

import (
	"io"
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/validator/ask"
	"github.com/agora-network/agora/validator/store"
)

// metrics are the numbers at /metrics. All names begin with agora_validator_.
type metrics struct {
	height     prometheus.Gauge
	ready      prometheus.Gauge
	epoch      *prometheus.GaugeVec
	read       *prometheus.GaugeVec
	questions  *prometheus.CounterVec
	faults     *prometheus.CounterVec
	latency    *prometheus.HistogramVec
	score      *prometheus.GaugeVec
	standing   *prometheus.GaugeVec
	weight     *prometheus.GaugeVec
	deliveries *prometheus.CounterVec
	served     *prometheus.CounterVec
	sent       *prometheus.CounterVec
}

func newMetrics(registry prometheus.Registerer) *metrics {
	factory := promauto.With(registry)
	name := func(text string) string { return "agora_validator_" + text }
	gauges := func(text, help string, labels ...string) *prometheus.GaugeVec {
		return factory.NewGaugeVec(prometheus.GaugeOpts{Name: name(text), Help: help}, labels)
	}
	return &metrics{
		height: factory.NewGauge(prometheus.GaugeOpts{Name: name("block_height"), Help: "Height of the newest block that was seen."}),
		ready:  factory.NewGauge(prometheus.GaugeOpts{Name: name("ready"), Help: "1 when the last commit was read back from the chain, else 0."}),
		epoch:  gauges("epoch", "Epoch under way.", "netuid"),
		read:   gauges("committed_epoch", "Newest epoch whose commit was read back; epoch minus this is the lag.", "netuid", "benchmark"),
		questions: factory.NewCounterVec(prometheus.CounterOpts{
			Name: name("questions_total"), Help: "Questions by outcome: answered, or the reason why not.",
		}, []string{"netuid", "benchmark", "outcome"}),
		faults: factory.NewCounterVec(prometheus.CounterOpts{
			Name: name("faults_total"), Help: "Answers, and questions that could not be had, which have no score, by reason.",
		}, []string{"netuid", "benchmark", "reason"}),
		latency: factory.NewHistogramVec(prometheus.HistogramOpts{
			Name: name("answer_seconds"), Help: "Time from sending a question to its whole answer.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120},
		}, []string{"netuid", "benchmark"}),
		score:    gauges("miner_score", "Score of a miner in the last epoch, 0 to 1.", "netuid", "benchmark", "miner_id"),
		standing: gauges("miner_standing", "Running score of a miner, 0 to 1.", "netuid", "benchmark", "miner_id"),
		weight:   gauges("miner_weight", "Weight of a miner in the last row, 0 to 65535.", "netuid", "benchmark", "miner_id"),
		deliveries: factory.NewCounterVec(prometheus.CounterOpts{
			Name: name("deliveries_total"), Help: "Attempts to commit, set and reveal by result: committed, revealed, retried, missed or refused.",
		}, []string{"netuid", "benchmark", "what", "result"}),
		served: factory.NewCounterVec(prometheus.CounterOpts{
			Name: name("public_requests_total"), Help: "Requests at the public listener by what was asked for (index, evidence, blob, item) and HTTP status.",
		}, []string{"what", "code"}),
		sent: factory.NewCounterVec(prometheus.CounterOpts{
			Name: name("public_bytes_total"), Help: "Bytes that the public listener sent, without headers.",
		}, []string{"what"}),
	}
}

func label(number uint32) string { return strconv.FormatUint(uint64(number), 10) }

func (m *metrics) asked(netuid, number uint32, answer ask.Answer) {
	outcome := string(answer.Reason)
	if answer.Reason == ask.ReasonNone {
		outcome = "answered"
		m.latency.WithLabelValues(label(netuid), label(number)).Observe(answer.Latency.Seconds())
	}
	m.questions.WithLabelValues(label(netuid), label(number), outcome).Inc()
}

func (m *metrics) faulted(netuid, number uint32, reason benchmark.Reason) {
	m.faults.WithLabelValues(label(netuid), label(number), string(reason)).Inc()
}

func (m *metrics) epochBegan(netuid uint32, epoch uint64) {
	m.epoch.WithLabelValues(label(netuid)).Set(float64(epoch))
}

// sealed shows the miners of the newest row of a benchmark and no others.
func (m *metrics) sealed(row store.Round) {
	of := prometheus.Labels{"netuid": label(row.Netuid), "benchmark": label(row.Benchmark)}
	for _, gauge := range []*prometheus.GaugeVec{m.score, m.standing, m.weight} {
		gauge.DeletePartialMatch(of)
	}
	for _, miner := range row.Miners {
		id := strconv.FormatUint(miner.MinerID, 10)
		m.score.WithLabelValues(label(row.Netuid), label(row.Benchmark), id).Set(float64(miner.Score) / float64(benchmark.ScoreOne))
		m.standing.WithLabelValues(label(row.Netuid), label(row.Benchmark), id).Set(float64(miner.Standing) / float64(benchmark.ScoreOne))
		m.weight.WithLabelValues(label(row.Netuid), label(row.Benchmark), id).Set(float64(miner.Weight))
	}
}

func (m *metrics) delivered(row store.Round, what string) {
	m.deliveries.WithLabelValues(label(row.Netuid), label(row.Benchmark), what, string(row.Stage)).Inc()
	if row.Stage == store.StageCommitted || (row.Direct && row.Stage == store.StageRevealed) {
		m.read.WithLabelValues(label(row.Netuid), label(row.Benchmark)).Set(float64(row.Epoch))
	}
}

func (m *metrics) retried(netuid, number uint32, what string) {
	m.deliveries.WithLabelValues(label(netuid), label(number), what, "retried").Inc()
}

// public counts what a part of the public listener answers.
func (m *metrics) public(what string, serve http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		counted := &countedResponse{ResponseWriter: w, status: http.StatusOK}
		serve.ServeHTTP(counted, r)
		m.served.WithLabelValues(what, strconv.Itoa(counted.status)).Inc()
		m.sent.WithLabelValues(what).Add(float64(counted.bytes))
	})
}

// countedResponse remembers what was answered.
type countedResponse struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader implements [http.ResponseWriter].
func (c *countedResponse) WriteHeader(status int) {
	c.status = status
	c.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (c *countedResponse) Write(part []byte) (int, error) {
	n, err := c.ResponseWriter.Write(part)
	c.bytes += int64(n)
	return n, err
}

// ReadFrom lets the kernel copy a file where it can.
func (c *countedResponse) ReadFrom(from io.Reader) (int64, error) {
	n, err := io.Copy(c.ResponseWriter, from)
	c.bytes += n
	return n, err
}

// Unwrap is for [http.ResponseController].
func (c *countedResponse) Unwrap() http.ResponseWriter { return c.ResponseWriter }
