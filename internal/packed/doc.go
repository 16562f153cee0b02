// Package packed stores one number per miner as one value: a validator's bonds on a subnet, what a
// subnet's miners may claim, what each earned last. An epoch of thousands of miners is then tens of
// store writes. Consensus code: both modules keep state in this form.
//
// The format, version 1:
//
//	1 byte   version
//	1 byte   width: bytes per number, 1 to 8; 0 in a list of identities without numbers
//	varint   count
//	varint   per entry: the identity, as its distance from the one before
//	width    per entry: the number, little-endian
//
// Identities ascend strictly; the width is the smallest that holds the largest number. A list has
// exactly one encoding, and Decode refuses all others. It never panics, whatever the bytes.
//
// An Index reads and writes the same bytes by columns of a known set of identities. The identities of
// a list take the same bytes whatever its numbers, so those of a list of the whole set are recognised
// by comparing memory. This is what makes an epoch's hundreds of rows cheap.
package packed
