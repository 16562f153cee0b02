package spec_test

import (
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/benchmark/spec"
)

// sample is a valid spec that sets everything.
const sample = `format: 1
name: sample
description: What the tests use.
kind: inference
source:
  generator: basics/1
  families: [add, sort]
sampling:
  items_per_miner: 8
  domain: shared
request:
  endpoint: chat/completions
  max_tokens: 64
  temperature_milli: 700
  deadline_ms: 1500
scorers:
  - scorer: exact
    weight_bp: 7000
    extract: after-last-equals
  - scorer: exact
    weight_bp: 3000
    extract: whole
aggregation:
  items: mean
  ema_alpha_bp: 2500
  absence: reset
weights:
  baseline_bp: 1000
  top_k: 10
  softmax_temperature_bp: 500
verification: receipts
`

func parsed(t require.TestingT, text string) *spec.Spec {
	s, err := spec.Parse([]byte(text))
	require.NoError(t, err)
	return s
}

func TestYAMLAndCanonicalBytesOfAnySpecGiveTheSameSpecBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawn(t)
		text, err := spec.Format(s)
		require.NoError(t, err)
		require.Equal(t, s, parsed(t, string(text)), "%s", text)

		canonical, err := spec.Encode(s)
		require.NoError(t, err)
		again, err := spec.Decode(canonical)
		require.NoError(t, err)
		require.Equal(t, s, again)
	})
}

func TestNoChangeOfAByteKeepsTheDigest(t *testing.T) {
	canonical, err := spec.Encode(parsed(t, sample))
	require.NoError(t, err)
	want, err := spec.Digest(parsed(t, sample))
	require.NoError(t, err)
	for i := range canonical {
		for bit := range 8 {
			changed := append([]byte(nil), canonical...)
			changed[i] ^= 1 << bit
			s, err := spec.Decode(changed)
			if err != nil {
				continue
			}
			digest, err := spec.Digest(s)
			require.NoError(t, err)
			require.NotEqual(t, want, digest, "byte %d bit %d", i, bit)
		}
	}
}

// What a digest names must never change under it.
func TestTheCanonicalBytesOfASpecAreFixed(t *testing.T) {
	digest, err := spec.Digest(parsed(t, sample))
	require.NoError(t, err)
	require.Equal(t, goldenDigest, hex.EncodeToString(digest[:]))
	canonical, err := spec.Encode(parsed(t, sample))
	require.NoError(t, err)
	require.Equal(t, goldenBytes, hex.EncodeToString(canonical))
}

func TestOnlyCanonicalBytesAreDecoded(t *testing.T) {
	canonical, err := spec.Encode(parsed(t, sample))
	require.NoError(t, err)
	require.Equal(t, []byte{0x08, 0x01}, canonical[:2], "field 1 comes first")
	concat := func(parts ...[]byte) []byte {
		var all []byte
		for _, part := range parts {
			all = append(all, part...)
		}
		return all
	}
	for name, c := range map[string]struct {
		bytes []byte
		want  error
	}{
		"nothing":                          {nil, spec.ErrInvalid},
		"an unknown field":                 {concat(canonical, []byte{0xf8, 0x07, 0x01}), spec.ErrEncoding},
		"an unknown field of a submessage": {concat(canonical, []byte{0x3a, 0x03, 0xf8, 0x07, 0x01}), spec.ErrEncoding},
		"a field written twice":            {concat(canonical, []byte{0x08, 0x01}), spec.ErrEncoding},
		"fields out of order":              {concat(canonical[2:], canonical[:2]), spec.ErrEncoding},
		"a number longer than it need be":  {concat([]byte{0x08, 0x81, 0x00}, canonical[2:]), spec.ErrEncoding},
		"a default written out":            {concat(canonical, []byte{0x3a, 0x02, 0x18, 0x00}), spec.ErrEncoding},
		"the end missing":                  {canonical[:len(canonical)-1], spec.ErrEncoding},
		"more than 64 KiB":                 {make([]byte, spec.MaxBytes+1), spec.ErrTooLarge},
		"an empty submessage in a oneof":   {concat(canonical, []byte{0x2a, 0x02, 0x0a, 0x00}), spec.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := spec.Decode(c.bytes)
			require.ErrorIs(t, err, c.want)
		})
	}
}

