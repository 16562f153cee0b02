//go:build unix

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/agora-network/agora/benchmark/stat"
	"github.com/agora-network/agora/benchmark/stat/report"
)

// table prints rows as they come and remembers bars that were missed.
type table struct {
	out    io.Writer
	missed []string
}

func (t *table) heading(name string) {
	fmt.Fprintf(t.out, "\n%-62s %14s %14s\n", name, "measured", "bar")
}

// row without a bar.
func (t *table) row(name, value string) { fmt.Fprintf(t.out, "%-62s %14s\n", name, value) }

// judged is a row with a bar.
func (t *table) judged(name, value, bar string, met bool) {
	verdict := "met"
	if !met {
		verdict, t.missed = "MISSED", append(t.missed, strings.TrimSpace(name))
	}
	fmt.Fprintf(t.out, "%-62s %14s %14s  %s\n", name, value, "<= "+bar, verdict)
}

func (t *table) time(name string, took, bar time.Duration) {
	t.judged(name, inMicros(took), fmt.Sprintf("%.0f us", micros(bar)), took <= bar)
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

func inMicros(d time.Duration) string { return fmt.Sprintf("%.1f us", micros(d)) }

func bench(ctx context.Context, s settings) error {
	t := &table{out: os.Stdout}
	fmt.Fprintf(t.out, "benchmarks at a validator, %s/%s, %s, %d cores, load average %s\n", runtime.GOOS, runtime.GOARCH, runtime.Version(), runtime.NumCPU(), load())
	fmt.Fprintln(t.out, "processor time of the validator unless a row says otherwise; medians")
	for _, step := range []struct {
		name string
		run  func(context.Context, settings, *table) error
	}{{"scorer", scorerRows}, {"item", itemRows}, {"round", roundRows}, {"ranking", rankingRows}, {"generators", generatorRows}} {
		if !strings.Contains(step.name, s.only) || s.quick && step.name == "generators" {
			continue
		}
		if err := step.run(ctx, s, t); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	fmt.Fprintf(t.out, "\nload average %s\n", load())
	if len(t.missed) > 0 {
		return fmt.Errorf("%d bars missed: %s", len(t.missed), strings.Join(t.missed, "; "))
	}
	return nil
}

func scorerRows(ctx context.Context, s settings, t *table) error {
	calls, err := measureCalls(ctx, s.module)
	if err != nil {
		return err
	}
	t.heading("a call of a scorer in WASM: the Rust example, an item of 380 B")
	t.time("without a time limit: wazero, nothing else", calls.plain, maxPlainCall)
	t.time("with the limits of a validator: work, memory, depth, clock", calls.sandbox, maxLimitedCall)
	t.row("to compare with: wazero ending the call with its context", inMicros(calls.closable))
	return nil
}

func itemRows(ctx context.Context, s settings, t *table) error {
	parts, err := measureParts(ctx, s)
	if err != nil {
		return err
	}
	t.heading("the work on one item, one thing at a time, without transport")
	var own, both time.Duration
	for _, p := range parts {
		both += p.took
		name := p.name
		switch {
		case p.instead:
			both -= p.took
			name = "  " + name
		case p.miner:
			name += " (the miner's work)"
		default:
			own += p.took
		}
		t.row(name, inMicros(p.took))
	}
	t.time("all of the validator's", own, maxItem)
	t.time("all of both sides", both, maxItem)
	return nil
}

func roundRows(ctx context.Context, s settings, t *table) error {
	rounds, miners, err := measureRounds(ctx, s)
	if err != nil {
		return err
	}
	items := time.Duration(s.miners * s.items)
	var all, dearest time.Duration
	for _, r := range rounds {
		all += r.CPU
		dearest = max(dearest, r.CPU)
	}
	all /= time.Duration(len(rounds))
	evidenceBytes, rounds, miners := rounds[0].Evidence, rounds[unsettledRounds:], miners[unsettledRounds:]
	median := func(of func(roundResult) time.Duration) time.Duration {
		values := make([]time.Duration, len(rounds))
		for i := range rounds {
			values[i] = of(rounds[i])
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	wall, cpu := median(func(r roundResult) time.Duration { return r.Wall }), median(func(r roundResult) time.Duration { return r.CPU })
	slices.Sort(miners)
	peak := slices.MaxFunc(rounds, func(a, b roundResult) int { return cmp.Compare(a.Peak, b.Peak) }).Peak
	t.heading(fmt.Sprintf("a round: %d miners x %d items on loopback, %d rounds after %d", s.miners, s.items, len(rounds), unsettledRounds))
	t.judged("from the first question to the commit, by the clock", fmt.Sprintf("%.2f s", wall.Seconds()), fmt.Sprintf("%.0f s", maxRound.Seconds()), wall <= maxRound)
	t.judged("most memory of the validator's process", fmt.Sprintf("%.0f MB", float64(peak)/1e6), fmt.Sprintf("%.0f MB", maxMemory/1e6), peak <= maxMemory)
	t.time("processor time of an item, everything included", cpu/items, maxItem)
	t.time("  mean of all rounds: connections and tables of keys are made", all/items, maxItem)
	t.row("  the dearest of all rounds", inMicros(dearest/items))
	t.row("  of which system time", inMicros(median(func(r roundResult) time.Duration { return r.System })/items))
	t.row("processor time of an item in the miners' process", inMicros(miners[len(miners)/2]/items))
	t.row("evidence on disk, of an item", fmt.Sprintf("%d B", evidenceBytes/(s.miners*s.items)))
	return nil
}

// unsettledRounds come before those whose median counts: connections are opened in the first, and by the last package wire
// has seen each key often enough to make its table.
const unsettledRounds = 6

// measureRounds runs a validator among miners and returns what each round took, the first one too, and the processor time
// of the miners.
func measureRounds(ctx context.Context, s settings) (rounds []roundResult, minerTimes []time.Duration, err error) {
	flags := []string{fmt.Sprintf("-miners=%d", s.miners), fmt.Sprintf("-items=%d", s.items), fmt.Sprintf("-rounds=%d", s.rounds)}
	var endpoints []string
	miners, err := startChild(ctx, "miners' process", &endpoints, append(flags, "-role=miners")...)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, miners.stop()) }()
	validator, err := startChild(ctx, "validator's process", nil, append(flags, "-role=validator", "-profile="+s.profile)...)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, validator.stop()) }()
	var ready bool
	if err := validator.ask(endpoints, &ready); err != nil {
		return nil, nil, err
	}
	var before time.Duration
	if err := miners.ask(struct{}{}, &before); err != nil {
		return nil, nil, err
	}
	for i := range unsettledRounds + s.rounds {
		var result roundResult
		if err := validator.ask(nil, &result); err != nil {
			return nil, nil, err
		}
		if want := s.miners * s.items; result.Right != want {
			return nil, nil, fmt.Errorf("round %d: %d of %d items have the best score and a receipt; of the others %v", i, result.Right, want, result.Reasons)
		}
		var after time.Duration
		if err := miners.ask(struct{}{}, &after); err != nil {
			return nil, nil, err
		}
		rounds, minerTimes = append(rounds, result), append(minerTimes, after-before)
		before = after
	}
	return rounds, minerTimes, nil
}

