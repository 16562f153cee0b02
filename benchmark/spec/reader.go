package spec

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// reader walks YAML nodes into a Spec. Unlike unmarshalling into a struct it knows
// the path and line of everything it meets, and takes no value for another type.
type reader struct {
	lines    map[string]int // path of each setting that was given → its line
	problems []Problem
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

// mapping reads a mapping whose keys are among the settings.
func (r *reader) mapping(n *yaml.Node, path string, settings []setting) {
	if !r.plain(n, path) {
		return
	}
	if n.Kind != yaml.MappingNode {
		r.problem(n.Line, path, "must be a mapping with %s", settingList(settings))
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		s := settingOfKey(settings, key)
		if s == nil {
			r.problem(key.Line, child(path, quoted(key.Value)), "unknown setting, known are %s", settingList(settings))
			continue
		}
		at := child(path, key.Value)
		if line, twice := r.lines[at]; twice {
			r.problem(key.Line, at, "is set twice, first in line %d", line)
			continue
		}
		r.lines[at] = key.Line
		s.value.read(r, value, at)
	}
}

func settingOfKey(settings []setting, key *yaml.Node) *setting {
	if key.Kind != yaml.ScalarNode || key.Anchor != "" {
		return nil
	}
	for i := range settings {
		if settings[i].name == key.Value {
			return &settings[i]
		}
	}
	return nil
}

func settingList(settings []setting) string {
	names := make([]string, len(settings))
	for i, s := range settings {
		names[i] = s.name
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
