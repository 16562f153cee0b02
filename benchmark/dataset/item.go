package dataset

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/agora-network/agora/benchmark/question"
)

// Failures, for errors.Is. A source tells by them why an item cannot be had.
var (
	// ErrMissing: no place that was asked has it.
	ErrMissing = errors.New("data set item is missing")
	// ErrChanged: what came is not what the root or the digest of a shard binds.
	ErrChanged = errors.New("data set has changed")
	// ErrSize: what came does not have the declared size, or is larger than may be.
	ErrSize = errors.New("data set has another size")
	// ErrIndex: the set has no such item.
	ErrIndex = errors.New("data set has no such item")
	// ErrInvalid: an item, a shard, an opening or a manifest breaks a rule of its form.
	ErrInvalid = errors.New("data set is invalid")
	// ErrDuplicate: an item is in the set twice; see [DuplicateError].
	ErrDuplicate = errors.New("data set has an item twice")
)

// Limits of a set. Those of shards are what a spec can declare.
const (
	// MaxItems bounds the items of a set.
	MaxItems = 1<<32 - 1
	// MaxItemBytes bounds an item, 1 MiB; a question is bounded by question.MaxBytes.
	MaxItemBytes = 1 << 20
	// MaxShards bounds the shards of a set.
	MaxShards = 256
	// MaxShardBytes bounds a shard, 64 MiB.
	MaxShardBytes = 64 << 20
	// DefaultShardBytes is the size that shards are cut to when nothing else is asked
	// for, 1 MiB: what is fetched for one item of a set of which little is drawn.
	DefaultShardBytes = 1 << 20
)

// Kind is what the items of a set are.
type Kind string

// The kinds.
const (
	// Questions are items that are the canonical bytes of a question.Question.
	Questions Kind = "questions"
	// Documents are items that are plain text, UTF-8 and not empty.
	Documents Kind = "documents"
)

// Validate reports a kind that is not known; the error wraps [ErrInvalid].
func (k Kind) Validate() error {
	if k != Questions && k != Documents {
		return fmt.Errorf("%w: items are %q, known are %q and %q", ErrInvalid, k, Questions, Documents)
	}
	return nil
}

// Check reports whether bytes are an item of the kind. The error wraps [ErrInvalid].
func (k Kind) Check(item []byte) error {
	if k == Questions {
		_, err := Question(item)
		return err
	}
	switch {
	case len(item) == 0:
		return fmt.Errorf("%w: a document is empty", ErrInvalid)
	case len(item) > MaxItemBytes:
		return fmt.Errorf("%w: a document has %d bytes, at most %d are allowed", ErrInvalid, len(item), MaxItemBytes)
	case !utf8.Valid(item):
		return fmt.Errorf("%w: a document is not UTF-8", ErrInvalid)
	}
	return nil
}

// Question reads an item of a set of questions. The error wraps [ErrInvalid] when it
// is none, or not its canonical bytes.
func Question(item []byte) (question.Question, error) {
	q, err := question.Decode(item)
	if err != nil {
		return question.Question{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	encoded, err := q.Encode()
	if err != nil {
		return question.Question{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if !bytes.Equal(encoded, item) {
		return question.Question{}, fmt.Errorf("%w: a question is not in its canonical form", ErrInvalid)
	}
	return q, nil
}

// identity is what two items of a set must not share: a document's text, and a
// question's prompt, since the same prompt cannot have two right answers.
func (k Kind) identity(item []byte) ([sha256.Size]byte, error) {
	if k == Questions {
		q, err := Question(item)
		return sha256.Sum256([]byte(q.Prompt)), err
	}
	return sha256.Sum256(item), k.Check(item)
}

const saltTag = "agora/data-salt1"

// saltOf makes an item's salt. The item is part of it, so that a seed that is used
// for a second set does not open items of the first.
func saltOf(seed [32]byte, index uint64, item []byte) [32]byte {
	digest := sha256.Sum256(item)
	in := append(make([]byte, 0, len(saltTag)+32+8+32), saltTag...)
	in = append(in, seed[:]...)
	in = binary.BigEndian.AppendUint64(in, index)
	in = append(in, digest[:]...)
	return sha256.Sum256(in)
}
