package stat_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark/stat"
)

// field draws the scores of 256 miners on 1,000 items.
func field() [][]int64 {
	random := rand.New(rand.NewPCG(5, 6))
	scores := make([][]int64, 256)
	for p := range scores {
		scores[p] = make([]int64, 1_000)
		for i := range scores[p] {
			scores[p][i] = random.Int64N(stat.One/2+int64(p)) + int64(p)*(stat.One/1000)
		}
	}
	return scores
}

func BenchmarkWinRatesOf256MinersOn1000Items(b *testing.B) {
	scores, since := field(), make([]uint64, 256)
	for b.Loop() {
		_, err := stat.WinRates(scores, since, stat.One/100)
		require.NoError(b, err)
	}
}

func BenchmarkBradleyTerryOf256MinersOn1000Items(b *testing.B) {
	scores := field()
	for b.Loop() {
		games, err := stat.FromScores(scores)
		require.NoError(b, err)
		_, err = stat.BradleyTerry(games, stat.One)
		require.NoError(b, err)
	}
}

func BenchmarkOpenSkillOf256MinersOnOneItem(b *testing.B) {
	scores, model := field(), stat.DefaultOpenSkill()
	ratings, column := make([]stat.Rating, 256), make([]int64, 256)
	for p := range ratings {
		ratings[p], column[p] = model.Newcomer(), scores[p][0]
	}
	for b.Loop() {
		_, err := model.Match(ratings, column)
		require.NoError(b, err)
	}
}

func BenchmarkSequentialPerItem(b *testing.B) {
	plan := stat.SequentialPlan{Alpha: 1, Gap: stat.One / 50, MaxItems: stat.MaxItems}
	test, err := stat.NewSequential(plan)
	require.NoError(b, err)
	difference := stat.One
	for b.Loop() {
		if verdict, _ := test.Add(difference); verdict != stat.Open {
			test, err = stat.NewSequential(plan)
			require.NoError(b, err)
		}
		difference = -difference
	}
}

func BenchmarkSignTestOf10000Items(b *testing.B) {
	for b.Loop() {
		_, err := stat.SignTest(4_900, 5_100)
		require.NoError(b, err)
	}
}
