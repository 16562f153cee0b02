package benchmarks_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark"
)

// contender is a miner in a field.
type contender struct {
	name  string
	since uint64
	play  player
}

// standings of a field after some epochs.
func standings(t *testing.T, program *benchmark.Program, field []contender, epochs uint64) []int64 {
	t.Helper()
	s := program.Spec()
	after := make([]benchmark.Standing, len(field))
	for epoch := range epochs {
		tasks := drawn(t, program, "field", epoch)
		sheets := make([]benchmark.Sheet, len(field))
		for i, c := range field {
			sheets[i] = benchmark.Sheet{MinerID: uint64(i + 1), Since: c.since, Answers: played(t, program, tasks, c.play)}
		}
		results, err := benchmark.Tally(s, sheets)
		require.NoError(t, err)
		for i := range after {
			after[i], err = after[i].Advance(s, epoch, 1+360*epoch, 360, results[i])
			require.NoError(t, err)
		}
	}
	scores := make([]int64, len(field))
	for i := range after {
		scores[i] = after[i].Score
	}
	return scores
}

// The oldest miner guesses; a good one came later, and a copy of it later still.
func TestWhereMinersAreComparedAGuesserEarnsNothingBesideAGoodMiner(t *testing.T) {
	for _, name := range []string{"extraction", "algebra"} {
		t.Run(name, func(t *testing.T) {
			program := opened(t, name)
			good := answering(85, "good")
			guess := mostFrequent(t, program)
			if name == "extraction" {
				guess = filledForm
			}
			field := []contender{
				{"guesser", 10, guess},
				{"good", 20, good},
				{"copy of the good one", 30, good},
				{"weak", 40, answering(30, "weak")},
				{"guesser again", 50, guess},
			}
			scores := standings(t, program, field, 12)
			row := benchmark.Weights(program.Spec(), scores)
			t.Log(scores, row)
			require.Equal(t, benchmark.MaxWeight, int(row[1]), "the good miner has the most")
			require.Zero(t, row[0], "the guesser has nothing, though it was first")
			require.Zero(t, row[3], "the weak miner has nothing")
			require.Zero(t, row[4])
			if name == "algebra" {
				require.Zero(t, row[2], "a copy is never a margin ahead")
			}
		})
	}
}

func TestWhereMinersAreComparedEqualsAreNotToldApartByLuck(t *testing.T) {
	program := opened(t, "extraction")
	var field []contender
	for i, label := range []string{"a", "b", "c", "d", "e", "f"} {
		field = append(field, contender{label, uint64(10 * i), answering(80, label)})
	}
	row := benchmark.Weights(program.Spec(), standings(t, program, field, 8))
	require.NotNil(t, row)
	for i := range row {
		require.Positive(t, row[i], field[i].name)
	}
}
