package keeper

import "github.com/agora-network/agora/benchmark/spec"

// checkSpec refuses bytes that are not the canonical encoding of a valid benchmark spec. It reads them
// as every validator will.
func checkSpec(canonical []byte) error {
	_, err := spec.Decode(canonical)
	return err
}
