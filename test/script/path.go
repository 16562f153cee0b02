package script

import (
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

// step is one part of a path: a field, or which elements of a list.
var step = regexp.MustCompile(`^\.?([A-Za-z0-9_]+)|^\[([^\]]*)\]`)

// find returns the values at a path of a JSON document. A path is made of fields and of brackets that choose
// elements of a list: [2] one of them, [] all, [netuid=2] those whose field has this value:
//
//	tally.subnets[netuid=2].power
//
// Fields that are absent have no value: the chain leaves out what is 0.
func find(document any, path string) ([]string, error) {
	found := []any{document}
	for rest := path; rest != ""; {
		match := step.FindStringSubmatch(rest)
		if match == nil {
			return nil, fmt.Errorf("path %q cannot be read from %q on", path, rest)
		}
		rest = rest[len(match[0]):]
		var next []any
		for _, value := range found {
			if match[1] != "" {
				if field, ok := fieldOf(value, match[1]); ok {
					next = append(next, field)
				}
				continue
			}
			list, ok := value.([]any)
			if !ok && value != nil {
				return nil, fmt.Errorf("path %q: no list before %q", path, match[0]+rest)
			}
			next = append(next, choose(list, match[2])...)
		}
		found = next
	}
	texts := make([]string, 0, len(found))
	for _, value := range found {
		switch value := value.(type) {
		case string:
			texts = append(texts, value)
		case json.Number, bool:
			texts = append(texts, fmt.Sprint(value))
		default:
			return nil, fmt.Errorf("path %q leads to no plain value, but to %v", path, value)
		}
	}
	return texts, nil
}

func fieldOf(value any, name string) (any, bool) {
	object, ok := value.(map[string]any)
	if !ok {
		return nil, false
	}
	field, ok := object[name]
	return field, ok
}

// choose returns the elements that the text between brackets means.
func choose(list []any, which string) []any {
	if which == "" {
		return list
	}
	if index, err := strconv.Atoi(which); err == nil {
		if index < 0 || index >= len(list) {
			return nil
		}
		return list[index : index+1]
	}
	name, want, _ := strings.Cut(which, "=")
	var chosen []any
	for _, element := range list {
		if field, ok := fieldOf(element, name); ok && fmt.Sprint(field) == want {
			chosen = append(chosen, element)
		}
	}
	return chosen
}

// assignment gives a name the value at a path: NAME=path the only value there, NAME+=path the sum of all
// amounts there, 0 where there are none.
type assignment struct {
	name, path string
	sum        bool
}

// parseAssignment tells an assignment from other arguments.
func parseAssignment(text string) (assignment, bool) {
	name, path, ok := strings.Cut(text, "=")
	name, sum := strings.CutSuffix(name, "+")
	if !ok || !assignable.MatchString(name) {
		return assignment{}, false
	}
	return assignment{name: name, path: path, sum: sum}, true
}

var assignable = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// value is what the assignment finds in a document.
func (a assignment) value(document any) (string, error) {
	found, err := find(document, a.path)
	if err != nil {
		return "", err
	}
	if !a.sum {
		if len(found) != 1 {
			return "", fmt.Errorf("path %q leads to %d values, want one", a.path, len(found))
		}
		return found[0], nil
	}
	sum := new(big.Int)
	for _, text := range found {
		amount, ok := new(big.Int).SetString(strings.TrimSuffix(text, denom), 10)
		if !ok {
			return "", fmt.Errorf("path %q leads to %q, which is no amount", a.path, text)
		}
		sum.Add(sum, amount)
	}
	return sum.String(), nil
}

// decode reads JSON without making numbers inexact.
func decode(text string) (any, error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var document any
	if err := decoder.Decode(&document); err != nil {
		return nil, fmt.Errorf("what it printed is no JSON: %w", err)
	}
	return document, nil
}
