package stat_test

import (
	"fmt"

	"github.com/agora-network/agora/benchmark/stat"
)

// A challenger is asked the same questions as the champion until it is clear whether it beats the
// champion by more than 2 points.
func ExampleSequential() {
	test, err := stat.NewSequential(stat.SequentialPlan{
		Alpha: stat.One / 100, Margin: 2 * stat.One / 100, Gap: 5 * stat.One / 100, MaxItems: 5_000,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	verdict := stat.Open
	for item := 0; verdict == stat.Open; item++ {
		var difference int64 // of their scores on this item
		switch {
		case item%5 == 0:
			difference = stat.One
		case item%12 == 0:
			difference = -stat.One
		}
		if verdict, err = test.Add(difference); err != nil {
			fmt.Println(err)
			return
		}
	}
	interval := test.Interval()
	fmt.Printf("%s after %d items, p = %.4f\n", verdict, test.Items(), float64(test.PValue())/1e9)
	fmt.Printf("lead between %.3f and %.3f\n", float64(interval.Low)/1e9, float64(interval.High)/1e9)
	// Output:
	// above after 251 items, p = 0.0083
	// lead between 0.022 and 0.260
}

func ExampleBradleyTerry() {
	games, err := stat.NewTournament(3)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, result := range []struct {
		winner, loser int
		games         int64
	}{{0, 1, 9}, {1, 0, 1}, {1, 2, 6}, {2, 1, 4}, {0, 2, 8}} {
		if err := games.Win(result.winner, result.loser, result.games); err != nil {
			fmt.Println(err)
			return
		}
	}
	strengths, err := stat.BradleyTerry(games, stat.One)
	if err != nil {
		fmt.Println(err)
		return
	}
	for player, strength := range strengths {
		fmt.Printf("player %d beats an average player with a chance of %.3f\n", player, float64(strength.Chance)/1e9)
	}
	// Output:
	// player 0 beats an average player with a chance of 0.858
	// player 1 beats an average player with a chance of 0.375
	// player 2 beats an average player with a chance of 0.267
}

func ExampleSoftmax() {
	weights, err := stat.Softmax([]int64{900_000_000, 850_000_000, 400_000_000}, 50_000_000, 65_535)
	fmt.Println(weights, err)
	// Output: [47908 17625 2] <nil>
}
