//go:build unix

package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

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

func seedOf(index, minerID uint64) benchmark.Seed {
	return benchmark.Seed{
		ChainID: chainID, Netuid: netuid, Version: version, Epoch: index, MinerID: minerID, Beacon: [32]byte(epochAt(index).Beacon),
	}
}

// readyAnswers are the right answers to all that is asked of so many miners in the first epochs, by prompt.
func readyAnswers(ctx context.Context, s *spec.Spec, miners, epochs int) (map[string]string, error) {
	program, err := benchmark.Open(ctx, s, benchmark.Env{})
	if err != nil {
		return nil, err
	}
	defer program.Close()
	answers := map[string]string{}
	for epoch := range epochs {
		for miner := range miners {
			tasks, err := program.Draw(ctx, seedOf(uint64(epoch), uint64(miner)+1), benchmark.Share{}) //nolint:gosec // counts
			if err != nil {
				return nil, err
			}
			for i := range tasks {
				if tasks[i].Fault != nil {
					return nil, fmt.Errorf("epoch %d, miner %d: %w", epoch, miner+1, tasks[i].Fault)
				}
				answers[tasks[i].Question.Prompt] = tasks[i].Question.Expected
			}
		}
	}
	return answers, nil
}
