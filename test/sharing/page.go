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
	// curveShare is the one that the curve is drawn for, and shippedShare that of the shipped benchmark: places in shares.
	shippedShare, curveShare = 1, 2
	// curveItems is how many questions the settings of the curve draw for a miner.
	curveItems = 64
)

// Curve is the settings whose cost and agreement are compared, of 64 questions for each miner.
var Curve = []Setting{
	{curveItems, 0, 1, false},
	{curveItems, 1, 1, false},
	{curveItems, 2, 1, false},
	{curveItems, 4, 1, false},
	{curveItems, 8, 1, false},
	{curveItems, 16, 1, false},
	{curveItems, 0, 2, false},
	{curveItems, 2, 2, false},
	{curveItems, 0, 3, false},
	{curveItems, 0, 5, false},
	everything,
}

// everything has all validators ask all questions.
var everything = Setting{Items: curveItems}

// sameRequests cost about the same 160 requests for each miner.
var sameRequests = []Setting{
	{16, 0, 0, false},
	{32, 0, 5, false},
	{64, 4, 2, false},
	{128, 4, 1, false},
	{160, 0, 1, false},
}

// sameQuestions ask all miners the same.
var sameQuestions = []Setting{
	{curveItems, 0, 1, true},
	{curveItems, 2, 1, true},
	{curveItems, 0, 0, true},
}

// Simulate runs all that the page shows.
func Simulate(ctx context.Context, size Size) ([]Result, error) {
	settings := slices.Concat(Curve, sameRequests, sameQuestions)
	return Run(ctx, size, settings, shares)
}

// Page is tables and curve of all results.
func Page(size Size, results []Result) (string, error) {
	if len(results) != len(Curve)+len(sameRequests)+len(sameQuestions) {
		return "", fmt.Errorf("%d results are not those of the page", len(results))
	}
	curve, rest := results[:len(Curve)], results[len(Curve):]
	var out strings.Builder
	fmt.Fprintf(&out, "%d validators of equal power, %d miners, %d worlds with a seed each, the mean of %d epochs after %d; ± is half of the 95 %% interval over worlds.\n",
		size.Validators, size.Miners, size.Worlds, size.Counted, size.Before)

	fmt.Fprintf(&out, "\n### Cost against agreement\n\n%d questions for each miner, `ema_alpha_bp: %d`.\n\n%s", curveItems, shares[curveShare], heading)
	for i := range curve {
		out.WriteString(Row(size, &curve[i]))
	}
	out.WriteString("\nThe same as a curve, by cost: `#` is tau between two validators, `o` tau between pay and ability.\n\n")
	out.WriteString(draw(curve))

	fmt.Fprintf(&out, "\n### The same requests, spent in other ways\n\n`ema_alpha_bp: %d`; a miner answers about 160 questions an epoch in each row.\n\n%s", shares[curveShare], heading)
	for i := range rest[:len(sameRequests)] {
		out.WriteString(Row(size, &rest[i]))
	}

	fmt.Fprintf(&out, "\n### The same questions for all miners\n\n`domain: shared`, %d questions, `ema_alpha_bp: %d`.\n\n%s", curveItems, shares[curveShare], heading)
	for i := range rest[len(sameRequests):] {
		out.WriteString(Row(size, &rest[len(sameRequests)+i]))
	}

	fmt.Fprintf(&out, "\n### What the moving average does\n\n%d questions for each miner. Half-life: epochs after which half of a change is in the standing.\n\n", curveItems)
	out.WriteString("| c | r | `ema_alpha_bp` | half-life | tau between validators | tau of a row to ability | tau of pay to ability | validator trust | pay misplaced |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, wanted := range []Setting{{curveItems, 0, 1, false}, {curveItems, 2, 1, false}, everything} {
		at := slices.IndexFunc(curve, func(r Result) bool { return r.Setting == wanted })
		for i, a := range curve[at].Agreement {
			fmt.Fprintf(&out, "| %d | %s | %d | %s | %s | %s | %s | %s | %s |\n", wanted.Calibration, perItem(wanted), shares[i], halfLife(shares[i]),
				decimal(a.Between), decimal(a.Truth), decimal(a.Pay), decimal(a.Trust), percent(a.Misplaced))
		}
	}
	return out.String(), nil
}

const heading = "| questions | c | r | cost | asked by one validator | tau between validators | tau of a row to ability | tau of pay to ability | validator trust | pay misplaced |\n" +
	"|---|---|---|---|---|---|---|---|---|---|\n"

// Row is the line of one setting in a table: cost, and agreement at the share of the curve.
func Row(size Size, r *Result) string {
	a := r.Agreement[curveShare]
	return fmt.Sprintf("| %d | %d | %s | %.2f | %.1f | %s | %s | %s | %s | %s |\n", r.Setting.Items, r.Setting.Calibration, perItem(r.Setting), r.Requests,
		float64(r.Requests*float64(r.Setting.Items))/float64(size.Validators),
		decimal(a.Between), decimal(a.Truth), decimal(a.Pay), decimal(a.Trust), percent(a.Misplaced))
}

// RowOf simulates one setting and returns its line.
func RowOf(ctx context.Context, size Size, setting Setting) (string, error) {
	results, err := Run(ctx, size, []Setting{setting}, shares)
	if err != nil {
		return "", err
	}
	return Row(size, &results[0]), nil
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

// draw is the curve: a line for each setting, by cost.
func draw(curve []Result) string {
	const width = 50
	sorted := slices.Clone(curve)
	slices.SortStableFunc(sorted, func(a, b Result) int { return cmp.Compare(a.Requests, b.Requests) })
	var out strings.Builder
	out.WriteString("```text\n cost   c    r  0" + strings.Repeat(" ", width-4) + "tau 1\n")
	for _, r := range sorted {
		a := r.Agreement[curveShare]
		bar := []byte(strings.Repeat("#", place(a.Between, width)) + strings.Repeat(" ", width-place(a.Between, width)))
		bar[min(place(a.Pay, width), width-1)] = 'o'
		fmt.Fprintf(&out, "%5.2f  %2d  %3s  |%s|\n", r.Requests, r.Setting.Calibration, perItem(r.Setting), bar)
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
