package benchmarks_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/benchmarks"
)

func TestEveryShippedSpecIsValidAndNamedLikeItsFile(t *testing.T) {
	require.Contains(t, benchmarks.Names(), benchmarks.Default)
	for _, name := range benchmarks.Names() {
		t.Run(name, func(t *testing.T) {
			s, err := benchmarks.Load(name)
			require.NoError(t, err)
			require.Equal(t, name, s.Name)
			require.NotEmpty(t, s.Description)

			canonical, err := spec.Encode(s)
			require.NoError(t, err)
			again, err := spec.Decode(canonical)
			require.NoError(t, err)
			require.Equal(t, s, again)

			program, err := benchmark.Open(t.Context(), s, benchmark.Env{})
			require.NoError(t, err)
			tasks, err := program.Draw(t.Context(), benchmark.Seed{ChainID: "agora-test-1"}, benchmark.Share{})
			require.NoError(t, err)
			batch := program.Batch()
			defer batch.Close()
			for _, task := range tasks {
				verdict := batch.Score(t.Context(), &task, benchmark.Answer{Completion: task.Question.Expected})
				require.Equal(t, benchmark.ScoreOne, verdict.Score, "%+v", verdict)
			}
		})
	}
}

func TestAnUnknownNameIsRefusedWithTheNamesThereAre(t *testing.T) {
	for _, name := range []string{"nothing", "", "../go", "basics.yaml"} {
		_, err := benchmarks.Load(name)
		require.ErrorContains(t, err, "arithmetic, basics, transformations")
	}
}
