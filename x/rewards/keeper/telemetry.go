package keeper

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/agora-network/agora/x/rewards/types"
)

// What became of a subnet whose epoch was due in a block, as the metric of epochs tells.
const (
	epochClosed   = "closed"
	epochFailed   = "failed"   // carried its pending emission over
	epochDeferred = "deferred" // left to a later block
)

// meters are what a node shows of its end-blocker. They are written and never read: no block depends
// on them. Without a meter provider (config/otel.yaml) they do nothing.
type meters struct {
	seconds metric.Float64Histogram
	epochs  metric.Int64Counter
	rows    metric.Int64Counter
	cells   metric.Int64Counter
	paid    metric.Int64Counter
}

var measured = newMeters(otel.Meter("github.com/agora-network/agora/x/rewards"))

func newMeters(meter metric.Meter) meters {
	var m meters
	var errs [5]error
	m.seconds, errs[0] = meter.Float64Histogram("agora.rewards.epoch", metric.WithUnit("s"),
		metric.WithDescription("Time a block took to close one subnet's epoch."), secondBuckets())
	m.epochs, errs[1] = meter.Int64Counter("agora.rewards.epochs",
		metric.WithDescription("Due epochs by outcome: closed, failed (carried over) or deferred to a later block."))
	m.rows, errs[2] = meter.Int64Counter("agora.rewards.rows",
		metric.WithDescription("Rows of weights that counted."))
	m.cells, errs[3] = meter.Int64Counter("agora.rewards.cells",
		metric.WithDescription("Weights of the rows that counted, validators times miners when all rows are full."))
	m.paid, errs[4] = meter.Int64Counter("agora.rewards.paid", metric.WithUnit("uagora"),
		metric.WithDescription("Pending emission that epochs paid out or burned, without what they carried over."))
	if err := errors.Join(errs[:]...); err != nil {
		panic(err) // a programming error: a name is not one
	}
	return m
}

// secondBuckets resolve from small subnets to what would hold up a block.
//
//consensus:allow float bounds of a metric, which no block reads
func secondBuckets() metric.HistogramOption {
	return metric.WithExplicitBucketBoundaries(.0005, .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2)
}

// stopwatch begins to measure one subnet's epoch and returns what ends it. The context is not the
// block's: instruments must not see, nor keep, the state.
//
//consensus:allow clock the duration goes to a metric and never into the state
//consensus:allow float metrics count seconds in floats; no block reads them
func stopwatch(netuid uint32) func() {
	began := time.Now()
	return func() {
		measured.seconds.Record(context.Background(), time.Since(began).Seconds(), ofSubnet(netuid))
	}
}

// countEpochs counts due epochs by outcome.
func countEpochs(n int, outcome string) {
	measured.epochs.Add(context.Background(), int64(n), metric.WithAttributes(attribute.String("outcome", outcome)))
}

// countPaid counts what a closed epoch worked on and paid.
func countPaid(f *frame, result *types.EpochResult) {
	of := ofSubnet(f.netuid)
	measured.rows.Add(context.Background(), int64(f.rows), of)
	measured.cells.Add(context.Background(), int64(f.cells), of)
	measured.paid.Add(context.Background(), int64(result.Pending-result.Carried), of)
}

func ofSubnet(netuid uint32) metric.MeasurementOption {
	return metric.WithAttributes(attribute.Int64("netuid", int64(netuid)))
}
