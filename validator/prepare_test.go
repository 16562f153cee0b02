package validator

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/evidence"
	"github.com/agora-network/agora/validator/store"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// newHeldBench is a bench whose second benchmark needs a module from a mirror that does not answer yet.
func newHeldBench(t *testing.T) (*bench, *mirror) {
	t.Helper()
	b, m := newBadBench(t), startMirror(t)
	m.hold = make(chan struct{})
	b.chain.publish(t, 1, 1, badSpec(t, soundSource, scorerText(served(m, moodyScorer()), 1_000_000_000, m.url), "", ""))
	b.restart()
	startMiner(t, b.chain, honest)
	return b, m
}

func TestABenchmarkThatTakesLongToOpenBeginsLateAndHoldsUpNoOther(t *testing.T) {
	b, m := newHeldBench(t)
	b.until(4)
	status := b.runner.snapshot()
	require.Contains(t, status.Benchmarks[1].Note, "is being made ready")
	require.Positive(t, status.Benchmarks[0].Asked, "the other one is being asked")
	require.Zero(t, status.Benchmarks[1].Asked)
	close(m.hold)
	<-b.runner.lanes[1].preparing.errand.done
	b.until(11)
	require.Equal(t, store.StageRevealed, b.rowOf(0, 0).Stage)
	require.Equal(t, store.StageRevealed, b.rowOf(0, 1).Stage)
	require.Equal(t, 8, b.rowOf(0, 1).Miners[0].Scored, "all of it is asked in the blocks that are left")
	require.Equal(t, 1, m.requests(), "once")
	require.Empty(t, b.replayed(0, 1, openEnv(t)).Differences)
}

func TestABenchmarkThatCannotBeOpenedInTimeIsGivenUpAndSaysSo(t *testing.T) {
	b, m := newHeldBench(t)
	b.until(11)
	_, made, err := b.store.Round(b.key(0, 1))
	require.NoError(t, err)
	require.False(t, made)
	require.Equal(t, store.StageRevealed, b.rowOf(0, 0).Stage)
	b.until(18) // after what can be asked in the next epoch
	status := b.runner.snapshot().Benchmarks[1]
	require.Equal(t, PhaseMissed, status.Phase)
	require.Contains(t, status.Note, "is being made ready")
	require.Contains(t, b.runner.snapshot().unready(), "benchmark 1")

	require.Equal(t, 1, m.requests(), "it is not begun anew with each epoch")
	close(m.hold) // what takes longer than an epoch comes all the same
	b.until(30)
	require.Equal(t, store.StageCommitted, b.rowOf(2, 1).Stage)
	require.Equal(t, 1, m.requests())
	require.Empty(t, b.runner.snapshot().Benchmarks[1].Note)
}

func TestStoppingWhileABenchmarkIsBeingOpenedNeitherHangsNorLeaks(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Run("the runner", func(t *testing.T) {
		b, m := newHeldBench(t)
		b.until(3)
		errand := b.runner.lanes[1].preparing.errand.done
		b.runner.close()
		select {
		case <-errand:
		default:
			t.Error("the work goes on")
		}
		require.Empty(t, b.runner.programs.users(), "nothing is in use")
		require.Equal(t, 1, m.requests())
		b.daemon.programs.close()
		require.Empty(t, b.daemon.programs.opening)
		_, err := b.daemon.programs.acquire(t.Context(), b.chain.versions[specKey{1, 1}])
		require.ErrorIs(t, err, context.Canceled, "nothing is opened afterwards")
	})
	t.Run("the daemon", func(t *testing.T) {
		r := startDaemon(t)
		m := startMirror(t)
		m.hold = make(chan struct{})
		r.daemon.programs.env = openEnv(t)
		r.chain.change(func() {
			r.chain.publish(t, 0, 1, badSpec(t, soundSource, scorerText(served(m, moodyScorer()), 1_000_000_000, m.url), "", ""))
		})
		startMiner(t, r.chain, honest)
		r.until(func() bool {
			return m.requests() > 0
		})
		r.stop()
		require.Empty(t, r.daemon.programs.users())
	})
	// Idle connections and servers of the test end a moment later; what looks is one itself.
	require.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+1 }, 10*time.Second, 10*time.Millisecond)
}

// users counts who uses the open programs, those in use only.
func (p *programs) users() map[[32]byte]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	users := map[[32]byte]int{}
	for digest, found := range p.open {
		if found.users != 0 {
			users[digest] = found.users
		}
	}
	return users
}

