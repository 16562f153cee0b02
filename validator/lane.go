package validator

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/validator/ask"
	"github.com/agora-network/agora/validator/store"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// lane is what a runner does for one benchmark in one epoch: it asks, makes a row, sends it and opens the one before. What
// is in the way of one lane does not stop another.
type lane struct {
	*runner
	// number of the benchmark, and version that is scored; 0 when it is not scored in the epoch.
	number, version uint32

	// Only step uses these.
	waiting   bool // a round is wanted and could not be begun yet
	preparing preparation
	program   *benchmark.Program // of the round; given back when the lane ends
	asking    *round

	// One commit, or row set in the open, and one reveal at a time.
	delivering, revealing errand

	// runner.mu guards what follows.
	status BenchmarkStatus
	// current and previous are the rows of the epoch under way and of the one before; nil where there is none.
	current, previous *store.Round
}

func (l *lane) log() *slog.Logger { return l.logger.With("benchmark", l.number) }

// take and takePrevious set the rows of a lane that nobody else knows yet.
func (l *lane) take(row *store.Round) { l.current, l.status.Row = row, summarize(*row) }

func (l *lane) takePrevious(row *store.Round) { l.previous, l.status.Previous = row, summarize(*row) }

// begin decides what to do in the epoch that begins, in which the hotkey has a permit.
func (l *lane) begin(block Block) {
	epoch := l.epoch
	switch {
	case l.version == 0 && l.status.ShareBP > 0:
		l.setPhase(PhaseIdle, "no version of the benchmark is active yet")
	case l.version == 0: // only a row of the epoch before is left to open
	case l.current != nil:
		l.setPhase(phaseOf(l.current.Stage), l.current.Reason)
		l.log().Info("the row of this epoch is on disk already", "epoch", epoch.Index, "stage", l.current.Stage)
	case block.Height > l.schedule.askUntil:
		l.setPhase(PhaseMissed, "the validator came too late into this epoch to ask; it takes part in the next")
		l.log().Warn("too late to ask in this epoch", "epoch", epoch.Index, "height", block.Height, "ask_until", l.schedule.askUntil)
	default:
		l.waiting = true
		l.setPhase(PhaseAsk, "")
	}
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

// stopWork stops whatever is under way and waits for it.
func (l *lane) stopWork() {
	if l.asking != nil {
		l.asking.stop()
		l.asking = nil
	}
	l.waiting = false
	l.stopPreparing()
	if l.program != nil {
		l.programs.release(l.program)
		l.program = nil
	}
	l.delivering.stop()
	l.revealing.stop()
}

// advanceAsking begins the round, asks what is due, and makes the row when it is time.
func (l *lane) advanceAsking(ctx context.Context, block Block) {
	if l.waiting {
		l.startAsking(ctx, block)
	}
	if l.asking == nil {
		return
	}
	l.asking.advance(block.Height)
	settled, count := l.asking.progress()
	l.setProgress(settled, count)
	if !l.asking.due(block.Height) {
		return
	}
	asking := l.asking
	l.asking = nil
	asking.stop()
	l.setProgress(asking.progress())
	if ctx.Err() != nil { // the process stops: what was cut off says nothing of the miners
		return
	}
	if why := worthless(asking); why != "" {
		l.setPhase(PhaseMissed, why)
		l.log().Warn("nothing to commit in this epoch", "epoch", l.epoch.Index, "reason", why)
		return
	}
	row, err := l.seal(asking)
	if err != nil {
		l.setPhase(PhaseMissed, "the row could not be put on disk: "+err.Error())
		l.problem("the row could not be put on disk, so it is not committed", err)
		return
	}
	l.metrics.sealed(row)
	l.mu.Lock()
	l.take(&row)
	l.mu.Unlock()
	l.setPhase(PhaseCommit, "")
	l.log().Info("row made", "epoch", row.Epoch, "items", row.Items, "entries", len(row.MinerIDs), "settled", settled, "count", count)
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
func (l *lane) startAsking(ctx context.Context, block Block) {
	if block.Height > l.schedule.askUntil {
		l.waiting = false
		l.mu.Lock()
		l.status.Phase = PhaseMissed // and the note says why it could not begin
		l.mu.Unlock()
		return
	}
	// A reading of the clock is only compared with the chain's, never used to decide what is due.
	if skew := l.now().Sub(block.Time); skew > l.maxSkew || skew < -l.maxSkew {
		l.setNote(fmt.Sprintf("this machine's clock is %s off the chain's; set it (NTP)", skew.Round(time.Second)))
		l.log().Error("the clock is wrong: miners would refuse every question, so none is asked", "skew", skew.Round(time.Millisecond))
		return
	}
	miners, err := l.registered(ctx, block.Height)
	if err != nil {
		l.problem("the miners cannot be read", err)
		return
	}
	ready, err := l.ready(ctx, block.Height, miners)
	if err != nil {
		l.problem("the benchmark cannot be used", err)
		return
	}
	if ready == nil {
		return // at the next block
	}
	limits := l.limits
	limits.kept /= max(len(l.epoch.Benchmarks), 1)
	asking := newRound(ctx, roundOptions{
		chainID: l.chainID, epoch: l.epoch, benchmark: l.number, version: l.version, prepared: *ready,
		asker: l.asker, limits: limits, slots: l.slots, observe: l.observe,
	})
	l.waiting, l.asking = false, asking
	l.setNote("")
}

func (l *lane) observe(miner subnettypes.Miner, answer ask.Answer, verdict benchmark.Verdict) {
	l.metrics.asked(l.netuid, l.number, answer)
	switch {
	case answer.Reason != ask.ReasonNone:
		l.log().Debug("no answer", "miner", miner.MinerId, "reason", answer.Reason, "detail", answer.Detail)
	case verdict.Reason != benchmark.ReasonNone:
		l.metrics.faulted(l.netuid, l.number, verdict.Reason)
		l.log().Debug("no score", "miner", miner.MinerId, "reason", verdict.Reason, "detail", verdict.Detail)
	}
}

func (l *lane) problem(what string, err error) {
	l.setNote(what + ": " + err.Error())
	l.log().Error("something is in the way", "what", what, "err", err)
}
