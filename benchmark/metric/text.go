package metric

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// isSpace tells white space as Python's str.split does, which all reference
// implementations build upon: Unicode's property White_Space and the separators
// U+001C to U+001F.
func isSpace(r rune) bool {
	return 0x1c <= r && r <= 0x1f || unicode.IsSpace(r)
}

// words cuts a text at its white space.
func words(text string) []string { return strings.FieldsFunc(text, isSpace) }

// isWord tells what Python's \w matches: letters, numbers of every script and the
// underscore.
func isWord(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r)
}

// lower is Python's str.lower: the simple mappings of Unicode and its two exceptions
// that are longer or depend on the neighbours. İ becomes i with a dot above, and Σ at
// the end of a word becomes ς. Bytes that are not UTF-8 become U+FFFD. Linear.
func lower(text string) string {
	if isASCII(text) {
		return strings.ToLower(text)
	}
	var out strings.Builder
	out.Grow(len(text) + len(text)/8)
	afterCased := false // the last character that is not ignorable has a case
	for i, r := range text {
		switch {
		case r == 'İ':
			out.WriteString("i\u0307")
		case r == 'Σ' && afterCased && !casedFollows(text[i+len("Σ"):]):
			out.WriteRune('ς')
		default:
			out.WriteRune(unicode.ToLower(r))
		}
		if !isCaseIgnorable(r) {
			afterCased = isCased(r)
		}
	}
	return out.String()
}

func casedFollows(text string) bool {
	for _, r := range text {
		if !isCaseIgnorable(r) {
			return isCased(r)
		}
	}
	return false
}

// isCased is Unicode's property Cased.
func isCased(r rune) bool {
	return unicode.In(r, unicode.Lu, unicode.Ll, unicode.Lt, unicode.Other_Lowercase, unicode.Other_Uppercase)
}

// midWord are the marks that Unicode lets stand within a word.
const midWord = "'.:\u00b7\u0387\u055f\u05f4\u2018\u2019\u2024\u2027\ufe13\ufe52\ufe55\uff07\uff0e\uff1a"

// isCaseIgnorable is Unicode's property Case_Ignorable.
func isCaseIgnorable(r rune) bool {
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Lm, unicode.Sk) || strings.ContainsRune(midWord, r)
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// intern numbers the symbols of several sequences from 1, in the order in which they
// are met, so that equal symbols have equal numbers.
type intern map[string]uint32

func (seen intern) all(symbols []string) []uint32 {
	numbers := make([]uint32, len(symbols))
	for i, symbol := range symbols {
		number, ok := seen[symbol]
		if !ok {
			number = uint32(len(seen)) + 1
			seen[symbol] = number
		}
		numbers[i] = number
	}
	return numbers
}

// runes returns the code points of a text; each byte that is not UTF-8 counts as one
// U+FFFD.
func runes(text string) []uint32 {
	out := make([]uint32, 0, len(text))
	for _, r := range text {
		out = append(out, uint32(r))
	}
	return out
}

// trimSpace drops the white space at both ends.
func trimSpace(text string) string { return strings.TrimFunc(text, isSpace) }
