package keeper

import "go.opentelemetry.io/otel/metric"

// MeasureWith lets a test read the metrics; the returned function puts back what was there.
func MeasureWith(meter metric.Meter) (restore func()) {
	before := measured
	measured = newMeters(meter)
	return func() { measured = before }
}

// Split lets tests ask for shares that no epoch has.
var Split = split
