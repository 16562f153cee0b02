package benchdoc

import (
	"fmt"
	"strings"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/generate"
	"github.com/agora-network/agora/benchmark/metric"
	"github.com/agora-network/agora/benchmark/question"
	"github.com/agora-network/agora/benchmark/spec"
	"github.com/agora-network/agora/benchmark/stat"
	"github.com/agora-network/agora/benchmark/stat/report"
)

// Schema is the JSON schema of the YAML form, for editors, with a newline at its end.
func Schema() ([]byte, error) {
	schema, err := spec.JSONSchema()
	return append(schema, '\n'), err
}

const intro = `# Benchmark reference

<!-- Written by a test of internal/benchdoc from the declarations in benchmark/; do not edit. -->

Everything that a benchmark can say. ` + "`validator bench reference`" + ` prints this page for the program that you have, and
` + "`validator bench schema`" + ` a JSON schema by which an editor completes and checks a file while you write it
([benchmark.schema.json](benchmark.schema.json)). Shares are basis points (bp, 1/10,000), scores whole numbers from 0 to
1,000,000,000 (written 1e9), times milliseconds.

- [Settings](#settings): what stands in a file
- [Generators](#generators): questions that this program makes
- [Scorers](#scorers): what turns an answer into a score
- [Metrics](#metrics): what the scorers compute, and what formulas can call
- [Statistics](#statistics): what compares miners, and what reports show
- [Reasons](#reasons): why an item has no score
- [Warnings](#warnings): what ` + "`validator bench lint`" + ` finds unwise
`

// Reference is the reference as Markdown.
func Reference() string {
	var b strings.Builder
	b.WriteString(intro)
	writeSettings(&b)
	writeGenerators(&b)
	writeScorers(&b)
	writeMetrics(&b)
	writeStatistics(&b)
	writeReasons(&b)
	writeWarnings(&b)
	return b.String()
}

// row writes a row of a table. A bar would end a cell.
func row(b *strings.Builder, cells ...string) {
	for _, cell := range cells {
		b.WriteString("| " + strings.ReplaceAll(cell, "|", `\|`) + " ")
	}
	b.WriteString("|\n")
}

func header(b *strings.Builder, cells ...string) {
	row(b, cells...)
	b.WriteString(strings.Repeat("|---", len(cells)) + "|\n")
}

func code(text string) string { return "`" + text + "`" }

// settingRow says where a setting stands, in which shape of its group, what it may be and means.
func settingRow(b *strings.Builder, s spec.SettingInfo) {
	name := code(s.Path)
	if s.Variant != "" {
		name += " of " + code(s.Variant)
	}
	must := "yes"
	if s.Optional {
		must = ""
	}
	row(b, name, s.Kind, must, s.Summary)
}

var settingColumns = []string{"setting", "value", "needed", "meaning"}

// isGroup tells a setting at the root that holds others.
func isGroup(s spec.SettingInfo) bool {
	return !strings.ContainsAny(s.Path, ".[") && (s.Kind == "group" || strings.HasPrefix(s.Kind, "list"))
}

// ofScorer tells a setting that only one scorer has; it is shown beside the scorers.
func ofScorer(s spec.SettingInfo) bool {
	return strings.HasPrefix(s.Path, "scorers[].") && s.Variant != ""
}

// sentence begins with a capital letter.
func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

func writeSettings(b *strings.Builder) {
	b.WriteString("\n## Settings\n\nA setting that is not marked *needed* may be left out, and is then 0, empty or none.\n")
	var alone, grouped []spec.SettingInfo
	for _, s := range spec.Reference() {
		switch {
		case isGroup(s) || strings.ContainsAny(s.Path, ".["):
			grouped = append(grouped, s)
		default:
			alone = append(alone, s)
		}
	}
	b.WriteString("\n### On their own\n\n")
	header(b, settingColumns...)
	for _, s := range alone {
		settingRow(b, s)
	}
	for _, s := range grouped {
		switch {
		case isGroup(s):
			fmt.Fprintf(b, "\n### %s\n\n%s.\n\n", code(s.Path), sentence(s.Summary))
			header(b, settingColumns...)
		case !ofScorer(s):
			settingRow(b, s)
		}
	}
	words(b, "Which part of a completion is the answer", "extract", Extractions())
	words(b, "How the items of an epoch become one score", "aggregation.items", Aggregations())
}

func words(b *strings.Builder, title, setting string, list []Word) {
	fmt.Fprintf(b, "\n### %s\n\n", title)
	header(b, code(setting), "meaning")
	for _, word := range list {
		row(b, code(word.Name), word.Meaning)
	}
}

