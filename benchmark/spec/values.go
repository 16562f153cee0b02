package spec

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// digestBytes is the length of a sha256.
const digestBytes = 32

// numberOf is a whole number with a range, both ends inclusive.
type numberOf[N uint32 | uint64] struct {
	to        *N
	low, high N
	// orZero allows 0 beside the range, meaning that the setting is left out.
	orZero bool
	// always writes the number even when it is 0.
	always bool
}

func (c numberOf[N]) read(r *reader, n *yaml.Node, path string) {
	if !r.plain(n, path) {
		return
	}
	bits := 32
	if uint64(^N(0)) > 1<<32 {
		bits = 64
	}
	// One notation only: 0x10, 1_000 and 1e3 mean integers to some YAML readers and
	// text to others.
	value, err := strconv.ParseUint(n.Value, 10, bits)
	if n.Kind != yaml.ScalarNode || n.Style != 0 || err != nil || strconv.FormatUint(value, 10) != n.Value {
		r.problem(n.Line, path, "must be a whole number of 0 or more in decimal digits, not %s", shown(n))
		return
	}
	*c.to = N(value)
}

func (c numberOf[N]) write() *yaml.Node {
	if *c.to == 0 && !c.always {
		return nil
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.FormatUint(uint64(*c.to), 10)}
}

func (c numberOf[N]) check(v *validation, path string) {
	if c.orZero && *c.to == 0 {
		return
	}
	v.between(path, uint64(*c.to), uint64(c.low), uint64(c.high))
}

func (c numberOf[N]) describe() (kind string, inner []setting) {
	kind = span(uint64(c.low), uint64(c.high))
	if c.orZero && c.low > 0 {
		kind += " (0: left out)"
	}
	return kind, nil
}

func (c numberOf[N]) schema() map[string]any {
	bounds := map[string]any{"type": "integer", "minimum": uint64(c.low), "maximum": uint64(c.high)}
	if c.orZero && c.low > 0 {
		return map[string]any{"type": "integer", "anyOf": []any{map[string]any{"const": 0}, bounds}}
	}
	return bounds
}

// alphabet says which characters a text may hold.
type alphabet int

const (
	// identifier: a-z, 0-9, '-' and '.'.
	identifier alphabet = iota
	// label: identifier and '/' and '_', as in names of generators and settings.
	label
	// prose: any UTF-8 without control characters but line breaks.
	prose
	// code: prose and tabs.
	code
	// address: printable ASCII without spaces.
	address
)

// textOf is a text with a length in bytes.
type textOf struct {
	to        *string
	low, high int
	alphabet  alphabet
}

func (c textOf) read(r *reader, n *yaml.Node, path string) {
	if !r.plain(n, path) {
		return
	}
	if n.Kind != yaml.ScalarNode || n.Tag != "!!str" {
		r.problem(n.Line, path, "must be text, not %s (put it in quotes if it is meant as text)", shown(n))
		return
	}
	*c.to = n.Value
}

