package trial

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/agora-network/agora/benchmark"
)

// exampleBytes bounds how much of an example people are shown.
const exampleBytes = 120

// Text is the report for people.
func (r *Report) Text() string {
	var text strings.Builder
	b := r.Benchmark
	fmt.Fprintf(&text, "benchmark  %s, digest %s\n", b.Name, b.Digest)
	fmt.Fprintf(&text, "questions  %d in each epoch, epochs %d", b.Questions, r.Epochs)
	if b.Samples > 1 {
		fmt.Fprintf(&text, ", each asked %d times", b.Samples)
	}
	fmt.Fprintf(&text, "; seed %s\n", r.Seed)
	fmt.Fprintf(&text, "asked      %d at once, %s to answer, at most %d tokens\n", r.Concurrency, time.Duration(b.Deadline)*time.Millisecond, b.MaxTokens)
	table(&text, r.overview())
	for i := range r.Backends {
		r.Backends[i].text(&text, len(r.Backends) > 1)
	}
	if len(r.Comparisons) > 0 {
		rows := [][]string{{"COMPARED", "DIFFERENCE", "95 % INTERVAL", "QUESTIONS", "P", "P ADJUSTED"}}
		for _, c := range r.Comparisons {
			rows = append(rows, []string{
				c.First + " - " + c.Second, signed(c.Difference.Mean), c.Difference.interval(), fmt.Sprint(c.Difference.Questions),
				chanceText(c.P), chanceText(c.Adjusted),
			})
		}
		table(&text, rows)
	}
	for _, note := range r.Notes {
		fmt.Fprintf(&text, "\nnote: %s\n", note)
	}
	return text.String()
}

// overview has one row for each backend.
func (r *Report) overview() [][]string {
	rows := [][]string{{"BACKEND", "MODEL", "SCORE", "MEAN", "95 % INTERVAL", "STANDING", "WEIGHT", "SCORED", "UNANSWERED", "ABSTAINED"}}
	for i := range r.Backends {
		result := &r.Backends[i]
		weight := "-"
		if result.Weight != nil {
			weight = fmt.Sprint(*result.Weight)
		}
		rows = append(rows, []string{
			result.Name, result.Backend.Model, optional(result.Score), Score(result.Mean.Mean), result.Mean.interval(), optional(result.Standing),
			weight, fmt.Sprint(result.Scored), fmt.Sprint(result.Unanswered), fmt.Sprint(result.Abstained),
		})
	}
	return rows
}

func (r *Result) text(text *strings.Builder, named bool) {
	if named {
		fmt.Fprintf(text, "\n%s\n", r.Name)
	}
	if len(r.Families) > 0 {
		rows := [][]string{{"FAMILY", "QUESTIONS", "FULL", "MEAN", "95 % INTERVAL"}}
		for _, group := range r.Families {
			rows = append(rows, []string{group.Family, fmt.Sprint(group.Questions), fmt.Sprint(group.Full), Score(group.Mean), group.interval()})
		}
		table(text, rows)
	}
	if len(r.Scorers) > 1 {
		rows := [][]string{{"SCORER", "WEIGHT", "MEAN", "95 % INTERVAL"}}
		for _, scorer := range r.Scorers {
			rows = append(rows, []string{scorer.Name, fmt.Sprintf("%d bp", scorer.Weight), Score(scorer.Mean), scorer.interval()})
		}
		table(text, rows)
	}
	epochs := make([]string, len(r.Epochs))
	for i, epoch := range r.Epochs {
		if epochs[i] = Score(epoch.Mean); epoch.Score != nil {
			epochs[i] = Score(*epoch.Score)
		}
	}
	if len(epochs) > shownEpochs {
		epochs = append(epochs[:shownEpochs], fmt.Sprintf("and %d more", len(r.Epochs)-shownEpochs))
	}
	fmt.Fprintf(text, "\nepochs     %s\n", strings.Join(epochs, " "))
	t := r.Timing
	fmt.Fprintf(text, "latency    p50 %s, p90 %s, p99 %s, max %s\n", latency(t.P50), latency(t.P90), latency(t.P99), latency(t.Max))
	fmt.Fprintf(text, "tokens     %d in answers, %.1f per second\n", t.Completion, float64(t.Rate)/1000)
	for _, reason := range r.Reasons {
		fmt.Fprintf(text, "%-10s %d %s", reason.Outcome, reason.Count, reason.Reason)
		if reason.Example != "" {
			fmt.Fprintf(text, ", such as: %s", short(reason.Example))
		}
		text.WriteString("\n")
	}
}

// shownEpochs bounds the epochs that people are shown one by one.
const shownEpochs = 16

func table(text *strings.Builder, rows [][]string) {
	text.WriteString("\n")
	writer := tabwriter.NewWriter(text, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(writer, strings.Join(row, "\t"))
	}
	_ = writer.Flush() // into memory
}

// Score is a score for people, with four decimals.
func Score(score int64) string {
	text := fmt.Sprintf("%.4f", float64(score)/float64(benchmark.ScoreOne))
	if text == "-0.0000" {
		return "0.0000"
	}
	return text
}

func signed(score int64) string {
	if score < 0 {
		return Score(score)
	}
	return "+" + Score(score)
}

func optional(score *int64) string {
	if score == nil {
		return "-"
	}
	return Score(*score)
}

func (e Estimate) interval() string {
	if e.Method == MethodNone {
		return "-"
	}
	return Score(e.Low) + " to " + Score(e.High)
}

func chanceText(p int64) string {
	if p < benchmark.ScoreOne/1000 {
		return "< 0.001"
	}
	return fmt.Sprintf("%.3f", float64(p)/float64(benchmark.ScoreOne))
}

func latency(micros int64) string {
	d := time.Duration(micros) * time.Microsecond
	if d < 100*time.Millisecond {
		return d.Round(10 * time.Microsecond).String()
	}
	return d.Round(time.Millisecond).String()
}

// short is the beginning of a text, on one line.
func short(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) <= exampleBytes {
		return text
	}
	return strings.ToValidUTF8(text[:exampleBytes], "") + "…"
}
