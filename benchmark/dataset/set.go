package dataset

import (
	"fmt"
	"math/bits"
)

// Set is what a spec declares of a data set.
type Set struct {
	// Root binds every item and their number.
	Root [32]byte
	// Items is the number of items, 1 to [MaxItems].
	Items uint64
	// Shards hold the items in order; there are none if the set is sealed.
	Shards []Shard
}

// Shard declares a file.
type Shard struct {
	// SHA256 is the digest of the file.
	SHA256 [32]byte
	// Length is the size of the file in bytes.
	Length int64
	// Items is the number of items in it.
	Items uint64
}

// Sealed tells whether items are opened one by one by the owner of the set.
func (s *Set) Sealed() bool { return len(s.Shards) == 0 }

// Validate checks that the shards can be the whole set: every one but the last has
// the same number of items, a power of two, the last at most as many, and together
// they have all. The error wraps [ErrInvalid].
func (s *Set) Validate() error {
	switch {
	case s.Items < 1 || s.Items > MaxItems:
		return fmt.Errorf("%w: it has %d items, must have 1 to %d", ErrInvalid, s.Items, uint64(MaxItems))
	case len(s.Shards) > MaxShards:
		return fmt.Errorf("%w: it has %d shards, at most %d are allowed", ErrInvalid, len(s.Shards), MaxShards)
	}
	left := s.Items
	for i, shard := range s.Shards {
		if shard.Length < 1 || shard.Length > MaxShardBytes {
			return fmt.Errorf("%w: shard %d has %d bytes, must have 1 to %d", ErrInvalid, i, shard.Length, MaxShardBytes)
		}
		last := i == len(s.Shards)-1
		switch most := s.shardItems(); {
		case shard.Items < 1 || shard.Items > left:
			return fmt.Errorf("%w: shard %d has %d items, %d are left to be in it", ErrInvalid, i, shard.Items, left)
		case !last && (shard.Items != most || bits.OnesCount64(most) != 1):
			return fmt.Errorf("%w: shard %d has %d items; all but the last must have the same power of two", ErrInvalid, i, shard.Items)
		case shard.Items > most:
			return fmt.Errorf("%w: the last shard has %d items, the others have %d", ErrInvalid, shard.Items, most)
		}
		left -= shard.Items
	}
	if !s.Sealed() && left > 0 {
		return fmt.Errorf("%w: it has %d items, %d of them are in no shard", ErrInvalid, s.Items, left)
	}
	return nil
}

// shardItems is the number of items of every shard but the last.
func (s *Set) shardItems() uint64 { return s.Shards[0].Items }
