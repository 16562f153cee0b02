package validator

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/evidence"
	"github.com/agora-network/agora/validator/ask"
	"github.com/agora-network/agora/validator/store"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// runner is the state machine of one subnet. step is called by one goroutine, with ever newer blocks; everything else it
// does runs in goroutines that it starts and stops.
type runner struct {
	netuid   uint32
	chainID  string
	hotkey   string
	chain    Chain
	asker    Questioner
	store    *store.Store
	evidence *evidence.Store
	limits   limits
	metrics  *metrics
	log      *slog.Logger
	now      func() time.Time
	maxSkew  time.Duration
	dryRun   bool

	// The epoch under way, as far as step has come. Only step uses these.
	known    bool
	epoch    Epoch
	schedule schedule
	waiting  bool // a round is wanted and could not be begun yet
	asking   *round
	specs    map[uint32]*spec.Spec

	// One commit and one reveal at a time.
	committing, revealing errand

	// halt is the phase in which step last found nothing to score, else empty. Only step uses it.
	halt Phase

	mu       sync.Mutex // guards standing, status, current and previous
	standing standing
	status   SubnetStatus
	// current and previous are the rows of the epoch under way and of the one before; nil where there is none.
	current, previous *store.Round
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
	r.advanceAsking(ctx, block)
	r.advanceCommit(ctx, block)
	r.advanceReveal(ctx, block)
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
	current, err := r.load(epoch.Index)
	if err != nil {
		return err
	}
	var previous *store.Round
	if epoch.Index > 0 {
		if previous, err = r.load(epoch.Index - 1); err != nil {
			return err
		}
	}
	permit := epoch.permit(r.hotkey)
	r.known, r.epoch, r.schedule = true, epoch, newSchedule(epoch.Epoch)
	r.mu.Lock()
	r.current, r.previous = current, previous
	r.status.begin(epoch, permit, current, previous)
	r.mu.Unlock()
	r.metrics.epochBegan(r.netuid, epoch.Index)
	r.tidy(ctx, block, epoch.Index)

	switch {
	case permit == nil:
		r.setPhase(PhaseNoPermit, "the hotkey holds no permit in this epoch")
	case epoch.BenchmarkVersion == 0:
		r.setPhase(PhaseIdle, "the subnet has no benchmark")
	case current != nil:
		r.setPhase(phaseOf(current.Stage), current.Reason)
		r.log.Info("the row of this epoch is on disk already", "epoch", epoch.Index, "stage", current.Stage)
	case block.Height > r.schedule.askUntil:
		r.setPhase(PhaseMissed, "the validator came too late into this epoch to ask; it takes part in the next")
		r.log.Warn("too late to ask in this epoch", "epoch", epoch.Index, "height", block.Height, "ask_until", r.schedule.askUntil)
	default:
		r.waiting = true
		r.setPhase(PhaseAsk, "")
		r.log.Info("epoch begins", "epoch", epoch.Index, "start", epoch.StartHeight, "end", epoch.EndHeight,
			"benchmark", epoch.BenchmarkVersion, "power", permit.Power)
	}
	return nil
}

// phaseOf is the phase in which a row that is on disk leaves an epoch.
func phaseOf(stage store.Stage) Phase {
	switch stage {
	case store.StageSealed:
		return PhaseCommit
	case store.StageCommitted, store.StageRevealed:
		return PhaseWait
	default:
		return PhaseMissed
	}
}

// abandon drops what was under way in the epoch before.
func (r *runner) abandon() {
	if r.asking != nil {
		r.log.Warn("the epoch ended before its row was made", "epoch", r.epoch.Index)
	}
	r.stopWork()
}

// stopWork stops whatever is under way and waits for it.
func (r *runner) stopWork() {
	if r.asking != nil {
		r.asking.stop()
		r.asking = nil
	}
	r.waiting = false
	r.committing.stop()
	r.revealing.stop()
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
	r.log.Warn("the state on disk belongs to another history of this chain and is dropped",
		"stored_epoch", newest[0].Epoch, "epoch", epoch.Index)
	return r.store.Forget(r.netuid, r.hotkey)
}

func (r *runner) load(epoch uint64) (*store.Round, error) {
	row, ok, err := r.store.Round(store.Key{Netuid: r.netuid, Epoch: epoch, Hotkey: r.hotkey})
	if err != nil || !ok || row.DryRun != r.dryRun {
		return nil, err
	}
	return &row, nil
}

