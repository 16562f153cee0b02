package benchmark

import (
	"slices"

	"github.com/agora-network/agora/benchmark/metric"
	"github.com/agora-network/agora/benchmark/spec"
)

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

// ItemResult is what one answer gave.
type ItemResult struct {
	Item    uint32 // question that was answered; samples of one have the same
	Outcome Outcome
	Score   int64   // 0 to ScoreOne; only of an OutcomeScored
	Parts   []int64 // scores of the spec's scorers; only of an OutcomeScored
}

// EpochScore is what the questions of one miner in one epoch gave together.
type EpochScore struct {
	Score      int64 // 0 to ScoreOne; 0 when nothing counted
	Scored     int   // answers in time
	Unanswered int   // answers that count as 0
	Abstained  int   // answers that do not count
}

// Aggregate folds the answers of an epoch into one score: the mean over the questions
// that count, rounded half to even, a question with several samples counting as their
// mean or by pass@k. Questions for calibration are left out. The order of the answers has
// no effect. The spec must be valid.
func Aggregate(s *spec.Spec, answers []ItemResult) EpochScore {
	answers = Paid(s, answers)
	var out EpochScore
	var sum, counted int64
	for _, item := range questions(s, answers) {
		switch item.Outcome {
		case OutcomeScored:
			sum += item.Score
			counted++
		case OutcomeUnanswered:
			counted++
		}
	}
	for _, answer := range answers {
		switch answer.Outcome {
		case OutcomeScored:
			out.Scored++
		case OutcomeUnanswered:
			out.Unanswered++
		default:
			out.Abstained++
		}
	}
	if counted > 0 {
		out.Score = divideHalfEven(sum, counted)
	}
	return out
}

// Paid leaves out the answers to questions for calibration: all validators ask the same
// there, so that anybody can know questions and answers beforehand, and they compare
// validators, not miners.
func Paid(s *spec.Spec, answers []ItemResult) []ItemResult {
	if s.Sampling.CalibrationItems == 0 {
		return answers
	}
	paid := make([]ItemResult, 0, len(answers))
	for _, answer := range answers {
		if answer.Item >= s.Sampling.CalibrationItems {
			paid = append(paid, answer)
		}
	}
	return paid
}

// questions folds the samples of each question into one result, by ascending item.
// Scores in them are within bounds.
func questions(s *spec.Spec, answers []ItemResult) []ItemResult {
	sorted := slices.Clone(answers)
	for i := range sorted {
		sorted[i].Score = clampScore(sorted[i].Score)
	}
	if s.Sampling.Samples < 2 {
		return sorted
	}
	slices.SortStableFunc(sorted, func(a, b ItemResult) int { return int(int64(a.Item) - int64(b.Item)) })
	folded := sorted[:0]
	for start := 0; start < len(sorted); {
		end := start + 1
		for end < len(sorted) && sorted[end].Item == sorted[start].Item {
			end++
		}
		folded = append(folded, fold(sorted[start:end], int(s.Aggregation.PassAt)))
		start = end
	}
	return folded
}

// fold makes one result of the samples of a question. With fewer of them than the k of
// pass@k there is no estimate, and the question abstains.
func fold(samples []ItemResult, passAt int) ItemResult {
	out := ItemResult{Item: samples[0].Item}
	var sum int64
	counted, answered, passed := 0, 0, 0
	for _, sample := range samples {
		if sample.Outcome == OutcomeAbstained {
			continue
		}
		counted++
		if sample.Outcome == OutcomeUnanswered {
			continue
		}
		answered++
		sum += sample.Score
		if sample.Score == ScoreOne {
			passed++
		}
		if out.Parts == nil {
			out.Parts = make([]int64, len(sample.Parts))
		}
		for i := range min(len(out.Parts), len(sample.Parts)) {
			out.Parts[i] += sample.Parts[i]
		}
	}
	for i := range out.Parts {
		out.Parts[i] = divideHalfEven(out.Parts[i], int64(counted))
	}
	switch {
	case counted == 0 || counted < passAt:
		return ItemResult{Item: out.Item}
	case answered == 0:
		out.Outcome = OutcomeUnanswered
		return out
	}
	out.Outcome = OutcomeScored
	if passAt == 0 {
		out.Score = divideHalfEven(sum, int64(counted))
		return out
	}
	score, err := metric.PassAtK(counted, passed, passAt)
	if err != nil { // not for numbers such as these
		return ItemResult{Item: out.Item}
	}
	out.Score = score
	return out
}
