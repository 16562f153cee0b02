package keeper

import "github.com/prometheus/client_golang/prometheus"

// MeasureWith lets a test read the metrics; the returned function puts back what was there.
func MeasureWith(registry prometheus.Registerer) (restore func()) {
	before := measured
	measured = newMeters(registry)
	return func() { measured = before }
}

// Split lets tests ask for shares that no epoch has.
var Split = split
