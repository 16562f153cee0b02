package keeper

import (
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/x/subnet/types"
)

// BenchmarkSpecs checks benchmark specs as every validator will read them: canonical bytes, known
// fields, valid values.
func BenchmarkSpecs() types.SpecChecker {
	return types.SpecCheckerFunc(func(canonical []byte) error {
		_, err := spec.Decode(canonical)
		return err
	})
}