func TestParseRefusesWithLineAndReason(t *testing.T) {
	replace := func(old, with string) string {
		require.Contains(t, sample, old)
		return strings.Replace(sample, old, with, 1)
	}
	for name, c := range map[string]struct{ text, want string }{
		"an empty text":                         {"", "line 1: the text is empty"},
		"a comment only":                        {"# nothing\n", "line 1: the text is empty"},
		"text that is not YAML":                 {"format: [", "not YAML: line 1"},
		"a list":                                {"- 1\n", "line 1: must be a mapping with format, name"},
		"two documents":                         {sample + "---\nformat: 1\n", "line 32: a second document begins"},
		"an unknown setting":                    {replace("  domain:", "  domian:"), `line 10: sampling."domian": unknown setting, known are items_per_miner, domain`},
		"a missing setting":                     {replace("  items_per_miner: 8\n", ""), "line 8: sampling.items_per_miner: is 0, must be 1 to 1024"},
		"a setting given twice":                 {replace("name: sample", "name: sample\nname: other"), "line 3: name: is set twice, first in line 2"},
		"a missing group":                       {replace("sampling:\n  items_per_miner: 8\n  domain: shared\n", ""), "sampling.domain: must be miner or shared"},
		"a number in quotes":                    {replace("max_tokens: 64", `max_tokens: "64"`), `line 13: request.max_tokens: must be a whole number of 0 or more in decimal digits, not "64"`},
		"a hexadecimal number":                  {replace("max_tokens: 64", "max_tokens: 0x40"), "line 13: request.max_tokens: must be a whole number"},
		"a number with leading zeros":           {replace("max_tokens: 64", "max_tokens: 064"), "line 13: request.max_tokens: must be a whole number"},
		"a fraction":                            {replace("baseline_bp: 1000", "baseline_bp: 0.1"), "line 28: weights.baseline_bp: must be a whole number"},
		"a negative number":                     {replace("top_k: 10", "top_k: -1"), "line 29: weights.top_k: must be a whole number"},
		"a number beyond 32 bits":               {replace("top_k: 10", "top_k: 4294967296"), "line 29: weights.top_k: must be a whole number"},
		"a deadline that never comes":           {replace("deadline_ms: 1500", "deadline_ms: 4000000000"), "line 15: request.deadline_ms: is 4000000000, must be 50 to 120000"},
		"no value":                              {replace("max_tokens: 64", "max_tokens:"), "line 13: request.max_tokens: must be a whole number of 0 or more in decimal digits, not nothing"},
		"a name that YAML reads as a number":    {replace("name: sample", "name: 12"), `line 2: name: must be text, not "12" (put it in quotes`},
		"a name with a space":                   {replace("name: sample", "name: a b"), `line 2: name: holds ' '`},
		"a control character in a description":  {replace("What the", `"\u001b[2J`+`"`+" #"), "line 3: description: holds the control character U+001B"},
		"an unknown generator":                  {replace("basics/1", "basics/9"), `line 6: source.generator: "basics/9" is not known, must be basics/1`},
		"an unknown family":                     {replace("[add, sort]", "[add, integrate]"), `line 7: source.families[1]: "integrate" is not a family of basics/1`},
		"a family twice":                        {replace("[add, sort]", "[add, add]"), `line 7: source.families[1]: "add" is listed twice`},
		"families out of order":                 {replace("[add, sort]", "[sort, add]"), `line 7: source.families[1]: "add" is out of order`},
		"an empty list of families":             {replace("[add, sort]", "[]"), "line 7: source.families: lists 0 families"},
		"an unknown kind":                       {replace("kind: inference", "kind: training"), `line 4: kind: must be inference, not "training"`},
		"an unknown scorer":                     {replace("scorer: exact", "scorer: blue"), "line 17: scorers[0].scorer: must be exact or normalized or"},
		"the same scorer twice":                 {replace("extract: whole", "extract: after-last-equals"), "line 20: scorers[1]: does the same as scorers[0]"},
		"weights that do not add up":            {replace("weight_bp: 3000", "weight_bp: 2000"), "line 16: scorers: the weights add up to 9000 bp, must add up to 10000"},
		"no scorers":                            {replace(sample[strings.Index(sample, "  - scorer"):strings.Index(sample, "aggregation")], "  []\n"), "scorers: lists 0 scorers"},
		"scorers that are a mapping":            {replace(sample[strings.Index(sample, "  - scorer"):strings.Index(sample, "aggregation")], "  exact: 1\n"), "line 17: scorers: must be a list"},
		"two weights maps":                      {replace("top_k: 10", "power: 2"), "line 30: weights: power and softmax_temperature_bp contradict each other; keep one"},
		"no weights map":                        {replace("  softmax_temperature_bp: 500\n", ""), "line 27: weights: needs either power or softmax_temperature_bp"},
		"a baseline that nobody can pass":       {replace("baseline_bp: 1000", "baseline_bp: 10000"), "line 28: weights.baseline_bp: is 10000, must be 0 to 9999"},
		"an alias":                              {replace("name: sample", "name: &n sample"), "line 2: name: anchors and aliases are not allowed"},
		"an explicit tag":                       {replace("name: sample", "name: !!str sample"), "line 2: name: explicit tags"},
		"several problems at once, in order":    {replace("items_per_miner: 8\n  domain: shared", "items_per_miner: 0\n  domain: x"), "line 9: sampling.items_per_miner: is 0, must be 1 to 1024; line 10: sampling.domain: must be miner or shared"},
		"a future format":                       {replace("format: 1", "format: 2"), "line 1: format: is 2, must be 1"},
		"a list with far too many elements":     {replace("[add, sort]", "["+strings.Repeat("add, ", 100)+"]"), "line 7: source.families: lists 100 families"},
		"an alias standing for a group":         {"a: &a {}\nsampling: *a\n", "line 2: sampling: anchors and aliases are not allowed"},
		"a key that is not text":                {"? [a]\n: 1\n", "unknown setting"},
		"a setting where a mapping is expected": {replace("sampling:\n  items_per_miner: 8\n  domain: shared\n", "sampling: 8\n"), "line 8: sampling: must be a mapping with items_per_miner, domain"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := spec.Parse([]byte(c.text))
			require.ErrorIs(t, err, spec.ErrInvalid)
			require.ErrorContains(t, err, c.want)
		})
	}
	_, err := spec.Parse(make([]byte, spec.MaxBytes+1))
	require.ErrorIs(t, err, spec.ErrTooLarge)
}

