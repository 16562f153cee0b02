package quickjson_test

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/internal/quickjson"
)

// sample has a field of every kind that is read.
type sample struct {
	Text     string          `json:"text"`
	Maybe    *string         `json:"maybe"`
	Whole    int             `json:"whole"`
	Long     *int64          `json:"long"`
	Fraction float64         `json:"fraction"`
	Flag     bool            `json:"flag"`
	List     []string        `json:"list"`
	Inner    inner           `json:"inner"`
	Rows     []inner         `json:"rows"`
	Raw      json.RawMessage `json:"raw"`
}

type inner struct {
	Deep *float64 `json:"deep"`
}

func readSample(r *quickjson.Reader) (s sample) {
	r.Object(func(field string) {
		switch field {
		case "text":
			s.Text = r.String()
		case "maybe":
			s.Maybe = quickjson.Optional(r, r.String)
		case "whole":
			s.Whole = r.Int()
		case "long":
			s.Long = quickjson.Optional(r, r.Int64)
		case "fraction":
			s.Fraction = r.Float64()
		case "flag":
			s.Flag = r.Bool()
		case "list":
			r.Array(func() { s.List = append(s.List, r.String()) })
		case "inner":
			s.Inner = readInner(r)
		case "rows":
			r.Array(func() { s.Rows = append(s.Rows, readInner(r)) })
		case "raw":
			s.Raw = r.Raw()
		default:
			r.Skip()
		}
	})
	return s
}

func readInner(r *quickjson.Reader) (i inner) {
	r.Object(func(field string) {
		if field == "deep" {
			i.Deep = quickjson.Optional(r, r.Float64)
			return
		}
		r.Skip()
	})
	return i
}

// agree has both read data, and compares what they make of it.
func agree(t require.TestingT, data []byte) {
	var quick, standard sample
	before := bytes.Clone(data)
	err := quickjson.Unmarshal(data, func(r *quickjson.Reader) { quick = readSample(r) })
	require.Equal(t, before, data, "what is read is left alone")
	if repeats(data) {
		if err == nil {
			require.True(t, json.Valid(data))
		}
		return
	}
	want := json.Unmarshal(data, &standard)
	if want != nil {
		require.Error(t, err, "%q: encoding/json says %v", data, want)
		return
	}
	require.NoError(t, err, "%q", data)
	if len(standard.List) == 0 { // nil for encoding/json where there is none, empty where there is an empty one
		standard.List = nil
	}
	if len(standard.Rows) == 0 {
		standard.Rows = nil
	}
	if standard.Raw != nil { // encoding/json leaves there what is no UTF-8
		standard.Raw = []byte(string([]rune(string(standard.Raw))))
	}
	require.Equal(t, standard, quick, "%q", data)
}

// repeats says that names of fields stand twice somewhere, or have capitals: both are read otherwise here, and the
// package says so. It looks at JSON only.
func repeats(data []byte) bool {
	if !json.Valid(data) {
		return false
	}
	tokens := json.NewDecoder(bytes.NewReader(data))
	var walk func() bool
	walk = func() (found bool) {
		token, _ := tokens.Token()
		delim, nested := token.(json.Delim)
		if !nested {
			return false
		}
		seen := map[string]bool{}
		for tokens.More() {
			if delim == '{' {
				name, _ := tokens.Token()
				text, _ := name.(string)
				folded := strings.ToLower(strings.ToUpper(text))
				found = found || seen[folded] || folded != text
				seen[folded] = true
			}
			found = walk() || found
		}
		_, _ = tokens.Token()
		return found
	}
	return walk()
}

var documents = []string{
	`{"text":"a","maybe":"b","whole":1,"long":-9223372036854775808,"fraction":1.5e3,"flag":true,"list":["x","y"],"inner":{"deep":0.1},"rows":[{},{"deep":2}],"raw":{"a":[1,2]}}`,
	`{"text":null,"maybe":null,"whole":null,"long":null,"fraction":null,"flag":null,"list":null,"inner":null,"rows":null,"raw":null}`,
	`{"text":"\u00e9\ud83d\ude00\ud800\n\"\\\/","other":{"text":[[],{}]},"raw":" "}`,
	"{\"text\":\"\xff\xfe\xc3\",\"maybe\":\"\u2028<&>\"}",
	`{"te\u0078t":"an escaped name"}`,
	`{"list":[null,"a"],"rows":[null]}`, ` { "whole" : 12 , "list" : [ ] } `, `{}`, `null`, `[]`, `"text"`, `7`,
	`{"whole":1.0}`, `{"whole":1e2}`, `{"whole":-0}`, `{"whole":9223372036854775808}`, `{"fraction":1e999}`, `{"fraction":-0.0}`,
	`{"text":1}`, `{"whole":"1"}`, `{"flag":0}`, `{"flag":"true"}`, `{"list":{}}`, `{"list":"a"}`, `{"inner":[]}`, `{"rows":[1]}`,
	`{"whole":01}`, `{"whole":1.}`, `{"whole":.5}`, `{"whole":+1}`, `{"other":1-2}`, `{"other":--}`, `{"other":1e}`, `{"text":"` + "\x01" + `"}`, `{"text":"\x"}`,
	`{"text":"a"`, `{"text":"a",}`, `{"text" "a"}`, `{"text":"a"}}`, `{"text":"a"} {}`, `{,}`, `{"list":["a",]}`, `{"list":["a" "b"]}`, `{"raw":[}`, ``, ` `,
	`{"other":[[[[[[]]]]]],"text":"after"}`, `{"other":"]}\"","text":"after"}`, `{"other":tru}`, `{"other":nul}`, "{\"text\":\"a\"}\n",
}

