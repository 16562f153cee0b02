package metric

import "strings"

// tokenize13a cuts a text as the program mteval-v13a of the WMT evaluations does, in
// the form of sacreBLEU's tokenizer "13a". The four passes are its four regular
// expressions, which all look at single characters of ASCII, so bytes suffice and texts
// that are not UTF-8 keep their bytes.
func tokenize13a(text string) []string {
	text = strings.TrimRightFunc(text, isSpace)
	text = strings.ReplaceAll(text, "<skipped>", "")
	text = strings.ReplaceAll(text, "-\n", "")
	text = strings.ReplaceAll(text, "\n", " ")
	if strings.Contains(text, "&") {
		// One after the other: "&amp;lt;" becomes "<".
		text = strings.ReplaceAll(text, "&quot;", `"`)
		text = strings.ReplaceAll(text, "&amp;", "&")
		text = strings.ReplaceAll(text, "&lt;", "<")
		text = strings.ReplaceAll(text, "&gt;", ">")
	}
	from := make([]byte, 0, 2*len(text)+2)
	from = append(from, ' ')
	from = append(from, text...)
	from = append(from, ' ')
	to := make([]byte, 0, 2*len(text)+2)

	// Most marks stand alone.
	for _, c := range from {
		if isSplit13a(c) {
			to = append(to, ' ', c, ' ')
		} else {
			to = append(to, c)
		}
	}
	// A period or comma is cut off unless it follows a digit.
	from = splitPairs(to, from[:0], func(a, b byte) bool { return !isDigit(a) && isPoint(b) }, 1)
	// Or unless a digit follows it.
	to = splitPairs(from, to[:0], func(a, b byte) bool { return isPoint(a) && !isDigit(b) }, 0)
	// A dash is cut off after a digit.
	from = splitPairs(to, from[:0], func(a, b byte) bool { return isDigit(a) && b == '-' }, 1)
	return words(string(from))
}

// splitPairs copies a text and sets spaces around the mark, the first (0) or second (1)
// byte, of every pair that matches. A byte belongs to one pair only, the leftmost.
func splitPairs(from, to []byte, match func(a, b byte) bool, mark int) []byte {
	for i := 0; i < len(from); i++ {
		if i+1 == len(from) || !match(from[i], from[i+1]) {
			to = append(to, from[i])
			continue
		}
		if mark == 0 {
			to = append(to, ' ', from[i], ' ', from[i+1])
		} else {
			to = append(to, from[i], ' ', from[i+1], ' ')
		}
		i++
	}
	return to
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isPoint(c byte) bool { return c == '.' || c == ',' }

// isSplit13a tells the marks that always stand alone: all of ASCII but ' , - and .
func isSplit13a(c byte) bool {
	switch {
	case '{' <= c && c <= '~', '[' <= c && c <= '`', ' ' <= c && c <= '&',
		'(' <= c && c <= '+', ':' <= c && c <= '@', c == '/':
		return true
	}
	return false
}
