// Package benchmark executes a benchmark spec: it draws the questions of a miner's
// epoch from the chain's beacon and the asking validator's secret, scores the answers, compares the miners, folds what
// they reached into their running standings and turns the standings of all miners into
// a row of weights.
//
//	program, err := benchmark.Open(ctx, s, env)                // compiled, and held to its goldens
//	tasks, err := program.Draw(ctx, seed, share)               // what to ask one miner
//	batch := program.Batch()                                   // one miner, one epoch
//	verdict := batch.Score(ctx, &tasks[i], answer)             // one answer
//	results, err := benchmark.Tally(s, sheets)                 // one epoch, all miners
//	standing, err = standing.Advance(s, epoch, height, n, results[m]) // all epochs so far
//	row := benchmark.Weights(s, standings)                     // all miners
//
// The same code runs in a validator, at a miner's desk, in the explorer and in CI, and
// gives the same integers everywhere: no network but through what is passed in, no
// chain, no clock that decides a score, no map iteration that shows. A score is an
// integer with [ScoreOne] = 1e9 meaning "all of it"; wherever a division is not exact
// it rounds half to even. Two things are not the same for everybody, and the evidence
// carries them: the latency of an answer, which each validator measures, and the text of
// the answer itself.
//
// Whatever cannot be had or scored is a reason, not an error: the item abstains, the
// epoch goes on, and whoever runs it again comes to the same reason ([Reason]).
//
// The rooms below make the parts: spec (the declaration), question, chance (the stream
// that everything is drawn from), generate and dataset (questions), metric, formula and
// sandbox (scorers), stat (comparisons). The package keeps no state, and all of it may
// be called from many goroutines at once; a [Batch] belongs to one.
package benchmark
