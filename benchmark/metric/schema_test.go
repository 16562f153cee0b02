package metric

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The example of the JSON Schema site, https://json-schema.org/learn/getting-started-step-by-step.
const productSchema = `{
	"$schema": "https://json-schema.org/draft/2020-12/schema",
	"$id": "https://example.com/product.schema.json",
	"title": "Product", "type": "object",
	"properties": {
		"productId": {"type": "integer"},
		"productName": {"type": "string"},
		"price": {"type": "number", "exclusiveMinimum": 0},
		"tags": {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": true},
		"dimensions": {"type": "object", "properties": {
			"length": {"type": "number"}, "width": {"type": "number"}, "height": {"type": "number"}},
			"required": ["length", "width", "height"]}
	},
	"required": ["productId", "productName", "price"]
}`

func TestSchemaTellsValidAnswers(t *testing.T) {
	t.Parallel()
	product, err := CompileSchema(productSchema)
	require.NoError(t, err)
	for answer, want := range map[string]int64{
		`{"productId":1,"productName":"An ice sculpture","price":12.50,"tags":["cold","ice"],"dimensions":{"length":7.0,"width":12.0,"height":9.5}}`: One,
		`{"productId":1.0,"productName":"","price":1e-9}`:                      One,
		`{"productId":1.5,"productName":"","price":1}`:                         0,
		`{"productId":1,"productName":"","price":0}`:                           0,
		`{"productId":1,"productName":"","price":1,"tags":["a","a"]}`:          0,
		`{"productId":1,"productName":"","price":1,"dimensions":{"length":1}}`: 0,
		`{"productName":"","price":1}`:                                         0,
		`{"productId":1,"productName":"","price":1,"price":1}`:                 0,
		`[]`: 0, `{`: 0, ``: 0, "\xff": 0, `{"productId":1e999999999,"productName":"","price":1}`: 0,
	} {
		got, err := product.Score(answer)
		require.NoError(t, err, answer)
		require.Equal(t, want, got, answer)
	}
}

func TestSchemaFollowsEveryDraftAndChecksFormats(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, schema, right, wrong string
	}{
		{"draft 4", `{"$schema":"http://json-schema.org/draft-04/schema#","id":"http://x/y","minimum":0,"exclusiveMinimum":true}`, `1`, `0`},
		{"draft 7", `{"$schema":"http://json-schema.org/draft-07/schema#","items":[{"type":"string"}],"additionalItems":false}`, `["x"]`, `["x",1]`},
		{"draft 2019-09", `{"$schema":"https://json-schema.org/draft/2019-09/schema","dependentRequired":{"a":["b"]}}`, `{"a":1,"b":1}`, `{"a":1}`},
		{"draft 2020-12", `{"prefixItems":[{"type":"string"}],"items":false}`, `["x"]`, `["x",1]`},
		{"formats", `{"format":"date"}`, `"2026-11-21"`, `"21.11.2026"`},
		{"patterns", `{"pattern":"^[a-z]+$"}`, `"abc"`, `"abC"`},
		{"references", `{"$ref":"#/$defs/a~1b%20c","$defs":{"a/b c":{"$ref":"#/$defs/d"},"d":{"const":1}}}`, `1.0`, `2`},
		{"a member called $id", `{"properties":{"$id":{"type":"string"}},"required":["$id"]}`, `{"$id":"x"}`, `{"$id":1}`},
		{"true and false", `{"properties":{"a":true,"b":false}}`, `{"a":1}`, `{"b":1}`},
		{"unevaluated", `{"allOf":[{"properties":{"a":true}}],"unevaluatedProperties":false}`, `{"a":1}`, `{"b":1}`},
	} {
		schema, err := CompileSchema(c.schema)
		require.NoError(t, err, c.name)
		right, err := schema.Score(c.right)
		require.NoError(t, err, c.name)
		require.Equal(t, One, right, c.name)
		wrong, err := schema.Score(c.wrong)
		require.NoError(t, err, c.name)
		require.Equal(t, int64(0), wrong, c.name)
	}
}

