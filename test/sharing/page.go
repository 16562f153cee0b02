package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/agora-network/agora/benchmark/stat"
)

// Marks are around what [Page] makes in a document.
const (
	BeginMark = "<!-- simulated: begin -->"
	EndMark   = "<!-- simulated: end -->"
)

// shares of the newest epoch that are simulated, in basis points.
var shares = []uint32{10_000, 5000, 2000, 1000}

const (
	// curveShare is the place in shares of the one that the curve is drawn for.
	curveShare = 2
	// standardValidators are those of a table that does not compare numbers of them.
	standardValidators = 10
)

// Curve is the settings whose cost and agreement are compared.
var Curve = []Setting{
	{standardValidators, 32, 0, 1, false},
	{standardValidators, 64, 0, 1, false},
	{standardValidators, 128, 0, 1, false},
	recommended,
	{standardValidators, 128, 8, 1, false},
	{standardValidators, 256, 0, 1, false},
	{standardValidators, 512, 0, 1, false},
	everything,
}

var (
	recommended = Setting{Validators: standardValidators, Items: 128, Calibration: 2, PerItem: 1}
	// everything has all validators ask at all places.
	everything = Setting{Validators: standardValidators, Items: 64}
)

// sameRequests are the same 160 requests to each miner.
var sameRequests = []Setting{
	{standardValidators, 16, 0, 0, false},
	{standardValidators, 32, 0, 5, false},
	{standardValidators, 80, 0, 2, false},
	{standardValidators, 160, 0, 1, false},
}

// moreValidators share what one can ask alone.
var moreValidators = []Setting{
	{1, 128, 0, 0, false},
	{5, 128, 2, 1, false},
	recommended,
	{20, 128, 2, 1, false},
	{40, 128, 2, 1, false},
}

// sameQuestions ask all miners the same.
var sameQuestions = []Setting{
	{standardValidators, 32, 0, 1, true},
	{standardValidators, 128, 2, 1, true},
}

// averaged are the settings that are shown with every share of the newest epoch.
var averaged = []Setting{Curve[0], recommended, everything}

// Settings are all that the page shows, each once.
func Settings() []Setting {
	var settings []Setting
	for _, setting := range slices.Concat(Curve, sameRequests, moreValidators, sameQuestions, averaged) {
		if !slices.Contains(settings, setting) {
			settings = append(settings, setting)
		}
	}
	return settings
}

// Simulate runs all that the page shows.
func Simulate(ctx context.Context, size Size) ([]Result, error) {
	return Run(ctx, size, Settings(), shares)
}

// Page is tables and curve of the results of all [Settings].
func Page(size Size, results []Result) (string, error) {
	of := make(map[Setting]*Result, len(results))
	for i := range results {
		of[results[i].Setting] = &results[i]
	}
	for _, setting := range Settings() {
		if of[setting] == nil {
			return "", fmt.Errorf("there is no result of %+v", setting)
		}
	}
	var out strings.Builder
	table := func(settings []Setting) {
		out.WriteString(heading)
		for _, setting := range settings {
			out.WriteString(Row(of[setting]))
		}
	}
	fmt.Fprintf(&out, "Validators of equal power, %d miners, %d worlds with a seed each, the mean of %d epochs after %d; ± is half of the 95 %% interval over worlds. "+
		"`ema_alpha_bp: %d` unless it is in the table.\n", size.Miners, size.Worlds, size.Counted, size.Before, shares[curveShare])

	out.WriteString("\n### Requests against agreement\n\n")
	table(Curve)
	out.WriteString("\nThe same as a curve, by requests: `#` is tau between two validators, `o` tau between pay and ability.\n\n")
	out.WriteString(draw(of))

	out.WriteString("\n### The same requests, spent in other ways\n\nA miner answers 160 questions an epoch in each row.\n\n")
	table(sameRequests)

	out.WriteString("\n### One validator, and many\n\n")
	table(moreValidators)

	out.WriteString("\n### The same questions for all miners\n\n`domain: shared`.\n\n")
	table(sameQuestions)

	out.WriteString("\n### What the moving average does\n\nHalf-life: epochs after which half of a change is in the standing.\n\n")
	out.WriteString("| questions | c | r | `ema_alpha_bp` | half-life | tau between validators | tau of a row to ability | tau of pay to ability | validator trust | pay misplaced |\n|---|---|---|---|---|---|---|---|---|---|\n")
	for _, setting := range averaged {
		for i, a := range of[setting].Agreement {
			fmt.Fprintf(&out, "| %d | %d | %s | %d | %s | %s |\n", setting.Items, setting.Calibration, perItem(setting), shares[i], halfLife(shares[i]), figures(setting, &a))
		}
	}
	return out.String(), nil
}

