package dataset

import (
	"crypto/sha256"
	"fmt"
	"iter"
	"strings"

	"github.com/agora-network/agora/internal/merkle"
)

// Item is an item on its way into a set.
type Item struct {
	// Bytes are the item. They may be overwritten when the next item comes.
	Bytes []byte
	// Line is where it stands in the file it was read from, from 1; 0 if in none.
	Line int
}

// Options of [Build].
type Options struct {
	// Kind is what the items are.
	Kind Kind
	// Seed makes the salts. It must be secret as long as an item is to be. It need not
	// be kept: the shards hold the salts. The same seed and items give the same set.
	Seed [32]byte
	// ShardBytes is the size that shards should not exceed. Default [DefaultShardBytes];
	// exceeded where that would take more than [MaxShards] shards, or for one large item.
	ShardBytes int64
}

// maxDuplicates bounds how many duplicates are reported.
const maxDuplicates = 10

// DuplicateError says which items are in the set twice. It is [ErrDuplicate].
type DuplicateError struct {
	Kind Kind
	// Pairs are the first duplicates, at most 10 of them.
	Pairs []DuplicatePair
}

// DuplicatePair is the place of an item and where it was seen before.
type DuplicatePair struct{ Place, First Place }

// Place is where an item stands: its index in the set, and its line if it was read
// from a file.
type Place struct {
	Index uint64
	Line  int
}

func (p Place) String() string {
	if p.Line > 0 {
		return fmt.Sprintf("line %d", p.Line)
	}
	return fmt.Sprintf("item %d", p.Index)
}

// Error lists the places.
func (e *DuplicateError) Error() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s: ", ErrDuplicate.Error())
	for i, pair := range e.Pairs {
		if i > 0 {
			out.WriteString(", ")
		}
		same := "has the text of"
		if e.Kind == Questions {
			same = "asks the same as"
		}
		fmt.Fprintf(&out, "%s %s %s", pair.Place, same, pair.First)
	}
	if len(e.Pairs) == maxDuplicates {
		out.WriteString("; perhaps more")
	}
	return out.String()
}

// Is tells that it is [ErrDuplicate].
func (e *DuplicateError) Is(target error) bool { return target == ErrDuplicate }

// Build makes a set. It goes through the items twice, which must be the same both
// times: once for the tree, once for the shards, which it hands to emit in order; the
// content is overwritten after emit returns. It keeps about 100 bytes of memory for
// each item, and one shard.
//
// The error is that of the items or of emit, or wraps [ErrInvalid] (an item that is
// none, no items, other items the second time), [ErrSize] (a set that does not fit
// [MaxShards] of [MaxShardBytes]) or is a [*DuplicateError].
func Build(items iter.Seq2[Item, error], options Options, emit func(shard Shard, content []byte) error) (Manifest, error) {
	if err := options.Kind.Validate(); err != nil {
		return Manifest{}, err
	}
	if options.ShardBytes <= 0 {
		options.ShardBytes = DefaultShardBytes
	}
	b := builder{options: options, seen: map[[16]byte]Place{}}
	if err := each(items, b.measure); err != nil {
		return Manifest{}, err
	}
	if len(b.duplicates) > 0 {
		return Manifest{}, &DuplicateError{Kind: options.Kind, Pairs: b.duplicates}
	}
	b.seen = nil
	power, err := b.plan.power(options.ShardBytes)
	if err != nil {
		return Manifest{}, err
	}
	b.layOut(power)
	b.emit = emit
	if err := each(items, b.write); err != nil {
		return Manifest{}, err
	}
	if b.written != b.count() {
		return Manifest{}, b.otherItems()
	}
	return b.manifest, b.manifest.Validate()
}

// each visits the items; errors name their place.
func each(items iter.Seq2[Item, error], visit func(index uint64, item Item) error) error {
	index := uint64(0)
	for item, err := range items {
		if err != nil {
			return err
		}
		if err := visit(index, item); err != nil {
			return fmt.Errorf("%s: %w", Place{Index: index, Line: item.Line}, err)
		}
		index++
	}
	return nil
}

