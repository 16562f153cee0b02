// Package trial runs a benchmark at a desk: it asks engines what a validator would ask
// a miner, scores the answers with the validator's code, and says with intervals what
// they reached. Nothing is paid, signed or sent to a chain.
//
//	report, err := trial.Run(ctx, program, contenders, trial.Options{Epochs: 8, Seed: "7"})
//	fmt.Println(report.Text())
//
// What is the same as with a validator: the questions of a draw, the body of the
// request (package validator/ask encodes it), the deadline, from sending to the whole
// answer, the bound on an answer, another attempt where an engine is busy, the order in
// which answers are scored, tallies, standings. What is not: the beacons are made from
// a seed, nothing travels over a network, and every contender is asked the same
// questions, as if each in turn were the same miner, so that they are compared on
// equal terms.
//
// Scores and intervals of a report follow from spec, seed and answers alone. Latencies
// and what is made of them are those of this machine.
package trial