func (c textOf) write() *yaml.Node {
	if *c.to == "" {
		return nil
	}
	n := new(yaml.Node)
	n.SetString(*c.to)
	if n.Style == yaml.LiteralStyle && !readsBackAsBlock(*c.to) {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// readsBackAsBlock tells whether lines of a text can stand as they are: the first one shows how far the block
// is indented, and a line of nothing but blanks and tabs could belong to the indentation.
func readsBackAsBlock(text string) bool {
	first := true
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if bare := strings.TrimLeft(line, " \t"); bare == "" && line != "" || first && bare != line || first && line == "" {
			return false
		}
		first = false
	}
	return true
}

func (c textOf) check(v *validation, path string) {
	text := *c.to
	if len(text) < c.low || len(text) > c.high {
		if c.low == 0 {
			v.problem(path, "has %d bytes, must have at most %d", len(text), c.high)
		} else {
			v.problem(path, "has %d bytes, must have %d to %d", len(text), c.low, c.high)
		}
		return
	}
	if c.alphabet == prose || c.alphabet == code {
		if !utf8.ValidString(text) {
			v.problem(path, "is not valid UTF-8")
			return
		}
		c.checkControls(v, path)
		return
	}
	for i := range len(text) {
		if !c.alphabet.allows(text[i]) {
			v.problem(path, "holds %q, only %s are allowed", text[i], c.alphabet)
			return
		}
	}
}

// checkControls refuses control characters. Ranges are written out: Unicode's own
// tables grow with each release of Go, and two nodes must never disagree.
func (c textOf) checkControls(v *validation, path string) {
	for _, r := range *c.to {
		if r == '\n' || r == '\t' && c.alphabet == code {
			continue
		}
		if r < 0x20 || r >= 0x7f && r < 0xa0 {
			v.problem(path, "holds the control character %U, of which only line breaks are allowed", r)
			return
		}
	}
}

func (a alphabet) allows(c byte) bool {
	switch {
	case a == address:
		return c > ' ' && c < 0x7f
	case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '.':
		return true
	default:
		return a == label && (c == '/' || c == '_')
	}
}

// String says what is allowed, for errors.
func (a alphabet) String() string {
	switch a {
	case identifier:
		return "a-z, 0-9, '-' and '.'"
	case label:
		return "a-z, 0-9, '-', '.', '/' and '_'"
	case address:
		return "printable ASCII characters without spaces"
	default:
		return "text"
	}
}

func (c textOf) describe() (kind string, inner []setting) {
	if c.low == 0 {
		return fmt.Sprintf("text, at most %d bytes", c.high), nil
	}
	return fmt.Sprintf("text, %d to %d bytes", c.low, c.high), nil
}

func (c textOf) schema() map[string]any {
	s := map[string]any{"type": "string", "maxLength": c.high}
	if c.low > 0 {
		s["minLength"] = c.low
	}
	if c.alphabet == identifier {
		s["pattern"] = "^[a-z0-9.-]*$"
	}
	return s
}

// digestOf is a sha256 in hexadecimal digits.
type digestOf struct {
	to *[]byte
}

func (c digestOf) read(r *reader, n *yaml.Node, path string) {
	if !r.plain(n, path) {
		return
	}
	digest, err := hex.DecodeString(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || len(digest) != digestBytes || strings.ToLower(n.Value) != n.Value {
		r.problem(n.Line, path, "must be a sha256 in 64 lower-case hexadecimal digits, not %s", shown(n))
		return
	}
	*c.to = digest
}

func (c digestOf) write() *yaml.Node {
	if len(*c.to) == 0 {
		return nil
	}
	n := new(yaml.Node)
	n.SetString(hex.EncodeToString(*c.to))
	return n
}

func (c digestOf) check(v *validation, path string) {
	if len(*c.to) != digestBytes {
		v.problem(path, "has %d bytes, must have %d (64 hexadecimal digits)", len(*c.to), digestBytes)
	}
}

func (digestOf) describe() (kind string, inner []setting) { return "sha256 in hexadecimal digits", nil }

func (digestOf) schema() map[string]any {
	return map[string]any{"type": "string", "pattern": "^[0-9a-f]{64}$"}
}

// choiceOf is one of the names of an enum. Value 0 has no name; where it is allowed it
// stands for the setting being left out.
type choiceOf struct {
	to     *int32
	names  []string
	orZero bool
}

func (c choiceOf) read(r *reader, n *yaml.Node, path string) {
	if !r.plain(n, path) {
		return
	}
	value := int32(0)
	if n.Kind == yaml.ScalarNode {
		value = valueOf(c.names, n.Value)
	}
	if value == 0 {
		r.problem(n.Line, path, "must be %s, not %s", strings.Join(c.names[1:], " or "), shown(n))
		return
	}
	*c.to = value
}

func (c choiceOf) write() *yaml.Node {
	if *c.to <= 0 || int(*c.to) >= len(c.names) {
		return nil
	}
	n := new(yaml.Node)
	n.SetString(c.names[*c.to])
	return n
}

func (c choiceOf) check(v *validation, path string) {
	if c.orZero && *c.to == 0 {
		return
	}
	if *c.to < 1 || int(*c.to) >= len(c.names) {
		v.problem(path, "must be %s", strings.Join(c.names[1:], " or "))
	}
}

func (c choiceOf) describe() (kind string, inner []setting) {
	return strings.Join(c.names[1:], ", "), nil
}

func (c choiceOf) schema() map[string]any {
	return map[string]any{"enum": c.names[1:]}
}

// flagOf is true, or left out.
type flagOf struct {
	to *bool
}

func (c flagOf) read(r *reader, n *yaml.Node, path string) {
	if !r.plain(n, path) {
		return
	}
	if n.Kind != yaml.ScalarNode || n.Value != "true" && n.Value != "false" || n.Style != 0 {
		r.problem(n.Line, path, "must be true or false, not %s", shown(n))
		return
	}
	*c.to = n.Value == "true"
}

func (c flagOf) write() *yaml.Node {
	if !*c.to {
		return nil
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "true"}
}

func (flagOf) check(*validation, string) {}

func (flagOf) describe() (kind string, inner []setting) { return "true or false", nil }

func (flagOf) schema() map[string]any { return map[string]any{"type": "boolean"} }
