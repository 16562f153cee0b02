package benchmark

import (
	"strings"

	"github.com/agora-network/agora/benchmark/spec"
)

// ScoreItem returns the score of a completion as answer to a task, 0 to
// [ScoreOne]: the scorers' scores weighted by their basis points, rounded half to
// even. The spec must be valid. Any completion has a score, and the work grows
// with its length only; it is copied nowhere.
func ScoreItem(s *spec.Spec, task Task, completion string) int64 {
	var sum int64
	for i := range s.Scorers {
		scorer := &s.Scorers[i]
		if Extract(scorer.Extraction, completion) == task.Expected {
			sum += int64(scorer.WeightBp) * ScoreOne
		}
	}
	return clampScore(divideHalfEven(sum, spec.OneBp))
}

// Extract returns the part of a completion that is the answer.
func Extract(extraction spec.Extraction, completion string) string {
	if extraction == spec.EXTRACTION_AFTER_LAST_EQUALS {
		completion = completion[strings.LastIndexByte(completion, '=')+1:]
	}
	return strings.Trim(completion, " \t\r\n")
}
