package validator

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/validator/store"
	"github.com/agora-network/agora/x/subnet/scorehash"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

const (
	testChainID = "agora-test-1"
	testNetuid  = 1
)

var genesis = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// specKey names a version of a benchmark.
type specKey struct{ benchmark, version uint32 }

// fakeChain is a chain of running subnets that are all alike, by the rules of x/subnet as far as a validator meets them.
// Epoch 0 starts at height 1. A message enters the next block at once.
type fakeChain struct {
	mu          sync.Mutex
	netuids     []uint32
	tempo       int64
	height      int64
	history     byte // part of every beacon
	permits     []subnettypes.Permit
	miners      []subnettypes.Miner
	versions    map[specKey]subnettypes.BenchmarkVersion
	scored      func(epoch uint64) []subnettypes.EpochBenchmark
	direct      bool
	commits     map[store.Key]subnettypes.ScoreCommit
	rows        map[store.Key]subnettypes.ScoreRow
	sent        map[string]int // messages that arrived, by kind
	away        error          // every call fails
	blind       error          // epochs cannot be read
	refuse      func(kind string, benchmark uint32) error
	loseAnswers bool // messages take effect, their answers get lost
	followers   []chan Block
	pausedAt    int64  // height of a pause; 0: not paused
	firstIndex  uint64 // epoch that began at firstStart, after the last pause
	firstStart  int64
	asked       int // questions for the epoch
}

// pause and resume are what x/subnet does. They are called within change.
func (c *fakeChain) pause() { c.pausedAt = max(c.height, 1) }

func (c *fakeChain) resume() {
	c.firstIndex, c.firstStart, c.pausedAt = c.epochAt(c.pausedAt).Index+1, c.height+1, 0
}

func newFakeChain(t *testing.T, s *spec.Spec) *fakeChain {
	t.Helper()
	c := &fakeChain{
		netuids: []uint32{testNetuid}, tempo: 10, firstStart: 1, versions: map[specKey]subnettypes.BenchmarkVersion{},
		scored: func(uint64) []subnettypes.EpochBenchmark {
			return []subnettypes.EpochBenchmark{{Version: 1, ShareBp: 10_000}}
		},
		commits: map[store.Key]subnettypes.ScoreCommit{}, rows: map[store.Key]subnettypes.ScoreRow{}, sent: map[string]int{},
	}
	c.publish(t, 0, 1, s)
	return c
}

func (c *fakeChain) publish(t *testing.T, number, version uint32, s *spec.Spec) {
	t.Helper()
	data, err := spec.Encode(s)
	require.NoError(t, err)
	digest := sha256.Sum256(data)
	c.versions[specKey{number, version}] = subnettypes.BenchmarkVersion{Netuid: testNetuid, Benchmark: number, Version: version, Spec: data, Digest: digest[:]}
}

func (c *fakeChain) change(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
}

// next makes a block.
func (c *fakeChain) next() Block {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.height++
	block := c.block()
	for _, follower := range c.followers {
		follower <- block
	}
	return block
}

func (c *fakeChain) block() Block {
	return Block{Height: c.height, Time: genesis.Add(time.Duration(c.height) * time.Second)}
}

func (c *fakeChain) epochAt(height int64) subnettypes.Epoch {
	since := (height - c.firstStart) / c.tempo
	index := c.firstIndex + uint64(since)
	start := c.firstStart + since*c.tempo
	beacon := sha256.Sum256(append([]byte{c.history}, binary.BigEndian.AppendUint64(nil, index)...))
	return subnettypes.Epoch{
		Netuid: testNetuid, Index: index, StartHeight: start, EndHeight: start + c.tempo - 1,
		Beacon: beacon[:], Benchmarks: c.scored(index), Permits: slices.Clone(c.permits),
	}
}

func (c *fakeChain) revealUntil(epoch subnettypes.Epoch) int64 {
	return epoch.StartHeight + max(c.tempo/2, 1) - 1
}

