package generate

import (
	"slices"

	"github.com/agora-network/agora/benchmark/chance"
	"github.com/agora-network/agora/benchmark/question"
)

// catalogue lists all generators, in the order in which they are shown.
var catalogue = []*Generator{
	&basicsGenerator, &arithmeticGenerator, &algebraGenerator, &textGenerator, &notationGenerator,
	&outputGenerator, &puzzleGenerator, &extractGenerator, &retrievalGenerator, &continuationGenerator,
}

// Info describes a generator to people.
type Info struct {
	Name           string // name and version
	Summary        string // what it asks, in one line
	Families       []FamilyInfo
	Parameters     []Parameter
	NeedsDocuments bool // whether it draws from a data set of texts
}

// FamilyInfo describes a kind of question.
type FamilyInfo struct {
	Name    string
	Summary string // what it asks, in one line
	// LuckBp is how often a guesser is right who knows the family but cannot solve
	// its questions, under the default settings, in basis points: the share of the most
	// frequent answer, or one among the answers that the prompt offers. A baseline
	// below it pays for luck.
	LuckBp uint32
	// Repeats is how many of a thousand questions, at most, have a prompt that one
	// before them had, under the default settings. It grows with the square of what is
	// drawn: who asks more often should ask harder questions.
	Repeats uint32
	// Example is a question drawn under the default settings.
	Example question.Question
}

// Infos describes all generators, for documentation and for people who write a
// benchmark.
func Infos() []Info {
	infos := make([]Info, len(catalogue))
	for i, g := range catalogue {
		infos[i] = g.Info()
	}
	return infos
}

// Info describes the generator.
func (g *Generator) Info() Info {
	info := Info{Name: g.name, Summary: g.summary, Parameters: slices.Clone(g.parameters), NeedsDocuments: g.documents}
	for i := range g.families {
		f := &g.families[i]
		stream := chance.NewStream([32]byte{31: 1})
		example := g.Draw(&stream, f.name, Settings{})
		if g.documents {
			example = continuationExample()
		}
		info.Families = append(info.Families, FamilyInfo{Name: f.name, Summary: f.summary, LuckBp: f.luckBp, Repeats: f.repeats, Example: example})
	}
	return info
}
