package validator

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/spec"
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
)

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
	spec               *spec.Spec
	miners             []subnettypes.Miner // ascending by miner id
	asker              Questioner
	limits             limits
	slots              *minerSlots
	// observe hears of every outcome; it may be nil.
	observe func(miner subnettypes.Miner, answer ask.Answer)
}

// round is the asking of one benchmark in one epoch. advance, finished, stop and outcome are called by one goroutine; the
// questions run in their own.
type round struct {
	roundOptions
	schedule schedule

	ctx    context.Context // ends when answers are no longer waited for
	cancel context.CancelFunc
	group  sync.WaitGroup
	turns  []chan struct{} // per miner

	tasks [][]benchmark.Task // per miner
	next  int                // questions released so far, of count

	mu      sync.Mutex // guards the fields below
	answers [][]asked  // per miner and question
	settled int
	kept    int
}

// asked is what is known of one question.
type asked struct {
	settled bool
	begun   bool // the miner was asked
	answer  ask.Answer
	score   int64
}

// newRound draws the questions. Nothing is asked before advance.
func newRound(ctx context.Context, options roundOptions) (*round, error) {
	epoch := options.epoch
	if len(epoch.Beacon) != 32 {
		return nil, fmt.Errorf("the beacon of epoch %d has %d bytes, want 32", epoch.Index, len(epoch.Beacon))
	}
	r := &round{roundOptions: options, schedule: newSchedule(epoch.Epoch)}
	r.miners = slices.Clone(options.miners)
	slices.SortFunc(r.miners, func(a, b subnettypes.Miner) int {
		if a.MinerId < b.MinerId {
			return -1
		}
		return 1
	})
	for i := range r.miners {
		if i > 0 && r.miners[i].MinerId == r.miners[i-1].MinerId {
			return nil, fmt.Errorf("the chain lists miner %d twice", r.miners[i].MinerId)
		}
		tasks, err := benchmark.Draw(r.spec, benchmark.Seed{
			ChainID: r.chainID, Netuid: epoch.Netuid, Benchmark: r.benchmark, Version: r.version, Epoch: epoch.Index,
			MinerID: r.miners[i].MinerId, Beacon: [32]byte(epoch.Beacon),
		})
		if err != nil {
			return nil, err
		}
		r.tasks = append(r.tasks, tasks)
		r.answers = append(r.answers, make([]asked, len(tasks)))
		r.turns = append(r.turns, r.slots.of(r.miners[i].MinerId))
	}
	r.ctx, r.cancel = context.WithCancel(ctx)
	return r, nil
}

// count is the number of questions.
func (r *round) count() int { return len(r.miners) * int(r.spec.Sampling.ItemsPerMiner) }

// advance asks what is due at a height: the first question of every miner, then the second of every miner, and so on,
// evenly over the blocks of the schedule.
func (r *round) advance(height int64) {
	for ; r.next < r.count() && r.schedule.due(r.next, r.count()) <= height; r.next++ {
		miner, index := r.next%len(r.miners), r.next/len(r.miners)
		r.group.Go(func() { r.ask(miner, index) })
	}
}

func (r *round) ask(miner, index int) {
	answer, begun := ask.Answer{Reason: ask.ReasonStopped, Detail: "the validator did not come to ask it"}, false
	// The miner's own slot first: one that hangs holds few of the slots that all share.
	if acquire(r.ctx, r.turns[miner]) {
		if acquire(r.ctx, r.limits.total) {
			m := r.miners[miner]
			begun = true
			answer = r.asker.Ask(r.ctx, ask.Question{
				Netuid: r.epoch.Netuid, Epoch: r.epoch.Index, Hotkey: m.Hotkey, Endpoints: m.Endpoints,
				Model: m.Capabilities.Model, Task: r.tasks[miner][index],
			})
			<-r.limits.total
		}
		<-r.turns[miner]
	}
	r.settle(miner, index, begun, answer)
}

func acquire(ctx context.Context, slots chan struct{}) bool {
	select {
	case <-ctx.Done():
		return false
	case slots <- struct{}{}:
		return true
	}
}

func (r *round) settle(miner, index int, begun bool, answer ask.Answer) {
	result := asked{settled: true, begun: begun, answer: answer}
	if answer.Reason == ask.ReasonNone {
		result.score = benchmark.ScoreItem(r.spec, r.tasks[miner][index], answer.Completion)
	}
	if r.observe != nil {
		r.observe(r.miners[miner], answer)
	}
	result.answer.Completion = "" // it is in the body
	r.mu.Lock()
	defer r.mu.Unlock()
	r.settled++
	if r.kept += len(answer.Body); len(answer.Body) > maxKeptOutput || r.kept > r.limits.kept {
		r.kept -= len(answer.Body)
		result.answer.Body = nil
	}
	r.answers[miner][index] = result
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
		if question.result().Outcome != benchmark.OutcomeAbstained {
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

// result of one question as the benchmark takes it. A question that was never asked does not count.
func (a asked) result() benchmark.ItemResult {
	switch {
	case !a.settled, a.answer.Mine():
		return benchmark.ItemResult{Outcome: benchmark.OutcomeAbstained}
	case a.answer.Reason != ask.ReasonNone:
		return benchmark.ItemResult{Outcome: benchmark.OutcomeUnanswered}
	default:
		return benchmark.ItemResult{Outcome: benchmark.OutcomeScored, Score: a.score}
	}
}

// results of one miner's questions. Only after stop.
func (r *round) results(miner int) []benchmark.ItemResult {
	results := make([]benchmark.ItemResult, len(r.answers[miner]))
	for i, question := range r.answers[miner] {
		results[i] = question.result()
	}
	return results
}

// reason given most often for the questions of a miner that count as 0; empty when all were answered.
func (r *round) reason(miner int) string {
	counts := map[ask.Reason]int{}
	best := ask.ReasonNone
	for _, question := range r.answers[miner] {
		reason := question.answer.Reason
		if question.settled && reason != ask.ReasonNone && !question.answer.Mine() {
			if counts[reason]++; counts[reason] > counts[best] {
				best = reason
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
			result := question.result()
			item := evidence.Item{
				MinerID: r.miners[miner].MinerId, Index: r.tasks[miner][index].Index, Seed: r.tasks[miner][index].Seed,
				Input: question.answer.Input, Output: question.answer.Output,
				Outcome: evidence.Outcome(result.Outcome), Score: result.Score,
				LatencyMs: uint32(min(max(question.answer.Latency.Milliseconds(), 0), math.MaxUint32)), //nolint:gosec // bounded just here
			}
			if len(question.answer.Receipt) <= evidence.MaxReceiptBytes {
				item.Receipt = []byte(question.answer.Receipt)
			}
			entry := evidence.Entry{Item: item, Output: question.answer.Body}
			if item.Output == ([sha256.Size]byte{}) {
				entry.Output = nil
			}
			entries = append(entries, entry)
		}
	}
	return entries
}
