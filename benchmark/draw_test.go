package benchmark_test

import (
	"context"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/chance"
	"github.com/agora-network/agora/benchmark/generate"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/benchmarks"
)

func shipped(t require.TestingT) *spec.Spec {
	s, err := benchmarks.Load(benchmarks.Default)
	require.NoError(t, err)
	return s
}

func opened(t interface {
	require.TestingT
	Context() context.Context
}, s *spec.Spec,
) *benchmark.Program {
	program, err := benchmark.Open(t.Context(), s, benchmark.Env{})
	require.NoError(t, err)
	return program
}

func goldenSeed() benchmark.Seed {
	seed := benchmark.Seed{ChainID: "agora-test-1", Netuid: 1, Benchmark: 5, Version: 2, Epoch: 3, MinerID: 4}
	for i := range seed.Beacon {
		seed.Beacon[i] = byte(i)
	}
	return seed
}

func TestTheDrawOfASeedIsFixed(t *testing.T) {
	tasks, err := opened(t, shipped(t)).Draw(t.Context(), goldenSeed(), benchmark.Share{})
	require.NoError(t, err)
	require.Len(t, tasks, 16)
	require.Equal(t, goldenItemSeed, hex.EncodeToString(tasks[0].Seed[:]))
	for i, want := range goldenDraw {
		require.Equal(t, want, tasks[i].Question, "item %d", i)
		require.EqualValues(t, i, tasks[i].Index)
		require.Equal(t, benchmark.Request{Endpoint: "chat/completions", MaxTokens: 32, Deadline: 2 * time.Second}, tasks[i].Request)
	}
}

func TestAnItemIsDrawnAgainWithoutTheOthers(t *testing.T) {
	for name, families := range map[string][]string{
		"all families":    generate.BasicsFamilies(),
		"two families":    {generate.BasicsAdd, generate.BasicsShift},
		"a single family": {generate.BasicsSort},
	} {
		t.Run(name, func(t *testing.T) {
			s := shipped(t)
			s.Source.GetBuiltin().Families = families
			tasks, err := opened(t, s).Draw(t.Context(), goldenSeed(), benchmark.Share{})
			require.NoError(t, err)
			for _, task := range tasks {
				require.Contains(t, families, task.Question.Family)
				again, err := opened(t, s).Redraw(t.Context(), goldenSeed(), task.Index)
				require.NoError(t, err)
				require.Equal(t, task, again)
				if len(families) == len(generate.BasicsFamilies()) {
					stream := chance.NewStream(task.Seed)
					require.Equal(t, task.Question, generate.DrawBasics(&stream))
				}
			}
		})
	}
}

func TestEveryPartOfASeedChangesTheDraw(t *testing.T) {
	s := shipped(t)
	first := func(s *spec.Spec, seed benchmark.Seed) [32]byte {
		tasks, err := opened(t, s).Draw(t.Context(), seed, benchmark.Share{})
		require.NoError(t, err)
		return tasks[0].Seed
	}
	shared := shipped(t)
	shared.Sampling.Domain = spec.SAMPLING_DOMAIN_SHARED

	seen := map[[32]byte]string{}
	note := func(name string, s *spec.Spec, change func(*benchmark.Seed)) {
		seed := goldenSeed()
		change(&seed)
		key := first(s, seed)
		require.Empty(t, seen[key], "%s draws the same as %s", name, seen[key])
		seen[key] = name
	}
	note("the seed itself", s, func(*benchmark.Seed) {})
	note("another chain", s, func(seed *benchmark.Seed) { seed.ChainID = "agora-test-2" })
	note("another subnet", s, func(seed *benchmark.Seed) { seed.Netuid++ })
	note("another benchmark of the subnet", s, func(seed *benchmark.Seed) { seed.Benchmark++ })
	note("another version", s, func(seed *benchmark.Seed) { seed.Version++ })
	note("another epoch", s, func(seed *benchmark.Seed) { seed.Epoch++ })
	note("another miner", s, func(seed *benchmark.Seed) { seed.MinerID++ })
	note("another beacon", s, func(seed *benchmark.Seed) { seed.Beacon[31] ^= 1 })
	note("the shared domain", shared, func(*benchmark.Seed) {})
	note("another benchmark of the shared domain", shared, func(seed *benchmark.Seed) { seed.Benchmark++ })
	note("another epoch of the shared domain", shared, func(seed *benchmark.Seed) { seed.Epoch++ })

	other := goldenSeed()
	other.MinerID = 99
	require.Equal(t, first(shared, goldenSeed()), first(shared, other), "under the shared domain all miners are asked the same")
}

func TestADrawFromBadInputIsRefused(t *testing.T) {
	seed := goldenSeed()
	for _, bad := range []*spec.Spec{nil, {}} {
		_, err := benchmark.Open(t.Context(), bad, benchmark.Env{})
		require.ErrorIs(t, err, spec.ErrInvalid)
	}
	_, err := opened(t, shipped(t)).Redraw(t.Context(), seed, 16)
	require.ErrorIs(t, err, benchmark.ErrSeed)
	for _, id := range []string{"", strings.Repeat("x", 51)} {
		seed.ChainID = id
		_, err = opened(t, shipped(t)).Draw(t.Context(), seed, benchmark.Share{})
		require.ErrorIs(t, err, benchmark.ErrSeed)
	}
}

func TestMinersAreRarelyAskedTheSame(t *testing.T) {
	// Whoever replays cached answers must not find its questions in the cache.
	s := shipped(t)
	asked := map[string]bool{}
	repeated, total := 0, 0
	for epoch := range uint64(20) {
		seed := goldenSeed()
		seed.Epoch = epoch
		tasks, err := opened(t, s).Draw(t.Context(), seed, benchmark.Share{})
		require.NoError(t, err)
		for _, task := range tasks {
			if asked[task.Question.Prompt] {
				repeated++
			}
			asked[task.Question.Prompt] = true
			total++
		}
	}
	require.LessOrEqual(t, repeated*50, total, "more than 2 %% of %d questions were asked before", total)
}

func BenchmarkDraw(b *testing.B) {
	program := opened(b, shipped(b))
	seed := goldenSeed()
	b.ReportAllocs()
	for i := range b.N {
		seed.MinerID = uint64(i)
		if _, err := program.Draw(b.Context(), seed, benchmark.Share{}); err != nil {
			b.Fatal(err)
		}
	}
}

func TestTokensCountWithinWhatCanBe(t *testing.T) {
	request := benchmark.Request{MaxTokens: 10}
	require.EqualValues(t, 3, request.CountTokens(3, "four words of it"))
	require.EqualValues(t, 10, request.CountTokens(4_000_000_000, "more words than were allowed"), "no more than was allowed")
	require.EqualValues(t, 2, request.CountTokens(9, "ab"), "each has a byte at least")
	require.Zero(t, request.CountTokens(9, ""))
}
