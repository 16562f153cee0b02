package consensuslint_test

import (
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/agora-network/agora/tools/consensuslint"
)

// Each testdata package states, by its "want" comments, every finding of one rule and, by their
// absence, what the rule lets pass.
func TestAnalyzers(t *testing.T) {
	cases := []struct {
		name     string
		analyzer *analysis.Analyzer
		pkg      string
	}{
		{"floats are refused as values, types, fields and constants", consensuslint.Float, "chain/float"},
		{"iteration in map order is refused unless sorted at once", consensuslint.MapOrder, "chain/maporder"},
		{"goroutines, channels and select are refused", consensuslint.Goroutine, "chain/goroutine"},
		{"the machine's clock and time zone are refused", consensuslint.Clock, "chain/clock"},
		{"sources of randomness are refused", consensuslint.Chance, "chain/chance"},
		{"files, environment and network are refused", consensuslint.Outside, "chain/outside"},
		{"an exception needs a known rule and a reason", consensuslint.Exceptions, "chain/exceptions"},
		{"an exception covers its line, its statement or its function, and no more", consensuslint.Clock, "chain/covers"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			analysistest.Run(t, analysistest.TestData(), c.analyzer, c.pkg)
		})
	}
}

func TestEveryRuleSkipsWhatNoBlockExecutes(t *testing.T) {
	for _, a := range consensuslint.Analyzers() {
		t.Run(a.Name, func(t *testing.T) {
			analysistest.Run(t, analysistest.TestData(), a, "chain/client/free")
		})
	}
}

func TestAnalyzersAreDistinctAndDocumented(t *testing.T) {
	if err := analysis.Validate(consensuslint.Analyzers()); err != nil {
		t.Fatal(err)
	}
}
