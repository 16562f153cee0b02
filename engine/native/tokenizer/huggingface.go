package tokenizer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// file is the part of a tokenizer.json that decides about tokens. Truncation and
// padding are the caller's business and are left out.
type file struct {
	Added         []addedEntry    `json:"added_tokens"`
	Normalizer    json.RawMessage `json:"normalizer"`
	PreTokenizer  json.RawMessage `json:"pre_tokenizer"`
	PostProcessor json.RawMessage `json:"post_processor"`
	Decoder       json.RawMessage `json:"decoder"`
	Model         modelEntry      `json:"model"`
}

type addedEntry struct {
	ID         int32  `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	LStrip     bool   `json:"lstrip"`
	RStrip     bool   `json:"rstrip"`
	Special    bool   `json:"special"`
}

type modelEntry struct {
	Type         string           `json:"type"`
	Dropout      *float64         `json:"dropout"`
	Unknown      *string          `json:"unk_token"`
	Prefix       *string          `json:"continuing_subword_prefix"`
	Suffix       *string          `json:"end_of_word_suffix"`
	FuseUnknown  bool             `json:"fuse_unk"`
	ByteFallback bool             `json:"byte_fallback"`
	IgnoreMerges bool             `json:"ignore_merges"`
	Vocab        map[string]int32 `json:"vocab"`
	Merges       []mergeEntry     `json:"merges"`
}

// mergeEntry is written "left right", or since 2024 as ["left", "right"].
type mergeEntry [2]string

// UnmarshalJSON implements json.Unmarshaler.
func (m *mergeEntry) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '[' {
		var parts []string
		if err := json.Unmarshal(text, &parts); err != nil {
			return err
		}
		if len(parts) != 2 {
			return fmt.Errorf("%w: a merge of %d parts", ErrMalformed, len(parts))
		}
		m[0], m[1] = parts[0], parts[1]
		return nil
	}
	var line string
	if err := json.Unmarshal(text, &line); err != nil {
		return err
	}
	left, right, ok := strings.Cut(line, " ")
	if !ok || left == "" || right == "" || strings.Contains(right, " ") {
		return fmt.Errorf("%w: merge %q is not two tokens with a space between", ErrMalformed, line)
	}
	m[0], m[1] = left, right
	return nil
}

// ParseHuggingFace reads a tokenizer.json. Errors wrap ErrMalformed or
// ErrUnsupported.
func ParseHuggingFace(text []byte) (*Subwords, error) {
	if len(text) > MaxFileBytes {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are accepted", ErrMalformed, len(text), MaxFileBytes)
	}
	var f file
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if err := f.Model.supported(); err != nil {
		return nil, err
	}
	s := &Subwords{added: newFinder(), shrink: 1}
	form, err := s.readDecoder(f.Decoder)
	if err != nil {
		return nil, err
	}
	if err := s.readNormalizer(f.Normalizer, 0); err != nil {
		return nil, err
	}
	byteLevel, err := s.readPreTokenizer(f.PreTokenizer, 0)
	if err != nil {
		return nil, err
	}
	l, err := list(f.Model.Vocab)
	if err != nil {
		return nil, err
	}
	if s.model, err = f.Model.build(l, byteLevel); err != nil {
		return nil, err
	}
	if err := s.addTokens(l, f.Added); err != nil {
		return nil, err
	}
	if err := s.readPostProcessor(f.PostProcessor, 0); err != nil {
		return nil, err
	}
	s.separate(l, byteLevel)
	s.keep(l, form)
	return s, nil
}

func (m *modelEntry) supported() error {
	if m.Type != "BPE" && (m.Type != "" || m.Merges == nil) {
		return fmt.Errorf("%w: model of type %q; only BPE is", ErrUnsupported, m.Type)
	}
	if m.Dropout != nil && *m.Dropout != 0 {
		return fmt.Errorf("%w: dropout %v, which makes tokens random", ErrUnsupported, *m.Dropout)
	}
	if m.Prefix != nil && *m.Prefix != "" {
		return fmt.Errorf("%w: continuing_subword_prefix %q", ErrUnsupported, *m.Prefix)
	}
	if m.Suffix != nil && *m.Suffix != "" {
		return fmt.Errorf("%w: end_of_word_suffix %q", ErrUnsupported, *m.Suffix)
	}
	if len(m.Vocab) == 0 || len(m.Vocab) > MaxVocabulary || len(m.Merges) > 2*MaxVocabulary {
		return fmt.Errorf("%w: %d tokens and %d merges", ErrMalformed, len(m.Vocab), len(m.Merges))
	}
	return nil
}

func (m *modelEntry) build(l *listing, byteLevel bool) (*bpe, error) {
	merges := make([][2]string, len(m.Merges))
	for i, entry := range m.Merges {
		merges[i] = entry
	}
	b, err := newBPE(l, merges, byteLevel)
	if err != nil {
		return nil, err
	}
	b.whole, b.fuse = m.IgnoreMerges, m.FuseUnknown
	if m.Unknown != nil && *m.Unknown != "" {
		id, ok := l.ids[*m.Unknown]
		if !ok {
			return nil, fmt.Errorf("%w: the unknown token %q is not in the vocabulary", ErrMalformed, *m.Unknown)
		}
		b.unknown = id
	}
	if !byteLevel && !m.ByteFallback {
		b.noBytes()
	}
	return b, nil
}

// addTokens enters the added tokens into the listing and the finder. A token
// that is in the vocabulary must have its id there.
func (s *Subwords) addTokens(l *listing, entries []addedEntry) error {
	for _, entry := range entries {
		if known, ok := l.ids[entry.Content]; ok && known != entry.ID {
			return fmt.Errorf("%w: added token %q has id %d, the vocabulary says %d", ErrMalformed, entry.Content, entry.ID, known)
		}
		if !l.grow(entry.ID) {
			return fmt.Errorf("%w: added token %q has id %d among %d tokens", ErrMalformed, entry.Content, entry.ID, len(l.written))
		}
		if l.kinds[entry.ID] != unused && l.written[entry.ID] != entry.Content {
			return fmt.Errorf("%w: added token %q has the id %d of token %q", ErrMalformed, entry.Content, entry.ID, l.written[entry.ID])
		}
		l.written[entry.ID], l.kinds[entry.ID] = entry.Content, normal
		if entry.Special {
			l.kinds[entry.ID] = control
		}
		if err := s.added.add(added{
			id: entry.ID, written: entry.Content, control: entry.Special,
			word: entry.SingleWord, trimLeft: entry.LStrip, trimRight: entry.RStrip,
		}); err != nil {
			return err
		}
	}
	return nil
}

// separate cuts text before each of SentencePiece's marks that follows something
// else, if no token holds a mark in such a place: then no merge crosses the cut,
// the tokens are the same, and long texts cost less.
func (s *Subwords) separate(l *listing, byteLevel bool) {
	if _, known := l.ids[space]; !known || byteLevel || s.split != nil {
		return
	}
	for _, written := range l.written {
		if strings.Contains(strings.TrimLeft(written, space), space) {
			return
		}
	}
	s.split = splitBeforeRuns(space)
}

// keep stores the bytes of all tokens. Added tokens stand for what is written.
func (s *Subwords) keep(l *listing, form decoderKind) {
	longest := utf8.UTFMax // of a character that becomes an unknown token
	for id, written := range l.written {
		text := []byte(written)
		if s.addedID(written) != int32(id) {
			text = form.bytes(written)
			if l.kinds[id] != unused {
				s.base = id + 1
			}
		}
		longest = max(longest, len(text))
		s.vocabulary.append(text, l.kinds[id])
	}
	s.longest = longest * s.shrink
	for _, token := range s.added.tokens {
		if token.trimLeft || token.trimRight {
			s.longest = 0 // it takes any number of spaces
		}
	}
	if b, ok := s.model.(*bpe); ok && b.fuse && b.unknown >= 0 && slices.Contains(b.bytes[:], -1) {
		s.longest = 0 // one unknown token for any number of characters
	}
}

// addedID is the id of an added token, or -1.
func (s *Subwords) addedID(written string) int32 {
	if token := s.added.named(written); token != nil {
		return token.id
	}
	return -1
}

// absent reports whether an optional part of the file is not there.
func absent(raw json.RawMessage) bool {
	return len(raw) == 0 || bytes.Equal(bytes.TrimSpace(raw), []byte("null"))
}

// unmarshal reads a part of the file.
func unmarshal(what string, raw json.RawMessage, into any) error {
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrMalformed, what, err)
	}
	return nil
}
