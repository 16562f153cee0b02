package benchmark

import (
	"strings"

	"github.com/agora-network/agora/benchmark/formula"
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
		return lastNumber(completion)
	case spec.EXTRACTION_CODE:
		completion = formula.ExtractProgram(completion)
	case spec.EXTRACTION_JSON:
		return firstJSON(completion)
	}
	return strings.Trim(completion, whiteSpace)
}

// lastNumber returns the last run of digits with what belongs to a number around it: a
// sign, a decimal point with digits behind it, commas between groups, an exponent, or a
// fraction bar between two of them. Empty when there is no digit.
func lastNumber(text string) string {
	end := strings.LastIndexFunc(text, isDigit) + 1
	if end == 0 {
		return ""
	}
	start := end
	for start > 0 {
		switch c := text[start-1]; {
		case c >= '0' && c <= '9':
		case (c == '.' || c == ',' || c == '/') && start > 1 && text[start-2] >= '0' && text[start-2] <= '9':
		case (c == 'e' || c == 'E') && start > 1 && text[start-2] >= '0' && text[start-2] <= '9':
		case (c == '-' || c == '+') && start > 2 && (text[start-2] == 'e' || text[start-2] == 'E') && text[start-3] >= '0' && text[start-3] <= '9':
		case (c == '-' || c == '+') && (start == 1 || !isWordByte(text[start-2])):
			return text[start-1 : end]
		default:
			return text[start:end]
		}
		start--
	}
	return text[:end]
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// isWordByte tells a sign from the hyphen of a word or the minus between two numbers.
func isWordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80 || c == ')' || c == '_'
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
