// Package golden reads and writes files of goldens: the results that a module of the
// sandbox promises, beside its source. Their scores and digests go into the spec of the
// benchmark.
//
// All functions are pure and may be called concurrently.
package golden

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/agora-network/agora/benchmark/question"
	"github.com/agora-network/agora/benchmark/sandbox"
)

// ErrFile is wrapped by the errors for a file that is not one of goldens.
var ErrFile = errors.New("goldens are invalid")

// File is a file of goldens.
type File struct {
	// Scores that the scorer promises.
	Scores []Score `json:"scores,omitempty"`
	// Questions that the generator promises.
	Questions []Question `json:"questions,omitempty"`
}

// Score is one item and its score.
type Score struct {
	// Name says what the golden shows.
	Name string `json:"name"`
	// What the scorer sees, see sandbox.Input.
	Prompt       string   `json:"prompt,omitempty"`
	Expected     string   `json:"expected,omitempty"`
	Alternatives []string `json:"alternatives,omitempty"`
	Data         string   `json:"data,omitempty"`
	Tests        string   `json:"tests,omitempty"`
	Answer       string   `json:"answer,omitempty"`
	LatencyMS    uint32   `json:"latency_ms,omitempty"`
	Tokens       uint32   `json:"tokens,omitempty"`
	// Score in units of 1e-9, when Abstain is 0.
	Score int64 `json:"score"`
	// Abstain is the code with which the module abstains, or 0.
	Abstain int64 `json:"abstain,omitempty"`
}

// Question is one seed and the question it makes.
type Question struct {
	// Seed of the question.
	Seed Seed `json:"seed"`
	// Question that it makes; nothing before it was made for the first time.
	Question *question.Question `json:"question,omitempty"`
}

// Seed is written as 64 hexadecimal digits.
type Seed [32]byte

// MarshalText writes the digits.
func (s Seed) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, s[:]), nil }

// UnmarshalText reads them.
func (s *Seed) UnmarshalText(text []byte) error {
	if hex.DecodedLen(len(text)) != len(s) {
		return fmt.Errorf("a seed has %d digits, it must have %d", len(text), hex.EncodedLen(len(s)))
	}
	_, err := hex.Decode(s[:], text)
	return err
}

// Parse reads a file; nothing unknown may be in it. Errors wrap [ErrFile].
func Parse(text []byte) (*File, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	f := new(File)
	if err := decoder.Decode(f); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	}
	if decoder.More() {
		return nil, fmt.Errorf("%w: something follows them", ErrFile)
	}
	for i := range f.Questions {
		if q := f.Questions[i].Question; q != nil {
			if err := q.Validate(); err != nil {
				return nil, fmt.Errorf("%w: question %d: %w", ErrFile, i, err)
			}
		}
	}
	return f, nil
}

// Encode writes the file for people.
func (f *File) Encode() ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(f); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	}
	return out.Bytes(), nil
}

// Input is what the scorer sees.
func (s *Score) Input() sandbox.Input {
	return sandbox.Input{
		Prompt: s.Prompt, Expected: s.Expected, Alternatives: s.Alternatives, Data: s.Data, Tests: s.Tests,
		Answer: s.Answer, LatencyMS: s.LatencyMS, Tokens: s.Tokens,
	}
}

// Goldens are the scores as the sandbox replays them.
func (f *File) Goldens() []sandbox.Golden {
	goldens := make([]sandbox.Golden, len(f.Scores))
	for i := range f.Scores {
		s := &f.Scores[i]
		goldens[i] = sandbox.Golden{Input: s.Input(), Score: s.Score, Abstain: s.Abstain}
	}
	return goldens
}

// GeneratorGoldens are the questions as the sandbox replays them. It is an error if one
// was not made yet.
func (f *File) GeneratorGoldens() ([]sandbox.GeneratorGolden, error) {
	goldens := make([]sandbox.GeneratorGolden, len(f.Questions))
	for i := range f.Questions {
		q := &f.Questions[i]
		if q.Question == nil {
			return nil, fmt.Errorf("%w: the question of seed %x is missing", ErrFile, q.Seed[:4])
		}
		digest, err := q.Question.Digest()
		if err != nil {
			return nil, fmt.Errorf("%w: question %d: %w", ErrFile, i, err)
		}
		goldens[i] = sandbox.GeneratorGolden{Seed: q.Seed, Digest: digest}
	}
	return goldens, nil
}
