// Package native runs Llama-family decoders (RMSNorm, rotary positions, grouped
// attention, SwiGLU, tied embedding) in plain Go, in the canonical arithmetic of
// package canon: the same request gives the same bits on every CPU.
//
// A model is one safetensors file with F32 or F16 weights under Hugging Face
// names and its Config in the metadata. Text is bytes: tokens 0..255 are the
// bytes, 256 begins a sequence, 257 ends a completion. A chat is laid out as
// each message's content followed by a newline; then the completion begins.
//
// Requests share the weights, which never change, and own their key-value cache,
// so any number may run at once up to Options.MaxConcurrent.
//
// The rooms that later work extends: canon holds every loop that a SIMD kernel
// may replace; load.go is the only place that knows the file format; session.go
// is the only place that knows how positions are batched.
package native
