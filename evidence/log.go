package evidence

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/agora-network/agora/internal/cursor"
	"github.com/agora-network/agora/internal/merkle"
)

// Limits of a log.
const (
	// MaxItems is the largest number of items in one log.
	MaxItems = 1 << 18
	// MaxOutputBytes bounds one kept response.
	MaxOutputBytes = 256 << 10
	// MaxLogBytes bounds the encoding of a log.
	MaxLogBytes = 256 << 20
	// MaxNameBytes bounds the chain id and the hotkeys of a header and a context.
	MaxNameBytes = 128
)

// logMagic begins every encoded log; its last byte is the format.
const logMagic = "agora-evidence\x04"

// entryMinBytes is the least an entry takes: an item with its length, no output.
const entryMinBytes = 4 + itemMinBytes + 1

// Header says of what a log is the evidence.
type Header struct {
	ChainID   string // chain id
	Netuid    uint32 // subnet
	Benchmark uint32 // number of the benchmark on the subnet
	Version   uint32 // version of the benchmark
	Epoch     uint64 // epoch in which the questions were asked
	Hotkey    string // address of the key that commits to the root
	// Context is the sha256 of the canonical bytes of the log's context.
	Context [32]byte
}

// Validate checks that chain id and hotkey are there and of bounded length; the
// error wraps [ErrInvalid].
func (h Header) Validate() error {
	if err := checkName("chain id of a header", h.ChainID); err != nil {
		return err
	}
	return checkName("hotkey of a header", h.Hotkey)
}

func (h Header) append(to []byte) []byte {
	to = cursor.AppendCounted(to, h.ChainID)
	to = binary.BigEndian.AppendUint32(to, h.Netuid)
	to = binary.BigEndian.AppendUint32(to, h.Benchmark)
	to = binary.BigEndian.AppendUint32(to, h.Version)
	to = binary.BigEndian.AppendUint64(to, h.Epoch)
	to = cursor.AppendCounted(to, h.Hotkey)
	return append(to, h.Context[:]...)
}

// Entry is an item together with the response it is about.
type Entry struct {
	Item Item
	// Output is the response's body, whose sha256 is Item.Output; nil when it is not
	// kept. It is stored beside the item but only its digest is under the root.
	Output []byte
}

// Log is the evidence of one validator for one epoch of one benchmark: what the
// scores rest on beside the answers, entries in ascending order of miner and index,
// and the tree over their items. It does not change.
type Log struct {
	header  Header
	context Context
	entries []Entry
	tree    merkle.Tree
}

// NewLog writes the context's digest into the header, sorts the entries by miner and
// index and builds the tree. It keeps the slices inside the context and the entries;
// the caller must not change them. The error wraps [ErrInvalid] for a header that
// names another context already, an item of a miner that is not in the context, a
// pair of miner and index that appears twice, an output that does not match its
// digest, anything out of range or more than [MaxItems] entries.
func NewLog(header Header, context Context, entries []Entry) (*Log, error) {
	digest, err := context.Digest()
	if err != nil {
		return nil, err
	}
	if header.Context != [32]byte{} && header.Context != digest {
		return nil, fmt.Errorf("%w: the header names context %x, this one is %x", ErrInvalid, header.Context, digest)
	}
	header.Context = digest
	sorted := slices.Clone(entries)
	slices.SortStableFunc(sorted, func(a, b Entry) int {
		switch {
		case a.Item.before(&b.Item):
			return -1
		case b.Item.before(&a.Item):
			return 1
		default:
			return 0
		}
	})
	return buildLog(header, context, sorted)
}

// buildLog checks entries that are in order already, and builds the tree. The header
// names the context, which is valid.
func buildLog(header Header, context Context, entries []Entry) (*Log, error) {
	if err := header.Validate(); err != nil {
		return nil, err
	}
	if len(entries) > MaxItems {
		return nil, fmt.Errorf("%w: %d items, at most %d are allowed", ErrInvalid, len(entries), MaxItems)
	}
	leaves := make([][32]byte, len(entries))
	var scratch []byte
	miner := 0 // position in the context of the miner of the entry
	for i := range entries {
		entry := &entries[i]
		if i > 0 && !entries[i-1].Item.before(&entry.Item) {
			return nil, fmt.Errorf("%w: item %d of miner %d appears twice or out of order", ErrInvalid, entry.Item.Index, entry.Item.MinerID)
		}
		if err := entry.Item.Validate(); err != nil {
			return nil, err
		}
		for miner < len(context.Miners) && context.Miners[miner].ID < entry.Item.MinerID {
			miner++
		}
		if miner == len(context.Miners) || context.Miners[miner].ID != entry.Item.MinerID {
			return nil, fmt.Errorf("%w: item %d is of miner %d, which is not in the context", ErrInvalid, entry.Item.Index, entry.Item.MinerID)
		}
		if err := entry.checkOutput(); err != nil {
			return nil, err
		}
		leaves[i], scratch = leafHash(&entry.Item, scratch)
	}
	return &Log{header: header, context: context, entries: entries, tree: tree.Build(leaves)}, nil
}

// size is the length of the entry in a blob.
func (e *Entry) size() int {
	size := 4 + e.Item.size() + 1
	if e.Output != nil {
		size += 4 + len(e.Output)
	}
	return size
}

func (e *Entry) checkOutput() error {
	switch {
	case e.Output == nil:
		return nil
	case len(e.Output) > MaxOutputBytes:
		return fmt.Errorf("%w: the output of item %d of miner %d has %d bytes, at most %d can be kept", ErrInvalid, e.Item.Index, e.Item.MinerID, len(e.Output), MaxOutputBytes)
	case sha256.Sum256(e.Output) != e.Item.Output:
		return fmt.Errorf("%w: the output of item %d of miner %d is not the one its digest names", ErrInvalid, e.Item.Index, e.Item.MinerID)
	}
	return nil
}