// tidy records what became of rows that were left open, for example by a validator that was down for long, and removes
// what is older than declared. Failing to do so harms nothing.
func (r *runner) tidy(ctx context.Context, block Block, index uint64) {
	rows, err := r.store.Rounds(r.netuid, r.hotkey, 4)
	if err != nil {
		r.problem("old rows cannot be read", err)
		return
	}
	for _, row := range rows {
		if row.Epoch+1 >= index || row.DryRun || (row.Stage != store.StageSealed && row.Stage != store.StageCommitted) {
			continue
		}
		commit, found, err := r.chain.FindCommit(ctx, block.Height, r.netuid, row.Epoch, r.hotkey)
		if err != nil {
			continue // at the next epoch
		}
		stage, reason := store.StageMissed, "the validator did not run while it could be revealed"
		if found && commit.Revealed && string(commit.Hash) == string(row.Hash) {
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
	if err := r.store.Prune(r.netuid, r.hotkey, index-keep); err != nil {
		r.problem("old rows cannot be removed", err)
	}
}

// advanceAsking begins the round, asks what is due, and makes the row when it is time.
func (r *runner) advanceAsking(ctx context.Context, block Block) {
	if r.waiting {
		r.startAsking(ctx, block)
	}
	if r.asking == nil {
		return
	}
	r.asking.advance(block.Height)
	settled, count := r.asking.progress()
	r.setProgress(settled, count)
	if !r.asking.due(block.Height) {
		return
	}
	asking := r.asking
	r.asking = nil
	asking.stop()
	r.setProgress(asking.progress())
	if ctx.Err() != nil { // the process stops: what was cut off says nothing of the miners
		return
	}
	if why := worthless(asking); why != "" {
		r.setPhase(PhaseMissed, why)
		r.log.Warn("nothing to commit in this epoch", "epoch", r.epoch.Index, "reason", why)
		return
	}
	row, err := r.seal(asking)
	if err != nil {
		r.setPhase(PhaseMissed, "the row could not be put on disk: "+err.Error())
		r.problem("the row could not be put on disk, so it is not committed", err)
		return
	}
	r.metrics.sealed(row)
	r.mu.Lock()
	r.current = &row
	r.status.Row = summarize(row)
	r.mu.Unlock()
	r.setPhase(PhaseCommit, "")
	r.log.Info("row made", "epoch", row.Epoch, "items", row.Items, "entries", len(row.MinerIDs), "settled", settled, "count", count)
}

// worthless says why a stopped round gives no row: not one question counted though there was somebody to ask.
func worthless(asking *round) string {
	if len(asking.miners) == 0 {
		return ""
	}
	for miner := range asking.miners {
		for _, question := range asking.answers[miner] {
			if question.settled && !question.answer.Mine() {
				return ""
			}
		}
	}
	return "no question could be asked in time"
}

// startAsking begins the round once everything it needs is there.
func (r *runner) startAsking(ctx context.Context, block Block) {
	if block.Height > r.schedule.askUntil {
		r.waiting = false
		r.mu.Lock()
		r.status.Phase = PhaseMissed // and the note says why it could not begin
		r.mu.Unlock()
		return
	}
	// A reading of the clock is only compared with the chain's, never used to decide what is due.
	if skew := r.now().Sub(block.Time); skew > r.maxSkew || skew < -r.maxSkew {
		r.setNote(fmt.Sprintf("this machine's clock is %s off the chain's; set it (NTP)", skew.Round(time.Second)))
		r.log.Error("the clock is wrong: miners would refuse every question, so none is asked", "skew", skew.Round(time.Millisecond))
		return
	}
	s, err := r.benchmark(ctx, r.epoch.BenchmarkVersion)
	if err != nil {
		r.problem("the benchmark cannot be used", err)
		return
	}
	miners, err := r.chain.Miners(ctx, block.Height, r.netuid)
	if err != nil {
		r.problem("the miners cannot be read", err)
		return
	}
	asking, err := newRound(ctx, r.chainID, r.epoch, s, miners, r.asker, r.limits, r.observe)
	if err != nil {
		r.problem("the questions cannot be drawn", err)
		return
	}
	r.waiting, r.asking = false, asking
	r.setNote("")
}

// benchmark reads a version of the spec once and checks that it is what its digest says.
func (r *runner) benchmark(ctx context.Context, version uint32) (*spec.Spec, error) {
	if s := r.specs[version]; s != nil {
		return s, nil
	}
	found, err := r.chain.Benchmark(ctx, r.netuid, version)
	if err != nil {
		return nil, err
	}
	if digest := sha256.Sum256(found.Spec); string(digest[:]) != string(found.Digest) {
		return nil, fmt.Errorf("version %d has digest %x, its bytes have %x; the endpoint is not to be trusted", version, found.Digest, digest)
	}
	s, err := spec.Decode(found.Spec)
	if err != nil {
		return nil, fmt.Errorf("version %d: %w; a newer validator may know it", version, err)
	}
	if err := s.Validate(); err != nil {
		return nil, fmt.Errorf("version %d: %w; a newer validator may know it", version, err)
	}
	r.specs = map[uint32]*spec.Spec{version: s} // only the version under way is needed again
	return s, nil
}

func (r *runner) observe(miner subnettypes.Miner, answer ask.Answer) {
	r.metrics.asked(r.netuid, answer)
	if answer.Reason != ask.ReasonNone {
		r.log.Debug("no answer", "miner", miner.MinerId, "reason", answer.Reason, "detail", answer.Detail)
	}
}

// close stops everything that runs and waits for it. What was not sealed is asked again after a restart, if there is time.
func (r *runner) close() {
	if r.asking != nil {
		r.asking.stop()
	}
	r.committing.stop()
	r.revealing.stop()
}

func (r *runner) problem(what string, err error) {
	r.setNote(what + ": " + err.Error())
	r.log.Error("something is in the way", "what", what, "err", err)
}
