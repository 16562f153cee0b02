package benchmark

import (
	"errors"
	"fmt"

	"github.com/agora-network/agora/benchmark/spec"
)

// ErrEpoch is wrapped by the error for an epoch that is not later than the last.
var ErrEpoch = errors.New("epoch is already in the standing")

// Outcome is what became of a question.
type Outcome uint8

// The outcomes. Their numbers are part of the evidence and never change.
const (
	// OutcomeAbstained: the validator could not ask or could not score; the question
	// does not count, for the fault is not the miner's.
	OutcomeAbstained Outcome = 0
	// OutcomeScored: the miner answered in time and the answer has a score.
	OutcomeScored Outcome = 1
	// OutcomeUnanswered: the miner did not answer, answered too late, or sent what is
	// not an answer. The question counts as 0.
	OutcomeUnanswered Outcome = 2
)

// ItemResult is what one question gave.
type ItemResult struct {
	Outcome Outcome
	Score   int64 // 0 to ScoreOne; only of an OutcomeScored
}

// EpochScore is what the questions of one miner in one epoch gave together.
type EpochScore struct {
	Score      int64 // 0 to ScoreOne; 0 when nothing counted
	Scored     int   // questions answered in time
	Unanswered int   // questions that count as 0
	Abstained  int   // questions that do not count
}

// Aggregate folds the questions of an epoch into one score: the mean over those
// that count, rounded half to even. The order of the items has no effect.
func Aggregate(_ *spec.Spec, items []ItemResult) EpochScore {
	// A mean is the only way of folding that a valid spec can ask for.
	var out EpochScore
	var sum int64
	for _, item := range items {
		switch item.Outcome {
		case OutcomeScored:
			out.Scored++
			sum += clampScore(item.Score)
		case OutcomeUnanswered:
			out.Unanswered++
		default:
			out.Abstained++
		}
	}
	if counted := out.Scored + out.Unanswered; counted > 0 {
		out.Score = divideHalfEven(sum, int64(counted))
	}
	return out
}

// Standing is a miner's running score. The zero value is that of a newcomer.
type Standing struct {
	Score    int64  // exponential moving average, 0 to ScoreOne
	Epoch    uint64 // last epoch that went into it; 0 until Measured
	Measured bool   // whether any epoch went into it
}

// Advance returns the standing after an epoch.
//
// An epoch in which questions counted but none was answered resets the score to 0
// at once, so whoever leaves stops earning and whoever returns starts again. An
// epoch in which no question counted changes nothing. Otherwise the score moves
// towards that of the epoch by 1-(1-α)^n, n being the epochs since the last one
// measured: after a pause of the validator the old score has faded as if it had
// been measured all along. A newcomer starts from 0 with n = 1.
//
// The error wraps [ErrEpoch] when the standing already holds this epoch or a later
// one; the spec must be valid.
func (st Standing) Advance(s *spec.Spec, epoch uint64, result EpochScore) (Standing, error) {
	if st.Measured && epoch <= st.Epoch {
		return st, fmt.Errorf("advance a standing to epoch %d: %w (it is at epoch %d)", epoch, ErrEpoch, st.Epoch)
	}
	if result.Scored+result.Unanswered == 0 {
		return st, nil
	}
	next := Standing{Epoch: epoch, Measured: true}
	if result.Scored == 0 {
		return next, nil
	}
	elapsed := uint64(1)
	if st.Measured {
		elapsed = epoch - st.Epoch
	}
	kept := power(ScoreOne-int64(s.Aggregation.EmaAlphaBp)*bpScore, elapsed)
	// Both products together are at most 1e18.
	next.Score = divideHalfEven(kept*clampScore(st.Score)+(ScoreOne-kept)*clampScore(result.Score), ScoreOne)
	return next, nil
}

// power returns base^exponent for a base in units of 1e-9 between 0 and 1, each
// multiplication rounded half to even.
func power(base int64, exponent uint64) int64 {
	result := ScoreOne
	for ; exponent > 0; exponent >>= 1 {
		if exponent&1 == 1 {
			result = divideHalfEven(result*base, ScoreOne)
		}
		base = divideHalfEven(base*base, ScoreOne)
	}
	return result
}