func (c *fakeChain) Follow(ctx context.Context, trouble func(error), fn func(context.Context, Block) error) error {
	mail := make(chan Block, 1000)
	c.change(func() { c.followers = append(c.followers, mail) })
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case block := <-mail:
			if err := c.reachable(); err != nil {
				trouble(err)
				continue
			}
			trouble(nil)
			if err := fn(ctx, block); err != nil {
				return err
			}
		}
	}
}

func (c *fakeChain) reachable() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.away
}

func (c *fakeChain) Subnets(context.Context, int64) ([]subnettypes.Subnet, error) {
	subnets := []subnettypes.Subnet{{Netuid: 99, Status: subnettypes.SUBNET_STATUS_INACTIVE}}
	c.change(func() {
		for _, netuid := range c.netuids {
			epoch := c.epochAt(max(c.height, c.firstStart))
			subnets = append(subnets, subnettypes.Subnet{
				Netuid: netuid, Status: subnettypes.SUBNET_STATUS_ACTIVE, PausedHeight: c.pausedAt, Epoch: epoch.Index, EpochStartHeight: epoch.StartHeight,
			})
		}
	})
	return subnets, c.reachable()
}

func (c *fakeChain) Epoch(_ context.Context, height int64, netuid uint32) (Epoch, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.away != nil {
		return Epoch{}, c.away
	}
	if c.blind != nil {
		return Epoch{}, c.blind
	}
	c.asked++
	if !slices.Contains(c.netuids, netuid) || height < c.firstStart || c.pausedAt != 0 {
		return Epoch{}, ErrNoEpoch
	}
	epoch := c.epochAt(height)
	epoch.Netuid = netuid
	return Epoch{Epoch: epoch, RevealUntil: c.revealUntil(epoch), Direct: c.direct}, nil
}

func (c *fakeChain) Benchmark(_ context.Context, _, number, version uint32) (subnettypes.BenchmarkVersion, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.versions[specKey{number, version}], c.away
}

func (c *fakeChain) Miners(context.Context, int64, uint32) ([]subnettypes.Miner, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.miners), c.away
}

func (c *fakeChain) FindCommit(_ context.Context, _ int64, key store.Key) (subnettypes.ScoreCommit, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	commit, found := c.commits[key]
	return commit, found, c.away
}

func (c *fakeChain) FindRow(_ context.Context, _ int64, key store.Key) (subnettypes.ScoreRow, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	row, found := c.rows[key]
	return row, found, c.away
}

var errAnswerLost = errors.New("the connection broke off")

// receive counts a message and says whether it takes effect.
func (c *fakeChain) receive(kind string, benchmark uint32) error {
	if c.away != nil {
		return c.away
	}
	c.sent[kind]++
	if c.refuse != nil {
		return c.refuse(kind, benchmark)
	}
	return nil
}

func (c *fakeChain) answer() error {
	if c.loseAnswers {
		return errAnswerLost
	}
	return nil
}

func (c *fakeChain) Commit(_ context.Context, m *subnettypes.MsgCommitScores) (int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.receive("commit", m.Benchmark); err != nil {
		return 0, err
	}
	if c.pausedAt != 0 {
		return 0, ErrPaused
	}
	epoch := c.epochAt(c.height + 1)
	key := store.Key{Netuid: m.Netuid, Epoch: m.Epoch, Benchmark: m.Benchmark, Hotkey: m.Hotkey}
	_, repeated := c.commits[key]
	switch {
	case m.Epoch != epoch.Index:
		return 0, fmt.Errorf("epoch %d is under way, the message says %d", epoch.Index, m.Epoch)
	case c.direct:
		return 0, fmt.Errorf("%w: the subnet takes scores in the open", ErrClosed)
	case m.BenchmarkVersion != epoch.Version(m.Benchmark):
		return 0, fmt.Errorf("%w: version", ErrClosed)
	case Epoch{Epoch: epoch}.permit(m.Hotkey) == nil:
		return 0, fmt.Errorf("%w: no permit", ErrClosed)
	case repeated:
		return 0, ErrRepeated
	}
	c.commits[key] = subnettypes.ScoreCommit{
		Netuid: m.Netuid, Epoch: m.Epoch, Hotkey: m.Hotkey, Benchmark: m.Benchmark, BenchmarkVersion: m.BenchmarkVersion,
		Hash: m.Hash, Height: c.height + 1,
	}
	return c.height + 1, c.answer()
}

