package dataset

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/agora-network/agora/internal/cursor"
	"github.com/agora-network/agora/internal/merkle"
)

const (
	openingMagic = "agora-opening\x01"
	// maxPath is the longest path in a tree of MaxItems leaves.
	maxPath = 32
	// MaxOpeningBytes bounds the encoding of an opening.
	MaxOpeningBytes = len(openingMagic) + 8 + 32 + 4 + MaxItemBytes + 4 + maxPath*sha256.Size
)

var tree = merkle.MustTag("agora/data-set/1")

// Opening is an item with what shows that it is in the tree.
type Opening struct {
	// Index is the item's position in the set, from 0.
	Index uint64
	// Salt hides the item's hash from guesses until it is opened.
	Salt [32]byte
	// Item is the item.
	Item []byte
	// Proof is the neighbours on the way from the leaf to the root, upwards.
	Proof [][32]byte
}

func leafHash(salt [32]byte, item []byte) [32]byte {
	in := make([]byte, 0, 64+len(item))
	in = append(tree.AppendLeaf(in), salt[:]...)
	return sha256.Sum256(append(in, item...))
}

func rootHash(items uint64, top [32]byte) [32]byte {
	in := binary.BigEndian.AppendUint64(tree.AppendRoot(make([]byte, 0, 64)), items)
	return sha256.Sum256(append(in, top[:]...))
}

// Verify checks that a root over a number of items binds an opening. The error wraps
// [ErrIndex] for an index that the set does not have, otherwise [ErrChanged].
func Verify(root [32]byte, items uint64, opening Opening) error {
	if opening.Index >= items {
		return fmt.Errorf("%w: item %d of %d", ErrIndex, opening.Index, items)
	}
	top, err := tree.Climb(leafHash(opening.Salt, opening.Item), opening.Index, items, opening.Proof)
	if err != nil {
		return fmt.Errorf("%w: item %d: %w", ErrChanged, opening.Index, err)
	}
	if rootHash(items, top) != root {
		return fmt.Errorf("%w: item %d does not lead to root %x", ErrChanged, opening.Index, root)
	}
	return nil
}

// Encode returns the canonical bytes of an opening.
func (o Opening) Encode() []byte {
	out := make([]byte, 0, len(openingMagic)+8+32+4+len(o.Item)+4+32*len(o.Proof))
	out = append(out, openingMagic...)
	out = binary.BigEndian.AppendUint64(out, o.Index)
	out = append(out, o.Salt[:]...)
	out = cursor.AppendCounted(out, o.Item)
	return appendPath(out, o.Proof)
}

// DecodeOpening reads the canonical bytes of an opening, with which it shares no
// memory. The error wraps [ErrInvalid]; whether the opening holds is for [Verify] to
// say.
func DecodeOpening(data []byte) (Opening, error) {
	c := cursor.New(data, ErrInvalid)
	c.Magic(openingMagic, "opening")
	o := Opening{Index: c.Uint64("index"), Salt: c.Digest("salt")}
	o.Item = append([]byte{}, c.Counted(MaxItemBytes, "item")...)
	o.Proof = readPath(&c)
	if err := c.End(); err != nil {
		return Opening{}, err
	}
	return o, nil
}

func appendPath(to []byte, path [][32]byte) []byte {
	to = binary.BigEndian.AppendUint32(to, uint32(len(path)))
	for _, hash := range path {
		to = append(to, hash[:]...)
	}
	return to
}

func readPath(c *cursor.Cursor) (path [][32]byte) {
	n := c.Uint32("length of the path")
	if n > maxPath {
		c.Fail("the path has %d hashes, at most %d are allowed", n, maxPath)
	}
	for range n {
		if c.Err() != nil {
			return nil
		}
		path = append(path, c.Digest("path"))
	}
	return path
}
