package localnet

import (
	"fmt"
	"time"
)

// Settings are what a user may choose about a network when it is made. They
// stay as they are until it is reset.
type Settings struct {
	// Nodes is the number of consensus nodes, each a bonded validator of equal power; 1 to 16.
	Nodes int `json:"nodes"`
	// Validators is the number of scoring processes, 1 to 64. They serve the
	// nodes' operators in turn; several of one operator split its power.
	Validators int `json:"validators"`
	// Miners is the number of miner processes, 1 to 64, of the default models in turn.
	Miners int `json:"miners"`
	// BlockTime is the pause between blocks, 100 ms to 15 s: validators mistrust a clock that is 20 s off the newest block.
	BlockTime time.Duration `json:"block_time"`
	// Tempo is the length of an epoch in blocks, 5 to 10,000.
	Tempo uint64 `json:"tempo"`
	// Benchmarks is what the subnet measures: 1, the default benchmark, or 2, sums and differences beside it.
	Benchmarks int `json:"benchmarks"`
}

// DefaultSettings are those of "agorad localnet up" without flags.
func DefaultSettings() Settings {
	return Settings{Nodes: 3, Validators: 3, Miners: 4, BlockTime: time.Second, Tempo: 10, Benchmarks: 1}
}

const (
	maxNodes      = 16
	maxValidators = 64
	maxMiners     = 64
	minBlockTime  = 100 * time.Millisecond
	maxBlockTime  = 15 * time.Second
	minTempo      = 5
	maxTempo      = 10_000
	// minTempoOfTwo is the shortest tempo at which the chain lets a subnet of the default size score two benchmarks.
	minTempoOfTwo = 8
	maxBenchmarks = len(shippedBenchmarks)
)

// Validate refuses settings that no network can be made of.
func (s Settings) Validate() error {
	switch {
	case s.Nodes < 1 || s.Nodes > maxNodes:
		return fmt.Errorf("--nodes %d: choose 1 to %d", s.Nodes, maxNodes)
	case s.Validators < 1 || s.Validators > maxValidators:
		return fmt.Errorf("--validators %d: choose 1 to %d", s.Validators, maxValidators)
	case s.Miners < 1 || s.Miners > maxMiners:
		return fmt.Errorf("--miners %d: choose 1 to %d", s.Miners, maxMiners)
	case s.BlockTime < minBlockTime || s.BlockTime > maxBlockTime:
		return fmt.Errorf("--block-time %s: choose %s to %s", s.BlockTime, minBlockTime, maxBlockTime)
	case s.Tempo < minTempo || s.Tempo > maxTempo:
		return fmt.Errorf("--tempo %d: choose %d to %d blocks", s.Tempo, minTempo, maxTempo)
	case s.Benchmarks < 1 || s.Benchmarks > maxBenchmarks:
		return fmt.Errorf("--benchmarks %d: choose 1 to %d", s.Benchmarks, maxBenchmarks)
	case s.Benchmarks > 1 && s.Tempo < minTempoOfTwo:
		return fmt.Errorf("--tempo %d with --benchmarks %d: choose at least %d blocks, since the chain does the work of every benchmark when an epoch closes",
			s.Tempo, s.Benchmarks, minTempoOfTwo)
	}
	return nil
}
