package tokenizer

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A splitter appends the words of a text to a list. Their concatenation is the
// text.
type splitter func(to []string, text string) []string

// class says what a character is for the splitters.
type class uint8

const (
	other class = iota
	letter
	number
	blank
	none // the end of the text
)

// classify returns the class and length of the first character.
func classify(text string) (class, int) {
	if text == "" {
		return none, 0
	}
	if c := text[0]; c < utf8.RuneSelf {
		switch {
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z':
			return letter, 1
		case '0' <= c && c <= '9':
			return number, 1
		case c == ' ' || '\t' <= c && c <= '\r':
			return blank, 1
		}
		return other, 1
	}
	r, size := utf8.DecodeRuneInString(text)
	switch {
	case unicode.Is(unicode.L, r):
		return letter, size
	case unicode.Is(unicode.N, r):
		return number, size
	case unicode.IsSpace(r):
		return blank, size
	}
	return other, size
}

// run is the length of the characters of class c that begin the text, at most
// limit of them.
func run(text string, c class, limit int) int {
	length := 0
	for ; limit > 0; limit-- {
		found, size := classify(text[length:])
		if found != c {
			break
		}
		length += size
	}
	return length
}

const unlimited = int(^uint(0) >> 1)

// blanks is the length of the white space that makes a word at the beginning of
// text: all of it at the end of a text, otherwise all but the last character,
// which belongs to the next word (\s+(?!\S)|\s+).
func blanks(text string) int {
	length := run(text, blank, unlimited)
	if length == len(text) {
		return length
	}
	_, last := utf8.DecodeLastRuneInString(text[:length])
	if length > last {
		return length - last
	}
	return length
}

// contraction is the length of an English contraction, such as 's or 'll.
func contraction(text string, anyCase bool) int {
	if len(text) < 2 || text[0] != '\'' {
		return 0
	}
	for _, ending := range [...]string{"s", "t", "re", "ve", "m", "ll", "d"} {
		rest := text[1:]
		switch {
		case strings.HasPrefix(rest, ending):
			return 1 + len(ending)
		case anyCase && len(rest) >= len(ending) && strings.EqualFold(rest[:len(ending)], ending):
			return 1 + len(ending)
		case anyCase && ending == "s" && strings.HasPrefix(rest, "\u017f"): // folds to s
			return 1 + len("\u017f")
		}
	}
	return 0
}

// splitGPT2 cuts as GPT-2's expression does:
//
//	's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
func splitGPT2(to []string, text string) []string {
	for text != "" {
		n := contraction(text, false)
		if n == 0 {
			n = spacedRun(text)
		}
		if n == 0 {
			n = blanks(text)
		}
		to, text = append(to, text[:n]), text[n:]
	}
	return to
}

// spacedRun is the length of a run of letters, numbers or other characters with
// one space before it, or none.
func spacedRun(text string) int {
	skip := 0
	if text[0] == ' ' {
		skip = 1
	}
	c, _ := classify(text[skip:])
	if c == blank || c == none {
		return 0
	}
	return skip + run(text[skip:], c, unlimited)
}

// splitLlama3 returns a splitter that cuts as Llama 3's expression does, with
// digits in groups of up to three, and as Qwen 2's with digits one by one:
//
//	(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|
//	 ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
func splitLlama3(digits int) splitter {
	return func(to []string, text string) []string {
		for text != "" {
			n := contraction(text, true)
			if n == 0 {
				n = llama3Word(text, digits)
			}
			to, text = append(to, text[:n]), text[n:]
		}
		return to
	}
}

func llama3Word(text string, digits int) int {
	c, size := classify(text)
	switch c {
	case letter:
		return run(text, letter, unlimited)
	case number:
		return run(text, number, digits)
	}
	if text[0] != '\r' && text[0] != '\n' {
		if n := run(text[size:], letter, unlimited); n > 0 {
			return size + n
		}
	}
	skip := 0
	if text[0] == ' ' {
		skip = 1
	}
	if n := run(text[skip:], other, unlimited); n > 0 {
		n += skip
		for n < len(text) && (text[n] == '\r' || text[n] == '\n') {
			n++
		}
		return n
	}
	// White space: up to its last line end, if it has one.
	space := text[:run(text, blank, unlimited)]
	if end := strings.LastIndexAny(space, "\r\n"); end >= 0 {
		return end + 1
	}
	return blanks(text)
}

// splitDigits cuts numbers from everything else, one by one or in runs.
func splitDigits(individual bool) splitter {
	limit := unlimited
	if individual {
		limit = 1
	}
	return func(to []string, text string) []string {
		begin := 0
		for i := 0; i < len(text); {
			c, size := classify(text[i:])
			if c != number {
				i += size
				continue
			}
			if i > begin {
				to = append(to, text[begin:i])
			}
			n := run(text[i:], number, limit)
			to = append(to, text[i:i+n])
			i += n
			begin = i
		}
		if begin < len(text) {
			to = append(to, text[begin:])
		}
		return to
	}
}

// splitSpaces cuts before each mark, SentencePiece's way to write spaces.
func splitSpaces(mark string) splitter {
	return func(to []string, text string) []string {
		for text != "" {
			begin, end := 0, len(text)
			if strings.HasPrefix(text, mark) {
				begin = len(mark)
			}
			if next := strings.Index(text[begin:], mark); next >= 0 {
				end = begin + next
			}
			to, text = append(to, text[:end]), text[end:]
		}
		return to
	}
}

// splitBeforeRuns cuts before each run of marks that follows something else.
func splitBeforeRuns(mark string) splitter {
	return func(to []string, text string) []string {
		for text != "" {
			begin := len(text) - len(strings.TrimLeft(text, mark))
			end := len(text)
			if next := strings.Index(text[begin:], mark); next >= 0 {
				end = begin + next
			}
			to, text = append(to, text[:end]), text[end:]
		}
		return to
	}
}

// then applies second to each word of first.
func then(first, second splitter) splitter {
	if first == nil {
		return second
	}
	return func(to []string, text string) []string {
		for _, word := range first(nil, text) {
			to = second(to, word)
		}
		return to
	}
}
