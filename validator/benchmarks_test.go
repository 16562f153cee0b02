package validator

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/generate"
	"github.com/agora-network/agora/benchmark/sandbox"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/evidence"
	"github.com/agora-network/agora/validator/ask"
	"github.com/agora-network/agora/validator/store"
	subnettypes "github.com/agora-network/agora/x/subnet/types"
)

// addBenchmark gives the subnet a second benchmark, of sums and differences, from the first epoch on.
func (b *bench) addBenchmark() {
	b.t.Helper()
	second := parseSpec(b.t, testSpec)
	second.Source.GetBuiltin().Families = []string{generate.BasicsAdd, generate.BasicsSub}
	second.Sampling.ItemsPerMiner = 4
	b.chain.publish(b.t, 1, 1, second)
	b.chain.scored = func(uint64) []subnettypes.EpochBenchmark {
		return []subnettypes.EpochBenchmark{{Benchmark: 0, Version: 1, ShareBp: 7000}, {Benchmark: 1, Version: 1, ShareBp: 3000}}
	}
}

// wordy answers what is not a calculation.
func wordy(w http.ResponseWriter, r *http.Request, prompt string) {
	if strings.Contains(prompt, " ") {
		honest(w, r, prompt)
		return
	}
	guessing(w, r, prompt)
}

func TestEveryBenchmarkOfASubnetIsScoredCommittedAndRevealed(t *testing.T) {
	b := newBench(t)
	b.addBenchmark()
	able, unable := startMiner(t, b.chain, honest), startMiner(t, b.chain, wordy)
	b.until(11)
	require.EqualValues(t, 9, able.asked.Load(), "five questions of one benchmark and four of the other")
	require.EqualValues(t, 9, unable.asked.Load())
	first, second := b.rowOf(0, 0), b.rowOf(0, 1)
	require.Equal(t, []uint64{1}, second.MinerIDs, "who cannot calculate gets nothing where only that is asked")
	require.Equal(t, uint64(10), first.Items)
	require.Equal(t, uint64(8), second.Items)
	for number, row := range []store.Round{first, second} {
		require.Equal(t, store.StageRevealed, row.Stage)
		require.Equal(t, row.Root, b.shownOf(0, uint32(number)).EvidenceRoot)
	}
	require.NotEqual(t, first.Root, second.Root)
	require.Equal(t, 2, b.chain.count("commit"))
	require.Equal(t, 2, b.chain.count("reveal"))
	standings, err := b.store.Standings(testNetuid, b.signer.Address(), 1)
	require.NoError(t, err)
	require.Zero(t, standings[2].Score)
	standings, err = b.store.Standings(testNetuid, b.signer.Address(), 0)
	require.NoError(t, err)
	require.Positive(t, standings[2].Score, "the other benchmark knows nothing of it")

	status := b.runner.snapshot()
	require.Len(t, status.Benchmarks, 2)
	require.EqualValues(t, 3000, status.Benchmarks[1].ShareBP)
	b.until(30)
	require.Empty(t, b.runner.snapshot().unready())
	require.Equal(t, store.StageRevealed, b.rowOf(1, 1).Stage)
}

func TestABenchmarkThatCannotBeUsedIsLeftOutAndTheOthersGoOn(t *testing.T) {
	foreign := func(b *bench) {
		digest := sha256.Sum256([]byte("of a later format"))
		b.chain.versions[specKey{1, 1}] = subnettypes.BenchmarkVersion{Benchmark: 1, Version: 1, Spec: []byte("of a later format"), Digest: digest[:]}
	}
	for name, test := range map[string]struct {
		spoil func(b *bench)
		phase Phase
		note  string
		ready bool
	}{
		"its format is not known":       {foreign, PhaseMissed, "benchmark 1: the benchmark cannot be used: version 1", false},
		"none of its versions is there": {func(b *bench) { delete(b.chain.versions, specKey{1, 1}) }, PhaseMissed, "not to be trusted", false},
		"none of its versions is active": {func(b *bench) {
			b.chain.scored = func(uint64) []subnettypes.EpochBenchmark {
				return []subnettypes.EpochBenchmark{{Benchmark: 0, Version: 1, ShareBp: 7000}, {Benchmark: 1, ShareBp: 3000}}
			}
		}, PhaseIdle, "no version of the benchmark is active yet", true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.addBenchmark()
			test.spoil(b)
			miner := startMiner(t, b.chain, honest)
			b.until(10)
			require.Equal(t, store.StageCommitted, b.rowOf(0, 0).Stage)
			require.EqualValues(t, 5, miner.asked.Load())
			status := b.runner.snapshot()
			require.Equal(t, test.phase, status.Benchmarks[1].Phase)
			require.Contains(t, status.Note, test.note)
			require.Equal(t, test.ready, status.unready() == "", status.unready())
			b.until(11)
			require.Equal(t, store.StageRevealed, b.rowOf(0, 0).Stage)
			require.Equal(t, 1, b.chain.count("commit"))
		})
	}
}

