package dataset

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/agora-network/agora/internal/cursor"
	"github.com/agora-network/agora/internal/merkle"
)

const (
	shardMagic = "agora-shard\x01"
	// entryMinBytes is the least an item takes: its salt, its length, one byte.
	entryMinBytes = sha256.Size + 4 + 1
	// shardOverhead bounds what a shard holds beside its items; one of 256 shards has a
	// path of 8 hashes.
	shardOverhead = len(shardMagic) + 8 + 4 + 4 + 8*sha256.Size
)

// shardWriter collects the items of one shard.
type shardWriter struct {
	data  []byte
	count uint32
}

func (w *shardWriter) begin(first uint64) {
	w.data = append(w.data[:0], shardMagic...)
	w.data = binary.BigEndian.AppendUint64(w.data, first)
	w.data = binary.BigEndian.AppendUint32(w.data, 0) // the count, see finish
	w.count = 0
}

func (w *shardWriter) add(salt [32]byte, item []byte) {
	w.data = append(w.data, salt[:]...)
	w.data = cursor.AppendCounted(w.data, item)
	w.count++
}

func (w *shardWriter) finish(path [][32]byte) []byte {
	binary.BigEndian.PutUint32(w.data[len(shardMagic)+8:], w.count)
	w.data = appendPath(w.data, path)
	return w.data
}

// shardFile is a shard that was read.
type shardFile struct {
	data   []byte
	first  uint64   // index of the first item
	starts []uint32 // where in data the salt of each item is
	tree   merkle.Tree
	path   [][32]byte // of the shard's top node
}

// decodeShard reads a shard, of which it keeps the bytes. The error wraps [ErrInvalid].
func decodeShard(data []byte) (*shardFile, error) {
	if len(data) > MaxShardBytes {
		return nil, fmt.Errorf("%w: a shard has %d bytes, at most %d are allowed", ErrInvalid, len(data), MaxShardBytes)
	}
	c := cursor.New(data, ErrInvalid)
	c.Magic(shardMagic, "shard")
	s := &shardFile{data: data, first: c.Uint64("index of the first item")}
	count := c.Uint32("number of items")
	// A small file must not make room for many items.
	if c.Err() == nil && (count == 0 || uint64(count) > uint64(c.Left()/entryMinBytes)) {
		c.Fail("%d items do not fit the %d bytes that follow", count, c.Left())
	}
	if c.Err() != nil {
		return nil, c.Err()
	}
	s.starts = make([]uint32, 0, count)
	leaves := make([]merkle.Hash, 0, count)
	for range count {
		s.starts = append(s.starts, uint32(c.At()))
		salt := c.Digest("salt")
		item := c.Counted(MaxItemBytes, "item")
		if c.Err() == nil && len(item) == 0 {
			c.Fail("an item is empty")
		}
		if c.Err() != nil {
			return nil, c.Err()
		}
		leaves = append(leaves, leafHash(salt, item))
	}
	s.path = readPath(&c)
	if err := c.End(); err != nil {
		return nil, err
	}
	s.tree = tree.Build(leaves)
	return s, nil
}

func (s *shardFile) items() uint64 { return uint64(len(s.starts)) }

// cost is roughly the memory that the shard takes, in bytes.
func (s *shardFile) cost() int64 {
	return int64(len(s.data)) + int64(len(s.starts))*(4+2*sha256.Size)
}

// opening returns an item of the shard, in memory of its own.
func (s *shardFile) opening(index uint64) Opening {
	at := int(index - s.first)
	c := cursor.New(s.data[s.starts[at]:], ErrInvalid)
	o := Opening{Index: index, Salt: c.Digest("salt"), Item: bytes.Clone(c.Counted(MaxItemBytes, "item"))}
	o.Proof = append(s.tree.Path(make([][32]byte, 0, maxPath), at), s.path...)
	return o
}

// verify checks that the shard is the one at a position of a set and that all its
// items are under the root. The error wraps [ErrChanged].
func (s *shardFile) verify(set *Set, position int) error {
	if first := uint64(position) * set.shardItems(); s.first != first || s.items() != set.Shards[position].Items {
		return fmt.Errorf("%w: shard %d holds %d items from %d on, the set declares %d from %d on",
			ErrChanged, position, s.items(), s.first, set.Shards[position].Items, first)
	}
	top, err := tree.Climb(s.tree.Top(), uint64(position), uint64(len(set.Shards)), s.path)
	if err != nil {
		return fmt.Errorf("%w: shard %d: %w", ErrChanged, position, err)
	}
	if rootHash(set.Items, top) != set.Root {
		return fmt.Errorf("%w: shard %d does not lead to root %x", ErrChanged, position, set.Root)
	}
	return nil
}
