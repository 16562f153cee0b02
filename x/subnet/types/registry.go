package types

import "github.com/agora-network/agora/internal/paramspec"

// Who may change a parameter.
type Who = paramspec.Who

// Who may change a parameter.
const (
	Owner      = paramspec.Owner
	Governance = paramspec.Governance
)

// ParamSpec describes one number among the parameters.
type ParamSpec[P any] = paramspec.Spec[P]

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

func boolToUint(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}
