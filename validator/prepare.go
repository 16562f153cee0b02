package validator

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/evidence"
	"github.com/agora-network/agora/validator/replay"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// prepareWait is how long a block waits for a benchmark to be made ready. Most are at once; those that fetch what they
// need go on beside the blocks.
const prepareWait = time.Second

// maxRetryBlocks is how many blocks at most pass between two attempts to make a benchmark ready. The first few follow each
// other soon, so that what was a moment's trouble costs no epoch; what a benchmark cannot be had for, its mirrors and the
// chain are then not asked for at every block, by every validator.
const maxRetryBlocks = 32

// preparation makes a benchmark ready to be asked, beside the blocks.
type preparation struct {
	errand errand
	// failures so far, and the height from which another attempt is made.
	failures int
	retryAt  int64

	// Set by the errand, to be read when it is no longer busy.
	program *benchmark.Program
	tasks   [][]benchmark.Task
	secret  [32]byte
	err     error
}

// prepared is what a round needs of a benchmark.
type prepared struct {
	program *benchmark.Program
	miners  []subnettypes.Miner // ascending by miner id
	tasks   [][]benchmark.Task  // by miner
	secret  [32]byte            // mixed into the draw
	share   []string            // hotkeys that share the work, ascending
}

// ready opens the benchmark and draws the questions of all miners. It returns nil while that goes on, an error when it
// failed, and after that nil until it is tried again.
func (l *lane) ready(ctx context.Context, height int64, miners []subnettypes.Miner) (*prepared, error) {
	p := &l.preparing
	if p.errand.done == nil && height < p.retryAt {
		return nil, nil //nolint:nilnil // the note says why it failed
	}
	if p.errand.done == nil {
		p.program, p.tasks, p.err = nil, nil, nil
		p.errand.start(ctx, func(ctx context.Context) { p.program, p.tasks, p.secret, p.err = l.prepare(ctx, miners) })
		timer := time.NewTimer(prepareWait)
		defer timer.Stop()
		select {
		case <-p.errand.done:
		case <-timer.C:
		}
	}
	if p.errand.busy() {
		l.setNote("the benchmark is being made ready: what it needs is fetched and compiled")
		return nil, nil //nolint:nilnil // neither ready nor failed
	}
	p.errand.stop()
	if p.err != nil {
		p.retryAt = height + int64(min(1<<min(p.failures, 16), maxRetryBlocks))
		p.failures++
		return nil, p.err
	}
	l.program = p.program
	return &prepared{program: p.program, miners: miners, tasks: p.tasks, secret: p.secret, share: l.sharers()}, nil
}

// stop gives up; a program that was opened in vain is given back.
func (l *lane) stopPreparing() {
	started := l.preparing.errand.done != nil
	l.preparing.errand.stop()
	if started && l.preparing.program != nil {
		l.programs.release(l.preparing.program)
	}
	l.preparing.program = nil
}

func (l *lane) prepare(ctx context.Context, miners []subnettypes.Miner) (program *benchmark.Program, tasks [][]benchmark.Task, secret [32]byte, err error) {
	if len(l.epoch.Beacon) != 32 {
		return nil, nil, secret, fmt.Errorf("the beacon of epoch %d has %d bytes, want 32", l.epoch.Index, len(l.epoch.Beacon))
	}
	if secret, err = l.store.Secret(l.netuid, l.number, l.epoch.Index); err != nil {
		return nil, nil, secret, err
	}
	version, err := l.chain.Benchmark(ctx, l.netuid, l.number, l.version)
	if err != nil {
		return nil, nil, secret, err
	}
	if program, err = l.programs.acquire(ctx, version); err != nil {
		return nil, nil, secret, err
	}
	share := benchmark.Share{Validators: l.sharers(), Self: l.hotkey}
	count := 0
	var drawn []benchmark.Task
	for i := range miners {
		// Where all are asked the same it is drawn once: what a generator in the sandbox makes may have taken long.
		if i == 0 || !program.Shared() {
			if drawn, err = program.Draw(ctx, l.seed(miners[i].MinerId, secret), share); err != nil {
				l.programs.release(program)
				return nil, nil, secret, fmt.Errorf("draw the questions of miner %d: %w", miners[i].MinerId, err)
			}
		}
		if count += len(drawn); count > evidence.MaxItems {
			l.programs.release(program)
			return nil, nil, secret, fmt.Errorf("it asks %d miners %d questions each, an epoch has at most %d; its owner can ask for fewer, or let validators share them",
				len(miners), len(drawn), evidence.MaxItems)
		}
		tasks = append(tasks, drawn)
	}
	return program, tasks, secret, nil
}

// seed of the questions of a miner.
func (l *lane) seed(minerID uint64, secret [32]byte) benchmark.Seed {
	return benchmark.Seed{
		ChainID: l.chainID, Netuid: l.netuid, Benchmark: l.number, Version: l.version, Epoch: l.epoch.Index,
		MinerID: minerID, Beacon: [32]byte(l.epoch.Beacon), Secret: secret,
	}
}

// sharers are the hotkeys that share the questions of this epoch.
func (l *lane) sharers() []string { return replay.Sharers(l.epoch.Epoch, l.number) }

// byID orders miners and refuses a list that has one twice.
func byID(miners []subnettypes.Miner) ([]subnettypes.Miner, error) {
	sorted := slices.Clone(miners)
	slices.SortFunc(sorted, func(a, b subnettypes.Miner) int { return cmp.Compare(a.MinerId, b.MinerId) })
	for i := 1; i < len(sorted); i++ {
		if sorted[i].MinerId == sorted[i-1].MinerId {
			return nil, fmt.Errorf("the chain lists miner %d twice", sorted[i].MinerId)
		}
	}
	return sorted, nil
}
