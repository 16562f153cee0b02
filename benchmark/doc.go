// Package benchmark executes a benchmark spec: it draws the questions of a
// miner's epoch from the chain's beacon, scores the answers, folds them into the
// miner's running standing and turns the standings of all miners into a row of
// weights.
//
//	tasks, err := benchmark.Draw(s, seed)                      // what to ask one miner
//	score := benchmark.ScoreItem(s, tasks[i], completion)      // one answer
//	result := benchmark.Aggregate(s, items)                    // one epoch
//	standing, err = standing.Advance(s, epoch, result)         // all epochs so far
//	row := benchmark.Weights(s, standings)                     // all miners
//
// The same code runs in a validator, at a miner's desk, in the explorer and in
// CI, so everything here is a pure function of its arguments: no network, no
// chain, no clock, no map iteration and no floating point. A score is an integer
// with [ScoreOne] = 1e9 meaning "all of it"; wherever a division is not exact it
// rounds half to even. The package keeps no state, and all of it may be called
// from many goroutines at once.
//
// # Generators
//
// A question is text and the one answer that is right.
//
//	generator  family   question        answer   drawn uniformly
//	basics/1   add      347+582         929      operands 0 to 999
//	basics/1   sub      582-347         235      operands 0 to 999, the larger first
//	basics/1   reverse  reverse kqzta   atzqk    3 to 6 letters a-z
//	basics/1   sort     sort 52819      12589    3 to 6 digits
//	basics/1   shift    shift abz       bca      3 to 6 letters a-z, each becomes the next, z becomes a
//
// # Scorers
//
//	scorer  score
//	exact   1e9 when the answer equals the expected one byte for byte, else 0
//
// Which part of a completion is the answer is the scorer's extraction:
//
//	extraction         answer
//	whole              the completion, trimmed of spaces, tabs and line breaks
//	after-last-equals  what follows its last '=' (all of it when there is none), trimmed likewise
package benchmark
