package benchmark

import (
	"slices"

	"github.com/agora-network/agora/benchmark/metric"
	"github.com/agora-network/agora/benchmark/spec"
)

// namedMetric is a metric that needs no settings, under the name that a spec's scorer has
// and the one that formulas call it by.
type namedMetric struct {
	scorer, formula string
	measure         metric.Func
}

var namedMetrics = [...]namedMetric{
	{spec.ScorerExact, "exact", metric.Exact},
	{spec.ScorerNormalized, "normalized", metric.NormalizedExact},
	{spec.ScorerNumeric, "numeric", metric.Numeric{}.Score},
	{spec.ScorerTokenF1, "token_f1", metric.TokenF1},
	{spec.ScorerChrf, "chrf", metric.ChrF},
	{"", "chrf_words", metric.ChrFPlusPlus},
	{spec.ScorerBleu, "bleu", metric.BLEU},
	{spec.ScorerRougeL, "rouge_l", metric.RougeL},
	{spec.ScorerEdit, "edit", metric.EditSimilarity},
	{"", "edit_words", metric.WordSimilarity},
	{spec.ScorerJSONFields, "json_fields", metric.JSONFields},
}

// plainMetric returns the metric of a scorer.
func plainMetric(scorer string) (metric.Func, bool) {
	at := slices.IndexFunc(namedMetrics[:], func(m namedMetric) bool { return scorer != "" && m.scorer == scorer })
	if at < 0 {
		return nil, false
	}
	return namedMetrics[at].measure, true
}

// FormulaMetrics are the names by which formulas call metrics.
func FormulaMetrics() []string {
	names := make([]string, len(namedMetrics))
	for i, m := range namedMetrics {
		names[i] = m.formula
	}
	return names
}

// metricOf computes a metric for a formula.
func metricOf(of *scored, name string) (int64, error) {
	at := slices.IndexFunc(namedMetrics[:], func(m namedMetric) bool { return m.formula == name })
	if at < 0 {
		return 0, &Fault{Reason: ReasonScorerTrap, Err: errUnknownMetric(name)}
	}
	return namedMetrics[at].measure(of.text, of.task.Question.References())
}

type errUnknownMetric string

func (e errUnknownMetric) Error() string { return "there is no metric " + string(e) }
