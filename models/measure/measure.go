// Package measure asks an engine questions of the default benchmark's generator
// and counts right answers, with intervals, the way a validator scores them.
package measure

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math"
	"strings"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/chance"
	"github.com/agora-network/agora/benchmark/generate"
	"github.com/agora-network/agora/benchmark/question"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/engine"
)

// maxTokens and maxBytes bound an answer; the longest right one has 9 tokens.
const (
	maxTokens = 24
	maxBytes  = 4096
)

// withheldBelow of 256 values of a prompt digest's first byte are never trained on.
const withheldBelow = 16

// Withheld reports whether the training of the shipped models never uses the
// prompt: a sixteenth of all prompts, chosen by their sha256.
func Withheld(prompt string) bool {
	return sha256.Sum256([]byte(prompt))[0] < withheldBelow
}

// Questions draws count questions as a validator draws those of an epoch. The
// label names the draw: the same label gives the same questions.
func Questions(label string, count int) []question.Question {
	return draw(label, count, func(string) bool { return true })
}

// WithheldQuestions draws count questions whose prompts are withheld from training.
func WithheldQuestions(label string, count int) []question.Question {
	return draw(label, count, Withheld)
}

func draw(label string, count int, wanted func(prompt string) bool) []question.Question {
	seed := sha256.Sum256([]byte(label))
	questions := make([]question.Question, 0, count)
	for index := uint64(0); len(questions) < count; index++ {
		stream := chance.ItemStream(seed, index)
		if q := generate.DrawBasics(&stream); wanted(q.Prompt) {
			questions = append(questions, q)
		}
	}
	return questions
}

// Count is a number of right answers among those asked.
type Count struct{ Right, Asked int }

// Share is the part that was right, 0 to 1.
func (c Count) Share() float64 { return float64(c.Right) / math.Max(1, float64(c.Asked)) }

// Interval is Wilson's 95 % interval of the share. With nothing asked it is 0 to 1.
func (c Count) Interval() (low, high float64) {
	if c.Asked == 0 {
		return 0, 1
	}
	const z = 1.959963984540054
	n, p := float64(c.Asked), c.Share()
	centre := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return math.Max(0, centre-half), math.Min(1, centre+half)
}

// String is "right/asked = share % (low to high)".
func (c Count) String() string {
	low, high := c.Interval()
	return fmt.Sprintf("%d/%d = %.1f %% (%.1f to %.1f)", c.Right, c.Asked, 100*c.Share(), 100*low, 100*high)
}

// Report is the outcome of a measurement.
type Report struct {
	Total Count
	// Families has a count for each of generate.BasicsFamilies, in that order.
	Families []FamilyCount
}

// FamilyCount is the count of one family of questions.
type FamilyCount struct {
	Family string
	Count
}

// Run asks the questions one after the other, greedily, and scores each answer by
// the benchmark's exact scorer. An engine's error ends the measurement.
func Run(ctx context.Context, e engine.Engine, questions []question.Question) (Report, error) {
	var report Report
	place := map[string]int{}
	for i, family := range generate.BasicsFamilies() {
		place[family] = i
		report.Families = append(report.Families, FamilyCount{Family: family})
	}
	for _, q := range questions {
		done, err := engine.Complete(ctx, e, engine.Request{
			Messages:  []engine.Message{{Role: engine.RoleUser, Content: q.Prompt}},
			MaxTokens: maxTokens,
		}, maxBytes)
		if err != nil {
			return Report{}, fmt.Errorf("measure: prompt %q: %w", q.Prompt, err)
		}
		family := &report.Families[place[q.Family]]
		family.Asked++
		report.Total.Asked++
		if benchmark.Extract(spec.EXTRACTION_AFTER_LAST_EQUALS, done.Text) == q.Expected {
			family.Right++
			report.Total.Right++
		}
	}
	return report, nil
}

// String is one line per family and one for all.
func (r Report) String() string {
	var text strings.Builder
	for _, f := range r.Families {
		fmt.Fprintf(&text, "%-8s %s\n", f.Family, f.Count)
	}
	fmt.Fprintf(&text, "%-8s %s\n", "all", r.Total)
	return text.String()
}
