package spec

import (
	"errors"
	"strconv"
	"strings"
)

// Kinds of refusal, for errors.Is.
var (
	// ErrInvalid: a setting is missing, out of range or contradicts another.
	ErrInvalid = errors.New("benchmark spec is invalid")
	// ErrEncoding: the bytes are not the canonical encoding of any spec.
	ErrEncoding = errors.New("benchmark spec is not canonically encoded")
	// ErrTooLarge: more than MaxBytes bytes.
	ErrTooLarge = errors.New("benchmark spec is too large")
)

// Problem is one reason why a spec is refused.
type Problem struct {
	// Path names the setting, as in "scorers[0].weight_bp".
	Path string
	// Line is the line of the YAML text, counted from 1; 0 when there is no text.
	Line int
	// Reason says what is wrong and what is allowed.
	Reason string
}

// String returns the problem in one line.
func (p Problem) String() string {
	var b strings.Builder
	if p.Line > 0 {
		b.WriteString("line " + strconv.Itoa(p.Line) + ": ")
	}
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	return b.String() + p.Reason
}

// InvalidError lists every problem of a spec, in the order of its fields. It
// matches [ErrInvalid].
type InvalidError struct {
	Problems []Problem
}

// Error returns all problems, separated by semicolons.
func (e *InvalidError) Error() string {
	text := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		text[i] = p.String()
	}
	return ErrInvalid.Error() + ": " + strings.Join(text, "; ")
}

// Is makes errors.Is(err, ErrInvalid) true.
func (e *InvalidError) Is(target error) bool { return target == ErrInvalid }
