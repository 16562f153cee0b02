package tokenizer

// The byte vocabulary: tokens 0..255 are the bytes themselves.
const (
	// BytesBOS begins every sequence.
	BytesBOS int32 = 256
	// BytesEOS ends a completion.
	BytesEOS int32 = 257
	// BytesSize is the number of tokens.
	BytesSize = 258
)

// Bytes is the tokenizer of Agora's own models. It takes any bytes, valid UTF-8
// or not; no text is markup.
type Bytes struct{}

var _ Tokenizer = Bytes{}

// Size implements Tokenizer.
func (Bytes) Size() int { return BytesSize }

// Base implements Tokenizer.
func (Bytes) Base() int { return BytesSize }

// Longest implements Tokenizer.
func (Bytes) Longest() int { return 1 }

// Encode implements Tokenizer.
func (Bytes) Encode(pieces []Piece, begin bool) ([]int32, error) {
	if err := checkLength(pieces); err != nil {
		return nil, err
	}
	var tokens []int32
	if begin {
		tokens = append(tokens, BytesBOS)
	}
	for _, piece := range pieces {
		for i := range len(piece.Text) {
			tokens = append(tokens, int32(piece.Text[i]))
		}
	}
	return tokens, nil
}

// Append implements Tokenizer.
func (Bytes) Append(to []byte, token int32) []byte {
	if token < 0 || token > 255 {
		return to
	}
	return append(to, byte(token))
}

// Decode implements Tokenizer.
func (b Bytes) Decode(tokens []int32) string { return decode(b, tokens) }

// Control implements Tokenizer. The byte vocabulary's control tokens have no
// written form.
func (Bytes) Control(string) (int32, bool) { return 0, false }

// IsControl implements Tokenizer.
func (Bytes) IsControl(token int32) bool { return token == BytesBOS || token == BytesEOS }
