package spec

import "slices"

// Generator describes a built-in source of questions.
type Generator struct {
	Name     string   // name and version, as a spec names it
	Families []string // kinds of question, in the order in which the draw numbers them
	Summary  string   // what it asks, in one line
}

// ScorerInfo describes a scorer.
type ScorerInfo struct {
	Name    string // as a YAML spec names it
	Summary string // what it gives for which answer, in one line
}

// Names of what a spec may use.
const (
	GeneratorBasics = "basics/1"
	ScorerExact     = "exact"
)

var generators = [...]Generator{
	{
		Name:     GeneratorBasics,
		Families: []string{"add", "sub", "reverse", "sort", "shift"},
		Summary:  "sums and differences of numbers up to 999; 3 to 6 letters reversed or shifted, digits sorted",
	},
}

var scorers = [...]ScorerInfo{
	{Name: ScorerExact, Summary: "1e9 when the answer equals the expected one byte for byte, else 0"},
}

// Generators lists the built-in generators.
func Generators() []Generator {
	list := slices.Clone(generators[:])
	for i := range list {
		list[i].Families = slices.Clone(list[i].Families)
	}
	return list
}

// Scorers lists the scorers.
func Scorers() []ScorerInfo { return slices.Clone(scorers[:]) }

// generatorFamilies returns the families of a generator, nil when there is none of that name.
func generatorFamilies(name string) []string {
	for i := range generators {
		if generators[i].Name == name {
			return generators[i].Families
		}
	}
	return nil
}
