package benchmark

import (
	"context"

	"github.com/agora-network/agora/benchmark/sandbox"
	"github.com/agora-network/agora/benchmark/spec"
)

// Answer is what a miner answered to a task.
type Answer struct {
	// Completion is the text, valid UTF-8.
	Completion string
	// LatencyMs is how long the whole answer took, in milliseconds.
	LatencyMs uint32
	// Tokens is how many tokens it has.
	Tokens uint32
}

// Verdict is what became of a task.
type Verdict struct {
	Outcome Outcome
	// Score is 0 to [ScoreOne]; only of an OutcomeScored.
	Score int64
	// Parts are the scores of the spec's scorers, in their order; of an OutcomeScored.
	Parts []int64
	// Reason says why there is no score, or why it is 0 by fault of a scorer.
	Reason Reason
	// Detail says more, for people.
	Detail string
}

// Result is what the aggregation needs of a verdict. An answer that is worth nothing as a
// whole, such as a fast wrong one behind a gate, is worth nothing in any of its parts.
func (v Verdict) Result(task *Task) ItemResult {
	parts := v.Parts
	if v.Score == 0 {
		parts = make([]int64, len(v.Parts))
	}
	return ItemResult{Item: task.Item, Outcome: v.Outcome, Score: v.Score, Parts: parts}
}

// Batch scores answers of one miner in one epoch. It belongs to one goroutine.
type Batch struct {
	program *Program
	// modules run the scorers in the sandbox, by scorer; nil until needed.
	modules []*sandbox.Batch
}

// Batch begins a batch. Modules in it remember nothing of any other. The caller closes it.
func (p *Program) Batch() *Batch {
	return &Batch{program: p, modules: make([]*sandbox.Batch, len(p.scorers))}
}

// Close lets go of what the batch holds.
func (b *Batch) Close() {
	for i, module := range b.modules {
		if module != nil {
			module.Close()
			b.modules[i] = nil
		}
	}
}

// Score gives an answer its score: those of the scorers weighted by their basis points,
// rounded half to even, or 0 when a gate is closed. A task with a fault abstains, and so
// does one whose scorer fails, unless the spec counts that as 0. The work of everything
// but models is bounded by the spec and does not depend on the machine.
func (b *Batch) Score(ctx context.Context, task *Task, answer Answer) Verdict {
	if task.Fault != nil {
		return Verdict{Outcome: OutcomeAbstained, Reason: task.Fault.Reason, Detail: task.Fault.Err.Error()}
	}
	p := b.program
	verdict := Verdict{Outcome: OutcomeScored, Parts: make([]int64, len(p.scorers))}
	var sum int64
	closed := false
	text := ""
	for i := range p.scorers {
		s := &p.scorers[i]
		if i == 0 || s.extraction != p.scorers[i-1].extraction { // else it is the same part
			text = Extract(s.extraction, answer.Completion)
		}
		score, err := s.score(ctx, b, i, &scored{task: task, answer: answer, text: text})
		if err != nil {
			return b.fault(err)
		}
		verdict.Parts[i] = clampScore(score)
		closed = closed || s.gate && verdict.Parts[i] == 0
		sum += s.weight * verdict.Parts[i]
	}
	if !closed {
		verdict.Score = clampScore(divideHalfEven(sum, spec.OneBp))
	}
	return verdict
}

// fault is the verdict when a scorer failed.
func (b *Batch) fault(err error) Verdict {
	verdict := Verdict{Outcome: OutcomeAbstained, Reason: asFault(err, ReasonScorerTrap).Reason, Detail: err.Error()}
	// What the validator lacks, or the question, is never the answer's doing.
	mine := verdict.Reason == ReasonModelMissing || verdict.Reason == ReasonQuestionUnfit
	if verdict.Reason == ReasonAnswerTooLong || b.program.spec.Aggregation.Fault == spec.FAULT_ZERO && !mine {
		verdict.Outcome, verdict.Parts = OutcomeScored, make([]int64, len(b.program.scorers))
	}
	return verdict
}
