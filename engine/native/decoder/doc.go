// Package decoder computes transformer decoders: Llama's family (RMSNorm, rotary
// positions, grouped attention, SwiGLU) and GPT-2's (LayerNorm, learned
// positions, GELU), in the canonical arithmetic of package canon.
//
// It knows neither files nor text. A reader of a file format fills a Shape and
// Weights; New checks that they fit together and packs the matrices for the
// kernels. Several sequences advance together in one Batch, each with its own
// key-value cache, and the bits of a sequence depend neither on the others nor
// on how many of its tokens are fed at once.
package decoder