func (c *fakeChain) Reveal(_ context.Context, m *subnettypes.MsgRevealScores) (int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.receive("reveal", m.Benchmark); err != nil {
		return 0, err
	}
	if c.pausedAt != 0 {
		return 0, ErrPaused
	}
	key := store.Key{Netuid: m.Netuid, Epoch: m.Epoch, Benchmark: m.Benchmark, Hotkey: m.Hotkey}
	commit, found := c.commits[key]
	epoch := c.epochAt(c.height + 1)
	address, err := addressBytes(m.Hotkey)
	if err != nil {
		return 0, err
	}
	hash, err := scorehash.Hash(scorehash.Row{
		ChainID: testChainID, Netuid: m.Netuid, Benchmark: m.Benchmark, BenchmarkVersion: m.BenchmarkVersion, Epoch: m.Epoch, Hotkey: address,
		MinerIDs: m.MinerIds, Weights: m.Weights, EvidenceRoot: m.EvidenceRoot, Items: m.Items, Salt: m.Salt,
	})
	switch {
	case err != nil:
		return 0, err
	case !found || m.Epoch+1 != epoch.Index || c.height+1 > c.revealUntil(epoch):
		return 0, fmt.Errorf("%w: window", ErrClosed)
	case commit.Revealed:
		return 0, ErrRepeated
	case string(hash[:]) != string(commit.Hash):
		return 0, fmt.Errorf("%w: hash", ErrClosed)
	}
	commit.Revealed = true
	c.commits[key] = commit
	c.store(key, m.BenchmarkVersion, m.MinerIds, m.Weights, m.EvidenceRoot, m.Items)
	return c.height + 1, c.answer()
}

func (c *fakeChain) store(key store.Key, version uint32, ids []uint64, weights []uint32, root []byte, items uint64) {
	row := subnettypes.ScoreRow{
		Netuid: key.Netuid, Epoch: key.Epoch, Hotkey: key.Hotkey, Benchmark: key.Benchmark, BenchmarkVersion: version,
		EvidenceRoot: root, Items: items, Height: c.height + 1,
	}
	for i, id := range ids { // entries of replaced miners are left out
		if slices.ContainsFunc(c.miners, func(miner subnettypes.Miner) bool { return miner.MinerId == id }) {
			row.MinerIds, row.Weights = append(row.MinerIds, id), append(row.Weights, weights[i])
		}
	}
	c.rows[key] = row
}

func (c *fakeChain) Set(_ context.Context, m *subnettypes.MsgSetScores) (int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.receive("set", m.Benchmark); err != nil {
		return 0, err
	}
	epoch := c.epochAt(c.height + 1)
	key := store.Key{Netuid: m.Netuid, Epoch: m.Epoch, Benchmark: m.Benchmark, Hotkey: m.Hotkey}
	_, repeated := c.rows[key]
	switch {
	case !c.direct:
		return 0, fmt.Errorf("%w: the subnet takes scores by commit and reveal", ErrClosed)
	case m.Epoch != epoch.Index:
		return 0, fmt.Errorf("epoch %d is under way, the message says %d", epoch.Index, m.Epoch)
	case m.BenchmarkVersion != epoch.Version(m.Benchmark):
		return 0, fmt.Errorf("%w: version", ErrClosed)
	case repeated:
		return 0, ErrRepeated
	}
	c.store(key, m.BenchmarkVersion, m.MinerIds, m.Weights, m.EvidenceRoot, m.Items)
	return c.height + 1, c.answer()
}

func (c *fakeChain) count(kind string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sent[kind]
}
