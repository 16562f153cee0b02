package benchmark_test

import (
	"fmt"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmarks"
)

// One epoch of two miners, as a validator sees it: one knows every answer, the
// other answers nothing at all.
func Example() {
	s, err := benchmarks.Load(benchmarks.Default)
	if err != nil {
		fmt.Println(err)
		return
	}
	const epoch = 7
	scores := make([]int64, 2)
	for miner := range scores {
		tasks, err := benchmark.Draw(s, benchmark.Seed{ChainID: "agora-1", Netuid: 1, Version: 1, Epoch: epoch, MinerID: uint64(miner)})
		if err != nil {
			fmt.Println(err)
			return
		}
		items := make([]benchmark.ItemResult, len(tasks))
		for i, task := range tasks {
			items[i] = benchmark.ItemResult{Outcome: benchmark.OutcomeUnanswered}
			if miner == 0 {
				completion := "let me think = " + task.Expected
				items[i] = benchmark.ItemResult{Outcome: benchmark.OutcomeScored, Score: benchmark.ScoreItem(s, task, completion)}
			}
		}
		standing, err := benchmark.Standing{}.Advance(s, epoch, benchmark.Aggregate(s, items))
		if err != nil {
			fmt.Println(err)
			return
		}
		scores[miner] = standing.Score
	}
	fmt.Println(scores, benchmark.Weights(s, scores))
	// Output: [500000000 0] [65535 0]
}
