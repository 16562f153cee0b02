package spec

import (
	"go.yaml.in/yaml/v3"
)

// setting is one line of the YAML form. From the same declaration a spec is read,
// written and checked, and the JSON schema for editors and the reference are made.
type setting struct {
	name    string
	summary string // what it means, with units; ends up in the schema and the reference
	value   codec
	// optional settings may be left out; their zero value is then meant.
	optional bool
}

// codec knows one value: where it lies in a spec, and its form in YAML.
type codec interface {
	// read takes the value from a node; what it refuses goes to the reader.
	read(r *reader, n *yaml.Node, path string)
	// write returns the node, nil for a value that is left out.
	write() *yaml.Node
	// check reports a value that is out of range. Consensus runs it: bounded, and the
	// same on every machine.
	check(v *validation, path string)
	// schema returns the JSON schema.
	schema() map[string]any
	// describe returns the kind and range in words, and the settings inside.
	describe() (kind string, inner []setting)
}

// group is a mapping of settings, of which some may depend on which of several
// variants is meant.
type group struct {
	settings []setting
	variants []variant
	// selector is the setting whose text names the variant; empty when the first
	// setting of a variant tells it by being there.
	selector string
	// what a variant is, for errors: "needs either power or softmax_temperature_bp".
	what string
}

// variant is one of several shapes of a group.
type variant struct {
	name    string
	summary string
	// is tells whether the spec has this shape.
	is func() bool
	// settings makes the spec have this shape unless it has, and returns what it
	// declares.
	settings func() []setting
}

// chosen returns the variant that the spec has; nil when there is none.
func (g *group) chosen() *variant {
	for i := range g.variants {
		if g.variants[i].is() {
			return &g.variants[i]
		}
	}
	return nil
}

// all lists the settings that the group has in this spec.
func (g *group) all() []setting {
	all := g.settings
	if v := g.chosen(); v != nil {
		all = append(all[:len(all):len(all)], v.settings()...)
	}
	return all
}

func (g *group) read(r *reader, n *yaml.Node, path string) {
	if !r.plain(n, path) {
		return
	}
	settings := g.settings
	if len(g.variants) > 0 && n.Kind == yaml.MappingNode {
		if v := g.pick(r, n, path); v != nil {
			settings = append(settings[:len(settings):len(settings)], v.settings()...)
		} else if g.selector == "" {
			// Whatever is wrong with the choice has been said, or Validate will.
			settings = append(settings[:len(settings):len(settings)], g.firsts()...)
		}
	}
	r.mapping(n, path, settings)
}

// pick finds out which variant a mapping means.
func (g *group) pick(r *reader, n *yaml.Node, path string) *variant {
	var found *variant
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		for j := range g.variants {
			v := &g.variants[j]
			switch {
			case g.selector != "" && key.Value == g.selector && value.Kind == yaml.ScalarNode && value.Value == v.name:
				return v
			case g.selector == "" && key.Value == v.name && found != nil && found != v:
				r.problem(key.Line, path, "%s and %s contradict each other; keep one", found.name, v.name)
				return nil
			case g.selector == "" && key.Value == v.name:
				found = v
			}
		}
	}
	return found
}

// firsts are the settings that tell variants apart, for the errors of a group that has
// none; what they hold goes nowhere.
func (g *group) firsts() []setting {
	firsts := make([]setting, len(g.variants))
	for i, v := range g.variants {
		firsts[i] = setting{name: v.name, value: nowhere{}}
	}
	return firsts
}

// nowhere takes what cannot be placed.
type nowhere struct{}

func (nowhere) read(*reader, *yaml.Node, string)         {}
func (nowhere) write() *yaml.Node                        { return nil }
func (nowhere) check(*validation, string)                {}
func (nowhere) schema() map[string]any                   { return nil }
func (nowhere) describe() (kind string, inner []setting) { return "", nil }

func (g *group) write() *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, s := range g.all() {
		if value := s.value.write(); value != nil {
			n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: s.name}, value)
		}
	}
	return n
}

func (g *group) check(v *validation, path string) {
	if len(g.variants) > 0 && g.chosen() == nil {
		at := path
		if g.selector != "" {
			at = child(path, g.selector)
		}
		v.problem(at, "%s", g.what)
	}
	for _, s := range g.all() {
		s.value.check(v, child(path, s.name))
	}
}

func (g *group) describe() (kind string, inner []setting) { return "group", g.settings }

// optionalGroup is a group that may be missing as a whole.
type optionalGroup struct {
	group
	there func() bool
	// create makes it be there and returns its settings; remove is not needed, for a
	// spec is read once.
	create func() []setting
}

func (g *optionalGroup) read(r *reader, n *yaml.Node, path string) {
	g.settings = g.create()
	g.group.read(r, n, path)
}

func (g *optionalGroup) write() *yaml.Node {
	if !g.there() {
		return nil
	}
	g.settings = g.create()
	return g.group.write()
}

func (g *optionalGroup) check(v *validation, path string) {
	if g.there() {
		g.settings = g.create()
		g.group.check(v, path)
	}
}

// listOf is a list of groups.
type listOf[T any] struct {
	to        *[]T
	low, high int
	element   func(*T) codec
	// what the elements are, for errors.
	what string
}

func (l listOf[T]) read(r *reader, n *yaml.Node, path string) {
	if !r.plain(n, path) {
		return
	}
	if n.Kind != yaml.SequenceNode {
		r.problem(n.Line, path, "must be a list")
		return
	}
	if len(n.Content) > l.high*4+16 {
		r.problem(n.Line, path, "has %d elements, far more than any spec can use", len(n.Content))
		return
	}
	for i, element := range n.Content {
		at := index(path, i)
		r.lines[at] = element.Line
		var value T
		l.element(&value).read(r, element, at)
		*l.to = append(*l.to, value)
	}
}

func (l listOf[T]) write() *yaml.Node {
	if len(*l.to) == 0 {
		return nil
	}
	n := &yaml.Node{Kind: yaml.SequenceNode}
	plain := true
	for i := range *l.to {
		element := l.element(&(*l.to)[i]).write()
		plain = plain && element.Kind == yaml.ScalarNode
		n.Content = append(n.Content, element)
	}
	if plain {
		n.Style = yaml.FlowStyle
	}
	return n
}

func (l listOf[T]) check(v *validation, path string) {
	if len(*l.to) < l.low || len(*l.to) > l.high {
		v.problem(path, "lists %d %s, must list %s", len(*l.to), l.what, span(uint64(l.low), uint64(l.high)))
		return
	}
	for i := range *l.to {
		l.element(&(*l.to)[i]).check(v, index(path, i))
	}
}
