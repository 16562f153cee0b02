package tokenizer

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// added is a token that is found in the text before it is cut into words.
type added struct {
	id      int32
	written string
	// control tokens are only found in markup.
	control bool
	// word: only between characters that are not letters, digits or '_'.
	word bool
	// trimLeft and trimRight: the white space beside it belongs to it.
	trimLeft, trimRight bool
}

// finder finds added tokens, the longest of those that begin at a place.
type finder struct {
	tokens []added
	// next holds the edges of a trie: node and byte lead to a node. Node 0 is the root.
	next map[uint32]uint32
	// ends holds the token that a node completes, as an index, or -1.
	ends  []int32
	first [256]bool // whether any token begins with that byte
}

func newFinder() *finder { return &finder{next: map[uint32]uint32{}, ends: []int32{-1}} }

// maxNodes bounds the trie; an edge is node<<8 | byte in 32 bits.
const maxNodes = 1 << 22

func (f *finder) add(token added) error {
	switch {
	case token.written == "" || !utf8.ValidString(token.written):
		return fmt.Errorf("%w: added token %d is %q, must be text", ErrMalformed, token.id, token.written)
	case len(token.written) > MaxTokenBytes:
		return fmt.Errorf("%w: added token %d is %d bytes long, at most %d are accepted", ErrMalformed, token.id, len(token.written), MaxTokenBytes)
	case len(f.tokens) >= MaxAdded || len(f.ends)+len(token.written) > maxNodes:
		return fmt.Errorf("%w: too many or too long added tokens", ErrMalformed)
	}
	node := uint32(0)
	for i := range len(token.written) {
		edge := node<<8 | uint32(token.written[i])
		child, ok := f.next[edge]
		if !ok {
			child = uint32(len(f.ends))
			f.ends = append(f.ends, -1)
			f.next[edge] = child
		}
		node = child
	}
	if f.ends[node] >= 0 {
		return fmt.Errorf("%w: added token %q appears twice", ErrMalformed, token.written)
	}
	f.first[token.written[0]] = true
	f.ends[node] = int32(len(f.tokens))
	f.tokens = append(f.tokens, token)
	return nil
}

// named returns the added token that is written so.
func (f *finder) named(text string) *added {
	node := uint32(0)
	for i := range len(text) {
		child, ok := f.next[node<<8|uint32(text[i])]
		if !ok {
			return nil
		}
		node = child
	}
	if f.ends[node] < 0 {
		return nil
	}
	return &f.tokens[f.ends[node]]
}

// at returns the longest added token at a place of the text.
func (f *finder) at(text string, place int, markup bool) *added {
	if !f.first[text[place]] {
		return nil
	}
	var best *added
	node := uint32(0)
	for i := place; i < len(text); i++ {
		child, ok := f.next[node<<8|uint32(text[i])]
		if !ok {
			break
		}
		node = child
		if f.ends[node] >= 0 {
			if token := &f.tokens[f.ends[node]]; (markup || !token.control) && (!token.word || alone(text, place, i+1)) {
				best = token
			}
		}
	}
	return best
}

// alone reports whether no letter, digit or '_' stands beside text[begin:end].
func alone(text string, begin, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:begin])
	after, _ := utf8.DecodeRuneInString(text[end:])
	return !(begin > 0 && wordly(before)) && !(end < len(text) && wordly(after))
}

func wordly(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) }

// segment is a stretch of text, or an added token.
type segment struct {
	text  string
	token *added
	first bool // nothing precedes it
}

// segments cuts pieces at their added tokens and joins what remains between them.
func (f *finder) segments(pieces []Piece) []segment {
	var out []segment
	var open strings.Builder
	trim := false // the last token takes the white space that follows
	flush := func(next *added) {
		text := open.String()
		open.Reset()
		if trim {
			text = strings.TrimLeftFunc(text, unicode.IsSpace)
		}
		if next != nil && next.trimLeft {
			text = strings.TrimRightFunc(text, unicode.IsSpace)
		}
		if text != "" {
			out = append(out, segment{text: text, first: len(out) == 0})
		}
	}
	for _, piece := range pieces {
		rest := 0
		for i := 0; i < len(piece.Text); {
			token := f.at(piece.Text, i, piece.Markup)
			if token == nil {
				i++
				continue
			}
			open.WriteString(piece.Text[rest:i])
			flush(token)
			out = append(out, segment{token: token})
			trim = token.trimRight
			i += len(token.written)
			rest = i
		}
		open.WriteString(piece.Text[rest:])
	}
	flush(nil)
	return out
}
