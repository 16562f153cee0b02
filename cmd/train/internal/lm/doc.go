// Package lm trains the decoder that engine/native runs: a forward pass that
// keeps what the backward pass needs, hand-derived gradients, and AdamW.
//
// Sequences of a batch lie one after the other without padding; matrix products
// run over all positions at once and attention over each sequence. The package
// shares the Config and the tensor names of engine/native, so what it saves is
// what the engine loads. It rounds differently from the engine, which is why
// accuracy is always measured through the engine.
//
// A Trainer is not safe for concurrent use.
package lm
