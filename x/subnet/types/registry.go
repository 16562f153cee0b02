package types

import "fmt"

// Who may change a parameter.
type Who string

const (
	// Owner may change the parameter; so may governance.
	Owner Who = "owner"
	// Governance alone may change the parameter: it decides who scores and how pay is counted, or for how long coins stay
	// locked, and whoever joined a subnet must be able to rely on it. An owner chooses it when it registers the subnet.
	Governance Who = "governance"
)

// ParamSpec describes one number among the parameters: what it means, its range, its default, who may change it and how
// often. Validation, defaults, messages, queries and documentation all read this one table.
type ParamSpec[P any] struct {
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

// MaxWorkPerBlock bounds what the epochs of one subnet cost: max_miners times max_validators, the size of the table by
// which a benchmark is paid, times the benchmarks, for each block of tempo. The default slots and permits fit the shortest
// tempo with one benchmark.
const MaxWorkPerBlock = 4_096

// SubnetParamSpec finds the description of a subnet's parameter by its name.
func SubnetParamSpec(name string) (ParamSpec[SubnetParams], bool) {
	for _, spec := range SubnetParamSpecs {
		if spec.Name == name {
			return spec, true
		}
	}
	return ParamSpec[SubnetParams]{}, false
}

// checkRange returns what is wrong with the value when it is out of its range, or "".
func (s ParamSpec[P]) checkRange(params *P) string {
	if v := s.Get(params); v < s.Min || v > s.Max {
		return fmt.Sprintf("%s is %d, its range is %d to %d %s", s.Name, v, s.Min, s.Max, s.Unit)
	}
	return ""
}

// checkRanges returns what is wrong with the first value out of its range, or "".
func checkRanges[P any](specs []ParamSpec[P], params *P) string {
	for _, spec := range specs {
		if wrong := spec.checkRange(params); wrong != "" {
			return wrong
		}
	}
	return ""
}

func boolToUint(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}
