package runner_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/native/canon"
	"github.com/agora-network/agora/engine/native/decoder"
	"github.com/agora-network/agora/engine/native/decoder/random"
	"github.com/agora-network/agora/engine/native/runner"
)

func newModel(t testing.TB) *decoder.Model {
	t.Helper()
	shape := decoder.Shape{
		Width: 32, Layers: 2, Heads: 4, KVHeads: 2, HeadWidth: 8, Inner: 48, Vocabulary: 60, Context: 300,
		NormEpsilon: 1e-5, RopeTheta: 1000,
	}
	w, err := random.Weights(shape, random.Options{Seed: 1})
	require.NoError(t, err)
	m, err := decoder.New(shape, w, canon.Best())
	require.NoError(t, err)
	return m
}

func prompt(length, seed int) []int32 {
	tokens := make([]int32, length)
	for i := range tokens {
		tokens[i] = int32((i*i + 7*i*seed + seed) % 60)
	}
	return tokens
}

// completion is a job that follows the likeliest token, and what came of it.
type completion struct {
	job    *runner.Job
	tokens []int32
	bits   []uint32 // of the largest logit of each step
}

func complete(tokens []int32, limit int) *completion {
	c := &completion{}
	c.job = &runner.Job{Tokens: tokens, Capacity: len(tokens) + limit}
	c.job.Logits = func(logits []float32) (int32, bool, error) {
		best := 0
		for i, value := range logits {
			if value > logits[best] {
				best = i
			}
		}
		c.tokens, c.bits = append(c.tokens, int32(best)), append(c.bits, math.Float32bits(logits[best]))
		return int32(best), len(c.tokens) < limit, nil
	}
	return c
}

func TestARequestGetsTheSameBitsWhoeverElseIsThere(t *testing.T) {
	m := newModel(t)
	type request struct{ length, limit, seed int }
	rapid.Check(t, func(rt *rapid.T) {
		requests := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) request {
			return request{rapid.IntRange(1, 150).Draw(t, "length"), rapid.IntRange(1, 20).Draw(t, "limit"), rapid.IntRange(0, 3).Draw(t, "seed")}
		}), 1, 8).Draw(rt, "requests")
		together := runner.New(m, runner.Options{
			Rows: rapid.IntRange(1, 60).Draw(rt, "rows"), Threads: 2, MaxJobs: rapid.IntRange(0, 5).Draw(rt, "jobs"),
			// Sometimes too little for all, so that some wait.
			CacheTokens: rapid.IntRange(192, 1000).Draw(rt, "memory"),
		})
		completions := make([]*completion, len(requests))
		failures := make([]error, len(requests))
		var group sync.WaitGroup
		for i, q := range requests {
			completions[i] = complete(prompt(q.length, q.seed), q.limit)
			group.Go(func() { failures[i] = together.Run(context.Background(), completions[i].job) })
		}
		group.Wait()
		for i, q := range requests {
			require.NoError(rt, failures[i])
			alone := complete(prompt(q.length, q.seed), q.limit)
			require.NoError(rt, runner.New(m, runner.Options{CacheTokens: 192}).Run(context.Background(), alone.job))
			require.Equal(rt, alone.tokens, completions[i].tokens)
			require.Equal(rt, alone.bits, completions[i].bits)
		}
	})
}

