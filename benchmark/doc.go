// Package benchmark executes a benchmark spec: it draws the questions of a
// miner's epoch from the chain's beacon, scores the answers, folds them into the
// miner's running score and turns the scores of all miners into a row of weights.
//
// The same code runs in a validator, at a miner's desk, in the explorer and in
// CI, so everything here is a pure function of its arguments: no network, no
// chain, no clock, no map iteration and no floating point. A score is an integer
// with [ScoreOne] = 1e9 meaning "all of it"; wherever a division is not exact it
// rounds half to even. The package keeps no state, and all of it may be called
// from many goroutines at once; a [Stream] belongs to one goroutine.
package benchmark
