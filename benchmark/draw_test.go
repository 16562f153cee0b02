package benchmark_test

import (
	"encoding/hex"
	"os"
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

func goldenSeed() benchmark.Seed {
	seed := benchmark.Seed{ChainID: "agora-test-1", Netuid: 1, Benchmark: 5, Version: 2, Epoch: 3, MinerID: 4}
	for i := range seed.Beacon {
		seed.Beacon[i] = byte(i)
	}
	return seed
}

func TestTheDrawOfASeedIsFixed(t *testing.T) {
	tasks, err := benchmark.Draw(shipped(t), goldenSeed())
	require.NoError(t, err)
	require.Len(t, tasks, 16)
	require.Equal(t, goldenItemSeed, hex.EncodeToString(tasks[0].Seed[:]))
	for i, want := range goldenDraw {
		require.Equal(t, want, tasks[i].Question, "item %d", i)
		require.EqualValues(t, i, tasks[i].Index)
		require.Equal(t, benchmark.Request{Endpoint: "chat/completions", MaxTokens: 32, Deadline: 2 * time.Second}, tasks[i].Request)
	}
}

func TestAnItemIsDrawnAgainFromItsSeedAlone(t *testing.T) {
	for name, families := range map[string][]string{
		"all families":    generate.BasicsFamilies(),
		"two families":    {generate.BasicsAdd, generate.BasicsShift},
		"a single family": {generate.BasicsSort},
	} {
		t.Run(name, func(t *testing.T) {
			s := shipped(t)
			s.Source.GetBuiltin().Families = families
			tasks, err := benchmark.Draw(s, goldenSeed())
			require.NoError(t, err)
			for _, task := range tasks {
				require.Contains(t, families, task.Family)
				again, err := benchmark.Redraw(s, task.Seed)
				require.NoError(t, err)
				require.Equal(t, task.Question, again)
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
		tasks, err := benchmark.Draw(s, seed)
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
	_, err := benchmark.Draw(&spec.Spec{}, seed)
	require.ErrorIs(t, err, spec.ErrInvalid)
	_, err = benchmark.Draw(nil, seed)
	require.ErrorIs(t, err, spec.ErrInvalid)
	_, err = benchmark.Redraw(&spec.Spec{}, [32]byte{})
	require.ErrorIs(t, err, spec.ErrInvalid)
	for _, id := range []string{"", strings.Repeat("x", 51)} {
		seed.ChainID = id
		_, err = benchmark.Draw(shipped(t), seed)
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
		tasks, err := benchmark.Draw(s, seed)
		require.NoError(t, err)
		for _, task := range tasks {
			if asked[task.Prompt] {
				repeated++
			}
			asked[task.Prompt] = true
			total++
		}
	}
	require.LessOrEqual(t, repeated*50, total, "more than 2 %% of %d questions were asked before", total)
}

func TestEveryFamilyTheCatalogueNamesCanBeDrawn(t *testing.T) {
	for _, generator := range spec.Generators() {
		require.Equal(t, generate.Basics, generator.Name)
		require.Equal(t, generate.BasicsFamilies(), generator.Families)
		for _, family := range generator.Families {
			stream := chance.NewStream([32]byte{1})
			require.Equal(t, family, generate.DrawBasicsFamily(&stream, family).Family)
		}
	}
}

func TestThePackageCommentListsTheCatalogue(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	for _, generator := range spec.Generators() {
		for _, family := range generator.Families {
			require.Regexp(t, `(?m)^//\t`+generator.Name+` +`+family+` `, string(doc))
		}
	}
	for _, scorer := range spec.Scorers() {
		require.Regexp(t, `(?m)^//\t`+scorer.Name+` +`+scorer.Summary+`$`, string(doc))
	}
}

func BenchmarkDraw(b *testing.B) {
	s := shipped(b)
	seed := goldenSeed()
	b.ReportAllocs()
	for i := range b.N {
		seed.MinerID = uint64(i)
		if _, err := benchmark.Draw(s, seed); err != nil {
			b.Fatal(err)
		}
	}
}
