// Package evidence keeps what a validator's scores rest on: the scored items of an
// epoch as a Merkle tree whose root is revealed on the chain, and the blobs from
// which anybody can recompute that root, open one item, and score it, or the whole
// epoch, again.
//
// # Tree
//
// The tree has the shape of RFC 6962. H is sha256, ‖ joins bytes, T is the 16 bytes
// "agora/evidence/4", integers are big-endian, and "counted" is what follows its
// length in bytes as a uint32:
//
//	leaf   H(0x00 ‖ T ‖ item)
//	node   H(0x01 ‖ T ‖ left ‖ right)
//	root   H(0x02 ‖ T ‖ header ‖ uint32 number of items ‖ top node, 32 zero bytes if there is none)
//	header counted chain id ‖ uint32 netuid ‖ uint32 benchmark ‖ uint32 benchmark version ‖ uint64 epoch ‖
//	       counted hotkey ‖ H(context)
//
// The header is part of the root, so a root that another validator, epoch, benchmark
// or chain has revealed cannot be opened as one's own, and an item of one benchmark
// cannot be shown as an item of another. The header holds the digest of the context,
// so neither can scores be explained by another context later.
//
// # Canonical bytes
//
// An [Item] is one question of one miner:
//
//	item    uint8 3 ‖ uint64 miner id ‖ uint32 index ‖ 32 seed ‖ 32 question ‖ 32 input ‖ 32 output ‖
//	        uint8 outcome ‖ uint64 score ‖ uint32 latency ‖ uint32 tokens ‖ request ‖ counted receipt ‖ counted reason
//	request uint64 milliseconds ‖ 16 nonce ‖ counted base of the path
//
// A [Context] is what the scores rest on beside the answers:
//
//	context   uint8 3 ‖ 32 digest of the benchmark ‖ 32 beacon ‖ 32 secret of the draw, zeros if there is none ‖
//	          uint64 first block ‖ uint64 number of blocks ‖
//	          uint32 number of validators ‖ for each: counted hotkey ‖
//	          uint32 number of miners ‖ for each: miner
//	miner     uint64 id ‖ counted hotkey ‖ counted model ‖ uint64 block of registration ‖ standing
//	standing  uint8 0 if it was never measured; else uint8 1 ‖ uint64 score ‖ uint64 epoch ‖ uint64 height
//
// A receipt names the digest of the request that it answers. Whoever has the log makes
// that digest again: the body of the request follows from question and model, its path
// from the benchmark and the base, sender, chain, subnet and epoch from the header,
// the receiver from the context, and time and nonce are in the item. So a receipt that
// a miner gave for another question, or in another epoch, does not fit.
//
// The beacon is public from the start of the epoch, so a draw from it alone would be
// known, with its answers, to the miners that are asked. The secret is what the
// validator mixed in besides; it becomes public with the log, and only with it can
// anybody draw the questions again.
//
// A [Log] is one blob, entries in ascending order of miner id and index, every miner
// in the context:
//
//	log   "agora-evidence" ‖ uint8 4 ‖ header ‖ counted context ‖ uint32 number of items ‖ for each: entry
//	entry counted item ‖ uint8 0 if the output is not kept; else uint8 1 ‖ counted output
//
// Every encoding is canonical: what decodes encodes to the same bytes, and whatever
// is out of range, out of order, twice or left over is refused.
//
// # Concurrency
//
// Items, contexts, logs and proofs are values and may be read concurrently. A [Store]
// may be used by many goroutines of one process; its directory belongs to that process.
package evidence
