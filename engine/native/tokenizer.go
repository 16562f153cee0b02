package native

import "github.com/agora-network/agora/engine/native/tokenizer"

// The vocabulary of Agora's own models: tokens 0..255 are the bytes themselves.
const (
	// TokenBOS begins every sequence.
	TokenBOS = tokenizer.BytesBOS
	// TokenEOS ends a completion.
	TokenEOS = tokenizer.BytesEOS
	// VocabularySize is the number of tokens.
	VocabularySize = tokenizer.BytesSize
)

// turnEnd separates the prompt of a chat from its completion.
const turnEnd = "\n"

// EncodeText returns BOS followed by the bytes of text.
func EncodeText(text string) []int32 {
	tokens := make([]int32, 0, 1+len(text))
	tokens = append(tokens, TokenBOS)
	for i := range len(text) {
		tokens = append(tokens, int32(text[i]))
	}
	return tokens
}

// EncodeTurn returns the tokens after which the completion of a chat prompt
// begins: BOS, the prompt's bytes, a newline.
func EncodeTurn(prompt string) []int32 { return EncodeText(prompt + turnEnd) }

// EncodeExample returns the whole sequence of an answered prompt, ending with
// EOS, and the number of its tokens that belong to the prompt.
func EncodeExample(prompt, completion string) (tokens []int32, promptTokens int) {
	head := EncodeTurn(prompt)
	tokens = append(EncodeText(prompt+turnEnd+completion), TokenEOS)
	return tokens, len(head)
}