func TestMoreQuestionsThanTheEvidenceHoldsAreRefusedBeforeAnyIsAsked(t *testing.T) {
	b := newBench(t)
	b.addBenchmark()
	many := parseSpec(t, testSpec)
	many.Sampling.ItemsPerMiner = 1024
	b.chain.publish(t, 1, 1, many)
	b.chain.change(func() {
		for id := range uint64(evidence.MaxItems/1024 + 1) {
			b.chain.miners = append(b.chain.miners, subnettypes.Miner{Netuid: testNetuid, MinerId: id + 1, Hotkey: "h"})
		}
	})
	b.until(2)
	if drawing := b.runner.lanes[1].preparing.errand.done; drawing != nil { // it took longer than a block waits
		<-drawing
		b.tick()
	}
	require.Contains(t, b.runner.snapshot().Benchmarks[1].Note, "it asks 257 miners 1024 questions each, an epoch has at most 262144")
	b.until(9)
	require.EqualValues(t, 257*5, b.rowOf(0, 0).Items)
	b.runner.close()
	require.Zero(t, b.runner.programs.users()[[32]byte(b.chain.versions[specKey{1, 1}].Digest)], "it was given back")
}

func versionNamed(t *testing.T, name string) subnettypes.BenchmarkVersion {
	t.Helper()
	s := parseSpec(t, testSpec)
	s.Name = name
	c := newFakeChain(t, s)
	return c.versions[specKey{0, 1}]
}

func TestSubnetsThatCopiedABenchmarkShareIt(t *testing.T) {
	p := newPrograms(benchmark.Env{})
	version := versionNamed(t, "copied")
	first, err := p.acquire(t.Context(), version)
	require.NoError(t, err)
	second, err := p.acquire(t.Context(), version)
	require.NoError(t, err)
	require.Same(t, first, second)
	require.Equal(t, map[[32]byte]int{first.Digest(): 2}, p.users())
	other, err := p.acquire(t.Context(), versionNamed(t, "another"))
	require.NoError(t, err)
	require.NotSame(t, first, other)
	p.release(first)
	p.release(other)
	require.Equal(t, map[[32]byte]int{first.Digest(): 1}, p.users())
	p.release(second)
	require.Empty(t, p.users())
	again, err := p.acquire(t.Context(), version)
	require.NoError(t, err)
	require.Same(t, first, again, "between two epochs it stays open")
	p.release(again)
	p.close()
	require.Empty(t, p.open)
}

func TestTheLongestIdleProgramIsClosedAndNoneThatIsInUse(t *testing.T) {
	p := newPrograms(benchmark.Env{})
	used, err := p.acquire(t.Context(), versionNamed(t, "used"))
	require.NoError(t, err)
	open := func(i int) *benchmark.Program {
		program, err := p.acquire(t.Context(), versionNamed(t, "n"+string(rune('a'+i/26))+string(rune('a'+i%26))))
		require.NoError(t, err)
		return program
	}
	first := open(0)
	p.release(first)
	for i := 1; i < idlePrograms; i++ {
		p.release(open(i))
	}
	require.Same(t, first, open(0), "it is used once more, and so idle for the shortest")
	p.release(first)
	p.release(open(idlePrograms))
	p.release(open(idlePrograms + 1))
	require.Len(t, p.idle, idlePrograms)
	require.Len(t, p.open, idlePrograms+1)
	require.Contains(t, p.open, used.Digest())
	require.Contains(t, p.open, first.Digest())
	_, err = used.Draw(t.Context(), benchmark.Seed{ChainID: testChainID}, benchmark.Share{})
	require.NoError(t, err)
	p.close()
	require.Contains(t, p.open, used.Digest(), "what is in use is not closed under its user")
	p.release(used)
	p.close()
	require.Empty(t, p.open)
}

func TestThoseWhoOpenTheSameAtOnceOpenItOnceAndOneMayGiveUp(t *testing.T) {
	m := startMirror(t)
	m.hold = make(chan struct{})
	s := badSpec(t, soundSource, scorerText(served(m, moodyScorer()), 1_000_000_000, m.url), "", "")
	version := newFakeChain(t, s).versions[specKey{0, 1}]
	p := newPrograms(openEnv(t))
	why := errors.New("its epoch ended")
	ctx, giveUp := context.WithCancelCause(t.Context())
	type result struct {
		program *benchmark.Program
		err     error
	}
	results := make(chan result, 4)
	hasty := make(chan result, 1)
	acquire := func(ctx context.Context, to chan<- result) {
		program, err := p.acquire(ctx, version)
		to <- result{program, err}
	}
	go acquire(ctx, hasty)
	for range cap(results) {
		go acquire(t.Context(), results)
	}
	require.Eventually(t, func() bool { return m.requests() == 1 }, 10*time.Second, time.Millisecond)
	giveUp(why)
	require.ErrorIs(t, (<-hasty).err, why)
	close(m.hold)
	var programs []*benchmark.Program
	for range cap(results) {
		got := <-results
		require.NoError(t, got.err)
		programs = append(programs, got.program)
	}
	require.Equal(t, map[[32]byte]int{programs[0].Digest(): len(programs)}, p.users())
	for _, program := range programs {
		require.Same(t, programs[0], program)
		p.release(program)
	}
	p.close()
	require.Empty(t, p.open)
}
