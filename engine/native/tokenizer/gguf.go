package tokenizer

import (
	"fmt"
	"strings"
)

// GGUF is the tokenizer of a GGUF file, in the terms of its metadata
// (tokenizer.ggml.*).
type GGUF struct {
	// Model is "gpt2" for byte-level merges, "llama" for SentencePiece scores.
	Model string
	// Pre names the way "gpt2" cuts text into words.
	Pre string
	// Tokens lists the written forms by id.
	Tokens []string
	// Types says what each token is, see the constants; nil: all are normal.
	Types []int32
	// Scores has one number per token for "llama".
	Scores []float32
	// Merges has "left right" for "gpt2".
	Merges []string
	// BOS begins a sequence, Unknown stands for what has no token; -1 for none.
	BOS, Unknown int32
	// AddBOS and AddSpace say whether a sequence begins with BOS and a text with a
	// space; nil leaves it to the kind of tokenizer.
	AddBOS, AddSpace *bool
}

// Types of a token in GGUF.
const (
	ggufUnknown = 2
	ggufControl = 3
	ggufUser    = 4
	ggufUnused  = 5
	ggufByte    = 6
	ggufLast    = ggufByte
)

// ways of cutting text by the name that GGUF files give them.
var ways = map[string]struct {
	split splitter
	whole bool // words that are tokens are not built from merges
	begin bool // sequences begin with BOS unless the file says otherwise
}{
	"gpt-2":     {split: splitGPT2},
	"llama-bpe": {split: splitLlama3(3), whole: true, begin: true},
	"llama3":    {split: splitLlama3(3), whole: true, begin: true},
	"llama-v3":  {split: splitLlama3(3), whole: true, begin: true},
	"qwen2":     {split: splitLlama3(1)},
	"smollm":    {split: then(splitDigits(true), splitGPT2)},
	"starcoder": {split: then(splitDigits(true), splitGPT2)},
}

// NewGGUF builds a tokenizer. Errors wrap ErrMalformed or ErrUnsupported.
func NewGGUF(g GGUF) (*Subwords, error) {
	l, err := g.list()
	if err != nil {
		return nil, err
	}
	s := &Subwords{added: newFinder(), shrink: 1}
	if err := g.addTokens(s, l); err != nil {
		return nil, err
	}
	var begin bool
	form := decodesBytes
	switch g.Model {
	case "gpt2":
		way, ok := ways[g.Pre]
		if !ok {
			return nil, fmt.Errorf("%w: text cut into words as %q", ErrUnsupported, g.Pre)
		}
		s.split, begin = way.split, way.begin
		merges, err := g.merges()
		if err != nil {
			return nil, err
		}
		b, err := newBPE(l, merges, true)
		if err != nil {
			return nil, err
		}
		b.whole, b.unknown = way.whole, g.Unknown
		s.model = b
	case "llama":
		begin, form = true, decodesMarksAndBytes
		if s.model, err = newScored(l, g.Scores, g.Unknown); err != nil {
			return nil, err
		}
		if g.AddSpace == nil || *g.AddSpace {
			s.normalise = append(s.normalise, prepend(" "))
			s.stripFirst = true
		}
		s.spaces = space
	default:
		return nil, fmt.Errorf("%w: tokenizer of model %q; gpt2 and llama are known", ErrUnsupported, g.Model)
	}
	if g.AddBOS != nil {
		begin = *g.AddBOS
	}
	if begin && g.BOS >= 0 {
		s.begin = []int32{g.BOS}
	}
	s.separate(l, g.Model == "gpt2")
	s.keep(l, form)
	return s, nil
}

func (g GGUF) list() (*listing, error) {
	if len(g.Tokens) == 0 || len(g.Tokens) > MaxVocabulary {
		return nil, fmt.Errorf("%w: %d tokens, must be 1 to %d", ErrMalformed, len(g.Tokens), MaxVocabulary)
	}
	if g.Types != nil && len(g.Types) != len(g.Tokens) {
		return nil, fmt.Errorf("%w: %d types for %d tokens", ErrMalformed, len(g.Types), len(g.Tokens))
	}
	for name, id := range map[string]int32{"BOS": g.BOS, "unknown": g.Unknown} {
		if id < -1 || int(id) >= len(g.Tokens) {
			return nil, fmt.Errorf("%w: the %s token is %d of %d", ErrMalformed, name, id, len(g.Tokens))
		}
	}
	ids := make(map[string]int32, len(g.Tokens))
	for id, written := range g.Tokens {
		if other, twice := ids[written]; twice {
			return nil, fmt.Errorf("%w: tokens %d and %d are both %q", ErrMalformed, other, id, written)
		}
		ids[written] = int32(id)
	}
	return list(ids)
}

// addTokens finds the tokens that are markup or stand for themselves.
func (g GGUF) addTokens(s *Subwords, l *listing) error {
	for id, t := range g.Types {
		switch {
		case t < 1 || t > ggufLast:
			return fmt.Errorf("%w: token %d is of type %d", ErrMalformed, id, t)
		case t == ggufUnused:
			l.kinds[id] = unused
			continue
		case t == ggufControl || t == ggufUnknown:
			l.kinds[id] = control
		case t != ggufUser:
			continue
		}
		if err := s.added.add(added{id: int32(id), written: l.written[id], control: t != ggufUser}); err != nil {
			return err
		}
	}
	return nil
}

func (g GGUF) merges() ([][2]string, error) {
	if len(g.Merges) > 2*MaxVocabulary {
		return nil, fmt.Errorf("%w: %d merges", ErrMalformed, len(g.Merges))
	}
	merges := make([][2]string, len(g.Merges))
	for i, line := range g.Merges {
		// A token may itself begin with a space in old files, hence from index 1.
		at := -1
		if len(line) > 1 {
			at = strings.IndexByte(line[1:], ' ')
		}
		if at < 0 {
			return nil, fmt.Errorf("%w: merge %d is %q, not two tokens with a space between", ErrMalformed, i, line)
		}
		merges[i] = [2]string{line[:at+1], line[at+2:]}
	}
	return merges, nil
}
