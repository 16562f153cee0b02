package validator

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/validator/ask"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// shelf has every model, and knows how many of them are open.
type shelf struct {
	open atomic.Int64
	loss func()
}

func (s *shelf) Model(context.Context, spec.Model) (benchmark.Model, error) {
	s.open.Add(1)
	return shelved{s}, nil
}

type shelved struct{ *shelf }

func (s shelved) Close() error { s.open.Add(-1); return nil }

func (s shelved) Loss(context.Context, string, string) (int64, error) {
	s.loss()
	return 1, nil
}

func (s shelved) Embed(context.Context, []string) ([][]float32, error) {
	return nil, errors.New("not asked for")
}

func (s shelved) Complete(context.Context, string, int) (string, error) {
	return "", errors.New("not asked for")
}

// lossSpec is one whose answers a model scores.
func lossSpec(t *testing.T, name string) *spec.Spec {
	t.Helper()
	s := parseSpec(t, testSpec)
	s.Name = name
	s.Models = []spec.Model{{Name: "helper", Sha256: make([]byte, 32), Length: 1, Tier: spec.TIER_EXACT}}
	s.Scorers[0].Scorer = &spec.Scorer_BitsPerByte{BitsPerByte: &spec.BitsPerByteScorer{Model: "helper", ZeroMillibits: 8000}}
	return s
}

func versionOf(t *testing.T, s *spec.Spec) subnettypes.BenchmarkVersion {
	t.Helper()
	canonical, err := spec.Encode(s)
	require.NoError(t, err)
	digest := sha256.Sum256(canonical)
	return subnettypes.BenchmarkVersion{Version: 1, Spec: canonical, Digest: digest[:]}
}

func TestIdleBenchmarksKeepFewModelsInMemory(t *testing.T) {
	models := &shelf{}
	p := newPrograms(benchmark.Env{Models: models})
	plain, err := p.acquire(t.Context(), versionOf(t, parseSpec(t, testSpec)))
	require.NoError(t, err)
	p.release(plain)
	var used []*benchmark.Program
	for i := range 10 {
		program, err := p.acquire(t.Context(), versionOf(t, lossSpec(t, fmt.Sprintf("loss-%d", i))))
		require.NoError(t, err)
		used = append(used, program)
	}
	require.EqualValues(t, 10, models.open.Load(), "what is in use stays")
	again, err := p.acquire(t.Context(), versionOf(t, lossSpec(t, "loss-9")))
	require.NoError(t, err)
	require.Same(t, used[9], again)
	p.release(again)
	require.EqualValues(t, 10, models.open.Load(), "it is in use still")
	for _, program := range used {
		p.release(program)
	}
	require.EqualValues(t, idleModels, models.open.Load())
	require.NotNil(t, p.use(plain.Digest()), "closing one without a model would free no memory")
	p.release(plain)
	p.close()
	require.Zero(t, models.open.Load())
	require.Empty(t, p.open)
}

func TestAnswersThatWaitToBeScoredHoldUpTheMinersThatGaveThem(t *testing.T) {
	hold := make(chan struct{})
	var scoring atomic.Int64
	models := &shelf{loss: func() { scoring.Add(1); <-hold }}
	program, err := benchmark.Open(t.Context(), lossSpec(t, "loss"), benchmark.Env{Models: models})
	require.NoError(t, err)
	epoch := subnettypes.Epoch{StartHeight: 1, EndHeight: 100, Beacon: make([]byte, 32)}
	ready := drawn(t, epoch, 0, subnettypes.Miner{MinerId: 1}, subnettypes.Miner{MinerId: 2})
	ready.program = program
	var asked atomic.Int64
	const perMiner = 2
	r := newRound(t.Context(), roundOptions{
		chainID: testChainID, epoch: Epoch{Epoch: epoch}, prepared: ready, slots: newMinerSlots(perMiner),
		limits: limits{total: make(chan struct{}, 64), perMiner: perMiner, kept: 1 << 20},
		asker: questioner(func(ask.Question) ask.Answer {
			asked.Add(1)
			return ask.Answer{Completion: "x"}
		}),
	})
	r.advance(100)
	require.Eventually(t, func() bool { return scoring.Load() == 2*perMiner }, 30*time.Second, time.Millisecond)
	require.EqualValues(t, 2*perMiner, asked.Load(), "no answer comes that could not be scored soon")
	close(hold)
	require.Eventually(t, func() bool { settled, count := r.progress(); return settled == count }, 30*time.Second, time.Millisecond)
	require.EqualValues(t, 10, asked.Load())
	r.stop()
}

// questioner answers by a function.
type questioner func(ask.Question) ask.Answer

func (q questioner) Ask(_ context.Context, question ask.Question) ask.Answer { return q(question) }
