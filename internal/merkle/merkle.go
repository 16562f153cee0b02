// Package merkle is the tree of RFC 6962 with domains: H is sha256, ‖ joins bytes and
// T is the tag of what the tree is about, 16 bytes, so that no tag begins another.
//
//	leaf   H(0x00 ‖ T ‖ content)
//	node   H(0x01 ‖ T ‖ left ‖ right)
//	root   H(0x02 ‖ T ‖ whatever the room binds ‖ top node)
//
// A last node without a neighbour rises unchanged. What the root binds besides the
// top node is for each room to say: at least the number of leaves, since paths of
// trees of different sizes look alike.
//
// All values may be read concurrently.
package merkle

import (
	"crypto/sha256"
	"errors"
	"fmt"
)

// TagBytes is the length of a tag.
const TagBytes = 16

// ErrPath is wrapped by the errors of [Tag.Climb].
var ErrPath = errors.New("path does not fit the tree")

// Prefixes keep leaves, nodes and roots from being taken for one another.
const (
	prefixLeaf = 0x00
	prefixNode = 0x01
	prefixRoot = 0x02
)

// Hash is the hash of a leaf, a node or a root.
type Hash = [sha256.Size]byte

// Tag separates the trees of one room from those of all others.
type Tag [TagBytes]byte

// MustTag makes a tag of a text of exactly [TagBytes] bytes; another length is a
// mistake in the program.
func MustTag(text string) (tag Tag) {
	if copy(tag[:], text) != TagBytes || len(text) != TagBytes {
		panic(fmt.Sprintf("merkle tag %q must have %d bytes", text, TagBytes))
	}
	return tag
}

// AppendLeaf appends what the hash of a leaf begins with; its content follows.
func (t Tag) AppendLeaf(to []byte) []byte { return append(append(to, prefixLeaf), t[:]...) }

// AppendRoot appends what the hash of a root begins with.
func (t Tag) AppendRoot(to []byte) []byte { return append(append(to, prefixRoot), t[:]...) }

// Node hashes two neighbours.
func (t Tag) Node(left, right Hash) Hash {
	var in [1 + TagBytes + 2*sha256.Size]byte
	in[0] = prefixNode
	copy(in[1:], t[:])
	copy(in[1+TagBytes:], left[:])
	copy(in[1+TagBytes+sha256.Size:], right[:])
	return sha256.Sum256(in[:])
}

// Tree holds all levels of a tree, leaves first.
type Tree struct{ levels [][]Hash }

// Build makes the tree over leaves, of which it keeps the slice. There may be none.
func (t Tag) Build(leaves []Hash) Tree {
	levels := [][]Hash{leaves}
	for len(leaves) > 1 {
		above := make([]Hash, 0, (len(leaves)+1)/2)
		for i := 0; i+1 < len(leaves); i += 2 {
			above = append(above, t.Node(leaves[i], leaves[i+1]))
		}
		if len(leaves)%2 == 1 {
			above = append(above, leaves[len(leaves)-1])
		}
		levels = append(levels, above)
		leaves = above
	}
	return Tree{levels: levels}
}

// Top returns the top node, zero if the tree is empty.
func (t Tree) Top() (top Hash) {
	if len(t.levels) == 0 {
		return top
	}
	if highest := t.levels[len(t.levels)-1]; len(highest) > 0 {
		top = highest[0]
	}
	return top
}

// Path appends the neighbours of a leaf from the leaf upwards. The position must be
// that of a leaf.
func (t Tree) Path(to []Hash, position int) []Hash {
	for _, level := range t.levels {
		if neighbour := position ^ 1; neighbour < len(level) {
			to = append(to, level[neighbour])
		}
		position /= 2
	}
	return to
}

// Climb returns the top node that a hash at a position among count leads to. The
// error wraps [ErrPath]: there is no such position, or the path is longer or shorter
// than the tree is high there.
func (t Tag) Climb(hash Hash, position, count uint64, path []Hash) (Hash, error) {
	if position >= count {
		return Hash{}, fmt.Errorf("%w: leaf %d of a tree with %d leaves", ErrPath, position, count)
	}
	for at, last := position, count-1; last > 0; at, last = at>>1, last>>1 {
		if at%2 == 0 && at == last {
			continue // no neighbour: the node rises unchanged
		}
		if len(path) == 0 {
			return Hash{}, fmt.Errorf("%w: the path is too short", ErrPath)
		}
		if at%2 == 1 {
			hash = t.Node(path[0], hash)
		} else {
			hash = t.Node(hash, path[0])
		}
		path = path[1:]
	}
	if len(path) > 0 {
		return Hash{}, fmt.Errorf("%w: the path is too long", ErrPath)
	}
	return hash, nil
}
