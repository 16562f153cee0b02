package main

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/chance"
	"github.com/agora-network/agora/internal/portable"
)

// The spread of miners and questions, in logits: the chance of a right answer is 1 / (1 + e^(difficulty - ability)).
// Miners then are right on 39 to 94 % of the questions, neighbours about a point apart.
const (
	leastAbility, mostAbility = -0.5, 3.0
	mostDifficulty            = 1.5 // the least is its negative
	// steps of a difficulty.
	steps = 3000
)

// world is a set of miners under one seed.
type world struct {
	seed      [32]byte
	abilities []float64 // ascending
}

func newWorld(number, miners int) world {
	w := world{seed: sha256.Sum256(binary.BigEndian.AppendUint64([]byte("sharing/world"), uint64(number)))} //nolint:gosec // a count
	for i := range miners {
		part := float64(i) / float64(max(miners-1, 1))
		w.abilities = append(w.abilities, leastAbility+float64((mostAbility-leastAbility)*part))
	}
	return w
}

// beacon of an epoch.
func (w world) beacon(epoch int) [32]byte {
	return sha256.Sum256(binary.BigEndian.AppendUint64(append([]byte("sharing/beacon"), w.seed[:]...), uint64(epoch))) //nolint:gosec // a count
}

// secret is what a validator mixes into the draw of an epoch.
func (w world) secret(validator string, epoch int) [32]byte {
	in := binary.BigEndian.AppendUint64(append([]byte("sharing/secret"), w.seed[:]...), uint64(epoch)) //nolint:gosec // a count
	return sha256.Sum256(append(in, validator...))
}

// difficulty is that of a step, 0 to steps.
func difficulty(step uint32) float64 {
	return float64(2*mostDifficulty*float64(step))/steps - mostDifficulty
}

// chanceOf is the chance of a right answer in units of 1e-9.
func chanceOf(ability, difficulty float64) int64 {
	return int64(float64(benchmark.ScoreOne) / (1 + portable.Exp(difficulty-ability)))
}

// answer is what a miner reaches on a question: all or nothing, and the same whoever asks.
func (w world) answer(miner int, task *benchmark.Task) benchmark.ItemResult {
	asked := chance.NewStream(sha256.Sum256(append([]byte("sharing/difficulty"), task.Seed[:]...)))
	likely := chanceOf(w.abilities[miner], difficulty(asked.Below(steps+1)))

	in := append([]byte("sharing/answer"), w.seed[:]...)
	in = binary.BigEndian.AppendUint64(in, uint64(miner)) //nolint:gosec // a count
	luck := chance.NewStream(sha256.Sum256(append(in, task.Seed[:]...)))
	result := benchmark.ItemResult{Item: task.Item, Outcome: benchmark.OutcomeScored, Parts: []int64{0}}
	if int64(luck.Below(uint32(benchmark.ScoreOne))) < likely {
		result.Score, result.Parts[0] = benchmark.ScoreOne, benchmark.ScoreOne
	}
	return result
}

// truth is what each miner would reach on endlessly many questions.
func (w world) truth() []int64 {
	scores := make([]int64, len(w.abilities))
	for i, ability := range w.abilities {
		var sum int64
		for step := range uint32(steps + 1) {
			sum += chanceOf(ability, difficulty(step)) >> 12 // the sum fits
		}
		scores[i] = sum / (steps + 1) << 12
	}
	return scores
}
