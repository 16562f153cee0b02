package validator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/agora-network/agora/evidence"
	"github.com/agora-network/agora/validator/store"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// runner is the state machine of one subnet. step is called by one goroutine, with ever newer blocks; everything else it
// does runs in goroutines that it starts and stops. What is done for one benchmark is a [lane]'s; the runner follows the
// epochs that they share.
type runner struct {
	netuid   uint32
	chainID  string
	hotkey   string
	chain    Chain
	asker    Questioner
	store    *store.Store
	evidence *evidence.Store
	programs *programs
	limits   limits
	metrics  *metrics
	logger   *slog.Logger
	now      func() time.Time
	maxSkew  time.Duration
	dryRun   bool

	// The epoch under way, as far as step has come. Only step uses these.
	known    bool
	epoch    Epoch
	schedule schedule
	// miners registered when the asking began, ascending by id; nil before.
	miners []subnettypes.Miner
	// slots bound what is under way at a miner on all benchmarks together.
	slots *minerSlots

	// halt is the phase in which step last found nothing to score, else empty. Only step uses it.
	halt Phase

	mu       sync.Mutex // guards standing, status, and the lanes' statuses and rows
	standing standing
	status   SubnetStatus
	// lanes by ascending benchmark: those of the epoch under way, and those that have a row of it or of the one before.
	// Only step replaces them.
	lanes []*lane
}

// step does what is due after a block.
func (r *runner) step(ctx context.Context, block Block) {
	if r.halted() {
		return
	}
	if err := r.follow(ctx, block); err != nil {
		if errors.Is(err, ErrNoEpoch) {
			r.setPhase(PhaseIdle, "the subnet has no epoch under way")
		} else if ctx.Err() == nil {
			r.problem("the epoch cannot be read", err)
		}
		return
	}
	for _, l := range r.lanes {
		l.advanceAsking(ctx, block)
		l.advanceDelivery(ctx, block)
		l.advanceReveal(ctx, block)
	}
}

// follow finds out which epoch is under way.
func (r *runner) follow(ctx context.Context, block Block) error {
	if r.known && block.Height <= r.epoch.EndHeight && !r.outdated(block.Height) {
		return nil
	}
	epoch, err := r.chain.Epoch(ctx, block.Height, r.netuid)
	if err != nil {
		return err
	}
	if r.known && epoch.Index == r.epoch.Index && epoch.StartHeight == r.epoch.StartHeight {
		return nil // closes later than planned
	}
	return r.begin(ctx, block, epoch)
}

// begin turns to a new epoch. It may be called again for the same one when it fails half-way.
func (r *runner) begin(ctx context.Context, block Block, epoch Epoch) error {
	r.abandon()
	if err := r.checkHistory(block, epoch); err != nil {
		return err
	}
	lanes, err := r.newLanes(epoch)
	if err != nil {
		return err
	}
	permit := epoch.permit(r.hotkey)
	r.known, r.epoch, r.schedule = true, epoch, newSchedule(epoch.Epoch)
	r.miners, r.slots = nil, newMinerSlots(r.limits.perMiner)
	r.mu.Lock()
	r.lanes = lanes
	r.status.begin(epoch, permit)
	r.mu.Unlock()
	r.metrics.epochBegan(r.netuid, epoch.Index)
	r.tidy(ctx, block, epoch.Index)

	if permit == nil {
		r.setPhase(PhaseNoPermit, "the hotkey holds no permit in this epoch")
		return nil
	}
	r.logger.Info("epoch begins", "epoch", epoch.Index, "start", epoch.StartHeight, "end", epoch.EndHeight,
		"benchmarks", len(epoch.Benchmarks), "power", permit.Power)
	for _, l := range lanes {
		l.begin(block)
	}
	return nil
}

// newLanes makes a lane for every benchmark that has something to do in an epoch.
func (r *runner) newLanes(epoch Epoch) ([]*lane, error) {
	lanes := map[uint32]*lane{}
	of := func(number uint32) *lane {
		if lanes[number] == nil {
			lanes[number] = &lane{runner: r, number: number, status: BenchmarkStatus{Benchmark: number, Phase: PhaseIdle}}
		}
		return lanes[number]
	}
	for _, b := range epoch.Benchmarks {
		l := of(b.Benchmark)
		l.version = b.Version
		l.status.Version, l.status.ShareBP = b.Version, b.ShareBp
		l.status.New = r.known && r.epoch.Index+1 == epoch.Index && r.epoch.Version(b.Benchmark) == 0
	}
	current, err := r.load(epoch.Index)
	if err != nil {
		return nil, err
	}
	for i := range current {
		of(current[i].Benchmark).take(&current[i])
	}
	if epoch.Index > 0 {
		previous, err := r.load(epoch.Index - 1)
		if err != nil {
			return nil, err
		}
		for i := range previous {
			of(previous[i].Benchmark).takePrevious(&previous[i])
		}
	}
	sorted := make([]*lane, 0, len(lanes))
	for _, l := range lanes {
		sorted = append(sorted, l)
	}
	slices.SortFunc(sorted, func(a, b *lane) int { return cmp.Compare(a.number, b.number) })
	return sorted, nil
}

