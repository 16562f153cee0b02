// Package dataset is sets of questions or documents that a spec names by one Merkle
// root, of which only the drawn items are ever opened.
//
// # Tree
//
// The tree has the shape of RFC 6962. H is sha256, ‖ joins bytes, T is the 16 bytes
// "agora/data-set/1" and integers are big-endian:
//
//	salt   H("agora/data-salt1" ‖ secret seed ‖ uint64 index ‖ H(item))
//	leaf   H(0x00 ‖ T ‖ salt ‖ item)
//	node   H(0x01 ‖ T ‖ left ‖ right)
//	root   H(0x02 ‖ T ‖ uint64 number of items ‖ top node)
//
// Each item has a salt of 32 bytes that is opened with it. Without its salt nobody
// can test a guess of an item that has not been opened, however many others have:
// the paths show only hashes. How a salt is made matters to its author alone.
//
// # Shards
//
// A set travels as files of 2^k items each, the last of as many as are left. A shard
// is therefore a whole part of the tree and carries the path of its top node, so that
// every item in it is checked against the root when it is read:
//
//	"agora-shard\x01" ‖ uint64 index of the first item ‖ uint32 number of items
//	for each item: salt ‖ uint32 length ‖ item
//	uint32 number of hashes ‖ path of the shard's top node, upwards
//
// A sealed set shows no shards: its owner opens items one by one, to the validators
// that draw them. An opening is
//
//	"agora-opening\x01" ‖ uint64 index ‖ salt ‖ uint32 length ‖ item
//	uint32 number of hashes ‖ path of the item, upwards
//
// # Folders
//
// On disk a set is manifest.json and blobs/<sha256 of the shard>. Any web server that
// serves the folder is a mirror of it.
//
// # Concurrency
//
// Sources may be used by many goroutines. Everything else is values and pure
// functions. Nothing here uses the network; a [Fetcher] may.
package dataset
