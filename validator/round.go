package validator

import (
	"context"
	"crypto/sha256"
	"runtime"
	"strings"
	"sync"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/evidence"
	"github.com/agora-network/agora/validator/ask"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// Questioner puts one question to one miner. Implementations return soon after ctx ends.
type Questioner interface {
	Ask(ctx context.Context, question ask.Question) ask.Answer
}

const (
	// maxKeptOutput is the largest answer that is kept beside its digest, in bytes.
	maxKeptOutput = 64 << 10
	// maxKeptOutputs bounds all kept answers of an epoch of a subnet, in bytes, so that miners cannot fill memory together.
	maxKeptOutputs = 128 << 20
	// entryBytes is more than an item takes in the evidence without its answer, with the receipt of a miner, which is always
	// as long.
	entryBytes = 640
	// peopleBytes is more than the header of the evidence takes, and a miner or a validator in its context.
	peopleBytes = 320
)

// roomForOutputs is how many bytes of answers fit the evidence of so many items, miners and validators.
func roomForOutputs(items, miners, validators int) int {
	return evidence.MaxLogBytes - items*entryBytes - (1+miners+validators)*peopleBytes
}

// limits bounds the questions under way and what is kept of their answers.
type limits struct {
	// total is shared by all subnets of the daemon.
	total chan struct{}
	// perMiner is shared by all benchmarks of a subnet, see minerSlots.
	perMiner int
	// kept bounds the kept answers, in bytes.
	kept int
}

// minerSlots bound the questions under way at each miner of a subnet, whichever benchmark they are of: two benchmarks do
// not burden a miner more than one at any time.
type minerSlots struct {
	perMiner int

	mu    sync.Mutex
	slots map[uint64]chan struct{} // by miner id
}

func newMinerSlots(perMiner int) *minerSlots {
	return &minerSlots{perMiner: perMiner, slots: map[uint64]chan struct{}{}}
}

// of a miner.
func (s *minerSlots) of(minerID uint64) chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.slots[minerID] == nil {
		s.slots[minerID] = make(chan struct{}, s.perMiner)
	}
	return s.slots[minerID]
}

// roundOptions are what a round is made of.
type roundOptions struct {
	chainID            string
	epoch              Epoch
	benchmark, version uint32
	prepared
	asker  Questioner
	limits limits
	slots  *minerSlots
	// observe hears of every outcome; it may be nil.
	observe func(miner subnettypes.Miner, answer ask.Answer, verdict benchmark.Verdict)
}

// round is the asking of one benchmark in one epoch. advance, finished, stop and outcome are called by one goroutine; the
// questions run in their own.
type round struct {
	roundOptions
	schedule schedule

	// scoring is not cut off when answers are no longer waited for: what has come is scored.
	scoring context.Context //nolint:containedctx // the round's life
	ctx     context.Context //nolint:containedctx // ends when answers are no longer waited for
	cancel  context.CancelFunc
	group   sync.WaitGroup
	turns   []chan struct{} // per miner

	order []place // in which the questions are asked
	next  int     // questions released so far

	mu      sync.Mutex // guards the fields below
	answers [][]asked  // per miner and question
	settled int
	kept    int
}

// place is a question of a miner.
type place struct{ miner, index int }

// asked is what is known of one question.
type asked struct {
	settled bool
	begun   bool // the miner was asked
	answer  ask.Answer
	// verdict holds where the miner answered, or where there was no question.
	verdict benchmark.Verdict
	judged  bool // verdict has been made
}

// newRound puts the questions in order. Nothing is asked before advance.
func newRound(ctx context.Context, options roundOptions) *round {
	r := &round{roundOptions: options, schedule: newSchedule(options.epoch.Epoch), scoring: ctx}
	most := 0
	for i := range r.miners {
		r.answers = append(r.answers, make([]asked, len(r.tasks[i])))
		r.turns = append(r.turns, r.slots.of(r.miners[i].MinerId))
		most = max(most, len(r.tasks[i]))
	}
	for index := range most {
		for miner := range r.miners {
			if index < len(r.tasks[miner]) {
				r.order = append(r.order, place{miner, index})
			}
		}
	}
	// The row must not fail because the answers are too many for the evidence.
	r.limits.kept = min(r.limits.kept, roomForOutputs(r.count(), len(r.miners), len(r.share)))
	r.ctx, r.cancel = context.WithCancel(ctx)
	return r
}

