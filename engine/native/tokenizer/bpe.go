package tokenizer

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// model turns one word into tokens.
type model interface {
	encode(to []int32, word string) ([]int32, error)
}

// pair is two neighbouring tokens.
type pair struct{ left, right int32 }

// merge is what a pair becomes, and its place in the list of merges.
type merge struct{ rank, id int32 }

// bpe is byte-pair encoding by a list of merges.
type bpe struct {
	ids    map[string]int32 // by written form
	merges map[pair]merge
	// byteLevel says that words are bytes, written in the alphabet. Otherwise
	// they are characters, and a character without a token is spelled in bytes.
	byteLevel bool
	bytes     [256]int32 // the token of each byte, -1 for none
	// whole says that a word that is a token is not built from merges.
	whole bool
	// unknown stands for a character without tokens, -1 for none; fuse puts one
	// for a run of them.
	unknown int32
	fuse    bool
}

// newBPE checks that the merges and the vocabulary agree. Each merge is two
// tokens whose written forms together are a third.
func newBPE(l *listing, merges [][2]string, byteLevel bool) (*bpe, error) {
	b := &bpe{ids: l.ids, merges: make(map[pair]merge, len(merges)), byteLevel: byteLevel, unknown: -1}
	for rank, parts := range merges {
		left, okLeft := l.ids[parts[0]]
		right, okRight := l.ids[parts[1]]
		id, okJoined := l.ids[parts[0]+parts[1]]
		if !okLeft || !okRight || !okJoined {
			return nil, fmt.Errorf("%w: merge %d of %q and %q is not made of tokens of the vocabulary", ErrMalformed, rank, parts[0], parts[1])
		}
		if _, twice := b.merges[pair{left, right}]; !twice {
			b.merges[pair{left, right}] = merge{int32(rank), id}
		}
	}
	b.findBytes(l.ids)
	return b, nil
}

func (b *bpe) findBytes(ids map[string]int32) {
	for value := range b.bytes {
		written := fmt.Sprintf("<0x%02X>", value)
		if b.byteLevel {
			written = string(alphabet[value])
		}
		id, ok := ids[written]
		if !ok {
			id = -1
		}
		b.bytes[value] = id
	}
}

// encode implements model.
func (b *bpe) encode(to []int32, word string) ([]int32, error) {
	if b.whole {
		if id, ok := b.ids[b.written(word)]; ok {
			return append(to, id), nil
		}
	}
	m := merger{join: func(left, right *symbol) (int32, int32, bool) {
		found, ok := b.merges[pair{left.id, right.id}]
		return found.rank, found.id, ok
	}}
	if err := b.spell(&m, word); err != nil {
		return nil, err
	}
	m.run()
	for i := range m.symbols {
		if !m.symbols[i].gone {
			to = append(to, m.symbols[i].id)
		}
	}
	return to, nil
}

// written is the form in which the vocabulary writes a word.
func (b *bpe) written(word string) string {
	if !b.byteLevel {
		return word
	}
	var text strings.Builder
	for i := range len(word) {
		text.WriteRune(alphabet[word[i]])
	}
	return text.String()
}

// spell puts the word's smallest tokens into m.
func (b *bpe) spell(m *merger, word string) error {
	if b.byteLevel {
		m.symbols = make([]symbol, 0, len(word))
		for i := range len(word) {
			id := b.bytes[word[i]]
			if id < 0 {
				id = b.unknown
			}
			if id < 0 {
				return fmt.Errorf("%w: byte %#02x", ErrNoToken, word[i])
			}
			m.add(id, i, i+1)
		}
		return nil
	}
	m.symbols = make([]symbol, 0, utf8.RuneCountInString(word))
	open := false // the last symbol is an unknown that the next may join
	for start, r := range word {
		end := start + utf8.RuneLen(r)
		if id, ok := b.ids[word[start:end]]; ok {
			m.add(id, start, end)
			open = false
			continue
		}
		if b.spellBytes(m, word, start, end) {
			open = false
			continue
		}
		switch {
		case b.unknown < 0:
			return fmt.Errorf("%w: character %q", ErrNoToken, r)
		case open && b.fuse:
			m.symbols[len(m.symbols)-1].end = int32(end)
		default:
			m.add(b.unknown, start, end)
			open = true
		}
	}
	return nil
}

// spellBytes spells a character in byte tokens, if there are all.
func (b *bpe) spellBytes(m *merger, word string, start, end int) bool {
	for i := start; i < end; i++ {
		if b.bytes[word[i]] < 0 {
			return false
		}
	}
	for i := start; i < end; i++ {
		m.add(b.bytes[word[i]], i, i+1)
	}
	return true
}

// noBytes makes characters without a token unknown instead of spelled in bytes.
func (b *bpe) noBytes() {
	for i := range b.bytes {
		b.bytes[i] = -1
	}
}