func TestSchemasThatLoadLoopOrGrowAreRefused(t *testing.T) {
	t.Parallel()
	var doubling strings.Builder // 2^30 schemas once the references are followed
	doubling.WriteString(`{"$ref":"#/$defs/s0","$defs":{"s30":true`)
	for i := range 30 {
		fmt.Fprintf(&doubling, `,"s%d":{"allOf":[{"$ref":"#/$defs/s%d"},{"$ref":"#/$defs/s%d"}]}`, i, i+1, i+1)
	}
	doubling.WriteString(`}}`)
	var chain strings.Builder
	chain.WriteString(`{"$ref":"#/$defs/s0","$defs":{"s99":true`)
	for i := range 99 {
		fmt.Fprintf(&chain, `,"s%d":{"$ref":"#/$defs/s%d"}`, i, i+1)
	}
	chain.WriteString(`}}`)

	for schema, reason := range map[string]string{
		``:                                      "not a JSON document",
		`{"type":"object"`:                      "not a JSON document",
		`{"type":"nonsense"}`:                   "value must be one of",
		`5`:                                     "",
		`{"$ref":"https://example.com/x.json"}`: "another document",
		`{"$ref":"x.json"}`:                     "another document",
		`{"$ref":"file:///etc/passwd"}`:         "another document",
		`{"$ref":"http://json-schema.org/draft-07/schema#"}`:                "another document",
		`{"$schema":"https://example.com/meta"}`:                            "none is ever loaded",
		`{"$ref":"#"}`:                                                      "refers to itself",
		`{"properties":{"next":{"$ref":"#"}}}`:                              "refers to itself",
		`{"$ref":"#/$defs/a","$defs":{"a":{"items":{"$ref":"#/$defs/a"}}}}`: "refers to itself",
		`{"$ref":"#/$defs/b"}`:                                              "no schema stands",
		`{"$ref":"#/foo","foo":{}}`:                                         "no schema stands",
		`{"$ref":"#name"}`:                                                  "anchors",
		`{"$ref":"#/%zz"}`:                                                  "not a reference",
		`{"$ref":5}`:                                                        "",
		`{"$dynamicRef":"#x"}`:                                              "$dynamicRef",
		`{"items":{"$recursiveRef":"#"}}`:                                   "$recursiveRef",
		`{"$defs":{"a":{"$id":"http://x/"}}}`:                               "$id",
		`{"$schema":"http://json-schema.org/draft-04/schema#","properties":{"a":{"id":"b"}}}`: "id at",
		`{"pattern":"(?=x)"}`:                                            "",
		`{"pattern":"(a{0,30}){0,30}"}`:                                  "steps",
		`{"pattern":"` + strings.Repeat("a", 600) + `"}`:                 "bytes",
		`{"patternProperties":{"((a{9}){9}){9}b{900}":true}}`:            "",
		`{"enum":[` + strings.Repeat("1,", 5000) + `2]}`:                 "parts",
		`{"format":"regex"}`:                                             "regex is refused",
		`{"items":{"minLength":4294967296}}`:                             "beyond",
		`{"multipleOf":0}`:                                               "",
		`{"minimum":1e999999999}`:                                        "exponent",
		`{"a":"` + strings.Repeat("x", MaxSchemaBytes) + `"}`:            "bytes",
		strings.Repeat(`{"not":`, 70) + "true" + strings.Repeat("}", 70): "deeper",
		doubling.String():                                                "parts",
		chain.String():                                                   "deeper",
	} {
		_, err := CompileSchema(schema)
		require.ErrorIs(t, err, ErrSchema, "%q", shorten(schema))
		require.ErrorContains(t, err, reason, "%q", shorten(schema))
	}
}

func TestSchemaRefusesWorkByTheSizesAlone(t *testing.T) {
	t.Parallel()
	wide, err := CompileSchema(`{"items":{"allOf":[` + strings.Repeat("{},", 1000) + `{}]}}`)
	require.NoError(t, err)
	_, err = wide.Score(`[` + strings.Repeat("1,", 2000) + `1]`)
	require.ErrorIs(t, err, ErrTooComplex)
	_, err = wide.Score(strings.Repeat(" ", MaxAnswerBytes) + "1")
	require.ErrorIs(t, err, ErrTooLong)

	long, err := CompileSchema(`{"allOf":[` + strings.Repeat(`{"format":"uri"},`, 1000) + `{}]}`)
	require.NoError(t, err)
	_, err = long.Score(`"` + strings.Repeat("x", 60_000) + `"`)
	require.ErrorIs(t, err, ErrTooComplex)

	slow, err := CompileSchema(`{"allOf":[` + strings.Repeat(`{"pattern":"(x+x+)+y{500}"},`, 10) + `{}]}`)
	require.NoError(t, err)
	_, err = slow.Score(`"` + strings.Repeat("x", 60_000) + `"`)
	require.ErrorIs(t, err, ErrTooComplex)
}

func FuzzSchema(f *testing.F) {
	f.Add(productSchema, `{"productId":1}`)
	f.Add(`{"$ref":"#/$defs/a","$defs":{"a":{"enum":[1,"x"]}}}`, `1`)
	f.Add(`{"dependencies":{"a":["b"]},"not":{"multipleOf":0.01}}`, `{"a":1e-400}`)
	f.Add(`{"uniqueItems":true,"contains":{"format":"uri"},"minContains":0}`, `["(",1,1.0,[],{}]`)
	f.Fuzz(func(t *testing.T, text, answer string) {
		schema, err := CompileSchema(text)
		if err != nil {
			require.ErrorIs(t, err, ErrSchema)
			require.NotContains(t, err.Error(), "validator of schemas failed")
			return
		}
		score, err := schema.Score(answer)
		if err != nil {
			require.NotErrorIs(t, err, ErrSchema, "the library panicked")
			require.Zero(t, score)
		}
		again, _ := schema.Score(answer)
		require.Equal(t, score, again)
	})
}
