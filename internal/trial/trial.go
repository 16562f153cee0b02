package trial

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/engine"
	validatorask "github.com/agora-network/agora/validator/ask"
)

// Bounds and defaults of [Options].
const (
	// MaxEpochs bounds the epochs of a trial.
	MaxEpochs = 10_000
	// MaxAnswers bounds the answers that are asked of one contender.
	MaxAnswers = 1 << 20
	// MaxConcurrency bounds the questions under way at once.
	MaxConcurrency = 1024
	// MaxContenders bounds the engines of a trial.
	MaxContenders = 64
	// MaxSeedBytes bounds the seed.
	MaxSeedBytes = 256
	// DefaultConcurrency is what a validator asks of one miner at once by default.
	DefaultConcurrency = 4
	// DefaultMaxAnswer is the longest answer that a validator reads by default, in bytes.
	DefaultMaxAnswer = 256 << 10
	// DefaultChainID stands in for the chain in the draw of a spec that is on none.
	DefaultChainID = "trial"
	// DefaultBlocks is the length of an epoch by default, in blocks.
	DefaultBlocks = 360
)

// ErrOptions is wrapped by the errors for a trial that cannot be run as asked.
var ErrOptions = errors.New("trial cannot be run")

// Contender is an engine that is tried. The caller closes it.
type Contender struct {
	// Name in the report; no two may have the same.
	Name   string
	Engine engine.Engine
}

// Options say how a trial is run. What is zero has its default.
type Options struct {
	// Epochs to run; default 1.
	Epochs int
	// Seed from which the beacons of all epochs are made. The same seed asks the same
	// questions; any text, not empty.
	Seed string
	// ChainID, Netuid, Benchmark and Version are those of a benchmark on a chain, and
	// part of the draw. Default ChainID is [DefaultChainID], default Version 1.
	ChainID   string
	Netuid    uint32
	Benchmark uint32
	Version   uint32
	// Blocks is the length of an epoch, for standings with a half-life; default
	// [DefaultBlocks].
	Blocks uint64
	// Concurrency is how many questions are under way at once at one contender; default
	// [DefaultConcurrency].
	Concurrency int
	// MaxAnswer is the longest answer, in bytes; default [DefaultMaxAnswer].
	MaxAnswer int
	// KeepItems puts every question and answer into the report.
	KeepItems bool
	// Program is the version of the program, for the report.
	Program string
	// Progress hears of every answer, one call at a time. It may be nil.
	Progress func(Progress)
}

// Progress says how far a trial is.
type Progress struct {
	// Contender that is asked.
	Contender string
	// Done of Total answers of all contenders are there, or given up.
	Done, Total int
}

