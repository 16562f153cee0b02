package tokenizer

import (
	"fmt"
	"strconv"
	"strings"
)

// kind says what a token is.
type kind uint8

const (
	unused  kind = iota // no token has this id
	normal              // text
	control             // markup: adds no text
)

// vocabulary maps ids to bytes. The bytes of all tokens lie in one slice, so that
// a quarter of a million tokens cost no more than their text.
type vocabulary struct {
	text  []byte
	ends  []uint32 // where token i ends; it begins where token i-1 ends
	kinds []kind
}

func (v *vocabulary) size() int { return len(v.kinds) }

func (v *vocabulary) append(text []byte, k kind) {
	v.text = append(v.text, text...)
	v.ends = append(v.ends, uint32(len(v.text)))
	v.kinds = append(v.kinds, k)
}

func (v *vocabulary) bytes(token int32) []byte {
	if token < 0 || int(token) >= len(v.kinds) || v.kinds[token] != normal {
		return nil
	}
	begin := uint32(0)
	if token > 0 {
		begin = v.ends[token-1]
	}
	return v.text[begin:v.ends[token]]
}

// listing is a vocabulary as files give it: the written form of each id; "" with
// kind unused where there is none.
type listing struct {
	written []string
	kinds   []kind
	ids     map[string]int32
}

// list orders the tokens of a file by id. Every id is taken at most once.
func list(ids map[string]int32) (*listing, error) {
	size := 0
	for text, id := range ids {
		if id < 0 || id >= MaxVocabulary {
			return nil, fmt.Errorf("%w: token %q has id %d, must be 0 to %d", ErrMalformed, text, id, MaxVocabulary-1)
		}
		if len(text) > MaxTokenBytes {
			return nil, fmt.Errorf("%w: token %d is %d bytes long, at most %d are accepted", ErrMalformed, id, len(text), MaxTokenBytes)
		}
		size = max(size, int(id)+1)
	}
	// A file with one token of a huge id must not cost more than it weighs.
	if size > 4*len(ids)+1024 {
		return nil, fmt.Errorf("%w: %d tokens with ids up to %d", ErrMalformed, len(ids), size-1)
	}
	l := &listing{written: make([]string, size), kinds: make([]kind, size), ids: ids}
	for text, id := range ids {
		if l.kinds[id] != unused {
			return nil, fmt.Errorf("%w: tokens %q and %q have the same id %d", ErrMalformed, min(text, l.written[id]), max(text, l.written[id]), id)
		}
		l.written[id], l.kinds[id] = text, normal
	}
	return l, nil
}

// grow makes room for an id and says whether that is reasonable.
func (l *listing) grow(id int32) bool {
	if id < 0 || id >= MaxVocabulary || int(id) > 2*len(l.written)+MaxAdded {
		return false
	}
	for int(id) >= len(l.written) {
		l.written, l.kinds = append(l.written, ""), append(l.kinds, unused)
	}
	return true
}

// alphabet is how GPT-2's byte-level tokenizers write bytes: those that print
// stand for themselves, the others for characters from U+0100 on.
var alphabet, alphabetBytes = byteAlphabet()

func byteAlphabet() (forward [256]rune, back map[rune]byte) {
	back = make(map[rune]byte, 256)
	next := rune(0x100)
	for b := range 256 {
		r := rune(b)
		if b < '!' || b > '~' && b < 0xa1 || b == 0xad {
			r = next
			next++
		}
		forward[b], back[r] = r, byte(b)
	}
	return forward, back
}

// byteLevelText returns the bytes of a token in the byte alphabet; a token with a
// character outside it stands for itself.
func byteLevelText(written string) []byte {
	text := make([]byte, 0, len(written))
	for _, r := range written {
		b, ok := alphabetBytes[r]
		if !ok {
			return []byte(written)
		}
		text = append(text, b)
	}
	return text
}

// space is how SentencePiece writes a space.
const space = "\u2581"

// byteToken parses the written form of a byte that stands alone, such as <0x0A>.
func byteToken(written string) (byte, bool) {
	if len(written) != 6 || !strings.HasPrefix(written, "<0x") || written[5] != '>' {
		return 0, false
	}
	value, err := strconv.ParseUint(written[3:5], 16, 8)
	return byte(value), err == nil
}

// sentenceText returns the bytes of a token as SentencePiece writes it.
func sentenceText(written string) []byte {
	if b, ok := byteToken(written); ok {
		return []byte{b}
	}
	return []byte(strings.ReplaceAll(written, space, " "))
}
