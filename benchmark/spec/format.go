package spec

import (
	"bytes"

	"go.yaml.in/yaml/v3"
)

// Format returns the YAML of a spec; [Parse] of it gives the same spec back. It
// returns the error of [Spec.Validate] for a spec that is not valid.
func Format(s *Spec) ([]byte, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	root := &group{settings: settings(s)}
	var text bytes.Buffer
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := encoder.Encode(root.write()); err != nil {
		return nil, err
	}
	if err := encoder.Close(); err != nil {
		return nil, err
	}
	return text.Bytes(), nil
}
