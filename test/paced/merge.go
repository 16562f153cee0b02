package paced

import (
	"encoding/json"
	"fmt"
)

// merged is a JSON document with a patch in it, by RFC 7386: objects are merged, everything else replaces what was there, null
// removes it.
func merged(document, patch json.RawMessage) (json.RawMessage, error) {
	if len(patch) == 0 {
		return document, nil
	}
	var target, change map[string]json.RawMessage
	if err := json.Unmarshal(patch, &change); err != nil || change == nil {
		return patch, nil //nolint:nilerr // no object: it takes the place of what was there
	}
	if err := json.Unmarshal(document, &target); err != nil || target == nil {
		target = make(map[string]json.RawMessage)
	}
	for name, value := range change {
		if string(value) == "null" {
			delete(target, name)
			continue
		}
		inner, err := merged(target[name], value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		target[name] = inner
	}
	return json.Marshal(target)
}
