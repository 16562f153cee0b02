package metric

import (
	"errors"
	"fmt"
)

// One is the best score: 1 in units of 1e-9.
const One int64 = 1_000_000_000

// Limits of what is compared. [Exact] alone has none, since it only compares bytes.
const (
	// MaxAnswerBytes bounds an answer, 64 KiB.
	MaxAnswerBytes = 64 << 10
	// MaxReferenceBytes bounds the references of one question together, 256 KiB.
	MaxReferenceBytes = 256 << 10
	// MaxReferences bounds their number.
	MaxReferences = 64
)

// Errors of this package. All errors come with the score 0 and wrap one of these.
var (
	// ErrTooLong says that the answer has more than [MaxAnswerBytes]: whoever answered
	// is at fault.
	ErrTooLong = errors.New("the answer is too long")
	// ErrTooComplex says that to hold the answer against the schema would take more
	// than [MaxSchemaWork] or [MaxPatternWork].
	ErrTooComplex = errors.New("the answer is too large for its schema")
	// ErrReference says that the references are none, too many, too long or not what the
	// metric compares with, such as a number: the question is at fault.
	ErrReference = errors.New("the references are unusable")
	// ErrSchema says that a JSON schema is wrong or refused: the question is at fault.
	ErrSchema = errors.New("the JSON schema is unusable")
	// ErrInput says that a measured value or a setting is outside its range.
	ErrInput = errors.New("a value is out of range")
)

// Func is a text metric: it compares an answer with all references and returns the
// best score, 0 to [One], or for an error rate the least rate. Any text is allowed,
// UTF-8 or not; the error wraps [ErrTooLong] or [ErrReference].
type Func func(answer string, references []string) (int64, error)

// check holds an answer and its references to the limits.
func check(answer string, references []string) error {
	if err := checkAnswer(answer); err != nil {
		return err
	}
	return checkReferences(references)
}

func checkAnswer(answer string) error {
	if len(answer) > MaxAnswerBytes {
		return fmt.Errorf("%w: %d bytes, at most %d are compared", ErrTooLong, len(answer), MaxAnswerBytes)
	}
	return nil
}

func checkReferences(references []string) error {
	if len(references) == 0 {
		return fmt.Errorf("%w: there are none", ErrReference)
	}
	if len(references) > MaxReferences {
		return fmt.Errorf("%w: %d of them, at most %d are allowed", ErrReference, len(references), MaxReferences)
	}
	total := 0
	for _, reference := range references {
		total += len(reference)
	}
	if total > MaxReferenceBytes {
		return fmt.Errorf("%w: %d bytes in all, at most %d are allowed", ErrReference, total, MaxReferenceBytes)
	}
	return nil
}

// best returns the highest score of a checked answer over its references. It stops at
// a perfect one.
func best(references []string, score func(reference string) int64) int64 {
	var highest int64
	for _, reference := range references {
		if highest = max(highest, score(reference)); highest == One {
			break
		}
	}
	return highest
}

// least returns the lowest rate over the references. It stops at 0.
func least(references []string, rate func(reference string) int64) int64 {
	lowest := rate(references[0])
	for _, reference := range references[1:] {
		if lowest == 0 {
			break
		}
		lowest = min(lowest, rate(reference))
	}
	return lowest
}
