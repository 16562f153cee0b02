package tokenizer

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"
)

// scored is SentencePiece's byte-pair encoding, as GGUF files of Llama 2 have it:
// instead of a list of merges every token has a score, and of all pairs of
// neighbours that together are a token the one with the highest score is merged
// first.
type scored struct {
	// tokens maps a written form to its id and its rank: its place by descending
	// score. Tokens of equal score share a rank, so that the leftmost pair wins.
	tokens  map[string]merge
	bytes   [256]int32
	unknown int32
}

func newScored(l *listing, scores []float32, unknown int32) (*scored, error) {
	if len(scores) != len(l.written) {
		return nil, fmt.Errorf("%w: %d scores for %d tokens", ErrMalformed, len(scores), len(l.written))
	}
	for id, score := range scores {
		if math.IsNaN(float64(score)) {
			return nil, fmt.Errorf("%w: the score of token %d is not a number", ErrMalformed, id)
		}
	}
	order := make([]int32, len(scores))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(scores[b], scores[a]) })
	s := &scored{tokens: make(map[string]merge, len(scores)), unknown: unknown}
	for i := range s.bytes {
		s.bytes[i] = -1
	}
	rank := int32(0)
	for i, id := range order {
		if i > 0 && scores[id] != scores[order[i-1]] {
			rank = int32(i)
		}
		if l.kinds[id] != normal {
			continue
		}
		if value, isByte := byteToken(l.written[id]); isByte {
			s.bytes[value] = id
			continue
		}
		s.tokens[l.written[id]] = merge{rank, id}
	}
	return s, nil
}

// encode implements model.
func (s *scored) encode(to []int32, word string) ([]int32, error) {
	m := merger{
		symbols: make([]symbol, 0, utf8.RuneCountInString(word)),
		join: func(left, right *symbol) (int32, int32, bool) {
			if right.end-left.start > MaxTokenBytes {
				return 0, 0, false // longer than any token; looking would cost its length
			}
			found, ok := s.tokens[word[left.start:right.end]]
			return found.rank, found.id, ok
		},
	}
	for start, r := range word {
		end := start + utf8.RuneLen(r)
		id := int32(-1)
		if found, ok := s.tokens[word[start:end]]; ok {
			id = found.id
		}
		m.add(id, start, end)
	}
	m.run()
	for i := range m.symbols {
		sym := &m.symbols[i]
		switch {
		case sym.gone:
		case sym.id >= 0:
			to = append(to, sym.id)
		default:
			var err error
			if to, err = s.spell(to, word[sym.start:sym.end]); err != nil {
				return nil, err
			}
		}
	}
	return to, nil
}

// spell encodes a character that is no token.
func (s *scored) spell(to []int32, character string) ([]int32, error) {
	for i := range len(character) {
		id := s.bytes[character[i]]
		if id < 0 {
			if s.unknown < 0 {
				return nil, fmt.Errorf("%w: character %q", ErrNoToken, character)
			}
			return append(to[:len(to)-i], s.unknown), nil
		}
		to = append(to, id)
	}
	return to, nil
}
