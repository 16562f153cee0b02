package benchdoc

import "github.com/agora-network/agora/benchmark/spec"

// Word is a value that a setting may have, with its meaning.
type Word struct{ Name, Meaning string }

// Extractions lists the values of extract.
func Extractions() []Word {
	return []Word{
		{"whole", "the whole completion, without white space around it"},
		{"after-last-equals", "what follows the last '='; the whole completion when there is none"},
		{"last-line", "the last line that is not blank"},
		{"last-number", "the last number, with its sign, decimals, exponent or fraction bar"},
		{"code", "the first fenced block marked as python or starlark, else the first without a mark; the whole completion when there is no block"},
		{"json", "the first JSON object or array"},
	}
}

// Extraction is the meaning of a value of extract; empty for none.
func Extraction(value spec.Extraction) string { return meaning(Extractions(), int(value)) }

// Aggregations lists the values of aggregation.items.
func Aggregations() []Word {
	return []Word{
		{"mean", "a miner's score is the mean of its own items; a question without an answer counts as 0"},
		{"win-rate", "a miner's score is the share of comparisons that it wins against the others, question by question; a tie is half a win. With significance it is compared with each other miner once, by a test"},
		{"bradley-terry", "a miner's score is the chance to beat a miner of average strength, from the strengths that explain best who was better on which question"},
		{"open-skill", "a miner's score is the chance to beat a newcomer, by Plackett-Luce ratings; every question is a match of all miners"},
		{"pareto", "a miner's score is the share of the others that are not better than it in every scorer at once"},
		{"winner-takes-all", "one miner has everything: the one registered first stays champion until a later one beats it by the margin"},
	}
}

// Aggregation is the meaning of a value of aggregation.items; empty for none.
func Aggregation(value spec.ItemAggregation) string { return meaning(Aggregations(), int(value)) }

// meaning looks up a value of an enum, which counts from 1.
func meaning(words []Word, value int) string {
	if value < 1 || value > len(words) {
		return ""
	}
	return words[value-1].Meaning
}

// Warnings lists what `validator bench lint` warns of, by the names that --allow takes.
func Warnings() []Word {
	return []Word{
		{"not-at-hand", "a module, model or data set is not here, so that nothing could be drawn or scored: name its folder by --blobs, or let it be fetched by --fetch"},
		{"no-question", "questions could not be had; validators will not count them either"},
		{"expected-answer", "the right answer does not get the full score: the scorer looks at another part of it (`extract`), or wants another form"},
		{"scorer-fails", "the right answer has no score, because a scorer fails on it"},
		{"baseline", "`weights.baseline_bp` is below what somebody reaches who knows nothing: by the luck of the generator's families, by the most frequent answer, by repeating the question"},
		{"ties-pay", "miners are compared with each other, and are paid for being no worse than others who know as little"},
		{"speed-without-gate", "latency or throughput is paid for wrong answers as well: set `gate: true` at a scorer that tells right from wrong"},
		{"scorer-fault", "a question on which the author's own scorer fails does not count, and a miner may know how to make it fail: set `aggregation.fault: zero`"},
		{"judge", "a judge reads what miners write, and may be talked to, without another scorer as a gate"},
		{"unused-model", "every validator loads a model that no scorer uses"},
		{"deadline", "an answer of `max_tokens` takes a usual model longer than `deadline_ms`"},
		{"max-tokens", "right answers are longer than `max_tokens`"},
		{"context", "question and answer together exceed what many served models take"},
		{"repeats", "a miner is often asked the same question twice in an epoch"},
		{"few-questions", "there are so few different questions that miners who share what they were asked soon know them all"},
		{"public-answers", "the data set is not sealed: whoever reads its shards has every answer by heart, whichever question comes"},
		{"exhausted", "the data set is soon asked through"},
		{"calibration", "validators share the work and ask nothing in common, so that one that scores otherwise is not told from one that had other questions"},
		{"significance", "not even a miner that is right in everything passes the test against others that are right in nothing"},
	}
}

// Reason is a word in the evidence of an item that has no score, or an odd one.
type Reason struct {
	Name    string
	Meaning string
	// Effect on the miner: what the item counts as.
	Effect string
}

// What an item with a reason counts as.
const (
	notCounted = "does not count"
	countsZero = "counts as 0"
	asDeclared = "does not count; counts as 0 with `aggregation.fault: zero`"
)

// Reasons lists the reasons, those of the benchmark before those of asking.
func Reasons() []Reason {
	return []Reason{
		{"question_missing", "the data set did not open the item, or nobody serves it", notCounted},
		{"question_changed", "what was served is not what the root or digest says", notCounted},
		{"question_failed", "the generator in the sandbox made no question", notCounted},
		{"question_twice", "the generator in the sandbox made the same question before", notCounted},
		{"question_unfit", "the question lacks what a scorer needs, such as tests or a schema", notCounted},
		{"scorer_trap", "a scorer stopped with an error", asDeclared},
		{"scorer_limit", "a scorer ran into a limit of time, steps, cost or memory", asDeclared},
		{"scorer_abstained", "a scorer itself gave no score", asDeclared},
		{"scorer_result", "a scorer gave what is no score", asDeclared},
		{"model_missing", "a model that a scorer needs is not at hand, or could not be asked", notCounted},
		{"answer_too_long", "the answer is longer than a scorer takes", countsZero},
		{"no_endpoint", "the miner publishes no address that can be used", countsZero},
		{"unreachable", "no connection, or it broke off", countsZero},
		{"late", "no whole answer before the deadline", countsZero},
		{"too_large", "the answer is larger than what is read", countsZero},
		{"bad_receipt", "the answer is not signed by the miner for this request", countsZero},
		{"refused", "the miner answered with an error", countsZero},
		{"not_an_answer", "signed, but not a completion", countsZero},
		{"stopped", "the validator itself stopped waiting", notCounted},
		{"internal", "the validator could not ask", notCounted},
	}
}
