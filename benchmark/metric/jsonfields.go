package metric

import (
	"encoding/json"
	"fmt"
)

// JSONFields is the F1 of an extraction: both answer and reference are JSON documents,
// their fields are the paths of names and places in arrays to everything that is no
// array or object or an empty one, and with c fields of equal path and value the score
// is 2c/(fields of the answer + fields of the reference), the best over the references.
// Numbers are equal by value (1, 1.0 and 1e0), strings by code points, and the order
// of an object's members does not count, that of an array's elements does.
//
// An answer that is no JSON document scores 0. For these purposes a document is not
// deeper than [MaxJSONDepth], names nothing twice in an object, is UTF-8 and has numbers
// within the limits of [ParseNumber]. A reference that is none is an [ErrReference].
// Linear.
func JSONFields(answer string, references []string) (int64, error) {
	if err := check(answer, references); err != nil {
		return 0, err
	}
	places := placeNumbers{}
	wanted := make([]map[int]string, len(references))
	for i, reference := range references {
		document, err := readJSON(reference)
		if err != nil {
			return 0, fmt.Errorf("%w: %w", ErrReference, err)
		}
		wanted[i] = places.fields(document.value)
	}
	document, err := readJSON(answer)
	if err != nil {
		return 0, nil //nolint:nilerr // an answer that is no JSON document is a wrong answer
	}
	given := places.fields(document.value)
	var highest int64
	for _, fields := range wanted {
		highest = max(highest, fieldsF1(given, fields))
	}
	return highest, nil
}

func fieldsF1(given, wanted map[int]string) int64 {
	var common int64
	for place, value := range given { // a count: the order does not matter
		if other, ok := wanted[place]; ok && other == value {
			common++
		}
	}
	return share(2*common, int64(len(given)+len(wanted)))
}

// step leads from one place of a document to the next: to a member by its name or to an
// element by its index plus one.
type step struct {
	from  int
	name  string
	index int
}

// placeNumbers numbers the places of several documents, so that equal paths have equal
// numbers and a path takes no more memory than its last step.
type placeNumbers map[step]int

func (p placeNumbers) at(s step) int {
	number, ok := p[s]
	if !ok {
		number = len(p) + 1
		p[s] = number
	}
	return number
}

// fields returns the values of a document by place. Values of different kinds differ in
// their first byte.
func (p placeNumbers) fields(value any) map[int]string {
	fields := map[int]string{}
	p.collect(fields, 0, value)
	return fields
}

func (p placeNumbers) collect(fields map[int]string, place int, value any) {
	switch value := value.(type) {
	case map[string]any:
		if len(value) == 0 {
			fields[place] = "{"
		}
		for name, member := range value { // the numbers' order does not show
			p.collect(fields, p.at(step{from: place, name: name}), member)
		}
	case []any:
		if len(value) == 0 {
			fields[place] = "["
		}
		for i, element := range value {
			p.collect(fields, p.at(step{from: place, index: i + 1}), element)
		}
	case string:
		fields[place] = `"` + value
	case json.Number:
		number, _ := canonicalNumber(string(value)) // readJSON has checked it
		fields[place] = "#" + number
	case bool:
		fields[place] = "f"
		if value {
			fields[place] = "t"
		}
	case nil:
		fields[place] = "n"
	}
}
