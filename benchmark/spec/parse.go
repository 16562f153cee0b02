package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Parse reads a spec from YAML and validates it. What it refuses (unknown and
// repeated settings, wrong types, values out of range, contradictions, more than
// one document, anchors and aliases) it reports in one [InvalidError], each
// problem with its line. Which settings may be left out, and what is meant then, is
// in the [Reference].
func Parse(text []byte) (*Spec, error) {
	if len(text) > MaxBytes {
		return nil, tooLarge(len(text))
	}
	root, err := document(text)
	if err != nil {
		return nil, err
	}
	r := reader{lines: map[string]int{}}
	s := r.spec(root)
	problems := r.problems
	if err := s.Validate(); err != nil {
		var invalid *InvalidError
		if !errors.As(err, &invalid) {
			return nil, err
		}
		for _, p := range invalid.Problems {
			if r.refused(p.Path) {
				continue // the text of this setting was refused already, with a better reason
			}
			p.Line = r.line(p.Path)
			problems = append(problems, p)
		}
	}
	if len(problems) > 0 {
		slices.SortStableFunc(problems, func(a, b Problem) int { return a.Line - b.Line })
		return nil, &InvalidError{Problems: problems}
	}
	return s, nil
}

// document returns the root node of the only YAML document in the text.
func document(text []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var first, second yaml.Node
	if err := decoder.Decode(&first); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, &InvalidError{Problems: []Problem{{Line: 1, Reason: "the text is empty"}}}
		}
		return nil, syntax(err)
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		return nil, &InvalidError{Problems: []Problem{{Line: second.Line, Reason: "a second document begins; one file holds one spec"}}}
	case !errors.Is(err, io.EOF):
		return nil, syntax(err)
	}
	if first.Kind != yaml.DocumentNode || len(first.Content) != 1 {
		return nil, &InvalidError{Problems: []Problem{{Line: 1, Reason: "the text is empty"}}}
	}
	return first.Content[0], nil
}

// syntax wraps an error of the YAML scanner, which names the line itself.
func syntax(err error) error {
	return fmt.Errorf("%w: not YAML: %s", ErrInvalid, strings.TrimPrefix(err.Error(), "yaml: "))
}

// spec reads the root mapping.
func (r *reader) spec(root *yaml.Node) *Spec {
	s := new(Spec)
	r.mapping(root, "", settings(s))
	if builtin := s.Source.GetBuiltin(); builtin != nil {
		if _, given := r.lines["source.families"]; !given {
			if generator := generatorNamed(builtin.Generator); generator != nil {
				builtin.Families = slices.Clone(generator.Families)
			}
		}
	}
	return s
}