// count is the number of questions.
func (r *round) count() int { return len(r.order) }

// advance asks what is due at a height: the first question of every miner, then the second of every miner, and so on,
// evenly over the blocks of the schedule.
func (r *round) advance(height int64) {
	for ; r.next < r.count() && r.schedule.due(r.next, r.count()) <= height; r.next++ {
		at := r.order[r.next]
		if r.tasks[at.miner][at.index].Fault != nil { // there is nothing to ask
			r.settle(at, false, ask.Answer{})
			continue
		}
		r.group.Go(func() { r.ask(at) })
	}
}

// ask puts a question and scores the answer. The miner's slot is given back only then: where scoring takes long, answers
// that wait for it must not pile up. The slot that all subnets share is not held for it.
func (r *round) ask(at place) {
	answer, begun := ask.Answer{Reason: ask.ReasonStopped, Detail: "the validator did not come to ask it"}, false
	// The miner's own slot first: one that hangs holds few of the slots that all share.
	if acquire(r.ctx, r.turns[at.miner]) {
		defer func() { <-r.turns[at.miner] }()
		if acquire(r.ctx, r.limits.total) {
			m := r.miners[at.miner]
			begun = true
			answer = r.asker.Ask(r.ctx, ask.Question{
				Netuid: r.epoch.Netuid, Epoch: r.epoch.Index, Hotkey: m.Hotkey, Endpoints: m.Endpoints,
				Model: m.Capabilities.Model, Task: r.tasks[at.miner][at.index],
			})
			<-r.limits.total
		}
	}
	r.settle(at, begun, answer)
}

func acquire(ctx context.Context, slots chan struct{}) bool {
	select {
	case <-ctx.Done():
		return false
	case slots <- struct{}{}:
	}
	if ctx.Err() != nil { // both were ready: nothing is begun any more
		<-slots
		return false
	}
	return true
}

// settle takes what came of a question, and scores it unless that must wait for the answers before it.
func (r *round) settle(at place, begun bool, answer ask.Answer) {
	answer.Tokens = r.tasks[at.miner][at.index].Request.CountTokens(answer.Tokens, answer.Completion)
	result := asked{settled: true, begun: begun, answer: answer}
	if !r.program.Ordered() || r.tasks[at.miner][at.index].Fault != nil {
		batch := r.program.Batch()
		r.judge(batch, at, &result)
		batch.Close()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.settled++
	if r.kept += len(answer.Body); len(answer.Body) > maxKeptOutput || r.kept > r.limits.kept {
		r.kept -= len(answer.Body)
		result.answer.Body = nil
	}
	r.answers[at.miner][at.index] = result
}

// judge makes the verdict on an answer.
func (r *round) judge(batch *benchmark.Batch, at place, result *asked) {
	task := &r.tasks[at.miner][at.index]
	if result.judged = true; result.answer.Reason == ask.ReasonNone || task.Fault != nil {
		result.verdict = batch.Score(r.scoring, task, benchmark.Answer{
			Completion: result.answer.Completion, LatencyMs: result.answer.LatencyMs(), Tokens: result.answer.Tokens,
		})
	}
	if r.observe != nil {
		r.observe(r.miners[at.miner], result.answer, result.verdict)
	}
	result.answer.Completion = "" // it is in the body
}

// judgeAll scores what had to wait, the answers of each miner in the order of their index. Miners are independent.
func (r *round) judgeAll() {
	if !r.program.Ordered() {
		return
	}
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var group sync.WaitGroup
	for miner := range r.miners {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			batch := r.program.Batch()
			defer batch.Close()
			for index := range r.answers[miner] {
				if result := &r.answers[miner][index]; result.settled && !result.judged {
					r.judge(batch, place{miner, index}, result)
				}
			}
		})
	}
	group.Wait()
}

// progress is how many questions have an outcome, of how many.
func (r *round) progress() (settled, count int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.settled, r.count()
}

// due reports whether the row is to be made at a height: everything is settled, or it is time.
func (r *round) due(height int64) bool {
	settled, count := r.progress()
	return settled == count || height >= r.schedule.closeAt
}

// stop gives up waiting. What is under way does not count, but for miners that kept silent.
func (r *round) stop() {
	r.cancel()
	r.group.Wait()
	r.judgeAll()
	for miner := range r.miners {
		r.countSilence(miner)
	}
}

