//go:build unix

// Command roundbench measures what benchmarks cost a validator, in one table: a call of a scorer in the sandbox, the work
// on one item, a whole round, how many items it takes to rank two miners, and what questions take to draw.
//
//	go run ./validator/roundbench [-quick] [-miners 256] [-items 8] [-rounds 7] [-only TEXT] [-profile FILE]
//
// The round is the real one: the whole daemon but for the chain, with its asker, its store and its evidence on disk, in a
// process of its own. The miners are another process, with an address and a key each, behind the server side of package
// wire; they work out the right answers, which takes next to nothing. Both share the machine, and the time by the clock
// has the work of both in it.
//
// Bars are for the processor time of the validator's process, which neighbours affect less than the clock, unless the
// table says otherwise. The program fails when one is missed.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"
)

// Bars.
const (
	maxPlainCall   = 35 * time.Microsecond
	maxLimitedCall = 300 * time.Microsecond
	maxItem        = 400 * time.Microsecond
	maxRound       = 5 * time.Second
	maxMemory      = 400_000_000
)

type settings struct {
	miners, items, rounds int
	quick                 bool
	// runs of the ranking.
	runs int
	// module is the scorer whose calls are measured.
	module string
	// profile is where the validator's processor profile goes; empty: nowhere.
	profile string
	// only measures what has this in its name.
	only string
	// role of this process: empty for the one that starts the others.
	role string
}

func main() {
	if err := measure(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "roundbench:", err)
		os.Exit(1)
	}
}

func measure(ctx context.Context) error {
	var s settings
	flag.BoolVar(&s.quick, "quick", false, "fewer rounds and runs, and only what has a bar")
	flag.IntVar(&s.miners, "miners", 256, "miners of a round")
	flag.IntVar(&s.items, "items", 8, "questions for each miner in a round")
	flag.IntVar(&s.rounds, "rounds", 7, "rounds whose median counts")
	flag.StringVar(&s.module, "module", "sdk/rust/examples/overlap.wasm", "scorer whose calls are measured")
	flag.StringVar(&s.profile, "profile", "", "write a processor profile of the validator to this file, of the rounds that count")
	flag.StringVar(&s.only, "only", "", "measure only what has this in its name: scorer, item, round, ranking, generators")
	flag.StringVar(&s.role, "role", "", "validator or miners (used by the program itself)")
	flag.Parse()
	s.runs = 1000
	if s.quick {
		s.rounds, s.runs = min(s.rounds, 3), 200
	}
	if s.miners < 1 || s.items < 1 || s.rounds < 1 {
		return fmt.Errorf("%d miners, %d items, %d rounds: there must be one of each", s.miners, s.items, s.rounds)
	}
	switch s.role {
	case "":
		return bench(ctx, s)
	case "miners":
		return runMiners(s)
	case "validator":
		return runValidator(ctx, s)
	default:
		return fmt.Errorf("no process plays the role %q", s.role)
	}
}
