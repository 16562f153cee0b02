package keeper

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// What became of a subnet whose epoch was due in a block, as the metric of epochs tells.
const (
	epochClosed   = "closed"
	epochFailed   = "failed"   // carried its pending emission over
	epochDeferred = "deferred" // left to a later block
)

// meters are what a node shows of its end-blocker. They are written and never read: no block depends
// on them.
type meters struct {
	seconds *prometheus.HistogramVec
	epochs  *prometheus.CounterVec
	rows    *prometheus.CounterVec
	cells   *prometheus.CounterVec
	paid    *prometheus.CounterVec
}

// measured is in the registry that CometBFT's and the API's Prometheus endpoints show.
var measured = newMeters(prometheus.DefaultRegisterer)

// newMeters makes the metrics and registers them.
//
//consensus:allow float bounds of a metric, which no block reads
func newMeters(registry prometheus.Registerer) meters {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "agora", Subsystem: "rewards", Name: name, Help: help}, labels)
	}
	m := meters{
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "agora", Subsystem: "rewards", Name: "epoch_seconds",
			Help: "Time a block took to close one subnet's epoch.",
			// From small subnets to what would hold up a block.
			Buckets: []float64{.0005, .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2},
		}, []string{"netuid"}),
		epochs: counter("epochs_total", "Due epochs by outcome: closed, failed (carried over), deferred to a later block.", "outcome"),
		rows:   counter("rows_total", "Rows of weights that counted.", "netuid", "benchmark"),
		cells:  counter("cells_total", "Weights in the rows that counted: validators times miners where all rows are full.", "netuid", "benchmark"),
		paid:   counter("paid_uagora_total", "Pending emission that epochs paid out or burned, without what they carried over.", "netuid", "benchmark"),
	}
	registry.MustRegister(m.seconds, m.epochs, m.rows, m.cells, m.paid)
	return m
}

// stopwatch begins to measure one subnet's epoch and returns what ends it.
//
//consensus:allow clock the duration goes to a metric and never into the state
//consensus:allow float metrics count seconds in floats; no block reads them
func stopwatch(netuid uint32) func() {
	began := time.Now()
	return func() { measured.seconds.WithLabelValues(label(netuid)).Observe(time.Since(began).Seconds()) }
}

// countEpochs counts due epochs by outcome.
//
//consensus:allow float metrics are counted in floats; no block reads them
func countEpochs(n int, outcome string) {
	measured.epochs.WithLabelValues(outcome).Add(float64(n))
}

// countPaid counts what a closed epoch worked on and paid.
//
//consensus:allow float metrics are counted in floats; no block reads them
func countPaid(c *closing) {
	netuid := label(c.netuid)
	for i := range c.shares {
		part := &c.shares[i]
		benchmark := label(part.benchmark.Benchmark)
		measured.rows.WithLabelValues(netuid, benchmark).Add(float64(part.rows))
		measured.cells.WithLabelValues(netuid, benchmark).Add(float64(part.cells))
		measured.paid.WithLabelValues(netuid, benchmark).Add(float64(part.result.Pending - part.result.Carried))
	}
}

func label(number uint32) string { return strconv.FormatUint(uint64(number), 10) }
