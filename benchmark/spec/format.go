package spec

import (
	"bytes"

	"go.yaml.in/yaml/v3"
)

// The YAML form, in the order in which it is written.
type (
	specYAML struct {
		Format       uint32          `yaml:"format"`
		Name         string          `yaml:"name"`
		Description  string          `yaml:"description,omitempty"`
		Kind         string          `yaml:"kind"`
		Source       sourceYAML      `yaml:"source"`
		Sampling     samplingYAML    `yaml:"sampling"`
		Request      requestYAML     `yaml:"request"`
		Scorers      []scorerYAML    `yaml:"scorers"`
		Aggregation  aggregationYAML `yaml:"aggregation"`
		Weights      weightsYAML     `yaml:"weights"`
		Verification string          `yaml:"verification"`
	}
	sourceYAML struct {
		Generator string   `yaml:"generator"`
		Families  []string `yaml:"families,flow"`
	}
	samplingYAML struct {
		ItemsPerMiner uint32 `yaml:"items_per_miner"`
		Domain        string `yaml:"domain"`
	}
	requestYAML struct {
		Endpoint         string `yaml:"endpoint"`
		MaxTokens        uint32 `yaml:"max_tokens"`
		TemperatureMilli uint32 `yaml:"temperature_milli"`
		DeadlineMs       uint32 `yaml:"deadline_ms"`
	}
	scorerYAML struct {
		Scorer   string `yaml:"scorer"`
		WeightBp uint32 `yaml:"weight_bp"`
		Extract  string `yaml:"extract"`
	}
	aggregationYAML struct {
		Items      string `yaml:"items"`
		EmaAlphaBp uint32 `yaml:"ema_alpha_bp"`
		Absence    string `yaml:"absence"`
	}
	weightsYAML struct {
		BaselineBp           uint32 `yaml:"baseline_bp"`
		TopK                 uint32 `yaml:"top_k"`
		Power                uint32 `yaml:"power,omitempty"`
		SoftmaxTemperatureBp uint32 `yaml:"softmax_temperature_bp,omitempty"`
	}
)

// Format returns the YAML of a spec; [Parse] of it gives the same spec back. It
// returns the error of [Spec.Validate] for a spec that is not valid.
func Format(s *Spec) ([]byte, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	builtin := s.Source.GetBuiltin()
	out := specYAML{
		Format:      s.Format,
		Name:        s.Name,
		Description: s.Description,
		Kind:        kindNames[s.Kind],
		Source:      sourceYAML{Generator: builtin.Generator, Families: builtin.Families},
		Sampling:    samplingYAML{ItemsPerMiner: s.Sampling.ItemsPerMiner, Domain: domainNames[s.Sampling.Domain]},
		Request: requestYAML{
			Endpoint:         endpointNames[s.Request.Endpoint],
			MaxTokens:        s.Request.MaxTokens,
			TemperatureMilli: s.Request.TemperatureMilli,
			DeadlineMs:       s.Request.DeadlineMs,
		},
		Aggregation: aggregationYAML{
			Items:      itemAggregationNames[s.Aggregation.Items],
			EmaAlphaBp: s.Aggregation.EmaAlphaBp,
			Absence:    absenceNames[s.Aggregation.Absence],
		},
		Weights: weightsYAML{
			BaselineBp:           s.Weights.BaselineBp,
			TopK:                 s.Weights.TopK,
			Power:                s.Weights.GetPower().GetExponent(),
			SoftmaxTemperatureBp: s.Weights.GetSoftmax().GetTemperatureBp(),
		},
		Verification: verificationNames[s.Verification],
	}
	for _, scorer := range s.Scorers {
		out.Scorers = append(out.Scorers, scorerYAML{
			Scorer:   ScorerExact, // the only one that Validate lets through
			WeightBp: scorer.WeightBp,
			Extract:  extractionNames[scorer.Extraction],
		})
	}
	var text bytes.Buffer
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := encoder.Encode(out); err != nil {
		return nil, err
	}
	if err := encoder.Close(); err != nil {
		return nil, err
	}
	return text.Bytes(), nil
}
