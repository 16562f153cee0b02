package tokenizer

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Subwords is a tokenizer that cuts text into words and builds each word from
// the tokens of a vocabulary.
type Subwords struct {
	vocabulary vocabulary
	added      *finder
	normalise  []step
	split      splitter // nil: a text is one word
	// front is put before a text that does not begin with it: a space for
	// byte-level tokenizers that ask for one, SentencePiece's mark for others.
	front string
	// frontFirst puts front only before the very first text, not after each
	// added token.
	frontFirst bool
	// spaces replaces spaces by SentencePiece's mark before front is put.
	spaces string
	model  model
	begin  []int32
	// stripFirst removes one space from the beginning of a decoded text, where
	// front put one.
	stripFirst bool
	longest    int
	base       int // see Base
	shrink     int // the most by which normalisation makes a text shorter
}

var _ Tokenizer = (*Subwords)(nil)

// Size implements Tokenizer.
func (s *Subwords) Size() int { return s.vocabulary.size() }

// Base implements Tokenizer.
func (s *Subwords) Base() int { return s.base }

// Longest implements Tokenizer.
func (s *Subwords) Longest() int { return s.longest }

// Encode implements Tokenizer.
func (s *Subwords) Encode(pieces []Piece, begin bool) ([]int32, error) {
	if err := checkLength(pieces); err != nil {
		return nil, err
	}
	for i, piece := range pieces {
		if !utf8.ValidString(piece.Text) {
			return nil, fmt.Errorf("%w: piece %d of %d", ErrInvalidUTF8, i+1, len(pieces))
		}
	}
	var tokens []int32
	if begin {
		tokens = append(tokens, s.begin...)
	}
	for _, part := range s.added.segments(pieces) {
		if part.token != nil {
			tokens = append(tokens, part.token.id)
			continue
		}
		var err error
		if tokens, err = s.encodeText(tokens, part.text, part.first); err != nil {
			return nil, err
		}
	}
	return tokens, nil
}

func (s *Subwords) encodeText(to []int32, text string, first bool) ([]int32, error) {
	var err error
	for _, step := range s.normalise {
		if text, err = step(text); err != nil {
			return nil, err
		}
	}
	if s.spaces != "" {
		text = strings.ReplaceAll(text, " ", s.spaces)
	}
	if s.front != "" && (first || !s.frontFirst) && !strings.HasPrefix(text, s.front) {
		text = s.front + text
	}
	words := []string{text}
	if s.split != nil {
		words = s.split(nil, text)
	}
	for _, word := range words {
		if to, err = s.model.encode(to, word); err != nil {
			return nil, err
		}
	}
	return to, nil
}

// Append implements Tokenizer.
func (s *Subwords) Append(to []byte, token int32) []byte {
	return append(to, s.vocabulary.bytes(token)...)
}

// Decode implements Tokenizer.
func (s *Subwords) Decode(tokens []int32) string {
	text := decode(s, tokens)
	if s.stripFirst {
		text = strings.TrimPrefix(text, " ")
	}
	return text
}

// Control implements Tokenizer.
func (s *Subwords) Control(text string) (int32, bool) {
	token := s.added.named(text)
	if token == nil || !token.control {
		return 0, false
	}
	return token.id, true
}

// IsControl implements Tokenizer.
func (s *Subwords) IsControl(token int32) bool {
	return token >= 0 && int(token) < s.Size() && s.vocabulary.kinds[token] == control
}

// Begin returns the tokens that begin every sequence, usually one or none.
func (s *Subwords) Begin() []int32 { return append([]int32(nil), s.begin...) }
