// Package evidence keeps what a validator's scores rest on: the scored items of an
// epoch as a Merkle tree whose root is revealed on the chain, and the blobs from
// which anybody can recompute that root, open one item, and score it again.
//
// # Tree
//
// The tree has the shape of RFC 6962. H is sha256, ‖ joins bytes, T is the 16 bytes
// "agora/evidence/2", integers are big-endian and strings follow their length in
// four bytes:
//
//	leaf   H(0x00 ‖ T ‖ canonical bytes of the item)
//	node   H(0x01 ‖ T ‖ left ‖ right)
//	root   H(0x02 ‖ T ‖ header ‖ uint32 number of items ‖ top node, 32 zero bytes if there is none)
//	header chain id ‖ uint32 netuid ‖ uint32 benchmark ‖ uint32 benchmark version ‖ uint64 epoch ‖ hotkey
//
// The header is part of the root, so a root that another validator, epoch, benchmark
// or chain has revealed cannot be opened as one's own, and an item of one benchmark
// cannot be shown as an item of another.
//
// # Concurrency
//
// Items, logs and proofs are values and may be read concurrently. A [Store] may be
// used by many goroutines of one process; its directory belongs to that process.
package evidence