func writeGenerators(b *strings.Builder) {
	b.WriteString(`
## Generators

A generator makes questions with one checkable answer out of the beacon and the secret of the validator that asks, the same on every platform; what a name and
version draws never changes. *Luck* is how often a guesser is right who knows the family but cannot solve its questions,
under the default settings: a baseline below it pays for luck. *Repeats* is how many of a thousand questions, at most,
had been asked before. ` + "`validator bench draw`" + ` shows more of each.
`)
	for _, info := range generate.Infos() {
		fmt.Fprintf(b, "\n### %s\n\n%s.", info.Name, sentence(info.Summary))
		if info.NeedsDocuments {
			b.WriteString(" It draws from the texts of `source.documents`.")
		}
		b.WriteString("\n")
		if len(info.Parameters) > 0 {
			b.WriteString("\n")
			header(b, "setting", "value", "default", "meaning")
			for _, p := range info.Parameters {
				row(b, code("source.settings."+p.Name), fmt.Sprintf("%d to %d", p.Min, p.Max), fmt.Sprint(p.Default), p.Summary)
			}
		}
		b.WriteString("\n")
		header(b, "family", "asks", "luck", "repeats")
		for _, f := range info.Families {
			row(b, code(f.Name), f.Summary, fmt.Sprintf("%d bp", f.LuckBp), fmt.Sprintf("%d of 1,000", f.Repeats))
		}
		for _, f := range info.Families {
			fmt.Fprintf(b, "\nAn example of %s:\n\n%s", code(f.Name), example(&f.Example))
		}
	}
}

// example shows a question and its answer.
func example(q *question.Question) string {
	text := q.Prompt + "\n\n" + "→ " + q.Expected
	for _, alternative := range q.Alternatives {
		text += "\n  or " + alternative
	}
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence + "text\n" + text + "\n" + fence + "\n"
}

func writeScorers(b *strings.Builder) {
	b.WriteString(`
## Scorers

Every scorer gives a whole number from 0 to 1e9. The score of an item is their mean by ` + "`weight_bp`" + `, rounded half to even,
or 0 when a scorer that is a ` + "`gate`" + ` gives 0.

`)
	header(b, "scorer", "gives")
	for _, s := range spec.Scorers() {
		row(b, code(s.Name), s.Summary)
	}
	b.WriteString("\nSettings of single scorers, beside `scorer`, `weight_bp`, `extract` and `gate`:\n\n")
	header(b, settingColumns...)
	for _, s := range spec.Reference() {
		if ofScorer(s) {
			settingRow(b, s)
		}
	}
}

func writeMetrics(b *strings.Builder) {
	b.WriteString("\n## Metrics\n\n")
	header(b, "metric", "what it measures", "formula", "source", "unit", "work")
	for _, m := range metric.Infos() {
		row(b, code(m.Name), m.Summary, code(m.Formula), m.Source, m.Units, m.Cost)
	}
	names := benchmark.FormulaMetrics()
	for i := range names {
		names[i] = code(names[i])
	}
	fmt.Fprintf(b, "\nFormulas and programs (`cel`, `starlark`) can call %s.\n", strings.Join(names, ", "))
}

func writeStatistics(b *strings.Builder) {
	b.WriteString("\n## Statistics\n\nThose that decide weights are whole numbers, equal on every platform:\n\n")
	writeInfos(b, stat.Infos())
	b.WriteString("\nThose that people read in reports:\n\n")
	writeInfos(b, report.Infos())
}

func writeInfos(b *strings.Builder, infos []stat.Info) {
	header(b, "statistic", "what it says", "source")
	for _, info := range infos {
		row(b, info.Name, info.Summary, info.Source)
	}
}

func writeReasons(b *strings.Builder) {
	b.WriteString(`
## Reasons

An item that has no score says why in one word, in the evidence, in metrics and in ` + "`validator replay`" + `. Where the fault
is not the miner's, the item does not count.

`)
	header(b, "reason", "why", "the item")
	for _, r := range Reasons() {
		row(b, code(r.Name), r.Meaning, r.Effect)
	}
}

func writeWarnings(b *strings.Builder) {
	b.WriteString(`
## Warnings

What ` + "`validator bench lint`" + ` finds in a benchmark that is valid, and yet pays for the wrong thing. ` + "`--allow`" + ` takes the names.

`)
	header(b, "warning", "what it means")
	for _, w := range Warnings() {
		row(b, code(w.Name), w.Meaning)
	}
}
