package trial

import (
	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/stat"
	"github.com/agora-network/agora/engine"
)

// Format is the version of the meaning of the fields of a [Report].
const Format = "agora.trial/1"

// Alpha is the chance, in units of a score, that an interval of a report misses what it
// is for: all intervals are of 95 %.
const Alpha = stat.One / 20

// Report is what a trial found. Scores, shares, differences and chances are integers in
// units of 1e-9, as everywhere in a benchmark; durations say their unit in their name.
type Report struct {
	Format    string    `json:"format"`
	Program   string    `json:"program,omitempty"`
	Benchmark Benchmark `json:"benchmark"`
	Seed      string    `json:"seed"`
	// Epochs that were run, Answers that were asked of one backend in each.
	Epochs  int `json:"epochs"`
	Answers int `json:"answers_per_epoch"`
	// Concurrency is how many questions were under way at once at one backend.
	Concurrency int `json:"concurrency"`
	// Alpha is the chance that an interval misses what it is for.
	Alpha    int64    `json:"alpha"`
	Backends []Result `json:"backends"`
	// Comparisons of every backend with every one behind it in the list.
	Comparisons []Comparison `json:"comparisons,omitempty"`
	// Notes say what the figures do not.
	Notes []string `json:"notes,omitempty"`
}

// Benchmark is what was run.
type Benchmark struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	// Digest is the sha256 of the canonical bytes of the spec, in hex.
	Digest  string `json:"digest"`
	ChainID string `json:"chain_id"`
	Netuid  uint32 `json:"netuid"`
	Number  uint32 `json:"benchmark"`
	Version uint32 `json:"version"`
	// Questions of one miner in one epoch, and how often each is asked.
	Questions int    `json:"questions"`
	Samples   int    `json:"samples"`
	Deadline  int64  `json:"deadline_ms"`
	MaxTokens uint32 `json:"max_tokens"`
	// Aggregation is how questions become a score, as the YAML of a spec names it.
	Aggregation string `json:"aggregation"`
	// Comparative says that a score is a comparison with other miners.
	Comparative bool `json:"comparative"`
	// Baseline at or below which a standing has no weight.
	Baseline int64 `json:"baseline"`
	// Blocks of an epoch, for standings with a half-life.
	Blocks uint64 `json:"blocks_per_epoch"`
}

// Result is what one backend reached.
type Result struct {
	Name    string  `json:"name"`
	Backend Backend `json:"backend"`
	// Score is the mean of the scores of the epochs: where a standing goes in time. With
	// a comparative benchmark and nobody to compare with there is none.
	Score *int64 `json:"score,omitempty"`
	// Mean over all questions that count.
	Mean Estimate `json:"mean"`
	// Standing after the epochs of the trial, of a miner that was new before them.
	Standing *int64 `json:"standing,omitempty"`
	// Weight that the backends would get, had they no other competitors; of trials of
	// several.
	Weight   *uint16  `json:"weight,omitempty"`
	Epochs   []Epoch  `json:"epochs"`
	Families []Group  `json:"families,omitempty"`
	Scorers  []Scorer `json:"scorers"`
	// Counts of answers.
	Scored     int      `json:"scored"`
	Unanswered int      `json:"unanswered"`
	Abstained  int      `json:"abstained"`
	Reasons    []Reason `json:"reasons,omitempty"`
	Timing     Timing   `json:"timing"`
	Items      []Item   `json:"items,omitempty"`
}

// Backend is what the engine says of itself; unknown fields are left out.
type Backend struct {
	Driver     string `json:"driver"`
	Model      string `json:"model"`
	Digest     string `json:"digest,omitempty"`
	Parameters int64  `json:"parameters,omitempty"`
	MaxContext int    `json:"max_context,omitempty"`
	// Canonical says that the same question has the same answer on every machine.
	Canonical bool `json:"canonical"`
}

func backendOf(info engine.Info) Backend {
	return Backend{
		Driver: info.Driver, Model: info.Model, Digest: info.Digest, Parameters: info.Parameters,
		MaxContext: info.MaxContext, Canonical: info.Canonical,
	}
}

