package validator

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/types/bech32"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/evidence"
	"github.com/agora-network/agora/validator/ask"
	"github.com/agora-network/agora/validator/store"
	"github.com/agora-network/agora/wire"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

func allowAll(context.Context, *wire.Request) error { return nil }

func addressBytes(address string) ([]byte, error) {
	_, data, err := bech32.DecodeAndConvert(address)
	return data, err
}

const testSpec = `
format: 1
name: test
description: A benchmark for tests.
kind: inference
source:
  generator: basics/1
  families: [add, sub, reverse, sort, shift]
sampling:
  items_per_miner: 5
  domain: miner
request:
  endpoint: chat/completions
  max_tokens: 32
  temperature_milli: 0
  deadline_ms: 400
scorers:
  - scorer: exact
    weight_bp: 10000
    extract: after-last-equals
aggregation:
  items: mean
  ema_alpha_bp: 10000
  absence: reset
weights:
  baseline_bp: 500
  power: 2
verification: receipts
`

func parseSpec(t *testing.T, text string) *spec.Spec {
	t.Helper()
	s, err := spec.Parse([]byte(text))
	require.NoError(t, err)
	return s
}

// drawn is what a round of the test benchmark needs.
func drawn(t *testing.T, epoch subnettypes.Epoch, number uint32, miners ...subnettypes.Miner) prepared {
	t.Helper()
	program, err := benchmark.Open(t.Context(), parseSpec(t, testSpec), benchmark.Env{})
	require.NoError(t, err)
	ready := prepared{program: program, miners: miners}
	for _, miner := range miners {
		tasks, err := program.Draw(t.Context(), benchmark.Seed{
			ChainID: testChainID, Netuid: testNetuid, Benchmark: number, Version: 1, Epoch: epoch.Index,
			MinerID: miner.MinerId, Beacon: [32]byte(epoch.Beacon),
		}, benchmark.Share{})
		require.NoError(t, err)
		ready.tasks = append(ready.tasks, tasks)
	}
	return ready
}

// bench is a validator on a fake chain whose blocks the test makes. Between two blocks it waits until all that the first
// one set off has ended, so tests depend on no time but the deadline of a question.
type bench struct {
	t      *testing.T
	chain  *fakeChain
	signer *wire.KeySigner
	dir    string
	dryRun bool
	now    func() time.Time

	// env is what benchmarks are opened with.
	env benchmark.Env

	store  *store.Store
	daemon *Daemon
	runner *runner
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, chain: newFakeChain(t, parseSpec(t, testSpec)), signer: newSigner(t), dir: t.TempDir()}
	b.chain.permits = []subnettypes.Permit{{Hotkey: b.signer.Address(), Power: 100}}
	b.now = func() time.Time { return genesis.Add(time.Duration(b.chain.height) * time.Second) }
	b.start()
	t.Cleanup(b.kill)
	return b
}

// start makes a validator over what is in the folder.
func (b *bench) start() {
	b.t.Helper()
	var err error
	b.store, err = store.Open(filepath.Join(b.dir, "state.db"), testChainID)
	require.NoError(b.t, err)
	blobs, err := evidence.OpenStore(filepath.Join(b.dir, "evidence"), 3)
	require.NoError(b.t, err)
	asker, err := ask.New(ask.Config{ChainID: testChainID, Signer: b.signer, MaxAnswer: 64 << 10, MaxPerMiner: 4})
	require.NoError(b.t, err)
	daemon, err := New(Options{
		ChainID: testChainID, Hotkey: b.signer.Address(), Chain: b.chain, Asker: asker, Store: b.store, Evidence: blobs,
		Benchmarks: b.env, DryRun: b.dryRun, Registry: prometheus.NewRegistry(), Now: func() time.Time { return b.now() },
	})
	require.NoError(b.t, err)
	b.daemon, b.runner = daemon, daemon.newRunner(testNetuid)
	daemon.runners[testNetuid] = b.runner
}

// kill ends the validator without a word: what is under way is cut off and nothing more is written.
func (b *bench) kill() {
	b.runner.close()
	b.daemon.programs.close()
	_ = b.store.Close()
}

func (b *bench) restart() {
	b.kill()
	b.start()
}

// tick makes a block and waits until the validator has done what follows from it.
func (b *bench) tick() {
	b.t.Helper()
	b.runner.step(b.t.Context(), b.chain.next())
	for _, l := range b.runner.lanes {
		if asking := l.asking; asking != nil {
			require.Eventually(b.t, func() bool {
				settled, _ := asking.progress()
				return settled == asking.next
			}, 30*time.Second, time.Millisecond)
		}
		l.delivering.group.Wait()
		l.revealing.group.Wait()
	}
}

// until makes blocks up to a height.
func (b *bench) until(height int64) {
	b.t.Helper()
	for b.chain.height < height {
		b.tick()
	}
}

// key names the row of a benchmark in an epoch.
func (b *bench) key(epoch uint64, number uint32) store.Key {
	return store.Key{Netuid: testNetuid, Epoch: epoch, Benchmark: number, Hotkey: b.signer.Address()}
}

// row is what the store holds of an epoch for the first benchmark, rowOf for any.
func (b *bench) row(epoch uint64) store.Round {
	b.t.Helper()
	return b.rowOf(epoch, 0)
}

func (b *bench) rowOf(epoch uint64, number uint32) store.Round {
	b.t.Helper()
	row, ok, err := b.store.Round(b.key(epoch, number))
	require.NoError(b.t, err)
	require.True(b.t, ok, "there is a row of benchmark %d in epoch %d", number, epoch)
	return row
}

// shown is what the chain holds of an epoch for the first benchmark, shownOf for any.
func (b *bench) shown(epoch uint64) subnettypes.ScoreRow {
	b.t.Helper()
	return b.shownOf(epoch, 0)
}

func (b *bench) shownOf(epoch uint64, number uint32) subnettypes.ScoreRow {
	b.t.Helper()
	row, found, err := b.chain.FindRow(b.t.Context(), 0, b.key(epoch, number))
	require.NoError(b.t, err)
	require.True(b.t, found, "the chain shows a row of benchmark %d in epoch %d", number, epoch)
	return row
}