func rankingRows(_ context.Context, s settings, t *table) error {
	r, err := measureRanking(s.runs)
	if err != nil {
		return err
	}
	fmt.Fprintf(t.out, "\n%-62s %10s %10s %10s %8s %8s\n", "items to rank two miners two points apart, alpha = 0.01", "mean", "median", "90 %", "right", "wrong")
	for _, row := range []struct {
		name string
		cost report.Cost
	}{{"sequential test made for two points", r.tuned}, {"sequential test as scores are made with it, for five", r.tallied}} {
		percent := func(share int64) string { return fmt.Sprintf("%.1f %%", float64(share)/float64(stat.One)*100) }
		fmt.Fprintf(t.out, "%-62s %10d %10d %10d %8s %8s\n", row.name, row.cost.Mean, row.cost.Median, row.cost.P90, percent(row.cost.Right), percent(row.cost.Wrong))
	}
	for _, row := range []struct {
		name  string
		items int
		right string
	}{{"test of fixed size, power 90 %", r.fixed90, "90.0 %"}, {"test of fixed size, power 99 %", r.fixed99, "99.0 %"}} {
		fmt.Fprintf(t.out, "%-62s %10d %10d %10d %8s\n", row.name, row.items, row.items, row.items, row.right)
	}
	fmt.Fprintf(t.out, "%d runs; right on 72 and 70 %% of the items, only one of them on 16 %%\n", s.runs)
	return nil
}