// Methods of an [Estimate].
const (
	// MethodWilson is the score interval of a share, where every question is right or
	// wrong.
	MethodWilson = "wilson"
	// MethodBootstrap draws the questions again and again (BCa).
	MethodBootstrap = "bootstrap"
	// MethodNone: there are too few questions to say anything.
	MethodNone = "none"
)

// Estimate is a mean with the interval that holds the true one with a chance of 1 - Alpha.
type Estimate struct {
	Mean int64 `json:"mean"`
	Low  int64 `json:"low"`
	High int64 `json:"high"`
	// Questions that it is made of.
	Questions int    `json:"questions"`
	Method    string `json:"method"`
}

// Epoch is what an epoch gave.
type Epoch struct {
	Epoch uint64 `json:"epoch"`
	// Score and the standing after it; without where Result.Score is.
	Score      *int64 `json:"score,omitempty"`
	Standing   *int64 `json:"standing,omitempty"`
	Mean       int64  `json:"mean"`
	Scored     int    `json:"scored"`
	Unanswered int    `json:"unanswered"`
	Abstained  int    `json:"abstained"`
}

// Group is what the questions of one family gave.
type Group struct {
	Family string `json:"family"`
	// Full is how many of the questions have the best score.
	Full int `json:"full"`
	Estimate
}

// Scorer is what one scorer of the spec gave, before it is weighted.
type Scorer struct {
	Name   string `json:"name"`
	Weight uint32 `json:"weight_bp"`
	Estimate
}

// Reason counts why answers have no score, or an odd one.
type Reason struct {
	Outcome string `json:"outcome"`
	Reason  string `json:"reason"`
	Count   int    `json:"count"`
	// Example is the first of the details, for people.
	Example string `json:"example,omitempty"`
}

// Timing is how fast a backend was on this machine. Quantiles are of the answers that
// came in time.
type Timing struct {
	Elapsed int64 `json:"elapsed_us"`
	P50     int64 `json:"p50_us"`
	P90     int64 `json:"p90_us"`
	P99     int64 `json:"p99_us"`
	Max     int64 `json:"max_us"`
	// Prompt and Completion tokens of the answers that came in time.
	Prompt     int64 `json:"prompt_tokens"`
	Completion int64 `json:"completion_tokens"`
	// Rate is completion tokens per second over all questions at once, in thousandths.
	Rate int64 `json:"millitokens_per_second"`
}

// Comparison is how two backends did on the questions that count for both.
type Comparison struct {
	First  string `json:"first"`
	Second string `json:"second"`
	// Difference of the first less the second.
	Difference Estimate `json:"difference"`
	// P is the chance of a difference at least as far from 0 when it makes none which of
	// them answers (permutation), and Adjusted allows for all comparisons of the report
	// together (Holm).
	P        int64 `json:"p"`
	Adjusted int64 `json:"p_adjusted"`
}

// Item is one answer.
type Item struct {
	Epoch       uint64  `json:"epoch"`
	Index       uint32  `json:"index"`
	Question    uint32  `json:"question"`
	Sample      uint32  `json:"sample"`
	Calibration bool    `json:"calibration,omitempty"`
	Family      string  `json:"family,omitempty"`
	Prompt      string  `json:"prompt,omitempty"`
	Expected    string  `json:"expected,omitempty"`
	Completion  string  `json:"completion,omitempty"`
	Outcome     string  `json:"outcome"`
	Reason      string  `json:"reason,omitempty"`
	Detail      string  `json:"detail,omitempty"`
	Score       int64   `json:"score"`
	Parts       []int64 `json:"parts,omitempty"`
	Latency     int64   `json:"latency_us"`
	Tokens      uint32  `json:"tokens"`
}

// outcomeNames are the outcomes in words.
var outcomeNames = map[benchmark.Outcome]string{
	benchmark.OutcomeAbstained: "abstained", benchmark.OutcomeScored: "scored", benchmark.OutcomeUnanswered: "unanswered",
}
