// Package tokenizer turns text into a model's tokens and back: the byte
// vocabulary of Agora's own models, byte-pair encodings from a Hugging Face
// tokenizer.json (byte-level like GPT-2, Llama 3 and Qwen 2, or on characters
// with byte fallback like Llama 2), and the vocabularies inside GGUF files
// (byte-pair merges, or SentencePiece scores).
//
// Files are not trusted: sizes are bounded, and tokens, merges and added tokens
// that disagree are refused with a named error. What a file asks for and this
// package does not know is refused too, because a tokenizer that is almost right
// makes a model quietly worse. Cutting text into words is done by hand-written
// scanners in linear time, merging takes n·log n steps for a word of n bytes, so
// no text makes encoding slow.
//
// Text that users write cannot forge control tokens: only Pieces marked as Markup
// are searched for them.
//
// Tokenizers do not change once they are made and may be used from several
// goroutines at once. Character classes and normal forms are those of the
// Unicode version of the Go release (15.0 in Go 1.26).
package tokenizer
