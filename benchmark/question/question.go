// Package question is one question of a benchmark, whoever made it: a generator of
// this program, a data set or a generator in the sandbox.
//
// A Question is a value; all functions are pure and may be called concurrently.
package question

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// ErrInvalid is wrapped by the errors for a question that breaks a rule.
var ErrInvalid = errors.New("question is invalid")

// Limits of a question.
const (
	// MaxBytes bounds the encoding of a question, 256 KiB.
	MaxBytes = 256 << 10
	// MaxFamilyBytes bounds the name of a family.
	MaxFamilyBytes = 64
	// MaxAlternatives bounds the further right answers.
	MaxAlternatives = 16
)

// Question is what is asked and what is needed to score an answer. Only the prompt
// is shown to a miner.
type Question struct {
	// Family is the kind of question, for reports; it may be empty.
	Family string `json:"family,omitempty"`
	// Prompt is the text of the user's message, never empty.
	Prompt string `json:"prompt"`
	// Expected is the right answer, or the reference that answers are compared with.
	Expected string `json:"expected,omitempty"`
	// Alternatives are further right answers or references.
	Alternatives []string `json:"alternatives,omitempty"`
	// Tests is the program that the scorer "tests" runs against an answer.
	Tests string `json:"tests,omitempty"`
	// Schema is the JSON schema that the scorer "json-schema" holds an answer to, when
	// the spec gives none.
	Schema string `json:"schema,omitempty"`
	// Data is whatever else a scorer of the benchmark's author needs.
	Data string `json:"data,omitempty"`
}

// References lists the right answers: the expected one, then the alternatives.
func (q *Question) References() []string {
	return append([]string{q.Expected}, q.Alternatives...)
}

// Validate checks sizes and that every text is UTF-8; the error wraps [ErrInvalid].
func (q *Question) Validate() error {
	switch {
	case q.Prompt == "":
		return fmt.Errorf("%w: it has no prompt", ErrInvalid)
	case len(q.Family) > MaxFamilyBytes:
		return fmt.Errorf("%w: the name of its family has %d bytes, at most %d are allowed", ErrInvalid, len(q.Family), MaxFamilyBytes)
	case len(q.Alternatives) > MaxAlternatives:
		return fmt.Errorf("%w: it has %d alternatives, at most %d are allowed", ErrInvalid, len(q.Alternatives), MaxAlternatives)
	}
	total := 0
	for _, text := range append([]string{q.Family, q.Prompt, q.Expected, q.Tests, q.Schema, q.Data}, q.Alternatives...) {
		if !utf8.ValidString(text) {
			return fmt.Errorf("%w: a text in it is not UTF-8", ErrInvalid)
		}
		total += len(text)
	}
	if total > MaxBytes {
		return fmt.Errorf("%w: its texts have %d bytes, at most %d are allowed", ErrInvalid, total, MaxBytes)
	}
	return nil
}

// Encode returns the canonical bytes: JSON with the fields in their order in
// [Question], empty ones left out, without white space and without escapes of HTML.
func (q *Question) Encode() ([]byte, error) {
	if err := q.Validate(); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(q); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	encoded := bytes.TrimSuffix(out.Bytes(), []byte{'\n'})
	if len(encoded) > MaxBytes {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrInvalid, len(encoded), MaxBytes)
	}
	return encoded, nil
}

// Decode reads one question written as JSON by anyone: fields in any order, white
// space anywhere, but nothing unknown, nothing twice and nothing after it. The error
// wraps [ErrInvalid].
func Decode(text []byte) (Question, error) {
	if len(text) > MaxBytes {
		return Question{}, fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrInvalid, len(text), MaxBytes)
	}
	if !utf8.Valid(text) {
		return Question{}, fmt.Errorf("%w: it is not UTF-8", ErrInvalid)
	}
	if err := refuseDuplicates(text); err != nil {
		return Question{}, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var q Question
	if err := decoder.Decode(&q); err != nil {
		return Question{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if decoder.More() {
		return Question{}, fmt.Errorf("%w: something follows it", ErrInvalid)
	}
	return q, q.Validate()
}

// refuseDuplicates makes sure that no name appears twice in the object: which of the
// two counts would depend on the reader.
func refuseDuplicates(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	open, err := decoder.Token()
	if err != nil || open != json.Delim('{') {
		return fmt.Errorf("%w: it is not a JSON object", ErrInvalid)
	}
	seen := make(map[string]bool, 8)
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return fmt.Errorf("%w: %w", ErrInvalid, err)
		}
		name, _ := token.(string) // what stands before a colon is a string
		if seen[name] {
			return fmt.Errorf("%w: it has %q twice", ErrInvalid, name)
		}
		seen[name] = true
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return fmt.Errorf("%w: %w", ErrInvalid, err)
		}
	}
	return nil
}

// Digest is the sha256 of the canonical bytes. The question must be valid.
func (q *Question) Digest() ([sha256.Size]byte, error) {
	encoded, err := q.Encode()
	if err != nil {
		return [sha256.Size]byte{}, err
	}
	return sha256.Sum256(encoded), nil
}
