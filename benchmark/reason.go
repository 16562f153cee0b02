package benchmark

import (
	"errors"
	"fmt"
)

// Reason says in one word why an item has no score, or an odd one. Reasons are part of
// the evidence, so that whoever runs an epoch again must come to the same one, and
// labels of metrics: there are few and they never change.
type Reason string

// The reasons of this package. A validator has more of its own, for items that it
// could not ask.
const (
	// ReasonNone: nothing is to be said.
	ReasonNone Reason = ""
	// ReasonQuestionMissing: the data set did not open the item, or nobody serves it.
	ReasonQuestionMissing Reason = "question_missing"
	// ReasonQuestionChanged: what was served is not what the root or digest says.
	ReasonQuestionChanged Reason = "question_changed"
	// ReasonQuestionFailed: the generator in the sandbox made no question.
	ReasonQuestionFailed Reason = "question_failed"
	// ReasonQuestionTwice: the generator in the sandbox made the same question before.
	ReasonQuestionTwice Reason = "question_twice"
	// ReasonQuestionUnfit: the question lacks what a scorer needs.
	ReasonQuestionUnfit Reason = "question_unfit"
	// ReasonScorerTrap: the scorer stopped with an error.
	ReasonScorerTrap Reason = "scorer_trap"
	// ReasonScorerLimit: the scorer ran into a limit of time, steps, cost or memory.
	ReasonScorerLimit Reason = "scorer_limit"
	// ReasonScorerAbstained: the scorer itself gave no score.
	ReasonScorerAbstained Reason = "scorer_abstained"
	// ReasonScorerResult: the scorer gave what is no score.
	ReasonScorerResult Reason = "scorer_result"
	// ReasonModelMissing: a model that the scorer needs is not at hand.
	ReasonModelMissing Reason = "model_missing"
	// ReasonAnswerTooLong: the answer is longer than the scorer takes.
	ReasonAnswerTooLong Reason = "answer_too_long"
)

// Fault is an error with the reason that stands in the evidence.
type Fault struct {
	Reason Reason
	// Err says more, for people; it is no part of the evidence.
	Err error
}

// Error returns the reason and the error.
func (f *Fault) Error() string { return fmt.Sprintf("%s: %v", f.Reason, f.Err) }

// Unwrap returns the error.
func (f *Fault) Unwrap() error { return f.Err }

// asFault returns the fault that an error is, or one with another reason.
func asFault(err error, otherwise Reason) *Fault {
	if fault, ok := errors.AsType[*Fault](err); ok {
		return fault
	}
	return &Fault{Reason: otherwise, Err: err}
}
