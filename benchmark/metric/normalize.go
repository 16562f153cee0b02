package metric

import "strings"

// isPunctuation tells the 32 punctuation marks of ASCII, Python's string.punctuation.
func isPunctuation(r rune) bool {
	return '!' <= r && r <= '/' || ':' <= r && r <= '@' || '[' <= r && r <= '`' || '{' <= r && r <= '~'
}

// Normalize brings an answer into the form in which SQuAD compares: in lower case,
// without punctuation, without the English articles "a", "an" and "the", and with
// single spaces between its words and none around them.
//
// As in the official script, only the 32 punctuation marks of ASCII are removed (those
// of Unicode, such as “ and —, stay), a mark leaves no gap ("don't" becomes "dont"),
// case and white space are Unicode's, and an article ends where letters, numbers and
// combining marks of any script do not go on. No Unicode normalisation takes place: é
// as one code point differs from e with an accent. The result follows the Unicode
// tables of the Go release that this program is built with, which matters only for
// characters assigned later. Bytes that are not UTF-8 may become U+FFFD. Linear.
func Normalize(text string) string {
	text = strings.Map(func(r rune) rune {
		if isPunctuation(r) {
			return -1
		}
		return r
	}, lower(text))
	var out strings.Builder
	out.Grow(len(text))
	for _, word := range words(withoutArticles(text)) {
		if out.Len() > 0 {
			out.WriteByte(' ')
		}
		out.WriteString(word)
	}
	return out.String()
}

// withoutArticles replaces the articles that stand between word boundaries by spaces.
func withoutArticles(text string) string {
	var out strings.Builder
	out.Grow(len(text))
	rest := text
	for rest != "" {
		start := strings.IndexFunc(rest, isWord)
		if start < 0 {
			break
		}
		out.WriteString(rest[:start])
		rest = rest[start:]
		end := strings.IndexFunc(rest, func(r rune) bool { return !isWord(r) })
		if end < 0 {
			end = len(rest)
		}
		switch word := rest[:end]; word {
		case "a", "an", "the":
			out.WriteByte(' ')
		default:
			out.WriteString(word)
		}
		rest = rest[end:]
	}
	out.WriteString(rest)
	return out.String()
}

// NormalizedExact gives [One] to an answer that equals a reference after [Normalize],
// else 0. It is SQuAD's exact match. Linear.
func NormalizedExact(answer string, references []string) (int64, error) {
	if err := check(answer, references); err != nil {
		return 0, err
	}
	normal := Normalize(answer)
	return best(references, func(reference string) int64 {
		if Normalize(reference) == normal {
			return One
		}
		return 0
	}), nil
}
