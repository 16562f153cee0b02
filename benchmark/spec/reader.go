package spec

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// reader walks YAML nodes into a Spec. Unlike unmarshalling into a struct it knows
// the path and line of everything it meets, and takes no value for another type.
type reader struct {
	lines    map[string]int // path of each setting that was given → its line
	problems []Problem
}

// setter takes the value of one setting.
type setter func(n *yaml.Node, path string)

// field is a setting that a mapping may hold.
type field struct {
	name string
	set  setter
}

// mostProblems bounds an error message: nobody reads further, and a hostile text
// could otherwise make one of megabytes.
const mostProblems = 32

func (r *reader) problem(line int, path, format string, args ...any) {
	if len(r.problems) == mostProblems {
		return
	}
	r.problems = append(r.problems, Problem{Path: path, Line: line, Reason: fmt.Sprintf(format, args...)})
}

// refused says whether the text of a setting was refused, or that of one around it.
func (r *reader) refused(path string) bool {
	for _, p := range r.problems {
		if p.Path == "" || p.Path == path || strings.HasPrefix(path, p.Path+".") || strings.HasPrefix(path, p.Path+"[") {
			return true
		}
	}
	return false
}

// line returns the line of a setting or, when it was not given, of the innermost
// one around it.
func (r *reader) line(path string) int {
	for path != "" {
		if line, given := r.lines[path]; given {
			return line
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return 1
}

// plain refuses anchors, aliases and explicit tags, which can make a text mean
// something else than a reader of it sees.
func (r *reader) plain(n *yaml.Node, path string) bool {
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		r.problem(n.Line, path, "anchors and aliases are not allowed; write the value out")
	case n.Style&yaml.TaggedStyle != 0:
		r.problem(n.Line, path, "explicit tags such as %s are not allowed", quoted(n.Tag))
	default:
		return true
	}
	return false
}

// mapping reads a mapping whose keys are among the fields.
func (r *reader) mapping(n *yaml.Node, path string, fields []field) {
	if !r.plain(n, path) {
		return
	}
	if n.Kind != yaml.MappingNode {
		r.problem(n.Line, path, "must be a mapping with %s", fieldNames(fields))
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		set := setterOf(fields, key)
		if set == nil {
			r.problem(key.Line, child(path, quoted(key.Value)), "unknown setting, known are %s", fieldNames(fields))
			continue
		}
		at := child(path, key.Value)
		if line, twice := r.lines[at]; twice {
			r.problem(key.Line, at, "is set twice, first in line %d", line)
			continue
		}
		r.lines[at] = key.Line
		set(value, at)
	}
}

// group is a mapping as a setter.
func (r *reader) group(fields []field) setter {
	return func(n *yaml.Node, path string) { r.mapping(n, path, fields) }
}

// list reads a sequence, giving each element to set.
func (r *reader) list(set setter) setter {
	// No list of a spec is longer; more would only repeat the same problem.
	const most = 64
	return func(n *yaml.Node, path string) {
		if !r.plain(n, path) {
			return
		}
		if n.Kind != yaml.SequenceNode {
			r.problem(n.Line, path, "must be a list")
			return
		}
		if len(n.Content) > most {
			r.problem(n.Line, path, "has %d elements, far more than any spec can use", len(n.Content))
			return
		}
		for i, element := range n.Content {
			at := index(path, i)
			r.lines[at] = element.Line
			set(element, at)
		}
	}
}

// number reads a plain decimal integer.
func (r *reader) number(to *uint32) setter {
	return func(n *yaml.Node, path string) {
		if !r.plain(n, path) {
			return
		}
		// One notation only: 0x10, 1_000 and 1e3 mean integers to some YAML readers and
		// text to others.
		value, err := strconv.ParseUint(n.Value, 10, 32)
		if n.Kind != yaml.ScalarNode || n.Style != 0 || err != nil || strconv.FormatUint(value, 10) != n.Value {
			r.problem(n.Line, path, "must be a whole number of 0 or more in decimal digits, not %s", shown(n))
			return
		}
		*to = uint32(value)
	}
}

// text reads a string.
func (r *reader) text(to *string) setter {
	return func(n *yaml.Node, path string) {
		if !r.plain(n, path) {
			return
		}
		if n.Kind != yaml.ScalarNode || n.Tag != "!!str" {
			r.problem(n.Line, path, "must be text, not %s (put it in quotes if it is meant as text)", shown(n))
			return
		}
		*to = n.Value
	}
}

// choice reads one of the names of an enum.
func (r *reader) choice(to *int32, names []string) setter {
	return func(n *yaml.Node, path string) {
		if !r.plain(n, path) {
			return
		}
		value := int32(0)
		if n.Kind == yaml.ScalarNode {
			value = valueOf(names, n.Value)
		}
		if value == 0 {
			r.problem(n.Line, path, "must be %s, not %s", strings.Join(names[1:], " or "), shown(n))
			return
		}
		*to = value
	}
}

func setterOf(fields []field, key *yaml.Node) setter {
	if key.Kind != yaml.ScalarNode || key.Anchor != "" {
		return nil
	}
	for _, f := range fields {
		if f.name == key.Value {
			return f.set
		}
	}
	return nil
}

func fieldNames(fields []field) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	return strings.Join(names, ", ")
}

func child(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// shown describes a node in an error.
func shown(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.ScalarNode:
		if n.Tag == "!!null" {
			return "nothing"
		}
		return quoted(n.Value)
	default:
		return "this"
	}
}