type builder struct {
	options Options

	// The first time through.
	seen       map[[16]byte]Place
	duplicates []DuplicatePair
	leaves     []merkle.Hash
	plan       planner

	// The second time through.
	manifest Manifest
	perShard uint64
	upper    merkle.Tree // over the top nodes of the shards
	shard    shardWriter
	written  uint64
	emit     func(Shard, []byte) error
}

func (b *builder) count() uint64 { return uint64(len(b.leaves)) }

func (b *builder) measure(index uint64, item Item) error {
	if index >= MaxItems {
		return fmt.Errorf("%w: more than %d items", ErrSize, uint64(MaxItems))
	}
	identity, err := b.options.Kind.identity(item.Bytes)
	if err != nil {
		return err
	}
	place := Place{Index: index, Line: item.Line}
	// 16 bytes of the digest: two items that agree in them are not found by accident.
	if first, twice := b.seen[[16]byte(identity[:16])]; twice {
		if b.duplicates = append(b.duplicates, DuplicatePair{Place: place, First: first}); len(b.duplicates) == maxDuplicates {
			return &DuplicateError{Kind: b.options.Kind, Pairs: b.duplicates}
		}
		return nil
	}
	b.seen[[16]byte(identity[:16])] = place
	b.leaves = append(b.leaves, leafHash(saltOf(b.options.Seed, index, item.Bytes), item.Bytes))
	b.plan.add(len(item.Bytes))
	return nil
}

// layOut fixes the number of items in a shard, builds the tree and with it the root.
func (b *builder) layOut(power int) {
	b.perShard = 1 << power
	var tops []merkle.Hash
	for first := uint64(0); first < b.count(); first += b.perShard {
		tops = append(tops, tree.Build(b.leaves[first:min(first+b.perShard, b.count())]).Top())
	}
	b.upper = tree.Build(tops)
	b.manifest = Manifest{Kind: b.options.Kind, Set: Set{Root: rootHash(b.count(), b.upper.Top()), Items: b.count()}}
}

func (b *builder) write(index uint64, item Item) error {
	salt := saltOf(b.options.Seed, index, item.Bytes)
	if index >= b.count() || leafHash(salt, item.Bytes) != b.leaves[index] {
		return b.otherItems()
	}
	if index%b.perShard == 0 {
		b.shard.begin(index)
	}
	b.shard.add(salt, item.Bytes)
	b.written++
	if b.written%b.perShard != 0 && b.written != b.count() {
		return nil
	}
	content := b.shard.finish(b.upper.Path(nil, len(b.manifest.Shards)))
	shard := Shard{SHA256: sha256.Sum256(content), Length: int64(len(content)), Items: uint64(b.shard.count)}
	b.manifest.Shards = append(b.manifest.Shards, shard)
	return b.emit(shard, content)
}

func (b *builder) otherItems() error {
	return fmt.Errorf("%w: the items were others when they were read again; do not change them while a set is built", ErrInvalid)
}

// planner finds out, while items pass, how large shards would be of every power of
// two of items.
type planner struct {
	items   uint64
	current [33]int64 // size of the shard that is being filled
	largest [33]int64 // size of the largest shard
}

func (p *planner) add(itemBytes int) {
	p.items++
	for power := range p.current {
		p.current[power] += int64(entryMinBytes - 1 + itemBytes)
		p.largest[power] = max(p.largest[power], p.current[power])
		if p.items%(1<<power) == 0 {
			p.current[power] = 0
		}
	}
}

// power returns the binary logarithm of the items of a shard: the most that keep
// every shard within target bytes, more where that would be too many shards.
func (p *planner) power(target int64) (int, error) {
	if p.items == 0 {
		return 0, fmt.Errorf("%w: there are no items", ErrInvalid)
	}
	power := 0
	for power+1 < len(p.largest) && p.largest[power+1]+int64(shardOverhead) <= target && 1<<power < p.items {
		power++
	}
	for (p.items+1<<power-1)>>power > MaxShards {
		power++
	}
	if size := p.largest[power] + int64(shardOverhead); size > MaxShardBytes {
		return 0, fmt.Errorf("%w: a set has at most %d shards of at most %d bytes; one with %d items would have %d bytes: make several sets of it",
			ErrSize, MaxShards, MaxShardBytes, uint64(1)<<power, size)
	}
	return power, nil
}
