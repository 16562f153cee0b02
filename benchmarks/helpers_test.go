package benchmarks_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/benchmarks"
	"github.com/agora-network/agora/internal/workbench"
)

// opened opens a shipped spec as a validator does that has nothing but its program.
func opened(t testing.TB, name string) *benchmark.Program {
	t.Helper()
	s, err := benchmarks.Load(name)
	require.NoError(t, err)
	return openedAs(t, s)
}

func openedAs(t testing.TB, s *spec.Spec) *benchmark.Program {
	t.Helper()
	bench, err := workbench.Open(workbench.Options{AtHand: []fs.FS{benchmarks.Files()}})
	require.NoError(t, err)
	program, err := benchmark.Open(t.Context(), s, bench.Env())
	require.NoError(t, err)
	t.Cleanup(func() {
		program.Close()
		require.NoError(t, bench.Close())
	})
	return program
}

// beaconOf is a beacon that nobody chose.
func beaconOf(purpose string, epoch uint64) [32]byte {
	return sha256.Sum256(binary.BigEndian.AppendUint64([]byte(purpose), epoch))
}

// drawn are the tasks of one miner in one epoch.
func drawn(t testing.TB, program *benchmark.Program, purpose string, epoch uint64) []benchmark.Task {
	t.Helper()
	tasks, err := program.Draw(t.Context(), benchmark.Seed{
		ChainID: "agora-test-1", Netuid: 1, Version: 1, Epoch: epoch, MinerID: 1, Beacon: beaconOf(purpose, epoch),
	}, benchmark.Share{})
	require.NoError(t, err)
	return tasks
}

// player answers questions; ok is false when it gives no answer at all.
type player func(ctx context.Context, task *benchmark.Task) (answer string, ok bool)

// played asks a player everything, and returns what a validator would tally.
func played(t testing.TB, program *benchmark.Program, tasks []benchmark.Task, play player) []benchmark.ItemResult {
	t.Helper()
	batch := program.Batch()
	defer batch.Close()
	results := make([]benchmark.ItemResult, len(tasks))
	for i := range tasks {
		text, ok := play(t.Context(), &tasks[i])
		if !ok {
			results[i] = benchmark.ItemResult{Item: tasks[i].Item, Outcome: benchmark.OutcomeUnanswered}
			continue
		}
		// The time is one that costs nothing, so that only the text is measured.
		results[i] = batch.Score(t.Context(), &tasks[i], benchmark.Answer{Completion: text, Tokens: uint32(len(text))}).Result(&tasks[i])
	}
	return results
}

// knowing is a player that knows the right answers.
func knowing(_ context.Context, task *benchmark.Task) (string, bool) {
	return task.Question.Expected, true
}
