//go:build unix

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// workload is what is asked for in the measurement of the time added.
type workload struct {
	name    string
	service time.Duration
	stream  bool
	// plain puts a proxy that checks nothing into the miner's place.
	plain bool
}

// quantiles are the median, the 95th and the 99th percentile.
type quantiles [3]time.Duration

func quantilesOf(latencies []time.Duration) (q quantiles) {
	sorted := slices.Sorted(slices.Values(latencies))
	if len(sorted) == 0 {
		return q
	}
	for i, percent := range []int{50, 95, 99} {
		q[i] = sorted[min(len(sorted)*percent/100, len(sorted)-1)]
	}
	return q
}

func (q quantiles) minus(other quantiles) quantiles {
	return quantiles{q[0] - other[0], q[1] - other[1], q[2] - other[2]}
}

func (q quantiles) String() string {
	return fmt.Sprintf("%.2f / %.2f / %.2f", millis(q[0]), millis(q[1]), millis(q[2]))
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// added is the result of one round.
type added struct {
	direct, miner quantiles
	cpu           time.Duration // of the miner, for each question
}

func (a added) median() time.Duration { return a.miner[0] - a.direct[0] }

// medianRound is the round in the middle by what the miner added.
func medianRound(rounds []added) added {
	sorted := slices.SortedFunc(slices.Values(rounds), func(a, b added) int { return cmp.Compare(a.median(), b.median()) })
	return sorted[len(sorted)/2]
}

// overhead measures what the miner adds, round by round.
func overhead(ctx context.Context, s settings, w workload) ([]added, error) {
	server, err := serveUpstream(w.service, 0)
	if err != nil {
		return nil, err
	}
	defer server.close()
	d, err := startDaemon(ctx, server.url, s.profile, w.plain)
	if err != nil {
		return nil, err
	}
	results, err := rounds(s.rounds, func(warmUp bool) (added, error) {
		count := int(s.round.Seconds() * float64(s.rate))
		if warmUp { // connections are opened and caches filled
			count = max(1, count/6)
		}
		return schedule(ctx, d, server.url, s.rate, count, w.stream)
	})
	return results, errors.Join(err, d.stop())
}

// rounds runs a measurement once without counting it, then count times.
func rounds[R any](count int, measure func(warmUp bool) (R, error)) (results []R, err error) {
	for i := range count + 1 {
		result, err := measure(i == 0)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			results = append(results, result)
		}
	}
	return results, nil
}

// schedule sends count questions to each side, in turns, at constant distances.
func schedule(ctx context.Context, d *daemon, server string, rate, count int, stream bool) (added, error) {
	c := newCaller()
	defer c.close()
	before, err := d.used()
	if err != nil {
		return added{}, err
	}
	distance := time.Second / time.Duration(2*rate)
	exchanges := make([]*exchange, 2*count)
	var running sync.WaitGroup
	start := time.Now().Add(10 * time.Millisecond)
	for i := range exchanges {
		url, through := server, i%2 == 1
		if through {
			url = d.url
		}
		if exchanges[i], err = c.prepare(ctx, url, through && !d.plain, stream); err != nil {
			break
		}
		scheduled := start.Add(time.Duration(i) * distance)
		if err = sleepUntil(scheduled); err != nil {
			break
		}
		running.Go(func() { c.send(exchanges[i], scheduled) })
	}
	running.Wait()
	if err != nil {
		return added{}, err
	}
	after, err := d.used()
	if err != nil {
		return added{}, err
	}
	var latencies [2][]time.Duration
	for i, x := range exchanges {
		if err := c.check(x); err != nil {
			return added{}, fmt.Errorf("question %d to %s: %w", i, x.outgoing.URL, err)
		}
		latencies[i%2] = append(latencies[i%2], x.took)
	}
	return added{quantilesOf(latencies[0]), quantilesOf(latencies[1]), (after - before) / time.Duration(count)}, nil
}

const (
	saturatedService = 20 * time.Millisecond
	// saturatedRound is how long one side is asked. Questions are signed before it begins and must be fresh at its end.
	saturatedRound = 3 * time.Second
)

// saturation is who asks in the measurement of throughput.
type saturation struct {
	name           string
	slots, callers int
}

// remaining is answers per second of both sides.
type remaining struct{ direct, miner, ratio float64 }

// throughput measures how much of the server is left behind the miner. Each figure is the median of the rounds, the
// ratio of the ratios of rounds: both sides of one round meet about the same neighbours.
func throughput(ctx context.Context, s settings, w saturation) (remaining, error) {
	server, err := serveUpstream(saturatedService, w.slots)
	if err != nil {
		return remaining{}, err
	}
	defer server.close()
	d, err := startDaemon(ctx, server.url, s.profile, false)
	if err != nil {
		return remaining{}, err
	}
	results, err := rounds(s.rounds, func(warmUp bool) (r remaining, err error) {
		length := saturatedRound
		if warmUp {
			length /= 6
		}
		if r.direct, err = saturate(ctx, server.url, false, w.callers, length); err != nil {
			return r, err
		}
		if r.miner, err = saturate(ctx, d.url, true, w.callers, length); err != nil {
			return r, err
		}
		r.ratio = r.miner / r.direct
		return r, nil
	})
	if err = errors.Join(err, d.stop()); err != nil {
		return remaining{}, err
	}
	median := func(of func(remaining) float64) float64 {
		values := make([]float64, len(results))
		for i, r := range results {
			values[i] = of(r)
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	return remaining{
		median(func(r remaining) float64 { return r.direct }), median(func(r remaining) float64 { return r.miner }),
		median(func(r remaining) float64 { return r.ratio }),
	}, nil
}

// saturate has callers ask, each anew as soon as it is answered, and returns the answers per second.
func saturate(ctx context.Context, url string, signed bool, callers int, length time.Duration) (float64, error) {
	c := newCaller()
	defer c.close()
	prepared := make([][]*exchange, callers)
	for i := range prepared {
		for range length/saturatedService + 1 { // none is answered faster
			x, err := c.prepare(ctx, url, signed, false)
			if err != nil {
				return 0, err
			}
			prepared[i] = append(prepared[i], x)
		}
	}
	asked := make([]int, callers)
	start := time.Now()
	var running sync.WaitGroup
	for i := range callers {
		running.Go(func() {
			for _, x := range prepared[i] {
				if time.Since(start) >= length {
					return
				}
				c.send(x, time.Now())
				asked[i]++
			}
		})
	}
	running.Wait()
	elapsed, total := time.Since(start), 0
	for i, count := range asked {
		for _, x := range prepared[i][:count] {
			if err := c.check(x); err != nil {
				return 0, err
			}
		}
		total += count
	}
	return float64(total) / elapsed.Seconds(), nil
}
