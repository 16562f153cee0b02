package benchmark_test

import (
	"context"
	"fmt"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmarks"
)

// One epoch of two miners, as a validator sees it: one knows every answer, the
// other answers nothing at all.
func Example() {
	ctx := context.Background()
	s, err := benchmarks.Load(benchmarks.Default)
	if err != nil {
		fmt.Println(err)
		return
	}
	program, err := benchmark.Open(ctx, s, benchmark.Env{})
	if err != nil {
		fmt.Println(err)
		return
	}
	const epoch, height, blocks = 7, 700, 100
	sheets := make([]benchmark.Sheet, 2)
	for miner := range sheets {
		sheets[miner].MinerID = uint64(miner)
		seed := benchmark.Seed{ChainID: "agora-1", Netuid: 1, Version: 1, Epoch: epoch, MinerID: uint64(miner)}
		tasks, err := program.Draw(ctx, seed, benchmark.Share{})
		if err != nil {
			fmt.Println(err)
			return
		}
		batch := program.Batch()
		for _, task := range tasks {
			verdict := benchmark.Verdict{Outcome: benchmark.OutcomeUnanswered}
			if miner == 0 {
				verdict = batch.Score(ctx, &task, benchmark.Answer{Completion: "let me think = " + task.Question.Expected})
			}
			sheets[miner].Answers = append(sheets[miner].Answers, verdict.Result(&task))
		}
		batch.Close()
	}
	results, err := benchmark.Tally(s, sheets)
	if err != nil {
		fmt.Println(err)
		return
	}
	scores := make([]int64, len(results))
	for i, result := range results {
		standing, err := benchmark.Standing{}.Advance(s, epoch, height, blocks, result)
		if err != nil {
			fmt.Println(err)
			return
		}
		scores[i] = standing.Score
	}
	fmt.Println(scores, benchmark.Weights(s, scores))
	// Output: [500000000 0] [65535 0]
}
