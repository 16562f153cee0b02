package trial

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/spec"
)

// report makes the report of what all entrants did.
func (t *run) report(entrants []entrant) (*Report, error) {
	s, digest, o := t.program.Spec(), t.program.Digest(), t.options
	report := &Report{
		Format: Format, Program: o.Program, Seed: o.Seed, Epochs: o.Epochs, Answers: t.program.Answers(),
		Concurrency: o.Concurrency, Alpha: Alpha,
		Benchmark: Benchmark{
			Name: s.Name, Description: s.Description, Digest: hex.EncodeToString(digest[:]),
			ChainID: o.ChainID, Netuid: o.Netuid, Number: o.Benchmark, Version: o.Version,
			Questions: t.program.Items(), Samples: int(max(s.Sampling.Samples, 1)),
			Deadline: int64(s.Request.DeadlineMs), MaxTokens: s.Request.MaxTokens,
			Aggregation: aggregationName(s), Comparative: s.Aggregation.Items != spec.ITEM_AGGREGATION_MEAN,
			Baseline: int64(s.Weights.BaselineBp) * (benchmark.ScoreOne / spec.OneBp), Blocks: o.Blocks,
		},
	}
	for i := range entrants {
		result, err := t.result(&entrants[i])
		if err != nil {
			return nil, err
		}
		report.Backends = append(report.Backends, result)
	}
	if report.Benchmark.Comparative && len(entrants) < 2 {
		report.Notes = append(report.Notes, fmt.Sprintf(
			"a score of this benchmark is a comparison with other miners (%s), so that one backend has none, nor a standing; "+
				"name opponents as further backends, such as the models that others are known to serve", report.Benchmark.Aggregation))
	} else if err := t.standings(entrants, report.Backends); err != nil {
		return nil, err
	}
	var err error
	report.Comparisons, err = t.comparisons(entrants)
	if answers := t.program.Answers() * o.Epochs; answers < fewAnswers {
		report.Notes = append(report.Notes, fmt.Sprintf("the intervals are wide (answers: %d); more epochs narrow them", answers))
	}
	return report, err
}

// fewAnswers is where an interval of a share is still as wide as ten points either side.
const fewAnswers = 100

// aggregationName is how the YAML of a spec writes it.
func aggregationName(s *spec.Spec) string {
	name := strings.TrimPrefix(s.Aggregation.Items.String(), "ITEM_AGGREGATION_")
	return strings.ReplaceAll(strings.ToLower(name), "_", "-")
}

// standings tallies every epoch over all entrants, and folds the scores.
func (t *run) standings(entrants []entrant, results []Result) error {
	s, blocks := t.program.Spec(), t.options.Blocks
	standings, sums := make([]benchmark.Standing, len(entrants)), make([]int64, len(entrants))
	for epoch := range t.epochs {
		sheets := make([]benchmark.Sheet, len(entrants))
		for i := range entrants {
			sheets[i] = benchmark.Sheet{MinerID: uint64(i), Answers: t.answers(&entrants[i], epoch)}
		}
		scores, err := benchmark.Tally(s, sheets)
		if err != nil {
			return fmt.Errorf("epoch %d: %w", epoch, err)
		}
		for i, score := range scores {
			if standings[i], err = standings[i].Advance(s, uint64(epoch), 1+uint64(epoch)*blocks, blocks, score); err != nil {
				return err
			}
			sums[i] += score.Score
			results[i].Epochs[epoch].Score, results[i].Epochs[epoch].Standing = &score.Score, new(standings[i].Score)
		}
	}
	final := make([]int64, len(entrants))
	for i := range results {
		results[i].Score, results[i].Standing = new(divide(sums[i], int64(len(t.epochs)))), new(standings[i].Score)
		final[i] = standings[i].Score
	}
	if row := benchmark.Weights(s, final); len(row) > 1 {
		for i := range results {
			results[i].Weight = &row[i]
		}
	}
	return nil
}

// divide rounds half to even; nothing is negative.
func divide(sum, count int64) int64 {
	quotient, rest := sum/count, sum%count
	if 2*rest > count || 2*rest == count && quotient%2 == 1 {
		quotient++
	}
	return quotient
}

// answers of an epoch as they are tallied.
func (t *run) answers(e *entrant, epoch int) []benchmark.ItemResult {
	answers := make([]benchmark.ItemResult, len(t.epochs[epoch]))
	for i := range answers {
		answers[i] = e.epochs[epoch][i].verdict.Result(&t.epochs[epoch][i])
	}
	return answers
}