func (o Options) withDefaults() Options {
	setDefault(&o.Epochs, 1)
	setDefault(&o.ChainID, DefaultChainID)
	setDefault(&o.Version, 1)
	setDefault(&o.Blocks, DefaultBlocks)
	setDefault(&o.Concurrency, DefaultConcurrency)
	setDefault(&o.MaxAnswer, DefaultMaxAnswer)
	return o
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func (o Options) check(program *benchmark.Program, contenders []Contender) error {
	names := map[string]bool{}
	for _, contender := range contenders {
		if contender.Name == "" || contender.Engine == nil || names[contender.Name] {
			return fmt.Errorf("%w: contender %q: every contender needs an engine and a name of its own", ErrOptions, contender.Name)
		}
		names[contender.Name] = true
	}
	switch {
	case len(contenders) < 1 || len(contenders) > MaxContenders:
		return fmt.Errorf("%w: there are %d contenders, want 1 to %d", ErrOptions, len(contenders), MaxContenders)
	case o.Epochs < 1 || o.Epochs > MaxEpochs:
		return fmt.Errorf("%w: epochs is %d, want 1 to %d", ErrOptions, o.Epochs, MaxEpochs)
	case o.Epochs*program.Answers() > MaxAnswers:
		return fmt.Errorf("%w: %d epochs of %d answers are more than %d; run fewer epochs", ErrOptions, o.Epochs, program.Answers(), MaxAnswers)
	case o.Concurrency < 1 || o.Concurrency > MaxConcurrency:
		return fmt.Errorf("%w: concurrency is %d, want 1 to %d", ErrOptions, o.Concurrency, MaxConcurrency)
	case o.MaxAnswer < 1:
		return fmt.Errorf("%w: the longest answer has %d bytes, want at least 1", ErrOptions, o.MaxAnswer)
	case o.Seed == "" || len(o.Seed) > MaxSeedBytes:
		return fmt.Errorf("%w: the seed has %d bytes, want 1 to %d", ErrOptions, len(o.Seed), MaxSeedBytes)
	}
	return nil
}

// minerID is the miner that every contender stands in for, so that all are asked the
// same questions.
const minerID = 1

// Run tries the contenders one after another. It fails when the options make no sense
// (the error wraps [ErrOptions]), when nothing can be drawn or compared, or with the
// error of ctx; an engine that fails is a reason in the report.
func Run(ctx context.Context, program *benchmark.Program, contenders []Contender, options Options) (*Report, error) {
	o := options.withDefaults()
	if err := o.check(program, contenders); err != nil {
		return nil, err
	}
	epochs, err := draw(ctx, program, o)
	if err != nil {
		return nil, err
	}
	t := &run{program: program, options: o, epochs: epochs}
	for _, tasks := range epochs {
		t.total += len(tasks) * len(contenders)
	}
	entrants := make([]entrant, len(contenders))
	for i, contender := range contenders {
		if entrants[i], err = t.try(ctx, contender); err != nil {
			return nil, err
		}
	}
	return t.report(entrants)
}

// draw makes the questions of all epochs.
func draw(ctx context.Context, program *benchmark.Program, o Options) ([][]benchmark.Task, error) {
	epochs := make([][]benchmark.Task, o.Epochs)
	for epoch := range epochs {
		seed := benchmark.Seed{
			ChainID: o.ChainID, Netuid: o.Netuid, Benchmark: o.Benchmark, Version: o.Version,
			Epoch: uint64(epoch), MinerID: minerID, Beacon: key("beacon", o.Seed, uint64(epoch)),
		}
		var err error
		if epochs[epoch], err = program.Draw(ctx, seed, benchmark.Share{}); err != nil {
			return nil, fmt.Errorf("epoch %d: %w", epoch, err)
		}
	}
	return epochs, nil
}

// tag begins everything that is made of a seed.
const tag = "agora/trial/1"

// key makes 32 bytes of a seed for one purpose and number.
func key(purpose, seed string, number uint64) [32]byte {
	var in []byte
	for _, text := range []string{tag, purpose, seed} {
		in = binary.BigEndian.AppendUint32(in, uint32(len(text)))
		in = append(in, text...)
	}
	return sha256.Sum256(binary.BigEndian.AppendUint64(in, number))
}

// run is a trial under way.
type run struct {
	program *benchmark.Program
	options Options
	epochs  [][]benchmark.Task

	mu          sync.Mutex // guards done, and the calls of Progress
	done, total int
}

// entrant is a contender with what became of it.
type entrant struct {
	Contender
	epochs  [][]outcome // by epoch and task
	elapsed time.Duration
}

// outcome is what became of one task.
type outcome struct {
	asked   bool
	answer  answer
	verdict benchmark.Verdict
}

// try asks a contender everything and scores what it answered.
func (t *run) try(ctx context.Context, contender Contender) (entrant, error) {
	e := entrant{Contender: contender, epochs: make([][]outcome, len(t.epochs))}
	begin := time.Now()
	slots := make(chan struct{}, t.options.Concurrency)
	var group sync.WaitGroup
	for epoch, tasks := range t.epochs {
		e.epochs[epoch] = make([]outcome, len(tasks))
		for i := range tasks {
			if ctx.Err() != nil {
				break
			}
			result := &e.epochs[epoch][i]
			if tasks[i].Fault != nil { // there is nothing to ask
				t.advance(contender.Name)
				continue
			}
			slots <- struct{}{}
			group.Go(func() {
				result.asked, result.answer = true, ask(ctx, contender.Engine, &tasks[i], t.options.MaxAnswer)
				t.advance(contender.Name)
				<-slots
			})
		}
	}
	group.Wait()
	e.elapsed = time.Since(begin)
	t.judge(ctx, &e)
	return e, ctx.Err()
}

func (t *run) advance(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done++
	if t.options.Progress != nil {
		t.options.Progress(Progress{Contender: name, Done: t.done, Total: t.total})
	}
}

// judge scores the answers, those of one epoch in the order of their index. Epochs are
// independent.
func (t *run) judge(ctx context.Context, e *entrant) {
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var group sync.WaitGroup
	for epoch := range e.epochs {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			batch := t.program.Batch()
			defer batch.Close()
			for i := range e.epochs[epoch] {
				if ctx.Err() != nil {
					return
				}
				result := &e.epochs[epoch][i]
				result.verdict = judge(ctx, batch, &t.epochs[epoch][i], result)
			}
		})
	}
	group.Wait()
}

func judge(ctx context.Context, batch *benchmark.Batch, task *benchmark.Task, result *outcome) benchmark.Verdict {
	if result.asked && !result.answer.given() {
		verdict := benchmark.Verdict{Outcome: benchmark.OutcomeUnanswered, Reason: benchmark.Reason(result.answer.reason), Detail: result.answer.detail}
		if result.answer.reason == validatorask.ReasonInternal { // not the contender's fault
			verdict.Outcome = benchmark.OutcomeAbstained
		}
		return verdict
	}
	return batch.Score(ctx, task, benchmark.Answer{
		Completion: result.answer.text, LatencyMs: result.answer.latencyMs(), Tokens: result.answer.tokens,
	})
}
