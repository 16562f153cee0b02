package trial

import (
	"fmt"
	"slices"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/chance"
	"github.com/agora-network/agora/benchmark/stat"
	"github.com/agora-network/agora/benchmark/stat/report"
)

// replicates of a bootstrap or permutation, fewer where there are very many questions.
const replicates = 4_000

// measured is a question that counts, its samples folded.
type measured struct {
	epoch  int
	item   uint32
	family string
	score  int64
}

// questions are those of an entrant that count, by epoch and item.
func (t *run) questions(e *entrant) []measured {
	s := t.program.Spec()
	least := max(int(s.Aggregation.PassAt), 1)
	var out []measured
	for epoch, tasks := range t.epochs {
		answers := t.answers(e, epoch)
		for from := 0; from < len(tasks); {
			to := from + 1
			for to < len(tasks) && tasks[to].Item == tasks[from].Item {
				to++
			}
			// One question by itself is folded as it is among others.
			folded := benchmark.Aggregate(s, answers[from:to])
			if folded.Scored+folded.Unanswered >= least {
				out = append(out, measured{epoch, tasks[from].Item, tasks[from].Question.Family, folded.Score})
			}
			from = to
		}
	}
	return out
}

func scoresOf(questions []measured) []int64 {
	scores := make([]int64, len(questions))
	for i := range questions {
		scores[i] = questions[i].score
	}
	return scores
}

// estimate is the mean of scores with its interval. The purpose keeps the chance of one
// estimate apart from that of all others.
func (t *run) estimate(purpose string, scores []int64) (Estimate, error) {
	estimate := Estimate{Mean: report.Mean(scores), Low: 0, High: benchmark.ScoreOne, Questions: len(scores), Method: MethodNone}
	if len(scores) == 0 {
		return estimate, nil
	}
	full, other := 0, 0
	for _, score := range scores {
		switch score {
		case benchmark.ScoreOne:
			full++
		case 0:
		default:
			other++
		}
	}
	if other == 0 {
		interval, err := report.Wilson(full, len(scores), Alpha)
		if err != nil {
			return estimate, fmt.Errorf("interval of %s: %w", purpose, err)
		}
		estimate.Low, estimate.High, estimate.Method = interval.Low, interval.High, MethodWilson
		return estimate, nil
	}
	return t.bootstrap(purpose, estimate, scores)
}

// bootstrap adds the interval that drawing the values again gives.
func (t *run) bootstrap(purpose string, estimate Estimate, values []int64) (Estimate, error) {
	if len(values) < 2 {
		return estimate, nil
	}
	stream := t.chance(purpose)
	drawn, err := report.Bootstrap(values, report.Mean, bounded(len(values)), Alpha, &stream)
	if err != nil {
		return estimate, fmt.Errorf("interval of %s: %w", purpose, err)
	}
	estimate.Low, estimate.High, estimate.Method = drawn.Accelerated.Low, drawn.Accelerated.High, MethodBootstrap
	return estimate, nil
}

func (t *run) chance(purpose string) chance.Stream {
	return chance.NewStream(key(purpose, t.options.Seed, 0))
}

// bounded is how often so many values are drawn again.
func bounded(values int) int { return min(replicates, max(report.MaxWork/values, 1)) }

// comparisons sets every entrant against every later one.
func (t *run) comparisons(entrants []entrant) ([]Comparison, error) {
	var comparisons []Comparison
	var p []int64
	for i := range entrants {
		for j := i + 1; j < len(entrants); j++ {
			c := Comparison{First: entrants[i].Name, Second: entrants[j].Name}
			a, b := paired(t.questions(&entrants[i]), t.questions(&entrants[j]))
			if len(a) == 0 {
				continue
			}
			if err := t.compare(&c, a, b); err != nil {
				return nil, err
			}
			comparisons, p = append(comparisons, c), append(p, c.P)
		}
	}
	if len(p) == 0 {
		return nil, nil
	}
	adjusted, err := stat.Holm(p)
	if err != nil {
		return nil, err
	}
	for i := range comparisons {
		comparisons[i].Adjusted = adjusted[i]
	}
	return comparisons, nil
}

// paired are the scores on the questions that count for both, which are sorted alike.
func paired(first, second []measured) (a, b []int64) {
	for i, j := 0, 0; i < len(first) && j < len(second); {
		switch order := slices.Compare([]int{first[i].epoch, int(first[i].item)}, []int{second[j].epoch, int(second[j].item)}); {
		case order < 0:
			i++
		case order > 0:
			j++
		default:
			a, b = append(a, first[i].score), append(b, second[j].score)
			i, j = i+1, j+1
		}
	}
	return a, b
}

func (t *run) compare(c *Comparison, a, b []int64) error {
	differences := make([]int64, len(a))
	for i := range a {
		differences[i] = a[i] - b[i]
	}
	purpose := "comparison/" + c.First + "/" + c.Second
	unknown := Estimate{Mean: report.Mean(differences), Low: -stat.One, High: stat.One, Questions: len(differences), Method: MethodNone}
	var err error
	if c.Difference, err = t.bootstrap(purpose, unknown, differences); err != nil {
		return err
	}
	stream := t.chance("permutation/" + purpose)
	c.P, err = report.Permutation(a, b, bounded(len(a)), &stream)
	return err
}