// result is all of an entrant that needs no other.
func (t *run) result(e *entrant) (Result, error) {
	r := Result{Name: e.Name, Backend: backendOf(e.Engine.Info())}
	s := t.program.Spec()
	for epoch := range t.epochs {
		score := benchmark.Aggregate(s, t.answers(e, epoch))
		r.Epochs = append(r.Epochs, Epoch{
			Epoch: uint64(epoch), Mean: score.Score, Scored: score.Scored, Unanswered: score.Unanswered, Abstained: score.Abstained,
		})
		r.Scored, r.Unanswered, r.Abstained = r.Scored+score.Scored, r.Unanswered+score.Unanswered, r.Abstained+score.Abstained
	}
	questions := t.questions(e)
	var err error
	if r.Mean, err = t.estimate("mean/"+e.Name, scoresOf(questions)); err != nil {
		return r, err
	}
	if r.Families, err = t.families(e, questions); err != nil {
		return r, err
	}
	if r.Scorers, err = t.scorers(e); err != nil {
		return r, err
	}
	r.Reasons, r.Timing = t.reasons(e), t.timing(e)
	if t.options.KeepItems {
		r.Items = t.items(e)
	}
	return r, nil
}

func (t *run) families(e *entrant, questions []measured) ([]Group, error) {
	byFamily := map[string][]measured{}
	for _, q := range questions {
		byFamily[q.family] = append(byFamily[q.family], q)
	}
	if _, only := byFamily[""]; only && len(byFamily) == 1 {
		return nil, nil // the questions have none
	}
	var groups []Group
	for family, members := range byFamily {
		group := Group{Family: family}
		for _, q := range members {
			if q.score == benchmark.ScoreOne {
				group.Full++
			}
		}
		var err error
		if group.Estimate, err = t.estimate("family/"+family+"/"+e.Name, scoresOf(members)); err != nil {
			return nil, err
		}
		groups = append(groups, group)
	}
	slices.SortFunc(groups, func(a, b Group) int { return cmp.Compare(a.Family, b.Family) })
	return groups, nil
}

// scorers are the means of the parts over all answers that count; an answer that did not
// come has 0 in each.
func (t *run) scorers(e *entrant) ([]Scorer, error) {
	s := t.program.Spec()
	scorers := make([]Scorer, len(s.Scorers))
	for i := range scorers {
		scorers[i] = Scorer{Name: s.Scorers[i].Name(), Weight: s.Scorers[i].WeightBp}
		var parts []int64
		for _, outcomes := range e.epochs {
			for _, o := range outcomes {
				switch o.verdict.Outcome {
				case benchmark.OutcomeScored:
					parts = append(parts, o.verdict.Parts[i])
				case benchmark.OutcomeUnanswered:
					parts = append(parts, 0)
				}
			}
		}
		var err error
		if scorers[i].Estimate, err = t.estimate(fmt.Sprintf("scorer/%d/%s", i, e.Name), parts); err != nil {
			return nil, err
		}
	}
	return scorers, nil
}

func (t *run) reasons(e *entrant) []Reason {
	type label struct{ outcome, reason string }
	found := map[label]*Reason{}
	for _, outcomes := range e.epochs {
		for _, o := range outcomes {
			if o.verdict.Reason == benchmark.ReasonNone {
				continue
			}
			at := label{outcomeNames[o.verdict.Outcome], string(o.verdict.Reason)}
			if found[at] == nil {
				found[at] = &Reason{Outcome: at.outcome, Reason: at.reason, Example: o.verdict.Detail}
			}
			found[at].Count++
		}
	}
	var reasons []Reason
	for _, reason := range found {
		reasons = append(reasons, *reason)
	}
	slices.SortFunc(reasons, func(a, b Reason) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Outcome, b.Outcome), cmp.Compare(a.Reason, b.Reason))
	})
	return reasons
}

func (t *run) timing(e *entrant) Timing {
	timing := Timing{Elapsed: e.elapsed.Microseconds()}
	var latencies []time.Duration
	for _, outcomes := range e.epochs {
		for _, o := range outcomes {
			if o.asked && o.answer.given() {
				latencies = append(latencies, o.answer.latency)
				timing.Prompt += int64(o.answer.prompt)
				timing.Completion += int64(o.answer.tokens)
			}
		}
	}
	slices.Sort(latencies)
	quantile := func(percent int) int64 { // nearest rank
		if len(latencies) == 0 {
			return 0
		}
		return latencies[max((len(latencies)*percent+99)/100, 1)-1].Microseconds()
	}
	timing.P50, timing.P90, timing.P99, timing.Max = quantile(50), quantile(90), quantile(99), quantile(100)
	if timing.Elapsed > 0 {
		timing.Rate = int64(float64(timing.Completion) * 1e9 / float64(timing.Elapsed))
	}
	return timing
}

func (t *run) items(e *entrant) []Item {
	var items []Item
	for epoch, outcomes := range e.epochs {
		for i, o := range outcomes {
			task := &t.epochs[epoch][i]
			items = append(items, Item{
				Epoch: uint64(epoch), Index: task.Index, Question: task.Item, Sample: task.Sample, Calibration: task.Calibration,
				Family: task.Question.Family, Prompt: task.Question.Prompt, Expected: task.Question.Expected, Completion: o.answer.text,
				Outcome: outcomeNames[o.verdict.Outcome], Reason: string(o.verdict.Reason), Detail: o.verdict.Detail,
				Score: o.verdict.Score, Parts: o.verdict.Parts, Latency: o.answer.latency.Microseconds(), Tokens: o.answer.tokens,
			})
		}
	}
	return items
}
