package generate

import (
	"errors"
	"fmt"
	"slices"

	"github.com/agora-network/agora/benchmark/chance"
	"github.com/agora-network/agora/benchmark/question"
)

// ErrSettings is wrapped by the error for settings that a generator does not know,
// or whose value is out of range.
var ErrSettings = errors.New("settings of a generator are invalid")

// maxParameters bounds the parameters of a generator.
const maxParameters = 4

// Setting is a parameter of a generator with the value that a benchmark chose.
type Setting struct {
	Name  string
	Value uint32
}

// Parameter is a number that a generator understands.
type Parameter struct {
	Name    string
	Summary string // what it changes, with its unit
	Min     uint32 // least value
	Max     uint32 // greatest value
	Default uint32 // what it is when a benchmark does not set it
}

// Settings are the checked values of all parameters of one generator. The zero value
// stands for the defaults.
type Settings struct {
	of     *Generator
	values [maxParameters]uint32 // in the order of the generator's parameters
}

// Generator makes questions out of a stream. It never changes; all methods may be
// called concurrently.
type Generator struct {
	name       string
	summary    string
	parameters []Parameter
	families   []family
	documents  bool
}

// family is one kind of question.
type family struct {
	name    string
	summary string
	luckBp  uint32 // see FamilyInfo
	repeats uint32 // see FamilyInfo
	// draw makes one question; its family is filled in by the caller.
	draw func(d *drawer) question.Question
}

// Lookup returns the generator of a name such as "arithmetic/1".
func Lookup(name string) (*Generator, bool) {
	for _, g := range catalogue {
		if g.name == name {
			return g, true
		}
	}
	return nil, false
}

// Name is the name and version, as a benchmark names it. What a name draws from a
// key never changes; other questions are another version.
func (g *Generator) Name() string { return g.name }

// Families lists the names of the kinds of question, in the order in which a draw
// numbers them.
func (g *Generator) Families() []string {
	names := make([]string, len(g.families))
	for i := range g.families {
		names[i] = g.families[i].name
	}
	return names
}

// Parameters lists what a benchmark may set, by ascending name.
func (g *Generator) Parameters() []Parameter { return slices.Clone(g.parameters) }

// NeedsDocuments says that the generator draws from documents: use [Continuation]
// instead of [Generator.Draw].
func (g *Generator) NeedsDocuments() bool { return g.documents }

// Settings checks what a benchmark sets; what it leaves out has its default. The
// error wraps [ErrSettings] for an unknown name, a name given twice and a value out
// of range.
func (g *Generator) Settings(given ...Setting) (Settings, error) {
	checked := Settings{of: g}
	for i, p := range g.parameters {
		checked.values[i] = p.Default
	}
	var seen [maxParameters]bool
	for _, setting := range given {
		i := slices.IndexFunc(g.parameters, func(p Parameter) bool { return p.Name == setting.Name })
		switch {
		case i < 0:
			return Settings{}, fmt.Errorf("%w: generator %s has no setting %q", ErrSettings, g.name, setting.Name)
		case seen[i]:
			return Settings{}, fmt.Errorf("%w: %q is set twice", ErrSettings, setting.Name)
		}
		if p := g.parameters[i]; setting.Value < p.Min || setting.Value > p.Max {
			return Settings{}, fmt.Errorf("%w: %q of generator %s is %d, must be %d to %d", ErrSettings, p.Name, g.name, setting.Value, p.Min, p.Max)
		}
		seen[i] = true
		checked.values[i] = setting.Value
	}
	return checked, nil
}

// Draw makes one question of a family out of a stream. Settings that another
// generator checked count as the defaults. The zero Question is returned for a family
// that the generator does not have, and by a generator that needs documents.
func (g *Generator) Draw(stream *chance.Stream, name string, settings Settings) question.Question {
	for i := range g.families {
		if g.families[i].name == name && g.families[i].draw != nil {
			q := g.families[i].draw(g.drawer(stream, settings))
			q.Family = name
			return q
		}
	}
	return question.Question{}
}

func (g *Generator) drawer(stream *chance.Stream, settings Settings) *drawer {
	if settings.of != g {
		settings, _ = g.Settings() // defaults are in range
	}
	return &drawer{stream: stream, of: g, values: settings.values}
}
