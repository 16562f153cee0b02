// Package modelfile opens models as other tools save them and brings them into
// the form that package decoder computes: a folder in Hugging Face's layout
// (config.json, safetensors in one or several files, tokenizer.json), a GGUF file,
// or a safetensors file of Agora's own.
//
// Llama, Mistral and Qwen 2 are one family here, GPT-2 is the other. A
// description that asks for anything else, or for a variant of these that would
// compute something different, is refused by name, and so is a weight that the
// family does not know: a model that is almost right is worse than an error.
//
// Matrices are not read when a model is opened: they stay in the files until package
// decoder takes them, a few rows at a time. Their shapes are checked at once, their
// numbers when they are read.
package modelfile
