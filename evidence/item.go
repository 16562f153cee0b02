package evidence

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/agora-network/agora/internal/cursor"
)

var (
	// ErrInvalid is wrapped by the errors for items, headers and logs that break a rule.
	ErrInvalid = errors.New("evidence is invalid")
	// ErrEncoding is wrapped by every failure to decode.
	ErrEncoding = errors.New("evidence is not canonically encoded")
)

// Limits of an item.
const (
	// MaxScore is the best score: 1 in units of 1e-9.
	MaxScore = 1_000_000_000
	// MaxReceiptBytes bounds the receipt of an item.
	MaxReceiptBytes = 4096
)

// Outcome is what became of a question. The numbers are those of the benchmark
// package's outcomes.
type Outcome uint8

// The outcomes.
const (
	// OutcomeAbstained: could not be asked or scored by no fault of the miner; does not count.
	OutcomeAbstained Outcome = 0
	// OutcomeScored: answered in time; Score holds.
	OutcomeScored Outcome = 1
	// OutcomeUnanswered: no answer in time; counts as 0.
	OutcomeUnanswered Outcome = 2
)

// Item is one scored question, small and of fixed shape; the texts are named by
// their digests.
type Item struct {
	MinerID   uint64   // miner that was asked
	Index     uint32   // position of the question in the miner's draw
	Seed      [32]byte // seed of the question, from which it is drawn again
	Input     [32]byte // sha256 of the request's body; zero when none was sent
	Output    [32]byte // sha256 of the response's body; zero when there was none
	Outcome   Outcome  // whether the question counts
	Score     int64    // 0 to MaxScore; 0 unless OutcomeScored
	LatencyMs uint32   // from sending the request to the whole answer, in milliseconds
	Receipt   []byte   // the miner's signed receipt, at most MaxReceiptBytes; empty when there was none
}

// itemFormat is the first byte of an item's canonical bytes.
const itemFormat = 1

// itemMinBytes is the length of an item without a receipt.
const itemMinBytes = 1 + 8 + 4 + 3*32 + 1 + 8 + 4 + 4

// Validate checks the ranges of an item; the error wraps [ErrInvalid].
func (i *Item) Validate() error {
	switch {
	case i.Outcome > OutcomeUnanswered:
		return fmt.Errorf("%w: outcome %d of item %d of miner %d is not known", ErrInvalid, i.Outcome, i.Index, i.MinerID)
	case i.Score < 0 || i.Score > MaxScore:
		return fmt.Errorf("%w: score %d of item %d of miner %d, must be 0 to %d", ErrInvalid, i.Score, i.Index, i.MinerID, MaxScore)
	case i.Outcome != OutcomeScored && i.Score != 0:
		return fmt.Errorf("%w: item %d of miner %d has score %d but was not scored", ErrInvalid, i.Index, i.MinerID, i.Score)
	case len(i.Receipt) > MaxReceiptBytes:
		return fmt.Errorf("%w: receipt of item %d of miner %d has %d bytes, at most %d are allowed", ErrInvalid, i.Index, i.MinerID, len(i.Receipt), MaxReceiptBytes)
	}
	return nil
}

// Encode returns the canonical bytes: the format (1), then the fields in their
// order in [Item], integers big-endian, the receipt after its length in four bytes.
func (i *Item) Encode() ([]byte, error) {
	if err := i.Validate(); err != nil {
		return nil, err
	}
	return i.append(make([]byte, 0, itemMinBytes+len(i.Receipt))), nil
}

// append writes the canonical bytes of a valid item.
func (i *Item) append(to []byte) []byte {
	to = append(to, itemFormat)
	to = binary.BigEndian.AppendUint64(to, i.MinerID)
	to = binary.BigEndian.AppendUint32(to, i.Index)
	to = append(to, i.Seed[:]...)
	to = append(to, i.Input[:]...)
	to = append(to, i.Output[:]...)
	to = append(to, byte(i.Outcome))
	to = binary.BigEndian.AppendUint64(to, uint64(i.Score))
	to = binary.BigEndian.AppendUint32(to, i.LatencyMs)
	return cursor.AppendCounted(to, i.Receipt)
}

// DecodeItem reads canonical bytes. The item shares no memory with them. The error
// wraps [ErrEncoding] or [ErrInvalid].
func DecodeItem(data []byte) (Item, error) {
	c := cursor.New(data, ErrEncoding)
	c.Format(itemFormat)
	item := Item{
		MinerID:   c.Uint64("miner id"),
		Index:     c.Uint32("index"),
		Seed:      c.Digest("seed"),
		Input:     c.Digest("input digest"),
		Output:    c.Digest("output digest"),
		Outcome:   Outcome(c.Uint8("outcome")),
		Score:     int64(c.Uint64("score")),
		LatencyMs: c.Uint32("latency"),
	}
	item.Receipt = append(item.Receipt, c.Counted(MaxReceiptBytes, "receipt")...)
	if err := c.End(); err != nil {
		return Item{}, err
	}
	if err := item.Validate(); err != nil {
		return Item{}, err
	}
	return item, nil
}

// before orders items by miner, then by index.
func (i *Item) before(other *Item) bool {
	if i.MinerID != other.MinerID {
		return i.MinerID < other.MinerID
	}
	return i.Index < other.Index
}
