package tokenizer

import (
	"errors"
	"fmt"
	"strings"
)

// Errors of this package, wrapped with what happened.
var (
	// ErrMalformed: the description of the tokenizer contradicts itself or is
	// beyond a limit.
	ErrMalformed = errors.New("malformed tokenizer")
	// ErrUnsupported: the description asks for something that is not known here.
	ErrUnsupported = errors.New("tokenizer needs something that is not supported")
	// ErrInvalidUTF8: text that is not valid UTF-8, which only the byte vocabulary
	// can encode.
	ErrInvalidUTF8 = errors.New("text is not valid UTF-8")
	// ErrNoToken: the vocabulary has no token for a part of the text.
	ErrNoToken = errors.New("no token for a part of the text")
	// ErrTextTooLong: more than MaxTextBytes in one text.
	ErrTextTooLong = errors.New("text is too long to be encoded")
)

// Limits.
const (
	// MaxTextBytes bounds one text to be encoded: more than any context holds.
	MaxTextBytes = 4 << 20
	// MaxFileBytes bounds a tokenizer.json.
	MaxFileBytes = 64 << 20
	// MaxVocabulary bounds the number of tokens.
	MaxVocabulary = 1 << 20
	// MaxTokenBytes bounds the text of one token.
	MaxTokenBytes = 1 << 10
	// MaxAdded bounds the number of added tokens.
	MaxAdded = 1 << 16
	// maxStages bounds the steps of a normaliser or splitter.
	maxStages = 16
)

// Piece is a part of a text to be encoded.
type Piece struct {
	Text string
	// Markup says that control tokens written in Text mean themselves. In other
	// text they are letters like all others. A control token never spans pieces.
	Markup bool
}

// Tokenizer encodes and decodes text.
type Tokenizer interface {
	// Size is above every token's id. Ids below it may be unused.
	Size() int
	// Base is above every id in use that is not an added token's: what the weights must
	// have at least.
	Base() int
	// Longest is the most bytes of a text that one token can stand for, so that a
	// text that cannot fit a context is known before it is encoded; 0 when there is
	// no such bound.
	Longest() int
	// Encode returns the tokens of the pieces, taken as one text. begin puts the
	// tokens in front with which the model's sequences begin, if it has any.
	Encode(pieces []Piece, begin bool) ([]int32, error)
	// Append appends the bytes that a token adds to a text. Control tokens and
	// ids that are not in use add none. A character may be spread over several
	// tokens.
	Append(to []byte, token int32) []byte
	// Decode returns the text of a whole sequence; bytes that are not valid UTF-8
	// become U+FFFD.
	Decode(tokens []int32) string
	// Control returns the id of the control token that is written so.
	Control(text string) (int32, bool)
	// IsControl reports whether a token is markup rather than text.
	IsControl(token int32) bool
}

// Text is the Piece of a text that is no markup.
func Text(text string) []Piece { return []Piece{{Text: text}} }

// Prompt is the Piece of a text in which control tokens mean themselves.
func Prompt(text string) []Piece { return []Piece{{Text: text, Markup: true}} }

// checkLength refuses texts that are too long together.
func checkLength(pieces []Piece) error {
	total := 0
	for _, piece := range pieces {
		total += len(piece.Text)
	}
	if total > MaxTextBytes {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrTextTooLong, total, MaxTextBytes)
	}
	return nil
}

// decode joins the bytes of tokens.
func decode(t Tokenizer, tokens []int32) string {
	var text []byte
	for _, token := range tokens {
		text = t.Append(text, token)
	}
	return strings.ToValidUTF8(string(text), "\uFFFD")
}
