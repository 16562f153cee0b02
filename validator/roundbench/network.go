//go:build unix

package main

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/benchmarks"
	"github.com/agora-network/agora/wire"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// The network of the benchmark, which all its processes work out for themselves.
const (
	chainID = "agora-bench-1"
	netuid  = 1
	version = 1
	// blocks of an epoch: so many that none is over before its round.
	blocks = 1_000_000
)

// signer makes a key of a number; nothing depends on which it is.
func signer(kind string, number uint64) *wire.KeySigner {
	secret := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("roundbench/"+kind), number))
	key, err := wire.NewKeySigner(secret[:])
	if err != nil {
		panic(err) // not for these seeds
	}
	return key
}

var callerKey = signer("validator", 0)

func minerKey(id uint64) *wire.KeySigner { return signer("miner", id) }

// measuredSpec is the benchmark of a new network with so many questions for each miner.
func measuredSpec(items int) (*spec.Spec, error) {
	s, err := benchmarks.Load(benchmarks.Default)
	if err != nil {
		return nil, err
	}
	s.Sampling.ItemsPerMiner = uint32(items) //nolint:gosec // a flag of the operator, validated when the spec is opened
	return s, nil
}

// epochAt is the epoch of an index.
func epochAt(index uint64) subnettypes.Epoch {
	beacon := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("roundbench/beacon"), index))
	start := 1 + int64(index)*blocks //nolint:gosec // a few rounds
	return subnettypes.Epoch{
		Netuid: netuid, Index: index, StartHeight: start, EndHeight: start + blocks - 1, Beacon: beacon[:],
		Benchmarks: []subnettypes.EpochBenchmark{{Version: version, ShareBp: spec.OneBp}},
		Permits:    []subnettypes.Permit{{Hotkey: callerKey.Address(), Power: 1, ActiveOn: []uint32{0}}},
	}
}

// seedOf is a seed as the daemon makes it, but for the secret, which the daemon draws itself.
func seedOf(index, minerID uint64) benchmark.Seed {
	return benchmark.Seed{
		ChainID: chainID, Netuid: netuid, Version: version, Epoch: index, MinerID: minerID, Beacon: [32]byte(epochAt(index).Beacon),
		Secret: sha256.Sum256([]byte("roundbench/secret")),
	}
}