// load reads the rows of an epoch, as far as they were made in this mode.
func (r *runner) load(epoch uint64) ([]store.Round, error) {
	rows, err := r.store.RoundsOf(r.netuid, r.hotkey, epoch)
	return slices.DeleteFunc(rows, func(row store.Round) bool { return row.DryRun != r.dryRun }), err
}

// abandon drops what was under way in the epoch before.
func (r *runner) abandon() {
	for _, l := range r.lanes {
		if l.asking != nil {
			l.log().Warn("the epoch ended before its row was made", "epoch", r.epoch.Index)
		}
	}
	r.stopWork()
}

// stopWork stops whatever is under way and waits for it.
func (r *runner) stopWork() {
	for _, l := range r.lanes {
		l.stopWork()
	}
}

// checkHistory forgets what belongs to another history of the chain: a network that was reset under the same chain id.
//
// A node that lost its peers, or is restored from a backup, shows an old epoch of this very history. To believe it would
// lose the salts of commits that are still to be revealed, so only a chain that makes blocks now can have begun anew.
func (r *runner) checkHistory(block Block, epoch Epoch) error {
	newest, err := r.store.Rounds(r.netuid, r.hotkey, 1)
	if err != nil || len(newest) == 0 {
		return err
	}
	foreign := newest[0].Epoch > epoch.Index ||
		(newest[0].Epoch == epoch.Index && string(newest[0].Beacon) != string(epoch.Beacon))
	if !foreign {
		return nil
	}
	if age := r.now().Sub(block.Time); age > r.maxSkew {
		return fmt.Errorf("block %d is %s old and in epoch %d, while epoch %d is on disk already: the endpoint is behind; use another, or wait until it has caught up",
			block.Height, age.Round(time.Second), epoch.Index, newest[0].Epoch)
	}
	r.logger.Warn("the state on disk belongs to another history of this chain and is dropped",
		"stored_epoch", newest[0].Epoch, "epoch", epoch.Index)
	return r.store.Forget(r.netuid, r.hotkey)
}

// tidyRows is how many of the newest rows are looked at: those of four epochs.
const tidyRows = 4 * subnettypes.MaxBenchmarks

// tidy records what became of rows that were left open, for example by a validator that was down for long, and removes
// what is older than declared. Failing to do so harms nothing.
func (r *runner) tidy(ctx context.Context, block Block, index uint64) {
	rows, err := r.store.Rounds(r.netuid, r.hotkey, tidyRows)
	if err != nil {
		r.problem("old rows cannot be read", err)
		return
	}
	for _, row := range rows {
		if row.Epoch+1 >= index || row.DryRun || (row.Stage != store.StageSealed && row.Stage != store.StageCommitted) {
			continue
		}
		shown, err := r.wasShown(ctx, block.Height, row)
		if err != nil {
			continue // at the next epoch
		}
		stage, reason := store.StageMissed, "the validator did not run while it could be revealed"
		if row.Direct {
			reason = "the validator did not run while it could be set"
		}
		if shown {
			stage, reason = store.StageRevealed, ""
		}
		if _, err := r.store.Update(row.Key, func(row *store.Round) { row.Stage, row.Reason = stage, reason }); err != nil {
			r.problem("an old row cannot be updated", err)
		}
	}
	keep := r.evidence.KeepEpochs()
	if index <= keep {
		return
	}
	if _, err := r.evidence.Prune(r.netuid, index); err != nil {
		r.problem("old evidence cannot be removed", err)
	}
	if err := r.store.Prune(r.netuid, r.hotkey, index, keep); err != nil {
		r.problem("old rows cannot be removed", err)
	}
}

// wasShown asks the chain whether a row of a past epoch was opened there.
func (r *runner) wasShown(ctx context.Context, height int64, row store.Round) (bool, error) {
	if row.Direct {
		shown, found, err := r.chain.FindRow(ctx, height, row.Key)
		return found && compareRow(row, shown) == nil, err
	}
	commit, found, err := r.chain.FindCommit(ctx, height, row.Key)
	return found && commit.Revealed && string(commit.Hash) == string(row.Hash), err
}

// registered reads the miners once per epoch, so that all benchmarks measure the same ones.
func (r *runner) registered(ctx context.Context, height int64) ([]subnettypes.Miner, error) {
	if r.miners != nil {
		return r.miners, nil
	}
	miners, err := r.chain.Miners(ctx, height, r.netuid)
	if err != nil {
		return nil, err
	}
	sorted, err := byID(miners)
	if err != nil {
		return nil, err
	}
	if r.miners = sorted; sorted == nil {
		r.miners = []subnettypes.Miner{}
	}
	return r.miners, nil
}

// close stops everything that runs and waits for it. What was not sealed is asked again after a restart, if there is time.
func (r *runner) close() { r.stopWork() }

func (r *runner) problem(what string, err error) {
	r.setNote(what + ": " + err.Error())
	r.logger.Error("something is in the way", "what", what, "err", err)
}
