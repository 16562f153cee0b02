//go:build unix

package main

import (
	"slices"
	"time"
)

// batches of a measurement, of which the median counts.
const batches = 7

// processorTimeOf measures what one call of work takes, by the processor time of this process: garbage collection is in
// it, neighbours are only as far as they empty the caches.
func processorTimeOf(work func() error) (time.Duration, error) {
	const enough = 40 * time.Millisecond // of a batch
	calls := 1
	batch := func() (time.Duration, error) {
		start, _ := processorTime()
		for range calls {
			if err := work(); err != nil {
				return 0, err
			}
		}
		end, _ := processorTime()
		return end - start, nil
	}
	for {
		took, err := batch()
		if err != nil {
			return 0, err
		}
		if took >= enough {
			break
		}
		calls *= 2
	}
	results := make([]time.Duration, batches)
	for i := range results {
		took, err := batch()
		if err != nil {
			return 0, err
		}
		results[i] = took / time.Duration(calls)
	}
	slices.Sort(results)
	return results[batches/2], nil
}
