package metric

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxJSONDepth bounds how deep arrays and objects may stand in one another.
const MaxJSONDepth = 64

// errNotJSON is wrapped by the errors for a text that is no JSON document to us.
var errNotJSON = errors.New("not a JSON document")

// document is a JSON document that was read.
type document struct {
	value any // nil, bool, string, json.Number, []any or map[string]any
	nodes int // values and names of members
}

// readJSON reads one JSON document in UTF-8. Readers disagree on an object with one name
// twice, so it is refused; so are numbers beyond the limits of [ParseNumber], with which
// others cannot compute either, and depth beyond [MaxJSONDepth].
func readJSON(text string) (document, error) {
	if !utf8.ValidString(text) {
		return document{}, fmt.Errorf("%w: it is not UTF-8", errNotJSON)
	}
	r := jsonReader{decoder: json.NewDecoder(strings.NewReader(text))}
	r.decoder.UseNumber()
	value, err := r.value(0)
	if err != nil {
		return document{}, err
	}
	if _, err := r.decoder.Token(); err != io.EOF {
		return document{}, fmt.Errorf("%w: something follows it", errNotJSON)
	}
	return document{value: value, nodes: r.nodes}, nil
}

type jsonReader struct {
	decoder *json.Decoder
	nodes   int
}

func (r *jsonReader) value(depth int) (any, error) {
	if depth > MaxJSONDepth {
		return nil, fmt.Errorf("%w: it is deeper than %d", errNotJSON, MaxJSONDepth)
	}
	r.nodes++
	token, err := r.decoder.Token()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNotJSON, err)
	}
	switch token := token.(type) {
	case json.Number:
		if _, err := canonicalNumber(string(token)); err != nil {
			return nil, err
		}
	case json.Delim:
		if token == '{' {
			return r.object(depth)
		}
		return r.array(depth)
	}
	return token, nil
}

func (r *jsonReader) object(depth int) (any, error) {
	members := map[string]any{}
	for r.decoder.More() {
		token, err := r.decoder.Token()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errNotJSON, err)
		}
		name, _ := token.(string) // the decoder lets nothing else stand here
		if _, twice := members[name]; twice {
			return nil, fmt.Errorf("%w: it has %q twice", errNotJSON, shorten(name))
		}
		r.nodes++
		if members[name], err = r.value(depth + 1); err != nil {
			return nil, err
		}
	}
	return members, r.end()
}

func (r *jsonReader) array(depth int) (any, error) {
	elements := []any{}
	for r.decoder.More() {
		element, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		elements = append(elements, element)
	}
	return elements, r.end()
}

// end reads the closing bracket.
func (r *jsonReader) end() error {
	if _, err := r.decoder.Token(); err != nil {
		return fmt.Errorf("%w: %w", errNotJSON, err)
	}
	return nil
}

// canonicalNumber writes a number of JSON so that equal numbers have equal texts:
// [-]digits"e"power without zeros at either end of the digits, "0" for zero.
func canonicalNumber(text string) (string, error) {
	if len(text) > MaxNumberBytes {
		return "", fmt.Errorf("%w: a number has %d bytes, at most %d are read", errNotJSON, len(text), MaxNumberBytes)
	}
	mantissa, power := text, 0
	if at := strings.IndexAny(text, "eE"); at >= 0 {
		var err error
		if power, err = strconv.Atoi(text[at+1:]); err != nil || power < -MaxNumberExponent || power > MaxNumberExponent {
			return "", fmt.Errorf("%w: the exponent of %q is beyond %d", errNotJSON, shorten(text), MaxNumberExponent)
		}
		mantissa = text[:at]
	}
	mantissa, negative := strings.CutPrefix(mantissa, "-")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	power -= len(fraction)
	kept := strings.TrimRight(digits, "0")
	power += len(digits) - len(kept)
	if kept == "" {
		return "0", nil
	}
	sign := ""
	if negative {
		sign = "-"
	}
	return sign + kept + "e" + strconv.Itoa(power), nil
}