func TestAHostileTextMakesAShortError(t *testing.T) {
	var text strings.Builder
	for text.Len() < spec.MaxBytes-100 {
		text.WriteString("x" + strings.Repeat("y", text.Len()%90) + ": 1\n")
	}
	_, err := spec.Parse([]byte(text.String()))
	require.ErrorIs(t, err, spec.ErrInvalid)
	require.Less(t, len(err.Error()), 16_000)
}

func TestSettingsLeftOutTakeTheirDefaults(t *testing.T) {
	text := sample
	for _, line := range []string{"description: What the tests use.\n", "  families: [add, sort]\n", "  temperature_milli: 700\n", "  baseline_bp: 1000\n", "  top_k: 10\n"} {
		text = strings.Replace(text, line, "", 1)
	}
	s := parsed(t, text)
	require.Empty(t, s.Description)
	require.Equal(t, spec.Generators()[0].Families, s.Source.GetBuiltin().Families)
	require.Zero(t, s.Request.TemperatureMilli)
	require.Zero(t, s.Weights.BaselineBp)
	require.Zero(t, s.Weights.TopK)
}

func TestValidateSurvivesSpecsBuiltByHand(t *testing.T) {
	var none *spec.Spec
	require.ErrorIs(t, none.Validate(), spec.ErrInvalid)

	s := parsed(t, sample)
	s.Source.Source = &spec.Source_Builtin{}
	s.Weights.Map = &spec.Weights_Power{}
	s.Scorers[0].Scorer = &spec.Scorer_Exact{}
	s.Kind = -1
	err := s.Validate()
	var invalid *spec.InvalidError
	require.True(t, errors.As(err, &invalid))
	var paths []string
	for _, p := range invalid.Problems {
		paths = append(paths, p.Path)
	}
	require.Equal(t, []string{"kind", "source", "scorers[0].scorer", "weights"}, paths)

	_, err = spec.Encode(s)
	require.ErrorIs(t, err, spec.ErrInvalid)
	_, err = spec.Digest(s)
	require.ErrorIs(t, err, spec.ErrInvalid)
	_, err = spec.Format(s)
	require.ErrorIs(t, err, spec.ErrInvalid)
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{sample, everything, rest} {
		f.Add([]byte(text))
	}
	for _, example := range examples() {
		text, err := spec.Format(example)
		require.NoError(f, err)
		f.Add(text)
	}
	if text, err := os.ReadFile("../../benchmarks/basics.yaml"); err == nil {
		f.Add(text)
	}
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := spec.Parse(text)
		if err != nil {
			return
		}
		again, err := spec.Format(s)
		require.NoError(t, err)
		require.Equal(t, s, parsed(t, string(again)))
		_, err = spec.Encode(s)
		require.NoError(t, err)
	})
}

func FuzzDecode(f *testing.F) {
	canonical, err := hex.DecodeString(goldenBytes)
	require.NoError(f, err)
	f.Add(canonical)
	f.Add([]byte{0x42, 0x00})
	for _, text := range []string{sample, everything, rest} {
		canonical, err := spec.Encode(parsed(f, text))
		require.NoError(f, err)
		f.Add(canonical)
	}
	for _, example := range examples() {
		canonical, err := spec.Encode(example)
		require.NoError(f, err)
		f.Add(canonical)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := spec.Decode(data)
		if err != nil {
			return
		}
		again, err := spec.Encode(s)
		require.NoError(t, err)
		require.Equal(t, data, again)
	})
}