func TestABenchmarkThatCannotBeHadIsAskedForLessAndLess(t *testing.T) {
	b := newBench(t)
	b.chain.tempo = 1000
	asked := []int64{}
	b.env.Blobs = missing(func() { asked = append(asked, b.chain.height) })
	s := parseSpec(t, testSpec)
	s.Source = spec.Source{Source: &spec.Source_Sandbox{Sandbox: &spec.SandboxSource{
		Module:  spec.Module{Sha256: make([]byte, 32), Length: 1, MemoryPages: 1, TimeLimitMs: 1},
		Goldens: []spec.GeneratorGolden{{Seed: make([]byte, 32), QuestionSha256: make([]byte, 32)}},
	}}}
	runtime, err := sandbox.Open(sandbox.Options{})
	require.NoError(t, err)
	b.env.Sandbox = runtime
	b.chain.publish(t, 0, 1, s)
	b.restart()
	b.until(200)
	require.Greater(t, len(asked), 6)
	require.Less(t, len(asked), 15)
	require.Equal(t, asked[0]+1, asked[1], "at the next block")
	require.EqualValues(t, 32, asked[len(asked)-1]-asked[len(asked)-2])
	require.Contains(t, b.runner.snapshot().Note, "nobody has it", "the note stays between attempts")
}

// missing is who has nothing, and says that it was asked.
type missing func()

func (m missing) From([]string) benchmark.BlobSource { return m }

func (m missing) Get(context.Context, [32]byte, int64) ([]byte, error) {
	m()
	return nil, errors.New("nobody has it")
}

func (m missing) GetOpening(context.Context, [32]byte, uint64, int64, func([]byte) error) error {
	return errors.New("nobody has it")
}

func TestMinersThatAreAskedTheSameAreAskedWhatWasDrawnOnce(t *testing.T) {
	b := newBench(t)
	s := parseSpec(t, testSpec)
	s.Sampling.Domain = spec.SAMPLING_DOMAIN_SHARED
	b.chain.publish(t, 0, 1, s)
	b.restart()
	startMiner(t, b.chain, honest)
	startMiner(t, b.chain, honest)
	b.until(10)
	require.Equal(t, store.StageCommitted, b.row(0).Stage)
	log, err := LoadEvidence(b.store, b.runner.evidence, b.key(0, 0))
	require.NoError(t, err)
	decoded, err := evidence.DecodeLog(log)
	require.NoError(t, err)
	require.Equal(t, 10, decoded.Len())
	for i := range 5 {
		require.Equal(t, decoded.Entry(i).Item.Question, decoded.Entry(i+5).Item.Question)
		require.EqualValues(t, benchmark.ScoreOne, decoded.Entry(i+5).Item.Score)
	}
}

func TestACommitThatIsRefusedForOneBenchmarkHoldsUpNoOther(t *testing.T) {
	b := newBench(t)
	b.addBenchmark()
	startMiner(t, b.chain, honest)
	tries := 0
	b.chain.refuse = func(kind string, number uint32) error {
		if number == 1 {
			return nil
		}
		tries++
		return errors.New("mempool is full")
	}
	b.until(10)
	require.Greater(t, tries, 1)
	require.Equal(t, store.StageSealed, b.rowOf(0, 0).Stage)
	require.Equal(t, store.StageCommitted, b.rowOf(0, 1).Stage)
	require.Equal(t, PhaseCommit, b.runner.snapshot().Phase)
	require.Contains(t, b.runner.snapshot().Note, "benchmark 0: the commit did not succeed")
	b.until(12)
	require.Equal(t, store.StageMissed, b.rowOf(0, 0).Stage)
	require.Equal(t, store.StageRevealed, b.rowOf(0, 1).Stage)
}

