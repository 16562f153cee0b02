package tokenizer

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxDepth bounds sequences inside sequences.
const maxDepth = 4

// readNormalizer appends the steps that a normalizer stands for.
func (s *Subwords) readNormalizer(raw json.RawMessage, depth int) error {
	if absent(raw) {
		return nil
	}
	var n struct {
		Type        string            `json:"type"`
		Normalizers []json.RawMessage `json:"normalizers"`
		Prepend     string            `json:"prepend"`
		Pattern     pattern           `json:"pattern"`
		Content     string            `json:"content"`
	}
	if err := unmarshal("normalizer", raw, &n); err != nil {
		return err
	}
	forms := map[string]norm.Form{"NFC": norm.NFC, "NFD": norm.NFD, "NFKC": norm.NFKC, "NFKD": norm.NFKD}
	form, isForm := forms[n.Type]
	switch {
	case len(s.normalise) >= maxStages || depth > maxDepth || len(n.Normalizers) > maxStages:
		return fmt.Errorf("%w: more than %d normalisation steps", ErrUnsupported, maxStages)
	case isForm:
		s.normalise = append(s.normalise, normalForm(form))
		s.shrink *= utf8.UTFMax // a letter for mathematics becomes a plain one
	case n.Type == "Sequence":
		for _, inner := range n.Normalizers {
			if err := s.readNormalizer(inner, depth+1); err != nil {
				return err
			}
		}
	case n.Type == "Prepend":
		s.normalise = append(s.normalise, prepend(n.Prepend))
	case n.Type == "Replace" && n.Pattern.String != "":
		s.normalise = append(s.normalise, replace(n.Pattern.String, n.Content))
		if len(n.Content) < len(n.Pattern.String) {
			s.shrink = 0
		}
	default:
		return fmt.Errorf("%w: normalizer %q", ErrUnsupported, n.Type)
	}
	return nil
}

// pattern is a text to look for, or an expression.
type pattern struct {
	String string `json:"String"`
	Regex  string `json:"Regex"`
}

// preTokenizer is any of the pre-tokenizers that are known.
type preTokenizer struct {
	Type          string            `json:"type"`
	PreTokenizers []json.RawMessage `json:"pretokenizers"`
	// ByteLevel
	AddPrefixSpace *bool `json:"add_prefix_space"`
	UseRegex       *bool `json:"use_regex"`
	// Split
	Pattern  pattern `json:"pattern"`
	Behavior string  `json:"behavior"`
	Invert   bool    `json:"invert"`
	// Digits
	IndividualDigits bool `json:"individual_digits"`
	// Metaspace
	Replacement   string `json:"replacement"`
	PrependScheme string `json:"prepend_scheme"`
	Split         *bool  `json:"split"`
}

// The expressions of Split that are known, each with its scanner. Other files
// write the same ones with other classes; those are refused by name.
var expressions = map[string]splitter{
	`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`: splitGPT2,

	`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`: splitLlama3(3),

	`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`: splitLlama3(1),
}

// readPreTokenizer sets how text is cut, and reports whether words are bytes.
func (s *Subwords) readPreTokenizer(raw json.RawMessage, depth int) (byteLevel bool, err error) {
	if absent(raw) {
		return false, nil
	}
	var p preTokenizer
	if err := unmarshal("pre_tokenizer", raw, &p); err != nil {
		return false, err
	}
	if depth > maxDepth || len(p.PreTokenizers) > maxStages {
		return false, fmt.Errorf("%w: more than %d pre-tokenizers", ErrUnsupported, maxStages)
	}
	switch p.Type {
	case "Sequence":
		for _, inner := range p.PreTokenizers {
			if byteLevel {
				return false, fmt.Errorf("%w: a pre-tokenizer after ByteLevel", ErrUnsupported)
			}
			if byteLevel, err = s.readPreTokenizer(inner, depth+1); err != nil {
				return false, err
			}
		}
		return byteLevel, nil
	case "ByteLevel":
		return true, s.readByteLevel(p)
	case "Split":
		known, ok := expressions[p.Pattern.Regex]
		if !ok || p.Invert || p.Behavior != "Isolated" {
			return false, fmt.Errorf("%w: pre-tokenizer Split by %q %q, %s", ErrUnsupported, p.Pattern.Regex, p.Pattern.String, p.Behavior)
		}
		s.split = then(s.split, known)
		return false, nil
	case "Digits":
		s.split = then(s.split, splitDigits(p.IndividualDigits))
		return false, nil
	case "Metaspace":
		return false, s.readMetaspace(p)
	}
	return false, fmt.Errorf("%w: pre-tokenizer %q", ErrUnsupported, p.Type)
}

func (s *Subwords) readByteLevel(p preTokenizer) error {
	if p.AddPrefixSpace == nil || *p.AddPrefixSpace {
		if s.split != nil || s.front != "" {
			return fmt.Errorf("%w: add_prefix_space after another pre-tokenizer", ErrUnsupported)
		}
		s.front = " "
	}
	if p.UseRegex == nil || *p.UseRegex {
		s.split = then(s.split, splitGPT2)
	}
	return nil
}

