package metric

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestReadJSONTakesOneDocument(t *testing.T) {
	t.Parallel()
	for text, nodes := range map[string]int{
		`null`: 1, ` "x" `: 1, "\n-1.5e3\t": 1, `[]`: 1, `{}`: 1, `[1,[2,{}]]`: 5, `{"a":1,"b":{"":[true]}}`: 8,
		strings.Repeat("[", MaxJSONDepth) + strings.Repeat("]", MaxJSONDepth): MaxJSONDepth,
		strings.Repeat("9", MaxNumberBytes):                                   1, `1e400`: 1,
	} {
		got, err := readJSON(text)
		require.NoError(t, err, "%q", shorten(text))
		require.Equal(t, nodes, got.nodes, "%q", shorten(text))
	}
	for _, text := range []string{
		"", " ", "x", "{", "[1,]", `{"a":1,}`, `{"a" 1}`, `{a:1}`, "1 2", "[] []", "]", "}", ",", "01", "+1", ".5", "NaN", "'x'", "\xff",
		"\"\xff\"", `{"a":1,"a":1}`, `{"a":1,"\u0061":2}`, `{"\ud800":1,"\udfff":2}`, "1e401", "1e-401", "1e99999999999999999999", "\"a\nb\"",
		strings.Repeat("9", MaxNumberBytes+1), strings.Repeat("[", MaxJSONDepth+2) + strings.Repeat("]", MaxJSONDepth+2),
		strings.Repeat("[", MaxAnswerBytes), strings.Repeat(`{"a":`, 10_000), "// x\n1", "\ufeff1",
	} {
		_, err := readJSON(text)
		require.ErrorIs(t, err, errNotJSON, "%q", shorten(text))
	}
}

func TestCanonicalNumbersAreEqualWhenTheNumbersAre(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"0": "0", "-0": "0", "0.00": "0", "-0e5": "0", "1": "1e0", "1.0": "1e0", "10e-1": "1e0", "0.1E+1": "1e0", "100": "1e2",
		"-120.50": "-1205e-1", "1e400": "1e400", "0.001": "1e-3",
	} {
		got, err := canonicalNumber(text)
		require.NoError(t, err)
		require.Equal(t, want, got, text)
	}
}

func TestJSONFieldsCountsFieldsInCommon(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, answer, reference string
		want                    int64
	}{
		{"the same in another order and form", `{"b": 1.0, "a": "x"}`, `{"a":"\u0078","b":1}`, One},
		{"one of two fields", `{"a":1,"b":2}`, `{"a":1,"b":3}`, One / 2},
		{"a missing field", `{"a":1}`, `{"a":1,"b":2}`, 666_666_667},
		{"a field too many", `{"a":1,"b":2,"c":3}`, `{"a":1,"b":2}`, One * 4 / 5},
		{"nested paths", `{"p":{"n":"Ada","y":[1815,1852]}}`, `{"p":{"n":"Ada","y":[1815,1851]}}`, 666_666_667},
		{"elements have places", `[1,2]`, `[2,1]`, 0},
		{"a name is no place in an array", `{"1":"x"}`, `["x"]`, 0},
		{"kinds differ", `{"a":"1"}`, `{"a":1}`, 0},
		{"null is a value", `{"a":null}`, `{"a":null}`, One},
		{"an empty list is a field", `{"a":[]}`, `{"a":[]}`, One},
		{"and differs from an empty object", `{"a":[]}`, `{"a":{}}`, 0},
		{"a plain value has one field", `5`, `5.0`, One},
		{"a path is not its text", `{"a/b":1}`, `{"a":{"b":1}}`, 0},
		{"no document scores 0", `{"a":1`, `{"a":1}`, 0},
		{"nor does a fence", "```json\n{\"a\":1}\n```", `{"a":1}`, 0},
	} {
		got, err := JSONFields(c.answer, []string{c.reference})
		require.NoError(t, err, c.name)
		require.Equal(t, c.want, got, c.name)
	}
	got, err := JSONFields(`{"a":1}`, []string{`{"b":1}`, `{"a":1}`})
	require.NoError(t, err)
	require.Equal(t, One, got, "the best reference counts")
	_, err = JSONFields(`{"a":1}`, []string{`{"a":1}`, `{"a":1`})
	require.ErrorIs(t, err, ErrReference)
}

func TestJSONFieldsTakesLittleMemoryForLongPaths(t *testing.T) {
	t.Parallel()
	// Written out, these paths would take half a gigabyte.
	text := `{"` + strings.Repeat("x", 30_000) + `":[` + strings.Repeat("1,", 15_000) + `1]}`
	got, err := JSONFields(text, []string{text})
	require.NoError(t, err)
	require.Equal(t, One, got)
}

func drawJSON(depth int) *rapid.Generator[any] {
	leaf := rapid.OneOf(rapid.Just[any](nil), rapid.Bool().AsAny(), rapid.StringN(0, 4, -1).AsAny(), rapid.Int32().AsAny())
	if depth == 0 {
		return leaf
	}
	below := rapid.Deferred(func() *rapid.Generator[any] { return drawJSON(depth - 1) })
	return rapid.OneOf(leaf, rapid.SliceOfN(below, 0, 4).AsAny(), rapid.MapOfN(rapid.StringN(0, 3, -1), below, 0, 4).AsAny())
}

func TestJSONFieldsIsOneForItselfAndSymmetric(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		write := func(name string) string {
			text, err := json.Marshal(drawJSON(3).Draw(t, name))
			require.NoError(t, err)
			return string(text)
		}
		a, b := write("a"), write("b")
		self, err := JSONFields(a, []string{a})
		require.NoError(t, err)
		require.Equal(t, One, self)
		there, err := JSONFields(a, []string{b})
		require.NoError(t, err)
		back, err := JSONFields(b, []string{a})
		require.NoError(t, err)
		require.Equal(t, there, back)
	})
}

func FuzzJSON(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.50,"x",null,true,{}]}`, `[[[]]]`, `1e400`, `{"a":1,"a":2}`, "\"\xff\"", `"\ud800"`, "[1 2]", "{}{}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		document, err := readJSON(text)
		if err != nil {
			require.ErrorIs(t, err, errNotJSON)
			return
		}
		// What is read is what the standard library reads, and it equals itself.
		require.True(t, json.Valid([]byte(text)))
		written, err := json.Marshal(document.value)
		require.NoError(t, err)
		if len(text) <= MaxAnswerBytes && len(written) <= MaxAnswerBytes {
			score, err := JSONFields(text, []string{string(written)})
			require.NoError(t, err)
			require.Equal(t, One, score)
		}
	})
}
