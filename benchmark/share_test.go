package benchmark_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/spec"
)

func hotkeys(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("agora1v%03d", i)
	}
	return names
}

func TestEveryItemIsAskedByAsManyValidatorsAsTheSpecSaysAndNobodyByMoreThanHisShare(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := shipped(t)
		s.Sampling.ItemsPerMiner = rapid.Uint32Range(1, 60).Draw(rt, "items")
		s.Sampling.CalibrationItems = rapid.Uint32Range(0, s.Sampling.ItemsPerMiner-1).Draw(rt, "calibration")
		s.Sampling.ValidatorsPerItem = rapid.Uint32Range(1, 12).Draw(rt, "per item")
		s.Sampling.Domain = spec.SamplingDomain(rapid.IntRange(1, 2).Draw(rt, "domain"))
		validators := hotkeys(rapid.IntRange(1, 20).Draw(rt, "validators"))
		seed := goldenSeed()
		seed.MinerID = rapid.Uint64().Draw(rt, "miner")
		program := opened(t, s)

		whole, err := program.Draw(t.Context(), seed, benchmark.Share{})
		require.NoError(rt, err)
		asked := make([]int, s.Sampling.ItemsPerMiner)
		least, most := len(asked), 0
		for _, self := range validators {
			shuffled := rapid.Permutation(validators).Draw(rt, "order")
			tasks, err := program.Draw(t.Context(), seed, benchmark.Share{Validators: shuffled, Self: self})
			require.NoError(rt, err)
			for _, task := range tasks {
				require.Equal(rt, whole[task.Index], task, "the share of a draw is a part of it")
				asked[task.Item]++
			}
			least, most = min(least, len(tasks)), max(most, len(tasks))
		}
		want := min(int(s.Sampling.ValidatorsPerItem), len(validators))
		for item, count := range asked {
			if item < int(s.Sampling.CalibrationItems) {
				require.Equal(rt, len(validators), count, "item %d is for calibration", item)
			} else {
				require.Equal(rt, want, count, "item %d", item)
			}
		}
		require.LessOrEqual(rt, most-least, 1, "the work is dealt out evenly")
	})
}

func TestAValidatorThatDoesNotCountYetAsksEverything(t *testing.T) {
	s := shipped(t)
	s.Sampling.ValidatorsPerItem = 1
	program := opened(t, s)
	for name, share := range map[string]benchmark.Share{
		"nobody is listed":        {},
		"it is not listed":        {Validators: hotkeys(5), Self: "agora1new"},
		"it is the only one":      {Validators: hotkeys(1), Self: hotkeys(1)[0]},
		"it is listed many times": {Validators: []string{"a", "a", "a"}, Self: "a"},
	} {
		tasks, err := program.Draw(t.Context(), goldenSeed(), share)
		require.NoError(t, err)
		require.Len(t, tasks, 16, name)
	}
}

func TestCalibrationItemsAreTheSameForAllMinersAndNoneOfTheirOwn(t *testing.T) {
	s := shipped(t)
	s.Sampling.CalibrationItems = 4
	program := opened(t, s)
	first, second := goldenSeed(), goldenSeed()
	second.MinerID++
	one, err := program.Draw(t.Context(), first, benchmark.Share{})
	require.NoError(t, err)
	other, err := program.Draw(t.Context(), second, benchmark.Share{})
	require.NoError(t, err)
	for i := range one {
		require.Equal(t, i < 4, one[i].Calibration)
		if i < 4 {
			require.Equal(t, one[i], other[i])
		} else {
			require.NotEqual(t, one[i].Seed, other[i].Seed)
		}
	}
	without, err := opened(t, shipped(t)).Draw(t.Context(), first, benchmark.Share{})
	require.NoError(t, err)
	require.NotEqual(t, without[0].Seed, one[0].Seed)
	require.Equal(t, without[4].Seed, one[4].Seed)
}

func TestSamplesAskTheSameQuestionWithSeedsThatNobodyChooses(t *testing.T) {
	s := shipped(t)
	s.Sampling.Samples, s.Request.TemperatureMilli = 3, 700
	program := opened(t, s)
	tasks, err := program.Draw(t.Context(), goldenSeed(), benchmark.Share{})
	require.NoError(t, err)
	require.Len(t, tasks, 48)
	require.Equal(t, 48, program.Answers())
	seeds := map[uint64]bool{}
	for i, task := range tasks {
		require.EqualValues(t, i, task.Index)
		require.EqualValues(t, i/3, task.Item)
		require.EqualValues(t, i%3, task.Sample)
		require.Equal(t, tasks[i-i%3].Question, task.Question)
		require.NotZero(t, task.Request.Seed)
		require.Less(t, task.Request.Seed, uint64(1)<<53, "any JSON reader keeps it exact")
		seeds[task.Request.Seed] = true
	}
	require.Len(t, seeds, 48)
}

func TestASecretChangesEveryQuestionButThoseForCalibration(t *testing.T) {
	s := shipped(t)
	s.Sampling.CalibrationItems = 4
	program := opened(t, s)
	draws := make([][]benchmark.Task, 3)
	for i := range draws {
		seed := goldenSeed()
		seed.Secret[0] = byte(i)
		var err error
		draws[i], err = program.Draw(t.Context(), seed, benchmark.Share{})
		require.NoError(t, err)
	}
	for item := range draws[0] {
		for other := 1; other < len(draws); other++ {
			if item < 4 {
				require.Equal(t, draws[0][item], draws[other][item])
			} else {
				require.NotEqual(t, draws[0][item].Seed, draws[other][item].Seed)
			}
		}
		require.Equal(t, draws[1][item].Seed == draws[2][item].Seed, item < 4)
	}
}

func TestAnswersForCalibrationCountForNobody(t *testing.T) {
	s := compared(t, 4, spec.ITEM_AGGREGATION_WIN_RATE, nil)
	s.Sampling.CalibrationItems = 2
	require.NoError(t, s.Validate())
	require.Equal(t, []int64{one, 0}, scoresOf(t, s, sheet(1, 1, "0011"), sheet(2, 2, "1100")))
	s.Aggregation.Items = spec.ITEM_AGGREGATION_MEAN
	require.Equal(t, []int64{one / 2, 0}, scoresOf(t, s, sheet(1, 1, "1110"), sheet(2, 2, "1100")))
	results, err := benchmark.Tally(s, []benchmark.Sheet{sheet(1, 1, "11--"), sheet(2, 2, "11??")})
	require.NoError(t, err)
	require.Equal(t, benchmark.EpochScore{Unanswered: 2}, results[0], "whoever answers them alone is absent")
	require.Equal(t, benchmark.EpochScore{Abstained: 2}, results[1])
}
