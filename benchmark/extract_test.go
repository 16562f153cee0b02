package benchmark_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/spec"
)

func TestTheAnswerIsTakenOutOfACompletion(t *testing.T) {
	for name, c := range map[string]struct {
		how        spec.Extraction
		completion string
		want       string
	}{
		"the whole of it, trimmed":                  {spec.EXTRACTION_WHOLE, " \n a b \t\r\n", "a b"},
		"the last line that is not blank":           {spec.EXTRACTION_LAST_LINE, "first\nthe answer \n \n", "the answer"},
		"the only line":                             {spec.EXTRACTION_LAST_LINE, "42", "42"},
		"no line at all":                            {spec.EXTRACTION_LAST_LINE, "\n\n", ""},
		"the last number":                           {spec.EXTRACTION_LAST_NUMBER, "12 apples less 5 are 7 apples.", "7"},
		"a number with its sign and its fraction":   {spec.EXTRACTION_LAST_NUMBER, "x = -1,234.50", "-1,234.50"},
		"no number":                                 {spec.EXTRACTION_LAST_NUMBER, "I do not know", ""},
		"the block marked as a program":             {spec.EXTRACTION_CODE, "Try:\n```sh\nls\n```\nor\n```python\nx = 1\n```\n", "x = 1"},
		"no block at all":                           {spec.EXTRACTION_CODE, "x = 1\n", "x = 1"},
		"a block that is not closed":                {spec.EXTRACTION_CODE, "```\nx = 1", "x = 1"},
		"the first JSON document":                   {spec.EXTRACTION_JSON, "Here: {\"a\": [1, {\"b\": \"}\"}]} and {\"c\": 2}", `{"a": [1, {"b": "}"}]}`},
		"a quote and a bracket within a string":     {spec.EXTRACTION_JSON, `{"a":"\"]}"}x`, `{"a":"\"]}"}`},
		"a document in a fence":                     {spec.EXTRACTION_JSON, "```json\n[1]\n```", "[1]"},
		"a document that is not closed":             {spec.EXTRACTION_JSON, `so {"a": 1`, `{"a": 1`},
		"brackets that close nothing":               {spec.EXTRACTION_JSON, "}]", ""},
		"a backslash at the end":                    {spec.EXTRACTION_JSON, `{"a\`, `{"a\`},
		"an extraction of a later version is whole": {spec.Extraction(99), " a ", "a"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, benchmark.Extract(c.how, c.completion))
		})
	}
}

func TestAnAnswerIsAlwaysAPartOfItsCompletion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		completion := rapid.OneOf(rapid.String(), rapid.StringMatching("([{}\\[\\]\"\\\\`\n=,.0-9e+-]|```)*")).Draw(t, "completion")
		for how := spec.EXTRACTION_WHOLE; how <= spec.EXTRACTION_JSON; how++ {
			if how == spec.EXTRACTION_CODE && strings.Contains(completion, "\r\n") {
				continue // programs have line feeds
			}
			require.Contains(t, completion, benchmark.Extract(how, completion))
		}
	})
}
