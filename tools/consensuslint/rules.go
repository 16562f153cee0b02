package consensuslint

import "golang.org/x/tools/go/analysis"

// Analyzers returns every analyzer of this package: one per rule and one that checks the form of
// the exceptions.
func Analyzers() []*analysis.Analyzer {
	return append(ruleAnalyzers(), Exceptions)
}

func ruleAnalyzers() []*analysis.Analyzer {
	return []*analysis.Analyzer{Float, MapOrder, Goroutine, Clock, Chance, Outside}
}