const heading = "| validators | questions | c | r | cost | requests to a miner | asked by one validator | tau between validators | tau of a row to ability | tau of pay to ability | validator trust | pay misplaced |\n" +
	"|---|---|---|---|---|---|---|---|---|---|---|---|\n"

// Row is the line of one setting in a table: cost, and agreement at the share of the curve.
func Row(r *Result) string {
	requests := r.toMiner()
	return fmt.Sprintf("| %d | %d | %d | %s | %.2f | %.0f | %.1f | %s |\n", r.Setting.Validators, r.Setting.Items, r.Setting.Calibration, perItem(r.Setting), r.Requests,
		requests, requests/float64(r.Setting.Validators), figures(r.Setting, &r.Agreement[curveShare]))
}

// toMiner is how many requests a miner has in an epoch.
func (r *Result) toMiner() float64 { return float64(r.Requests * float64(r.Setting.Items)) }

// figures are the cells of an agreement.
func figures(setting Setting, a *Agreement) string {
	between := decimal(a.Between)
	if setting.Validators == 1 {
		between = "–"
	}
	return strings.Join([]string{between, decimal(a.Truth), decimal(a.Pay), decimal(a.Trust), percent(a.Misplaced)}, " | ")
}

// RowOf simulates one setting and returns its line.
func RowOf(ctx context.Context, size Size, setting Setting) (string, error) {
	results, err := Run(ctx, size, []Setting{setting}, shares)
	if err != nil {
		return "", err
	}
	return Row(&results[0]), nil
}

func perItem(s Setting) string {
	if s.PerItem == 0 {
		return "all"
	}
	return fmt.Sprint(s.PerItem)
}

func decimal(e Estimate) string {
	if e.High-e.Low < stat.One/1000 { // half of it is shown as 0
		return fmt.Sprintf("%.3f", stat.FromUnits(e.Mean))
	}
	return fmt.Sprintf("%.3f ± %.3f", stat.FromUnits(e.Mean), stat.FromUnits((e.High-e.Low)/2))
}

func percent(e Estimate) string {
	return fmt.Sprintf("%.1f %%", 100*stat.FromUnits(e.Mean))
}

func halfLife(alpha uint32) string {
	if alpha == 10_000 {
		return "0"
	}
	return fmt.Sprintf("%.1f", math.Log(0.5)/math.Log(1-float64(alpha)/10_000))
}

// draw is the curve: a line for each setting, by requests.
func draw(of map[Setting]*Result) string {
	const width = 50
	sorted := slices.Clone(Curve)
	slices.SortStableFunc(sorted, func(a, b Setting) int { return cmp.Compare(of[a].toMiner(), of[b].toMiner()) })
	var out strings.Builder
	out.WriteString("```text\nrequests   c    r  0" + strings.Repeat(" ", width-4) + "tau 1\n")
	for _, setting := range sorted {
		a := of[setting].Agreement[curveShare]
		bar := []byte(strings.Repeat("#", place(a.Between, width)) + strings.Repeat(" ", width-place(a.Between, width)))
		bar[min(place(a.Pay, width), width-1)] = 'o'
		fmt.Fprintf(&out, "%8.0f  %2d  %3s  |%s|\n", of[setting].toMiner(), setting.Calibration, perItem(setting), bar)
	}
	out.WriteString("```\n")
	return out.String()
}

func place(e Estimate, width int) int {
	return int(max(e.Mean, 0) * int64(width) / stat.One)
}

// ErrMarks is wrapped by the error for a document without the marks.
var ErrMarks = errors.New("the document has no place for what was simulated")

// Insert puts a page between the marks of a document.
func Insert(document, page string) (string, error) {
	before, rest, found := strings.Cut(document, BeginMark)
	_, after, closed := strings.Cut(rest, EndMark)
	if !found || !closed {
		return "", fmt.Errorf("%w: it needs %s and %s", ErrMarks, BeginMark, EndMark)
	}
	return before + BeginMark + "\n\n" + page + "\n" + EndMark + after, nil
}