// countSilence counts the questions that a miner left open as unanswered when nothing else is known of it. In short
// epochs a round may close before any deadline passes, and whoever never answers would never be measured and keep its
// standing. It must have had half of the deadline for one of them.
func (r *round) countSilence(miner int) {
	waited := false
	for index, question := range r.answers[miner] {
		if outcome := question.result().Outcome; outcome != benchmark.OutcomeAbstained {
			return
		}
		waited = waited || (question.begun && question.answer.Latency >= r.tasks[miner][index].Request.Deadline/2)
	}
	for index := range r.answers[miner] {
		if question := &r.answers[miner][index]; waited && question.begun && question.answer.Reason == ask.ReasonStopped {
			question.answer.Reason, question.answer.Detail = ask.ReasonLate, "no answer before the round closed"
		}
	}
}

// result of one question. A question that was never asked does not count.
func (a asked) result() benchmark.Verdict {
	switch {
	case !a.settled:
		return benchmark.Verdict{Outcome: benchmark.OutcomeAbstained, Reason: benchmark.Reason(ask.ReasonStopped)}
	case a.verdict.Reason != benchmark.ReasonNone:
		return a.verdict
	case a.answer.Mine():
		return benchmark.Verdict{Outcome: benchmark.OutcomeAbstained, Reason: benchmark.Reason(a.answer.Reason)}
	case a.answer.Reason != ask.ReasonNone:
		return benchmark.Verdict{Outcome: benchmark.OutcomeUnanswered, Reason: benchmark.Reason(a.answer.Reason)}
	default:
		return a.verdict
	}
}

// sheet is what one miner reached. Only after stop.
func (r *round) sheet(miner int) benchmark.Sheet {
	sheet := benchmark.Sheet{MinerID: r.miners[miner].MinerId, Since: since(r.miners[miner])}
	for index, question := range r.answers[miner] {
		sheet.Answers = append(sheet.Answers, question.result().Result(&r.tasks[miner][index]))
	}
	return sheet
}

// since is the block at which a miner was registered.
func since(miner subnettypes.Miner) uint64 { return uint64(max(miner.RegisteredHeight, 0)) } //nolint:gosec // not below 0

// reason given most often for the questions of a miner that count as 0; empty when all were answered.
func (r *round) reason(miner int) string {
	counts := map[benchmark.Reason]int{}
	best := benchmark.ReasonNone
	for _, question := range r.answers[miner] {
		verdict := question.result()
		if verdict.Reason != benchmark.ReasonNone && verdict.Outcome == benchmark.OutcomeUnanswered {
			if counts[verdict.Reason]++; counts[verdict.Reason] > counts[best] {
				best = verdict.Reason
			}
		}
	}
	return string(best)
}

// entries are the evidence of all questions. Only after stop.
func (r *round) entries() []evidence.Entry {
	entries := make([]evidence.Entry, 0, r.count())
	for miner := range r.miners {
		for index, question := range r.answers[miner] {
			entries = append(entries, r.entry(place{miner, index}, question))
		}
	}
	return entries
}

func (r *round) entry(at place, question asked) evidence.Entry {
	task, result := &r.tasks[at.miner][at.index], question.result()
	item := evidence.Item{
		MinerID: r.miners[at.miner].MinerId, Index: task.Index, Seed: task.Seed,
		Input: question.answer.Input, Output: question.answer.Output,
		Outcome: evidence.Outcome(result.Outcome), Score: result.Score, Reason: string(result.Reason),
		LatencyMs: question.answer.LatencyMs(), Tokens: question.answer.Tokens,
	}
	if task.Fault == nil {
		// What was drawn is valid, so it has a digest.
		item.Question, _ = task.Question.Digest()
	}
	if request := question.answer.Request; request != nil {
		item.Request = evidence.Request{
			Millis: request.Nonce.Millis, Nonce: request.Nonce.Random, Base: strings.TrimSuffix(request.Target, ask.Path(*task)),
		}
	}
	if len(question.answer.Receipt) <= evidence.MaxReceiptBytes {
		item.Receipt = []byte(question.answer.Receipt)
	}
	entry := evidence.Entry{Item: item, Output: question.answer.Body}
	if item.Output == ([sha256.Size]byte{}) {
		entry.Output = nil
	}
	return entry
}
