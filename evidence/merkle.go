package evidence

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"

	"github.com/agora-network/agora/internal/cursor"
	"github.com/agora-network/agora/internal/merkle"
)

// ErrProof is wrapped by the error for a proof that does not hold.
var ErrProof = errors.New("evidence proof does not hold")

// tree is the shape and the domain of the tree.
var tree = merkle.MustTag("agora/evidence/4")

// maxDepth is the longest path in a tree of MaxItems leaves.
var maxDepth = bits.Len(MaxItems - 1)

// leafHash hashes a valid item. It writes the bytes it hashes to scratch, which it
// returns for the next call.
func leafHash(item *Item, scratch []byte) (hash [32]byte, _ []byte) {
	scratch = item.append(tree.AppendLeaf(scratch[:0]))
	return sha256.Sum256(scratch), scratch
}

func rootHash(header Header, count uint32, top [32]byte) [32]byte {
	in := header.append(tree.AppendRoot(make([]byte, 0, 256)))
	in = binary.BigEndian.AppendUint32(in, count)
	in = append(in, top[:]...)
	return sha256.Sum256(in)
}

// Proof shows that an item is in a tree.
type Proof struct {
	Index uint32     // position of the item among the leaves
	Count uint32     // number of leaves
	Path  [][32]byte // neighbours from the leaf upwards
}

// VerifyProof checks that a root binds an item under a header. The error wraps
// [ErrProof] or, for an item or header that cannot be, [ErrInvalid].
func VerifyProof(root [32]byte, header Header, item Item, proof Proof) error {
	if err := header.Validate(); err != nil {
		return err
	}
	if err := item.Validate(); err != nil {
		return err
	}
	if proof.Index >= proof.Count || proof.Count > MaxItems {
		return fmt.Errorf("%w: leaf %d of a tree with %d leaves, at most %d are allowed", ErrProof, proof.Index, proof.Count, MaxItems)
	}
	hash, _ := leafHash(&item, nil)
	top, err := tree.Climb(hash, uint64(proof.Index), uint64(proof.Count), proof.Path)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrProof, err)
	}
	if rootHash(header, proof.Count, top) != root {
		return fmt.Errorf("%w: item %d of miner %d under this header does not lead to root %x", ErrProof, item.Index, item.MinerID, root)
	}
	return nil
}

// Encode returns the canonical bytes of a proof: index, count and the length of the
// path in four bytes each, then the path.
func (p Proof) Encode() []byte {
	out := make([]byte, 0, 12+32*len(p.Path))
	out = binary.BigEndian.AppendUint32(out, p.Index)
	out = binary.BigEndian.AppendUint32(out, p.Count)
	out = binary.BigEndian.AppendUint32(out, uint32(len(p.Path)))
	for _, hash := range p.Path {
		out = append(out, hash[:]...)
	}
	return out
}

// DecodeProof reads the canonical bytes of a proof. The error wraps [ErrEncoding];
// whether the proof holds is for [VerifyProof] to say.
func DecodeProof(data []byte) (Proof, error) {
	c := cursor.New(data, ErrEncoding)
	p := Proof{Index: c.Uint32("index"), Count: c.Uint32("count")}
	n := c.Uint32("length of the path")
	if c.Err() == nil && n > uint32(maxDepth) {
		c.Fail("the path has %d hashes, at most %d are allowed", n, maxDepth)
	}
	for i := uint32(0); c.Err() == nil && i < n; i++ {
		p.Path = append(p.Path, c.Digest("path"))
	}
	if err := c.End(); err != nil {
		return Proof{}, err
	}
	return p, nil
}
