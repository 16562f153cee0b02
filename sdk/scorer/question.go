package scorer

// Question is what a generator makes: what is asked and what is needed to score an
// answer. All texts must be UTF-8.
type Question struct {
	// Family is the kind of question, for reports; at most 64 bytes, may be empty.
	Family string
	// Prompt is the text of the user's message, never empty.
	Prompt string
	// Expected is the right answer or the reference.
	Expected string
	// Alternatives are further right answers or references, at most 16.
	Alternatives []string
	// Tests is the program that the scorer "tests" runs against an answer.
	Tests string
	// Schema is the JSON schema that the scorer "json-schema" holds an answer to.
	Schema string
	// Data is whatever else a scorer of the author needs.
	Data string
}

// AppendJSON appends the question as JSON, empty fields left out.
func (q *Question) AppendJSON(out []byte) []byte {
	first := true
	name := func(key string) {
		if !first {
			out = append(out, ',')
		}
		first = false
		out = append(appendJSONText(out, key), ':')
	}
	field := func(key, value string) {
		if value != "" {
			name(key)
			out = appendJSONText(out, value)
		}
	}
	out = append(out, '{')
	field("family", q.Family)
	field("prompt", q.Prompt)
	field("expected", q.Expected)
	if len(q.Alternatives) > 0 {
		name("alternatives")
		for i, alternative := range q.Alternatives {
			out = append(out, "[,"[min(i, 1)])
			out = appendJSONText(out, alternative)
		}
		out = append(out, ']')
	}
	field("tests", q.Tests)
	field("schema", q.Schema)
	field("data", q.Data)
	return append(out, '}')
}

func appendJSONText(out []byte, text string) []byte {
	const hex = "0123456789abcdef"
	out = append(out, '"')
	for i := range len(text) {
		switch b := text[i]; {
		case b == '"' || b == '\\':
			out = append(out, '\\', b)
		case b < ' ':
			out = append(out, '\\', 'u', '0', '0', hex[b>>4], hex[b&15])
		default:
			out = append(out, b)
		}
	}
	return append(out, '"')
}
