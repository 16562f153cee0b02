package clock

import (
	"context"
	"time"
)

func reads() time.Duration {
	started := time.Now()      // want `use time.Now: take the block's time`
	_ = time.Until(started)    // want `use time.Until`
	return time.Since(started) // want `use time.Since`
}

func waits(ctx context.Context) {
	time.Sleep(time.Second)                              // want `use time.Sleep`
	t := time.NewTimer(time.Second)                      // want `use time.NewTimer`
	ctx, cancel := context.WithTimeout(ctx, time.Second) // want `use context.WithTimeout: bound the work by a count`
	_, _, _ = t, ctx, cancel
}

// A function value is a use too.
var now = time.Now // want `use time.Now`

func zone(t time.Time) time.Time {
	_ = time.Unix(1, 0)  // want `use time.Unix: write .UTC\(\) after it`
	_ = t.In(time.Local) // want `use time.Local: stay in UTC`
	return t.Local()     // want `use \(time.Time\).Local`
}

func blockTime(t time.Time) time.Time {
	_ = time.Unix(1, 0).UTC()
	return t.Add(3 * time.Second).UTC()
}

func allowed() time.Time {
	return time.Now() //consensus:allow clock only logged and never stored
}
