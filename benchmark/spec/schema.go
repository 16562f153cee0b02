package spec

import "encoding/json"

// JSONSchema returns the JSON schema (draft 2020-12) of the YAML form, for editors. It
// allows everything that [Parse] allows, and leaves only contradictions between
// settings for it to find.
func JSONSchema() ([]byte, error) {
	root := (&group{settings: settings(new(Spec))}).schema()
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "Agora benchmark spec"
	return json.MarshalIndent(root, "", "  ")
}

func (g *group) schema() map[string]any {
	if len(g.variants) == 0 {
		return object(g.settings)
	}
	shapes := make([]any, len(g.variants))
	for i, v := range g.variants {
		all := append(g.settings[:len(g.settings):len(g.settings)], v.settings()...)
		shape := object(all)
		shape["title"], shape["description"] = v.name, v.summary
		if g.selector != "" {
			shape["properties"].(map[string]any)[g.selector] = map[string]any{"const": v.name}
		}
		shapes[i] = shape
	}
	return map[string]any{"oneOf": shapes}
}

func (g *optionalGroup) schema() map[string]any {
	g.settings = g.create()
	return g.group.schema()
}

func (g *optionalGroup) describe() (kind string, inner []setting) {
	return "group", g.create()
}

func (l listOf[T]) schema() map[string]any {
	var element T
	s := map[string]any{"type": "array", "items": l.element(&element).schema(), "maxItems": l.high}
	if l.low > 0 {
		s["minItems"] = l.low
	}
	return s
}

func (l listOf[T]) describe() (kind string, inner []setting) {
	var element T
	kind, inner = l.element(&element).describe()
	if inner != nil {
		kind = l.what
	}
	return "list of at most " + span(uint64(l.high), uint64(l.high)) + ": " + kind, inner
}

func object(settings []setting) map[string]any {
	properties := make(map[string]any, len(settings))
	required := []string{}
	for _, s := range settings {
		property := s.value.schema()
		property["description"] = s.summary
		properties[s.name] = property
		if !s.optional {
			required = append(required, s.name)
		}
	}
	return map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}
