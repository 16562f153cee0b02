package benchmark

import (
	"strings"

	"github.com/agora-network/agora/benchmark/formula"
	"github.com/agora-network/agora/benchmark/metric"
	"github.com/agora-network/agora/benchmark/spec"
)

// whiteSpace is what an answer is trimmed of.
const whiteSpace = " \t\r\n"

// Extract returns the part of a completion that is the answer. Its work grows with the
// length of the completion only, and the answer shares the memory of it.
func Extract(extraction spec.Extraction, completion string) string {
	switch extraction {
	case spec.EXTRACTION_AFTER_LAST_EQUALS:
		completion = completion[strings.LastIndexByte(completion, '=')+1:]
	case spec.EXTRACTION_LAST_LINE:
		completion = strings.TrimRight(completion, whiteSpace)
		completion = completion[strings.LastIndexByte(completion, '\n')+1:]
	case spec.EXTRACTION_LAST_NUMBER:
		return metric.LastNumberText(completion)
	case spec.EXTRACTION_CODE:
		completion = formula.ExtractProgram(completion)
	case spec.EXTRACTION_JSON:
		return firstJSON(completion)
	}
	return strings.Trim(completion, whiteSpace)
}

// firstJSON returns the text from the first bracket or brace to the one that closes it,
// strings being skipped; up to the end of the text when nothing closes it, and nothing
// when there is none.
func firstJSON(text string) string {
	start := strings.IndexAny(text, "{[")
	if start < 0 {
		return ""
	}
	depth, inString := 0, false
	for at := start; at < len(text); at++ {
		switch c := text[at]; {
		case inString && c == '\\':
			at++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				return text[start : at+1]
			}
		}
	}
	return text[start:]
}
