//go:build unix

// Command proxybench measures what a miner costs in front of a server: the time that it adds to an answer, its own
// processor time for each, and the throughput of the server that is left. Signature check, replay store and receipt
// are part of it.
//
//	go run ./miner/proxybench [-quick] [-rate 200] [-round 6s] [-rounds 5] [-only TEXT] [-profile FILE]
//
// The miner is a process of its own, the whole daemon but for the chain, whose place a fixed permit takes. Server and
// callers are in the first process. Questions to the server itself and through the miner alternate in one schedule, so
// that both meet the same neighbours; the schedule does not wait for answers, and latencies count from the scheduled
// instant. Signing a question and verifying its receipt, which are the caller's work, are outside the time measured.
//
// The bars are for a server that takes 20 ms, which is fast for a model. One that takes no time at all, so that nothing
// of the miner's work has anything to hide behind, is measured but not judged, and so is a proxy that checks nothing.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// Bars.
const (
	maxOverhead  = 500 * time.Microsecond
	minRemaining = 0.97
)

type settings struct {
	rate          int
	round         time.Duration
	rounds        int
	miner         string
	minerUpstream string
	plain         bool
	// profile is where the miner's processor profile goes; empty: nowhere.
	profile string
	// only measures what has this in its name.
	only string
}

func main() {
	var s settings
	quick := flag.Bool("quick", false, "a third of the rounds")
	flag.IntVar(&s.rate, "rate", 200, "questions per second through the miner, and as many to the server itself")
	flag.DurationVar(&s.round, "round", 6*time.Second, "length of one round")
	flag.IntVar(&s.rounds, "rounds", 5, "rounds of each measurement, whose median counts")
	flag.StringVar(&s.miner, "miner", "", "home of a miner to run (used by the program itself)")
	flag.StringVar(&s.minerUpstream, "upstream", "", "server behind that miner (used by the program itself)")
	flag.BoolVar(&s.plain, "plain", false, "run a plain proxy in place of that miner (used by the program itself)")
	flag.StringVar(&s.profile, "profile", "", "write a processor profile of the miner to this file, of what is measured last (see -only)")
	flag.StringVar(&s.only, "only", "", "measure only what has this in its name")
	flag.Parse()
	if *quick {
		s.rounds = max(1, s.rounds/3)
	}
	run := bench
	if s.miner != "" {
		run = runMiner
	}
	if err := run(context.Background(), s); err != nil {
		fmt.Fprintln(os.Stderr, "proxybench:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, s settings) (err error) {
	fmt.Printf("\na miner in front of a server, %s/%s, %d cores, load average %s\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), load())
	fmt.Printf("%d questions/s through the miner and %d/s to the server itself, %d rounds of %s each; the median round, and what each round added at its median\n\n",
		s.rate, s.rate, s.rounds, s.round)
	var missed []string
	verdict := func(work string, met bool) string {
		if met {
			return "met"
		}
		missed = append(missed, work)
		return "MISSED"
	}

	fmt.Printf("%-32s %24s %24s %22s %8s  %-26s %s\n", "ms", "server itself 50/95/99 %", "through the miner", "added", "its CPU", "all rounds", "bar: added at 50 % <= 0.5")
	for _, w := range []workload{
		{name: "0 ms, whole answers"},
		{name: "0 ms, streamed", stream: true},
		{name: "20 ms, whole answers", service: 20 * time.Millisecond},
		{name: "20 ms, streamed", service: 20 * time.Millisecond, stream: true},
		{name: "20 ms, whole, a plain proxy", service: 20 * time.Millisecond, plain: true},
		{name: "20 ms, streamed, a plain proxy", service: 20 * time.Millisecond, stream: true, plain: true},
	} {
		if !strings.Contains(w.name, s.only) {
			continue
		}
		results, err := overhead(ctx, s, w)
		if err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		result := medianRound(results)
		var judged string
		switch {
		case w.plain:
			judged = "none: to compare with"
		case w.service == 0:
			judged = "none: no model answers in 0 ms"
		default:
			judged = verdict(w.name, result.median() <= maxOverhead)
		}
		var all []string
		for _, r := range results {
			all = append(all, fmt.Sprintf("%.2f", millis(r.median())))
		}
		fmt.Printf("%-32s %24s %24s %22s %8.2f  %-26s %s\n", w.name, result.direct, result.miner, result.miner.minus(result.direct),
			millis(result.cpu), strings.Join(all, " "), judged)
	}

	fmt.Printf("\n%-48s %14s %14s %8s  %s\n", "answers per second, 20 ms each", "server itself", "through miner", "ratio", "bar: ratio >= 0.97")
	for _, w := range []saturation{
		{name: "16 callers, a server that runs 8 at once", slots: 8, callers: 16},
		{name: "32 callers, a server that runs 16 at once", slots: 16, callers: 32},
		{name: "8 callers, a server that runs as many as come", slots: 0, callers: 8},
	} {
		if !strings.Contains(w.name, s.only) {
			continue
		}
		result, err := throughput(ctx, s, w)
		if err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		fmt.Printf("%-48s %14.1f %14.1f %8.3f  %s\n", w.name, result.direct, result.miner, result.ratio, verdict(w.name, result.ratio >= minRemaining))
	}
	fmt.Printf("\nload average %s\n", load())
	if len(missed) > 0 {
		return fmt.Errorf("%d bars missed: %s", len(missed), strings.Join(missed, "; "))
	}
	return nil
}

// load is the system's load average over one, five and fifteen minutes, where it tells.
func load() string {
	data, err := os.ReadFile("/proc/loadavg")
	if fields := strings.Fields(string(data)); err == nil && len(fields) >= 3 {
		return strings.Join(fields[:3], " ")
	}
	return "not known"
}
