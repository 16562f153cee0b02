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
// problem with its line. Settings that may be left out: description,
// source.families (all of them), request.temperature_milli (0),
// weights.baseline_bp (0) and weights.top_k (0).
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
	r.mapping(root, "", []field{
		{"format", r.number(&s.Format)},
		{"name", r.text(&s.Name)},
		{"description", r.text(&s.Description)},
		{"kind", r.choice((*int32)(&s.Kind), kindNames[:])},
		{"source", func(n *yaml.Node, path string) {
			builtin := new(BuiltinSource)
			s.Source.Source = &Source_Builtin{Builtin: builtin}
			r.mapping(n, path, []field{
				{"generator", r.text(&builtin.Generator)},
				{"families", r.list(func(n *yaml.Node, path string) {
					var family string
					r.text(&family)(n, path)
					builtin.Families = append(builtin.Families, family)
				})},
			})
			if _, given := r.lines[path+".families"]; !given {
				builtin.Families = slices.Clone(generatorFamilies(builtin.Generator))
			}
		}},
		{"sampling", r.group([]field{
			{"items_per_miner", r.number(&s.Sampling.ItemsPerMiner)},
			{"domain", r.choice((*int32)(&s.Sampling.Domain), domainNames[:])},
		})},
		{"request", r.group([]field{
			{"endpoint", r.choice((*int32)(&s.Request.Endpoint), endpointNames[:])},
			{"max_tokens", r.number(&s.Request.MaxTokens)},
			{"temperature_milli", r.number(&s.Request.TemperatureMilli)},
			{"deadline_ms", r.number(&s.Request.DeadlineMs)},
		})},
		{"scorers", r.list(func(n *yaml.Node, path string) {
			var scorer Scorer
			var name string
			r.mapping(n, path, []field{
				{"scorer", r.text(&name)},
				{"weight_bp", r.number(&scorer.WeightBp)},
				{"extract", r.choice((*int32)(&scorer.Extraction), extractionNames[:])},
			})
			if name == ScorerExact {
				scorer.Scorer = &Scorer_Exact{Exact: &ExactScorer{}}
			}
			s.Scorers = append(s.Scorers, scorer)
		})},
		{"aggregation", r.group([]field{
			{"items", r.choice((*int32)(&s.Aggregation.Items), itemAggregationNames[:])},
			{"ema_alpha_bp", r.number(&s.Aggregation.EmaAlphaBp)},
			{"absence", r.choice((*int32)(&s.Aggregation.Absence), absenceNames[:])},
		})},
		{"weights", r.weights(&s.Weights)},
		{"verification", r.choice((*int32)(&s.Verification), verificationNames[:])},
	})
	return s
}

// weights reads the weights map, of which there must be only one.
func (r *reader) weights(weights *Weights) setter {
	return func(n *yaml.Node, path string) {
		var exponent, temperature uint32
		r.mapping(n, path, []field{
			{"baseline_bp", r.number(&weights.BaselineBp)},
			{"top_k", r.number(&weights.TopK)},
			{"power", r.number(&exponent)},
			{"softmax_temperature_bp", r.number(&temperature)},
		})
		_, power := r.lines[path+".power"]
		softmaxLine, softmax := r.lines[path+".softmax_temperature_bp"]
		switch {
		case power && softmax:
			r.problem(softmaxLine, path, "power and softmax_temperature_bp contradict each other; keep one")
		case power:
			weights.Map = &Weights_Power{Power: &PowerMap{Exponent: exponent}}
		case softmax:
			weights.Map = &Weights_Softmax{Softmax: &SoftmaxMap{TemperatureBp: temperature}}
		}
	}
}
