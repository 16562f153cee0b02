package spec

import "slices"

// Generator describes a built-in source of questions.
type Generator struct {
	Name     string   // name and version, as a spec names it
	Families []string // kinds of question, in the order in which the draw numbers them
	Summary  string   // what it asks, in one line
	// Settings are the numbers that it understands, by ascending name.
	Settings []GeneratorSetting
	// Documents says that it draws from a data set of texts.
	Documents bool
}

// GeneratorSetting is a number that a generator understands.
type GeneratorSetting struct {
	Name               string
	Low, High, Default uint32 // range, both ends inclusive, and what is meant when it is left out
	Summary            string
}

// ScorerInfo describes a scorer.
type ScorerInfo struct {
	Name    string // as a YAML spec names it
	Summary string // what it gives for which answer, in one line
}

// GeneratorBasics is the generator of the first benchmark.
const GeneratorBasics = "basics/1"

// Generators lists the built-in generators.
func Generators() []Generator {
	list := slices.Clone(generators[:])
	for i := range list {
		list[i].Families = slices.Clone(list[i].Families)
		list[i].Settings = slices.Clone(list[i].Settings)
	}
	return list
}

// Scorers lists the scorers.
func Scorers() []ScorerInfo {
	variants := scorerVariants(new(Scorer))
	list := make([]ScorerInfo, len(variants))
	for i, v := range variants {
		list[i] = ScorerInfo{Name: v.name, Summary: v.summary}
	}
	return list
}

// generatorNamed returns a generator, nil when there is none of that name.
func generatorNamed(name string) *Generator {
	for i := range generators {
		if generators[i].Name == name {
			return &generators[i]
		}
	}
	return nil
}
