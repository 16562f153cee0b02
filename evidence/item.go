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
	// MaxReasonBytes bounds the reason of an item.
	MaxReasonBytes = 32
	// MaxBaseBytes bounds the base of a request's path.
	MaxBaseBytes = 64
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
	Question  [32]byte // sha256 of the canonical bytes of the question; zero when none could be made
	Input     [32]byte // sha256 of the request's body; zero when none was sent
	Output    [32]byte // sha256 of the response's body; zero when there was none
	Outcome   Outcome  // whether the question counts
	Score     int64    // 0 to MaxScore; 0 unless OutcomeScored
	LatencyMs uint32   // from sending the request to the whole answer, in milliseconds
	Tokens    uint32   // tokens of the answer as they were scored
	Request   Request  // the signed request that the receipt is for; zero when nothing came back
	Receipt   []byte   // the miner's signed receipt, at most MaxReceiptBytes; empty when there was none
	Reason    string   // why there is no score, or an odd one: at most MaxReasonBytes of a-z, 0-9 and '_'; may be empty
}

// Request is what else the validator signed when it asked. With the question, the
// model and the header of the log it makes the digest that a receipt names: so a
// receipt shows that the miner gave this answer to this question.
type Request struct {
	Millis int64    // the validator's clock, in milliseconds since 1970; 0 when there is no request, then all is zero
	Nonce  [16]byte // drawn for this request
	Base   string   // path of the miner's endpoint, before that of the API: empty or beginning with a slash, at most MaxBaseBytes
}

func (r *Request) validate() error {
	switch {
	case r.Millis == 0 && *r != Request{}:
		return errors.New("a request that was never signed has a nonce or a path")
	case r.Millis < 0:
		return fmt.Errorf("the request was signed at millisecond %d, before 1970", r.Millis)
	case len(r.Base) > MaxBaseBytes:
		return fmt.Errorf("the path of the endpoint has %d bytes, at most %d are allowed", len(r.Base), MaxBaseBytes)
	case r.Base != "" && r.Base[0] != '/':
		return fmt.Errorf("the path %q of the endpoint does not begin with a slash", r.Base)
	}
	return nil
}

// itemFormat is the first byte of an item's canonical bytes.
const itemFormat = 3

// Bounds of the length of an item's canonical bytes.
const (
	itemMinBytes = 1 + 8 + 4 + 4*32 + 1 + 8 + 4 + 4 + 8 + 16 + 4 + 4 + 4 // without base, receipt and reason
	itemMaxBytes = itemMinBytes + MaxBaseBytes + MaxReceiptBytes + MaxReasonBytes
)

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
	case len(i.Reason) > MaxReasonBytes:
		return fmt.Errorf("%w: reason of item %d of miner %d has %d bytes, at most %d are allowed", ErrInvalid, i.Index, i.MinerID, len(i.Reason), MaxReasonBytes)
	case !isReason(i.Reason):
		return fmt.Errorf("%w: reason %q of item %d of miner %d, may have a-z, 0-9 and '_' only", ErrInvalid, i.Reason, i.Index, i.MinerID)
	}
	if err := i.Request.validate(); err != nil {
		return fmt.Errorf("%w: item %d of miner %d: %w", ErrInvalid, i.Index, i.MinerID, err)
	}
	return nil
}

func isReason(text string) bool {
	for _, char := range []byte(text) {
		if (char < 'a' || char > 'z') && (char < '0' || char > '9') && char != '_' {
			return false
		}
	}
	return true
}

// Encode returns the canonical bytes: the format (3), then the fields in their order
// in [Item], integers big-endian, texts and receipt after their lengths in four bytes.
func (i *Item) Encode() ([]byte, error) {
	if err := i.Validate(); err != nil {
		return nil, err
	}
	return i.append(make([]byte, 0, i.size())), nil
}

// size is the length of the canonical bytes.
func (i *Item) size() int { return itemMinBytes + len(i.Request.Base) + len(i.Receipt) + len(i.Reason) }

// append writes the canonical bytes of a valid item.
func (i *Item) append(to []byte) []byte {
	to = append(to, itemFormat)
	to = binary.BigEndian.AppendUint64(to, i.MinerID)
	to = binary.BigEndian.AppendUint32(to, i.Index)
	to = append(to, i.Seed[:]...)
	to = append(to, i.Question[:]...)
	to = append(to, i.Input[:]...)
	to = append(to, i.Output[:]...)
	to = append(to, byte(i.Outcome))
	to = binary.BigEndian.AppendUint64(to, uint64(i.Score))
	to = binary.BigEndian.AppendUint32(to, i.LatencyMs)
	to = binary.BigEndian.AppendUint32(to, i.Tokens)
	to = binary.BigEndian.AppendUint64(to, uint64(i.Request.Millis))
	to = append(to, i.Request.Nonce[:]...)
	to = cursor.AppendCounted(to, i.Request.Base)
	to = cursor.AppendCounted(to, i.Receipt)
	return cursor.AppendCounted(to, i.Reason)
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
		Question:  c.Digest("question digest"),
		Input:     c.Digest("input digest"),
		Output:    c.Digest("output digest"),
		Outcome:   Outcome(c.Uint8("outcome")),
		Score:     int64(c.Uint64("score")),
		LatencyMs: c.Uint32("latency"),
		Tokens:    c.Uint32("tokens"),
	}
	item.Request.Millis = int64(c.Uint64("time of the request"))
	copy(item.Request.Nonce[:], c.Take(len(item.Request.Nonce), "nonce of the request"))
	item.Request.Base = string(c.Counted(MaxBaseBytes, "path of the endpoint"))
	item.Receipt = append(item.Receipt, c.Counted(MaxReceiptBytes, "receipt")...)
	item.Reason = string(c.Counted(MaxReasonBytes, "reason"))
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