func TestWhatIsReadIsWhatEncodingJSONReads(t *testing.T) {
	for _, document := range documents {
		agree(t, []byte(document))
	}
	agree(t, []byte(strings.Repeat(`{"other":`, 20_000)+strings.Repeat(`}`, 20_000)))
}

func FuzzReader(f *testing.F) {
	for _, document := range documents {
		f.Add([]byte(document))
	}
	f.Fuzz(func(t *testing.T, data []byte) { agree(t, data) })
}

// anything draws a JSON value of any shape whose fields often have known names.
func anything(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		kinds := 6
		if depth == 0 {
			kinds = 4
		}
		switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
		case 0:
			return rapid.String().Draw(t, "text")
		case 1:
			return rapid.Float64Range(-1e18, 1e18).Draw(t, "number")
		case 2:
			return rapid.Int64().Draw(t, "whole")
		case 3:
			return rapid.SampledFrom([]any{nil, true, false}).Draw(t, "word")
		case 4:
			return rapid.SliceOfN(anything(depth-1), 0, 4).Draw(t, "list")
		}
		names := rapid.SampledFrom([]string{"text", "maybe", "whole", "long", "fraction", "flag", "list", "inner", "rows", "raw", "deep", "other"})
		return rapid.MapOfN(names, anything(depth-1), 0, 6).Draw(t, "object")
	})
}

func TestAnyDocumentIsReadAsEncodingJSONReadsIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data, err := json.Marshal(anything(4).Draw(t, "document"))
		require.NoError(t, err)
		agree(t, data)
		if len(data) > 1 { // and broken by one byte
			at := rapid.IntRange(0, len(data)-1).Draw(t, "at")
			data[at] = rapid.Byte().Draw(t, "byte")
			agree(t, data)
		}
	})
}

func TestAnErrorNamesTheFieldAndWhatItShouldHave(t *testing.T) {
	for name, c := range map[string]struct{ document, says string }{
		"a number for a text":          {`{"text":1}`, "text: want a text"},
		"a text for a number":          {`{"whole":"1"}`, "whole: want a whole number"},
		"a fraction for a number":      {`{"whole":1.5}`, "whole: want a whole number of 64 bits"},
		"a number beyond 64 bits":      {`{"long":9223372036854775808}`, "long: want a whole number of 64 bits"},
		"a number beyond any":          {`{"fraction":1e999}`, "fraction: the number is too large"},
		"a number for a word":          {`{"flag":1}`, "flag: want true or false"},
		"an object for a list":         {`{"list":{}}`, "list: want a list"},
		"a list for an object":         {`{"inner":[]}`, "inner: want an object"},
		"deep inside":                  {`{"rows":[{"deep":1},{"deep":"x"}]}`, "rows.deep: want a number"},
		"another value altogether":     {`[]`, "want an object"},
		"something that is not JSON":   {`{"text":`, "unexpected end of JSON input"},
		"a second value after the end": {`{}{}`, "invalid character '{' after top-level value"},
	} {
		t.Run(name, func(t *testing.T) {
			err := quickjson.Unmarshal([]byte(c.document), func(r *quickjson.Reader) { readSample(r) })
			require.EqualError(t, err, c.says)
		})
	}
}

func TestATextOrAListIsRead(t *testing.T) {
	for document, want := range map[string][]string{`"a"`: {"a"}, `["a","b"]`: {"a", "b"}, `[]`: nil, `null`: nil, `""`: {""}, `[null]`: {""}} {
		var got []string
		err := quickjson.Unmarshal([]byte(document), func(r *quickjson.Reader) {
			text, isText := r.TextOrArray(func() { got = append(got, r.String()) })
			if isText {
				got = []string{text}
			}
		})
		require.NoError(t, err)
		require.Equal(t, want, got, document)
	}
	for _, document := range []string{`1`, `true`, `{}`, `[1]`} {
		err := quickjson.Unmarshal([]byte(document), func(r *quickjson.Reader) { r.TextOrArray(func() { _ = r.String() }) })
		require.ErrorContains(t, err, "want a", document)
	}
}

func TestWhatIsWrittenIsReadByEncodingJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type written struct {
			Text  string
			Whole int
			Real  float64
		}
		want := written{rapid.String().Draw(t, "text"), rapid.Int().Draw(t, "whole"), rapid.Float64().Draw(t, "real")}
		data, err := quickjson.Marshal(func(w *quickjson.Writer) {
			w.RawString(`{"Text":`)
			w.String(want.Text)
			w.RawString(`,"Whole":`)
			w.Int(want.Whole)
			w.RawString(`,"Real":`)
			w.Float64(want.Real)
			w.RawByte('}')
		})
		require.NoError(t, err)
		var got written
		require.NoError(t, json.Unmarshal(data, &got))
		require.Equal(t, want, got)
	})
	_, err := quickjson.Marshal(func(w *quickjson.Writer) { w.Float64(math.NaN()) })
	require.Error(t, err)
}