// Header returns what the log is the evidence of, with the digest of the context.
func (l *Log) Header() Header { return l.header }

// Context returns what the scores rest on beside the answers. Its slices must not be
// changed.
func (l *Log) Context() Context { return l.context }

// Len returns the number of items.
func (l *Log) Len() int { return len(l.entries) }

// Entry returns the entry at a position, 0 to Len()-1. Its slices must not be changed.
func (l *Log) Entry(position int) Entry { return l.entries[position] }

// Find returns the position of an item, and whether it is there.
func (l *Log) Find(minerID uint64, index uint32) (int, bool) {
	wanted := Item{MinerID: minerID, Index: index}
	return slices.BinarySearchFunc(l.entries, wanted, func(e Entry, wanted Item) int {
		switch {
		case e.Item.before(&wanted):
			return -1
		case wanted.before(&e.Item):
			return 1
		default:
			return 0
		}
	})
}

// Root returns what is revealed on the chain.
func (l *Log) Root() [32]byte {
	return rootHash(l.header, uint32(len(l.entries)), l.tree.Top())
}

// Proof opens the item at a position; the error wraps [ErrInvalid] for a position
// that is not in the log.
func (l *Log) Proof(position int) (Proof, error) {
	if position < 0 || position >= len(l.entries) {
		return Proof{}, fmt.Errorf("%w: no item at position %d of a log of %d", ErrInvalid, position, len(l.entries))
	}
	return Proof{Index: uint32(position), Count: uint32(len(l.entries)), Path: l.tree.Path(nil, position)}, nil
}

// Encode returns the log as one blob, whose layout the package comment has. The error wraps [ErrInvalid] when that is more than [MaxLogBytes].
func (l *Log) Encode() ([]byte, error) {
	header, context := l.header.append(nil), l.context.size()
	size := len(logMagic) + len(header) + 4 + context + 4
	for i := range l.entries {
		size += l.entries[i].size()
	}
	if size > MaxLogBytes {
		return nil, fmt.Errorf("%w: the log would take %d bytes, at most %d are allowed; keep fewer outputs", ErrInvalid, size, MaxLogBytes)
	}
	out := append(make([]byte, 0, size), logMagic...)
	out = append(out, header...)
	out = binary.BigEndian.AppendUint32(out, uint32(context))
	out = l.context.append(out)
	out = binary.BigEndian.AppendUint32(out, uint32(len(l.entries)))
	for i := range l.entries {
		entry := &l.entries[i]
		out = binary.BigEndian.AppendUint32(out, uint32(entry.Item.size()))
		out = entry.Item.append(out)
		if entry.Output == nil {
			out = append(out, 0)
			continue
		}
		out = append(out, 1)
		out = cursor.AppendCounted(out, entry.Output)
	}
	return out, nil
}

// DecodeLog reads a blob, checks the context and every output against their digests
// and builds the tree again. The log shares no memory with the blob. The error wraps [ErrEncoding]
// or [ErrInvalid]. Whether the log is the one that was committed to, its
// [Log.Root] tells.
func DecodeLog(data []byte) (*Log, error) {
	if len(data) > MaxLogBytes {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrEncoding, len(data), MaxLogBytes)
	}
	c := cursor.New(data, ErrEncoding)
	c.Magic(logMagic, "evidence log")
	header := Header{
		ChainID:   string(c.Counted(MaxNameBytes, "chain id")),
		Netuid:    c.Uint32("netuid"),
		Benchmark: c.Uint32("benchmark"),
		Version:   c.Uint32("version"),
		Epoch:     c.Uint64("epoch"),
		Hotkey:    string(c.Counted(MaxNameBytes, "hotkey")),
		Context:   c.Digest("digest of the context"),
	}
	context, err := readContext(&c, header.Context)
	if err != nil {
		return nil, err
	}
	count := readCount(&c, MaxItems, entryMinBytes, "items")
	if c.Err() != nil {
		return nil, c.Err()
	}
	entries := make([]Entry, 0, count)
	for range count {
		entry, err := readEntry(&c)
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry)
	}
	if err := c.End(); err != nil {
		return nil, err
	}
	return buildLog(header, context, entries)
}

// readContext reads a counted context that must be the one of the digest.
func readContext(c *cursor.Cursor, want [32]byte) (Context, error) {
	start := c.At()
	encoded := c.Counted(MaxContextBytes, "context")
	if c.Err() != nil {
		return Context{}, c.Err()
	}
	if got := sha256.Sum256(encoded); got != want {
		return Context{}, fmt.Errorf("%w: context at byte %d is %x, the header names %x", ErrInvalid, start, got, want)
	}
	context, err := DecodeContext(encoded)
	if err != nil {
		return Context{}, fmt.Errorf("context at byte %d: %w", start, err)
	}
	return context, nil
}

func readEntry(c *cursor.Cursor) (Entry, error) {
	start := c.At()
	encoded := c.Counted(itemMaxBytes, "item")
	if c.Err() != nil {
		return Entry{}, c.Err()
	}
	item, err := DecodeItem(encoded)
	if err != nil {
		return Entry{}, fmt.Errorf("item at byte %d: %w", start, err)
	}
	entry := Entry{Item: item}
	switch kept := c.Uint8("mark of the output"); kept {
	case 0:
	case 1:
		entry.Output = append([]byte{}, c.Counted(MaxOutputBytes, "output")...)
	default:
		c.Fail("mark of the output is %d, must be 0 or 1", kept)
	}
	return entry, c.Err()
}