func TestKilledBetweenTheCommitsAndTheRevealsOfTwoRowsItRevealsBoth(t *testing.T) {
	for name, reveals := range map[string]uint32{"before either reveal": 2, "after the first reveal": 1} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.addBenchmark()
			startMiner(t, b.chain, honest)
			b.until(10)
			committed := []store.Round{b.rowOf(0, 0), b.rowOf(0, 1)}
			require.NotEqual(t, committed[0].Salt, committed[1].Salt)
			b.chain.refuse = func(kind string, number uint32) error {
				if kind == "reveal" && (reveals == 2 || number == 1) {
					return errors.New("mempool is full")
				}
				return nil
			}
			b.until(11)
			b.chain.refuse = nil
			b.restart()
			b.until(12)
			for number, row := range committed {
				require.Equal(t, store.StageRevealed, b.rowOf(0, uint32(number)).Stage)
				require.Equal(t, row.Root, b.shownOf(0, uint32(number)).EvidenceRoot)
			}
		})
	}
}

func TestABenchmarkThatIsNotScoredAnyMoreStillOpensItsLastRow(t *testing.T) {
	b := newBench(t)
	b.addBenchmark()
	both := b.chain.scored
	b.chain.scored = func(epoch uint64) []subnettypes.EpochBenchmark {
		if epoch == 1 {
			return []subnettypes.EpochBenchmark{{Benchmark: 0, Version: 1, ShareBp: 10_000}}
		}
		return both(epoch)
	}
	startMiner(t, b.chain, honest)
	b.until(20)
	require.Equal(t, store.StageRevealed, b.rowOf(0, 1).Stage)
	_, made, err := b.store.Round(b.key(1, 1))
	require.NoError(t, err)
	require.False(t, made)
	require.Empty(t, b.runner.snapshot().unready())

	b.until(23) // it is scored again: nothing was due in the epoch before
	require.True(t, b.runner.snapshot().Benchmarks[1].New)
	require.Empty(t, b.runner.snapshot().unready())
	b.until(30)
	require.Equal(t, store.StageCommitted, b.rowOf(2, 1).Stage)
}

// counting answers at once and counts how many questions are under way per miner.
type counting struct {
	mu          sync.Mutex
	under, most map[string]int
	asked       int
	release     chan struct{}
}

func (c *counting) Ask(ctx context.Context, question ask.Question) ask.Answer {
	c.mu.Lock()
	c.asked++
	c.under[question.Hotkey]++
	c.most[question.Hotkey] = max(c.most[question.Hotkey], c.under[question.Hotkey])
	c.mu.Unlock()
	select {
	case <-c.release:
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.under[question.Hotkey]--
	return ask.Answer{Completion: solve(question.Task.Question.Prompt)}
}

func TestTwoBenchmarksDoNotAskAMinerMoreAtOnceThanOne(t *testing.T) {
	const perMiner = 3
	asker := &counting{under: map[string]int{}, most: map[string]int{}, release: make(chan struct{})}
	slots := newMinerSlots(perMiner)
	chain := newFakeChain(t, parseSpec(t, testSpec))
	var rounds []*round
	for number := range uint32(2) {
		asking := newRound(t.Context(), roundOptions{
			chainID: testChainID, epoch: Epoch{Epoch: chain.epochAt(1)}, benchmark: number, version: 1,
			prepared: drawn(t, chain.epochAt(1), number, subnettypes.Miner{MinerId: 1, Hotkey: "a"}, subnettypes.Miner{MinerId: 2, Hotkey: "b"}),
			asker:    asker, limits: limits{total: make(chan struct{}, 64)}, slots: slots,
		})
		asking.advance(asking.schedule.askUntil)
		rounds = append(rounds, asking)
	}
	require.Eventually(t, func() bool {
		asker.mu.Lock()
		defer asker.mu.Unlock()
		return asker.under["a"] == perMiner && asker.under["b"] == perMiner
	}, 30*time.Second, time.Millisecond)
	close(asker.release)
	for _, asking := range rounds {
		asking.group.Wait()
		settled, count := asking.progress()
		require.Equal(t, count, settled)
	}
	require.Equal(t, map[string]int{"a": perMiner, "b": perMiner}, asker.most)
	require.Equal(t, 20, asker.asked)
}
