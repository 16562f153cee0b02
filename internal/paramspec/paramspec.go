// Package paramspec describes the numbers that can be set on a chain: one table per module says of each what it means, its
// range, its default, who may change it and what else a change does. Validation, defaults, messages, queries and
// documentation read that one table. Consensus code; it imports nothing of the chain.
package paramspec

import "fmt"

// Who may change a parameter.
type Who string

const (
	// Owner may change the parameter; so may governance.
	Owner Who = "owner"
	// Governance alone may change the parameter: it decides who scores and how pay is counted, or for how long coins stay
	// locked, and whoever joined must be able to rely on it.
	Governance Who = "governance"
)

// Spec describes one number among the parameters P.
type Spec[P any] struct {
	// Name of the field in its proto message.
	Name string
	// Min and Max bound the value, both inclusive.
	Min, Max uint64
	// Default is what a chain begins with.
	Default uint64
	// Unit in which the value counts.
	Unit string
	// Who may change it.
	Who Who
	// MinInterval is at least how many blocks lie between two changes by an owner; governance is not bound by it.
	MinInterval uint64
	// Meaning in one line.
	Meaning string
	// SideEffects of a change, beside what the meaning says; may be empty.
	SideEffects string
	// Get and Set reach the field.
	Get func(*P) uint64
	Set func(*P, uint64)
}

// Wrong returns what is wrong with the value when it is out of its range, naming the parameter, or "".
func (s Spec[P]) Wrong(params *P) string {
	if v := s.Get(params); v < s.Min || v > s.Max {
		return fmt.Sprintf("%s is %d, its range is %d to %d %s", s.Name, v, s.Min, s.Max, s.Unit)
	}
	return ""
}

// Wrong returns what is wrong with the first value out of its range, or "".
func Wrong[P any](specs []Spec[P], params *P) string {
	for _, spec := range specs {
		if wrong := spec.Wrong(params); wrong != "" {
			return wrong
		}
	}
	return ""
}
