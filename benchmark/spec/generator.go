package spec

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// generatorOf is the name of a generator.
type generatorOf struct {
	of *BuiltinSource
}

func (c generatorOf) read(r *reader, n *yaml.Node, path string) {
	textOf{to: &c.of.Generator}.read(r, n, path)
}

func (c generatorOf) write() *yaml.Node { return textOf{to: &c.of.Generator}.write() }

func (c generatorOf) check(v *validation, path string) {
	known := generatorNamed(c.of.Generator)
	switch {
	case known == nil:
		v.problem(path, "%s is not known, must be %s", quoted(c.of.Generator), strings.Join(generatorNames(), " or "))
	case known.Documents && c.of.Documents == nil:
		v.problem(path, "%s needs documents to draw from", known.Name)
	case !known.Documents && c.of.Documents != nil:
		v.problem(path, "%s has no use for documents", known.Name)
	}
}

func (generatorOf) describe() (kind string, inner []setting) {
	return strings.Join(generatorNames(), ", "), nil
}

func (generatorOf) schema() map[string]any { return map[string]any{"enum": generatorNames()} }

func generatorNames() []string {
	names := make([]string, len(generators))
	for i := range generators {
		names[i] = generators[i].Name
	}
	return names
}

// familiesOf are the families of the generator beside it.
type familiesOf struct {
	of *BuiltinSource
}

func (c familiesOf) list() listOf[string] {
	return listOf[string]{to: &c.of.Families, high: maxFamilies, element: func(family *string) codec { return textOf{family, 1, MaxNameBytes, label} }}
}

// maxFamilies is more than any generator has.
const maxFamilies = 64

func (c familiesOf) read(r *reader, n *yaml.Node, path string) { c.list().read(r, n, path) }

func (c familiesOf) write() *yaml.Node { return c.list().write() }

func (c familiesOf) check(v *validation, path string) {
	known := generatorNamed(c.of.Generator)
	if known == nil {
		return // said of the generator
	}
	if len(c.of.Families) == 0 || len(c.of.Families) > len(known.Families) {
		v.problem(path, "lists %d families, must list 1 to %d of %s", len(c.of.Families), len(known.Families), strings.Join(known.Families, ", "))
		return
	}
	// The order of families numbers the draw, so only one order is canonical.
	last := -1
	for i, family := range c.of.Families {
		path := index(path, i)
		at := slices.Index(known.Families, family)
		switch {
		case at < 0:
			v.problem(path, "%s is not a family of %s, must be one of %s", quoted(family), known.Name, strings.Join(known.Families, ", "))
		case at == last:
			v.problem(path, "%s is listed twice", quoted(family))
		case at < last:
			v.problem(path, "%s is out of order, families are listed as %s", quoted(family), strings.Join(known.Families, ", "))
		default:
			last = at
		}
	}
}

func (familiesOf) describe() (kind string, inner []setting) { return "list of families", nil }

func (familiesOf) schema() map[string]any {
	return map[string]any{"type": "array", "minItems": 1, "items": map[string]any{"type": "string"}}
}

// settingsOf are the numbers of a generator: a mapping in YAML, a list by ascending
// name in canonical bytes.
type settingsOf struct {
	of *BuiltinSource
}

// maxSettings is more than any generator has.
const maxSettings = 32

func (c settingsOf) read(r *reader, n *yaml.Node, path string) {
	if !r.plain(n, path) {
		return
	}
	if n.Kind != yaml.MappingNode || len(n.Content) > 2*maxSettings {
		r.problem(n.Line, path, "must be a mapping of at most %d numbers", maxSettings)
		return
	}
	fields := make([]setting, 0, len(n.Content)/2)
	values := make([]Setting, len(n.Content)/2)
	for i := range values {
		key := n.Content[2*i]
		values[i].Name = key.Value
		fields = append(fields, setting{name: key.Value, value: numberOf[uint32]{to: &values[i].Value}})
	}
	r.mapping(n, path, fields)
	slices.SortFunc(values, func(a, b Setting) int { return strings.Compare(a.Name, b.Name) })
	c.of.Settings = append(c.of.Settings, values...)
}

func (c settingsOf) write() *yaml.Node {
	if len(c.of.Settings) == 0 {
		return nil
	}
	n := &yaml.Node{Kind: yaml.MappingNode}
	for i := range c.of.Settings {
		name := new(yaml.Node)
		name.SetString(c.of.Settings[i].Name)
		n.Content = append(n.Content, name, numberOf[uint32]{to: &c.of.Settings[i].Value, always: true}.write())
	}
	return n
}

func (c settingsOf) check(v *validation, path string) {
	known := generatorNamed(c.of.Generator)
	if known == nil {
		return // said of the generator
	}
	if len(c.of.Settings) > len(known.Settings) {
		v.problem(path, "has %d settings, %s understands %s", len(c.of.Settings), known.Name, settingNames(known))
		return
	}
	for i := range c.of.Settings {
		set := &c.of.Settings[i]
		at := slices.IndexFunc(known.Settings, func(s GeneratorSetting) bool { return s.Name == set.Name })
		switch {
		case at < 0:
			v.problem(child(path, quotedUnlessPlain(set.Name)), "%s understands %s", known.Name, settingNames(known))
		case i > 0 && set.Name <= c.of.Settings[i-1].Name:
			v.problem(child(path, set.Name), "is set twice or out of order")
		default:
			v.between(child(path, set.Name), uint64(set.Value), uint64(known.Settings[at].Low), uint64(known.Settings[at].High))
		}
	}
}

func settingNames(g *Generator) string {
	if len(g.Settings) == 0 {
		return "no settings"
	}
	names := make([]string, len(g.Settings))
	for i, s := range g.Settings {
		names[i] = s.Name + " (" + span(uint64(s.Low), uint64(s.High)) + ")"
	}
	return strings.Join(names, ", ")
}

// quotedUnlessPlain shows a name that may hold anything.
func quotedUnlessPlain(name string) string {
	if shown := quoted(name); shown != strconv.Quote(name) {
		return shown
	}
	for i := range len(name) {
		if !label.allows(name[i]) {
			return quoted(name)
		}
	}
	return name
}

func (settingsOf) describe() (kind string, inner []setting) {
	return "mapping of numbers", nil
}

func (settingsOf) schema() map[string]any {
	return map[string]any{"type": "object", "additionalProperties": map[string]any{"type": "integer", "minimum": 0, "maximum": uint32(MaxUint32)}}
}
