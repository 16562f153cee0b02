//go:build unix

package main

import (
	"context"
	"sync"
	"time"

	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/validator"
	"github.com/agora-network/agora/validator/store"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// oneSubnet is a chain of one subnet whose blocks come when they are made. A message enters the block at once.
type oneSubnet struct {
	miners  []subnettypes.Miner
	version subnettypes.BenchmarkVersion
	blocks  chan validator.Block
	// committed hears of every commit, and read of every one that was read back.
	committed, read chan struct{}

	mu      sync.Mutex // guards the fields below
	commits map[store.Key]subnettypes.ScoreCommit
	rows    map[store.Key]subnettypes.ScoreRow
}

func newChain(s *spec.Spec, endpoints []string) (*oneSubnet, error) {
	encoded, err := spec.Encode(s)
	if err != nil {
		return nil, err
	}
	digest, err := spec.Digest(s)
	if err != nil {
		return nil, err
	}
	c := &oneSubnet{
		version:   subnettypes.BenchmarkVersion{Netuid: netuid, Version: version, Spec: encoded, Digest: digest[:]},
		blocks:    make(chan validator.Block),
		committed: make(chan struct{}, 1), read: make(chan struct{}, 1),
		commits: map[store.Key]subnettypes.ScoreCommit{}, rows: map[store.Key]subnettypes.ScoreRow{},
	}
	for i, endpoint := range endpoints {
		id := uint64(i) + 1 //nolint:gosec // a count
		c.miners = append(c.miners, subnettypes.Miner{
			Netuid: netuid, Uid: uint32(i), MinerId: id, Hotkey: minerKey(id).Address(), Endpoints: []string{endpoint}, //nolint:gosec // a count
		})
	}
	return c, nil
}

// make lets a block come that is made now.
func (c *oneSubnet) make(ctx context.Context, height int64) {
	select {
	case c.blocks <- validator.Block{Height: height, Time: time.Now()}:
	case <-ctx.Done():
	}
}

// Follow implements [validator.Chain], as do the methods below.
func (c *oneSubnet) Follow(ctx context.Context, trouble func(error), fn func(context.Context, validator.Block) error) error {
	trouble(nil)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case block := <-c.blocks:
			if err := fn(ctx, block); err != nil {
				return err
			}
		}
	}
}

func indexAt(height int64) uint64 { return uint64(max(height-1, 0) / blocks) } //nolint:gosec // not below 0

// Subnets says that there is one.
func (c *oneSubnet) Subnets(_ context.Context, height int64) ([]subnettypes.Subnet, error) {
	epoch := epochAt(indexAt(height))
	return []subnettypes.Subnet{{
		Netuid: netuid, Status: subnettypes.SUBNET_STATUS_ACTIVE, Epoch: epoch.Index, EpochStartHeight: epoch.StartHeight,
	}}, nil
}

// Epoch is the one of a height. Rows may be revealed until it ends.
func (c *oneSubnet) Epoch(_ context.Context, height int64, _ uint32) (validator.Epoch, error) {
	epoch := epochAt(indexAt(height))
	return validator.Epoch{Epoch: epoch, RevealUntil: epoch.EndHeight}, nil
}

// Benchmark is the one that is measured.
func (c *oneSubnet) Benchmark(context.Context, uint32, uint32, uint32) (subnettypes.BenchmarkVersion, error) {
	return c.version, nil
}

// Miners are always the same.
func (c *oneSubnet) Miners(context.Context, int64, uint32) ([]subnettypes.Miner, error) {
	return c.miners, nil
}

// FindCommit finds what was committed.
func (c *oneSubnet) FindCommit(_ context.Context, _ int64, key store.Key) (subnettypes.ScoreCommit, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	commit, found := c.commits[key]
	if found && !commit.Revealed {
		select {
		case c.read <- struct{}{}:
		default:
		}
	}
	return commit, found, nil
}

// FindRow finds what was revealed.
func (c *oneSubnet) FindRow(_ context.Context, _ int64, key store.Key) (subnettypes.ScoreRow, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	row, found := c.rows[key]
	return row, found, nil
}

// Commit takes every commit.
func (c *oneSubnet) Commit(_ context.Context, m *subnettypes.MsgCommitScores) (int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key, height := store.Key{Netuid: m.Netuid, Epoch: m.Epoch, Benchmark: m.Benchmark, Hotkey: m.Hotkey}, epochAt(m.Epoch).EndHeight
	c.commits[key] = subnettypes.ScoreCommit{
		Netuid: m.Netuid, Epoch: m.Epoch, Benchmark: m.Benchmark, BenchmarkVersion: m.BenchmarkVersion, Hotkey: m.Hotkey, Hash: m.Hash, Height: height,
	}
	c.committed <- struct{}{}
	return height, nil
}

// Reveal takes every row that was committed.
func (c *oneSubnet) Reveal(_ context.Context, m *subnettypes.MsgRevealScores) (int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key, height := store.Key{Netuid: m.Netuid, Epoch: m.Epoch, Benchmark: m.Benchmark, Hotkey: m.Hotkey}, epochAt(m.Epoch+1).StartHeight
	commit := c.commits[key]
	commit.Revealed = true
	c.commits[key] = commit
	c.rows[key] = subnettypes.ScoreRow{
		Netuid: m.Netuid, Epoch: m.Epoch, Benchmark: m.Benchmark, BenchmarkVersion: m.BenchmarkVersion, Hotkey: m.Hotkey,
		MinerIds: m.MinerIds, Weights: m.Weights, EvidenceRoot: m.EvidenceRoot, Items: m.Items, Height: height,
	}
	return height, nil
}

// Set is never called: the subnet takes rows by commit and reveal.
func (c *oneSubnet) Set(context.Context, *subnettypes.MsgSetScores) (int64, error) {
	return 0, validator.ErrClosed
}
