package cli

import (
	"fmt"
	"math"
	"strings"
	"text/tabwriter"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/internal/trial"
)

// shownRivals bounds the miners that people are shown one by one.
const shownRivals = 12

// text is an evaluation for people.
func (e *evaluation) text() string {
	var text strings.Builder
	text.WriteString(e.Report.Text())
	if e.Market != nil {
		e.Market.text(&text)
	}
	return text.String()
}

func (m *market) text(text *strings.Builder) {
	fmt.Fprintf(text, "\nsubnet %d, benchmark %d, version %d, at block %d\n", m.Netuid, m.Number, m.Version, m.Height)
	fmt.Fprintf(text, "register   burns %s now", agora(fmt.Sprint(m.Price)))
	switch {
	case m.FreeSlots > 0:
		fmt.Fprintf(text, ", %d slots are free", m.FreeSlots)
	case m.Replaced != nil:
		fmt.Fprintf(text, ", uid %d would be replaced", *m.Replaced)
	}
	fmt.Fprintf(text, "; a newcomer is immune for %d epochs\n", m.Immune)
	fmt.Fprintf(text, "pay        %s per epoch for all miners of this benchmark together\n", agora(fmt.Sprint(m.MinersPay)))
	for i, ranking := range m.Rankings {
		m.rankingText(text, ranking, &m.Arrivals[i])
	}
	for _, note := range m.Notes {
		fmt.Fprintf(text, "\nnote: %s\n", note)
	}
}

func (m *market) rankingText(text *strings.Builder, r *trial.Ranking, a *arrival) {
	fmt.Fprintf(text, "\n%s\n", r.Backend)
	fmt.Fprintf(text, "rank       %s of %d in time; %s of what miners get, %s per epoch\n",
		span(fmt.Sprint(r.First), fmt.Sprint(r.Last)), r.Miners, span(percent(r.ShareLow), percent(r.ShareHigh)),
		span(m.pay(r.ShareLow), m.pay(r.ShareHigh)))
	fmt.Fprintf(text, "price      earned back in %s epochs at the score\n", span(m.payback(r.ShareHigh), m.payback(r.ShareLow)))
	if a.Weighted == 0 {
		text.WriteString("arrival    never above the baseline: it would earn nothing\n")
	} else {
		fmt.Fprintf(text, "arrival    a weight after %d epochs, the score after %d; %s when the immunity ends\n", a.Weighted, a.Settled, trial.Score(a.Immune))
	}
	if len(r.Scenarios) > 1 {
		text.WriteString("The chain shows weights, not standings, and they leave open where the best stands (--best, if you know it):\n")
	}
	writer := tabwriter.NewWriter(text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(writer, "\nBEST STANDS AT\tRANK\tSHARE OF MINERS' PAY\tPER EPOCH")
	for _, c := range r.Scenarios {
		fmt.Fprintf(writer, "%s\t%s\t%s\t%s\n", trial.Score(c.Best), span(fmt.Sprint(c.First), fmt.Sprint(c.Last)),
			span(percent(c.ShareLow), percent(c.ShareHigh)), span(m.pay(c.ShareLow), m.pay(c.ShareHigh)))
	}
	_ = writer.Flush() // into memory
	if len(r.Rivals) == 0 {
		return
	}
	writer = tabwriter.NewWriter(text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(writer, "\nUID\tMODEL\tWEIGHT\tBEHIND YOU WHILE THE BEST STANDS")
	for i, rival := range r.Rivals {
		if i == shownRivals {
			fmt.Fprintf(writer, "and %d more\n", len(r.Rivals)-shownRivals)
			break
		}
		model := rival.Model
		if model == "" {
			model = "-"
		}
		fmt.Fprintf(writer, "%d\t%s\t%s\t%s\n", rival.UID, model, relative(rival.Weight, r.Rivals[0].Weight), behind(rival.AheadBelow))
	}
	_ = writer.Flush() // the same
}

// behind says for which standings of the best a rival is behind.
func behind(below int64) string {
	switch {
	case below <= 0:
		return "never"
	case below >= benchmark.ScoreOne:
		return "anywhere"
	}
	return "below " + trial.Score(below)
}

func relative(weight, best uint64) string {
	if best == 0 {
		return "0.000"
	}
	return fmt.Sprintf("%.3f", float64(weight)/float64(best))
}

func (m *market) pay(share int64) string {
	return agora(fmt.Sprint(uint64(float64(m.MinersPay) * float64(share) / float64(benchmark.ScoreOne))))
}

// payback is in how many epochs a share of the pay is as much as the registration burns.
func (m *market) payback(share int64) string {
	pay := float64(m.MinersPay) * float64(share) / float64(benchmark.ScoreOne)
	if pay < 1 {
		return "endless"
	}
	return fmt.Sprint(max(uint64(math.Ceil(float64(m.Price)/pay)), 1))
}

func percent(share int64) string {
	return fmt.Sprintf("%.1f %%", float64(share)*100/float64(benchmark.ScoreOne))
}

// span is one text, or two with "to" between them.
func span(low, high string) string {
	if low == high {
		return low
	}
	return low + " to " + high
}