func (s *Subwords) readMetaspace(p preTokenizer) error {
	if s.split != nil || s.front != "" || p.Replacement != space {
		return fmt.Errorf("%w: Metaspace with %q after another pre-tokenizer, or with another mark", ErrUnsupported, p.Replacement)
	}
	s.spaces = space
	scheme := p.PrependScheme
	if scheme == "" {
		scheme = "always"
		if p.AddPrefixSpace != nil && !*p.AddPrefixSpace {
			scheme = "never"
		}
	}
	switch scheme {
	case "always":
		s.front = space
	case "first":
		s.front, s.frontFirst = space, true
	case "never":
	default:
		return fmt.Errorf("%w: Metaspace with prepend_scheme %q", ErrUnsupported, scheme)
	}
	if p.Split == nil || *p.Split {
		s.split = splitSpaces(space)
	}
	return nil
}

// decoderKind is how the vocabulary writes text.
type decoderKind int

const (
	decodesBytes decoderKind = iota // the byte alphabet
	decodesMarks                    // SentencePiece's mark for a space
	decodesMarksAndBytes
)

func (k decoderKind) bytes(written string) []byte {
	switch k {
	case decodesBytes:
		return byteLevelText(written)
	case decodesMarksAndBytes:
		return sentenceText(written)
	}
	if _, isByte := byteToken(written); isByte {
		return []byte(written)
	}
	return sentenceText(written)
}

type decoderEntry struct {
	Type     string         `json:"type"`
	Decoders []decoderEntry `json:"decoders"`
	Pattern  pattern        `json:"pattern"`
	Content  string         `json:"content"`
	Start    int            `json:"start"`
	Stop     int            `json:"stop"`
	// Metaspace
	Replacement    string `json:"replacement"`
	PrependScheme  string `json:"prepend_scheme"`
	AddPrefixSpace *bool  `json:"add_prefix_space"`
}

// readDecoder tells how the vocabulary writes text and sets what is done to a
// whole text.
func (s *Subwords) readDecoder(raw json.RawMessage) (decoderKind, error) {
	if absent(raw) {
		return 0, fmt.Errorf("%w: no decoder, so spaces between tokens are not known", ErrUnsupported)
	}
	var d decoderEntry
	if err := unmarshal("decoder", raw, &d); err != nil {
		return 0, err
	}
	switch d.Type {
	case "ByteLevel":
		return decodesBytes, nil
	case "Sequence":
		return s.readDecoders(d.Decoders)
	case "Metaspace":
		if d.Replacement != space {
			return 0, fmt.Errorf("%w: decoder Metaspace with mark %q", ErrUnsupported, d.Replacement)
		}
		s.stripFirst = d.PrependScheme != "never" && (d.AddPrefixSpace == nil || *d.AddPrefixSpace)
		return decodesMarks, nil
	}
	return 0, fmt.Errorf("%w: decoder %q", ErrUnsupported, d.Type)
}

// readDecoders knows the sequence of Llama 2: marks become spaces, byte tokens
// bytes, and the first space goes.
func (s *Subwords) readDecoders(parts []decoderEntry) (decoderKind, error) {
	marks, kind := false, decodesMarks
	for _, part := range parts {
		switch {
		case part.Type == "Replace" && part.Pattern.String == space && part.Content == " ":
			marks = true
		case part.Type == "ByteFallback":
			kind = decodesMarksAndBytes
		case part.Type == "Fuse":
		case part.Type == "Strip" && part.Content == " " && part.Start == 1 && part.Stop == 0:
			s.stripFirst = true
		default:
			return 0, fmt.Errorf("%w: decoder %q in a sequence", ErrUnsupported, part.Type)
		}
	}
	if !marks {
		return 0, fmt.Errorf("%w: a sequence of decoders that leaves %q as it is", ErrUnsupported, space)
	}
	return kind, nil
}

// readPostProcessor finds the tokens with which every sequence begins. What a
// post-processor puts behind a text is left out: a model is asked to go on there.
func (s *Subwords) readPostProcessor(raw json.RawMessage, depth int) error {
	if absent(raw) {
		return nil
	}
	var p struct {
		Type       string            `json:"type"`
		Processors []json.RawMessage `json:"processors"`
		Single     []struct {
			SpecialToken *struct {
				ID string `json:"id"`
			} `json:"SpecialToken"`
			Sequence json.RawMessage `json:"Sequence"`
		} `json:"single"`
		SpecialTokens map[string]struct {
			IDs []int32 `json:"ids"`
		} `json:"special_tokens"`
	}
	if err := unmarshal("post_processor", raw, &p); err != nil {
		return err
	}
	switch {
	case depth > maxDepth || len(p.Processors) > maxStages || len(p.Single) > maxStages:
		return fmt.Errorf("%w: more than %d post-processing steps", ErrUnsupported, maxStages)
	case p.Type == "ByteLevel":
		return nil
	case p.Type == "Sequence":
		for _, inner := range p.Processors {
			if err := s.readPostProcessor(inner, depth+1); err != nil {
				return err
			}
		}
		return nil
	case p.Type != "TemplateProcessing" || s.begin != nil:
		return fmt.Errorf("%w: post-processor %q", ErrUnsupported, p.Type)
	}
	for _, part := range p.Single {
		if part.SpecialToken == nil {
			break
		}
		ids := p.SpecialTokens[part.SpecialToken.ID].IDs
		known := s.added.named(part.SpecialToken.ID)
		if len(ids) != 1 || known == nil || known.id != ids[0] {
			return fmt.Errorf("%w: the post-processor's token %q has ids %v, which is not the added token of that name", ErrMalformed, part.SpecialToken.ID, ids)
		}
		s.begin = append(s.begin, ids...)
	}
	return nil
}
