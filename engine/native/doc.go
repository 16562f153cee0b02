// Package native runs decoders of Llama's family and GPT-2 in plain Go with
// assembly where the CPU offers it, in the canonical arithmetic of package canon:
// the same request gives the same bits on every CPU.
//
// A model is a folder in Hugging Face's layout, a GGUF file, or a safetensors file
// of Agora's own whose text is bytes. Requests share the weights, which never
// change, and advance together; the bits of one do not depend on the others. Any
// number may run at once up to Options.MaxConcurrent.
//
// The rooms behind this door: modelfile reads models, with safetensors, gguf,
// tokenizer and chat for its parts; decoder computes them with the kernels of
// canon; runner lets requests share the steps.
//
// In a raw prompt, and in a text to be scored, control tokens that are written out
// mean themselves, as with other servers. In messages and in texts to be embedded
// they are letters like all others.
package native
