// Command sharing simulates validators that share the questions of a benchmark, and says what that costs and how far they
// still agree.
//
//	go run ./test/sharing [-update docs/sharing.md]
//
// Who is asked what, the scores of an epoch, standings, rows and consensus are those of the programs: packages benchmark
// and yuma; each validator mixes a secret of its own into the draw of every epoch, as the daemon does. Only the miners are
// not real: each has an ability, a question a difficulty, and the same question gets the same answer, as from a model at
// temperature 0. Numbers are the same on every machine and in every run; it takes some minutes.
package main