func TestScoresAndStatesComeOncePerTokenInOrder(t *testing.T) {
	m := newModel(t)
	r := runner.New(m, runner.Options{Rows: 7, CacheTokens: 2000})
	tokens := prompt(40, 1)
	var group sync.WaitGroup
	for range 4 {
		var logits, states [][]float32
		group.Go(func() {
			err := r.Run(t.Context(), &runner.Job{Tokens: tokens, Capacity: len(tokens), All: true, Logits: func(l []float32) (int32, bool, error) {
				logits = append(logits, append([]float32(nil), l...))
				return 0, true, nil
			}})
			if err == nil && len(logits) != len(tokens) {
				err = fmt.Errorf("%d logits", len(logits))
			}
			if err != nil {
				t.Error(err)
			}
		})
		group.Go(func() {
			err := r.Run(t.Context(), &runner.Job{Tokens: tokens, Capacity: len(tokens), All: true, State: func(s []float32) error {
				states = append(states, append([]float32(nil), s...))
				return nil
			}})
			if err == nil && len(states) != len(tokens) {
				err = fmt.Errorf("%d states", len(states))
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

func TestWhatAJobSaysIsDeliveredByItsOwnGoroutineAndMayTakeItsTime(t *testing.T) {
	r := runner.New(newModel(t), runner.Options{CacheTokens: 2000})
	blocked, release := make(chan struct{}), make(chan struct{})
	slow := complete(prompt(5, 1), 6)
	first := true
	slow.job.Deliver = func() error {
		if first {
			first = false
			close(blocked)
			<-release
		}
		return nil
	}
	done := make(chan error, 1)
	go func() { done <- r.Run(context.Background(), slow.job) }()
	<-blocked
	quick := complete(prompt(5, 2), 6)
	require.NoError(t, r.Run(t.Context(), quick.job))
	close(release)
	require.NoError(t, <-done)
	require.Len(t, slow.tokens, 6)
}

func TestAJobThatFailsLeavesNothingBehind(t *testing.T) {
	m := newModel(t)
	broken := errors.New("broken")
	for name, spoil := range map[string]func(*completion, context.CancelFunc){
		"its own error": func(c *completion, _ context.CancelFunc) {
			c.job.Logits = func([]float32) (int32, bool, error) { return 0, false, broken }
		},
		"its delivery":  func(c *completion, _ context.CancelFunc) { c.job.Deliver = func() error { return broken } },
		"its context":   func(c *completion, cancel context.CancelFunc) { c.job.Deliver = func() error { cancel(); return nil } },
		"a token extra": func(c *completion, _ context.CancelFunc) { c.job.Capacity -= 2 },
	} {
		t.Run(name, func(t *testing.T) {
			r := runner.New(m, runner.Options{CacheTokens: 64})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			c := complete(prompt(10, 1), 20)
			spoil(c, cancel)
			require.Error(t, r.Run(ctx, c.job))
			// All memory is there again.
			require.NoError(t, r.Run(t.Context(), complete(prompt(50, 1), 14).job))
		})
	}
}

func TestAJobThatCanNeverFitIsRefused(t *testing.T) {
	r := runner.New(newModel(t), runner.Options{CacheTokens: 64})
	require.ErrorIs(t, r.Run(t.Context(), complete(prompt(60, 1), 5).job), engine.ErrBusy)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, r.Run(ctx, complete(prompt(1, 1), 1).job), context.Canceled)
}

func TestAWaitingJobCanBeCancelled(t *testing.T) {
	r := runner.New(newModel(t), runner.Options{CacheTokens: 64})
	inside := complete(prompt(10, 1), 50)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	once := sync.Once{}
	inside.job.Deliver = func() error {
		once.Do(func() {
			go func() { result <- r.Run(ctx, complete(prompt(10, 2), 50).job) }()
			cancel()
			if err := <-result; !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
		return nil
	}
	require.NoError(t, r.Run(t.Context(), inside.job))
}

func TestARequestIsCancelledWhileALongOneIsComputed(t *testing.T) {
	r := runner.New(newModel(t), runner.Options{Rows: 8, CacheTokens: 600})
	long := &runner.Job{Tokens: prompt(290, 1), Capacity: 290, All: true}
	fed := 0
	ctx, cancel := context.WithCancel(t.Context())
	short, result := complete(prompt(1, 2), 200), make(chan error, 1)
	long.Logits = func([]float32) (int32, bool, error) {
		switch fed++; fed {
		case 1:
			go func() { result <- r.Run(ctx, short.job) }()
		case 100:
			cancel()
		}
		return 0, false, nil
	}
	require.NoError(t, r.Run(t.Context(), long))
	require.ErrorIs(t, <-result, context.Canceled)
	require.Less(t, len(short.tokens), 200)
}
