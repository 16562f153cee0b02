package evidence

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/agora-network/agora/internal/cursor"
)

// Limits of a context.
const (
	// MaxValidators is the largest number of validators in one context.
	MaxValidators = 1024
	// MaxMiners is the largest number of miners in one context.
	MaxMiners = 1 << 16
	// MaxModelBytes bounds the name of a miner's model.
	MaxModelBytes = 128
	// MaxContextBytes bounds the canonical bytes of a context.
	MaxContextBytes = contextMinBytes + MaxValidators*(4+MaxNameBytes) + MaxMiners*(minerMinBytes-1+MaxNameBytes+MaxModelBytes+standingBytes)
)

const (
	// contextFormat is the first byte of a context's canonical bytes.
	contextFormat = 3
	// contextMinBytes is the length of a context of nobody.
	contextMinBytes = 1 + 3*32 + 2*8 + 4 + 4
	// minerMinBytes is the least a miner takes: a hotkey of one byte, no model, never measured.
	minerMinBytes = 8 + 4 + 1 + 4 + 8 + 1
	// standingBytes is what a standing takes after the mark that there is one.
	standingBytes = 3 * 8
)

// Context is what the scores of an epoch rest on beside the answers: with it, the
// answers and the benchmark, anybody computes the same scores again. Its digest is
// in the [Header], so it is under the root.
type Context struct {
	SpecDigest  [32]byte // sha256 of the benchmark's canonical bytes
	Beacon      [32]byte // beacon of the epoch, from which the questions are drawn
	Secret      [32]byte // what the validator mixed into the draw of its questions: secret until its row was opened; zero: nothing
	StartHeight uint64   // first block of the epoch
	Blocks      uint64   // length of the epoch in blocks, at least 1
	Validators  []string // hotkeys that share the questions: ascending, none twice, at most MaxValidators, each of 1 to MaxNameBytes bytes
	Miners      []Miner  // miners that were registered: ascending by id, none twice, at most MaxMiners
}

// Miner is a miner as the validator saw it before the epoch.
type Miner struct {
	ID     uint64   // number of the miner on the subnet
	Hotkey string   // address of the key that must have signed its receipts, of 1 to MaxNameBytes bytes
	Model  string   // name of the model that it was asked for, of at most MaxModelBytes bytes; empty when it publishes none
	Since  uint64   // block of its registration
	Before Standing // what earlier epochs say of it
}

// Standing is what earlier epochs say of a miner; all zero unless Measured.
type Standing struct {
	Measured bool   // whether an earlier epoch measured the miner
	Score    int64  // smoothed score, 0 to MaxScore
	Epoch    uint64 // epoch that measured it last
	Height   uint64 // first block of that epoch
}

// Validate checks the ranges and the order of a context; the error wraps [ErrInvalid].
func (c *Context) Validate() error {
	switch {
	case c.Blocks < 1:
		return fmt.Errorf("%w: the epoch of a context has no blocks, must have at least 1", ErrInvalid)
	case c.Blocks > math.MaxUint64-c.StartHeight:
		return fmt.Errorf("%w: an epoch of %d blocks that starts at block %d has no end", ErrInvalid, c.Blocks, c.StartHeight)
	case len(c.Validators) > MaxValidators:
		return fmt.Errorf("%w: %d validators share the questions, at most %d are allowed", ErrInvalid, len(c.Validators), MaxValidators)
	case len(c.Miners) > MaxMiners:
		return fmt.Errorf("%w: %d miners in a context, at most %d are allowed", ErrInvalid, len(c.Miners), MaxMiners)
	}
	for i, hotkey := range c.Validators {
		if err := checkName("hotkey of a validator", hotkey); err != nil {
			return err
		}
		if i > 0 && c.Validators[i-1] >= hotkey {
			return fmt.Errorf("%w: validator %q appears twice or out of order", ErrInvalid, hotkey)
		}
	}
	for i := range c.Miners {
		miner := &c.Miners[i]
		if i > 0 && c.Miners[i-1].ID >= miner.ID {
			return fmt.Errorf("%w: miner %d appears twice or out of order", ErrInvalid, miner.ID)
		}
		if err := checkName("hotkey of a miner", miner.Hotkey); err != nil {
			return err
		}
		if len(miner.Model) > MaxModelBytes {
			return fmt.Errorf("%w: the model of miner %d has a name of %d bytes, at most %d are allowed", ErrInvalid, miner.ID, len(miner.Model), MaxModelBytes)
		}
		if err := miner.Before.validate(); err != nil {
			return fmt.Errorf("miner %d: %w", miner.ID, err)
		}
	}
	return nil
}

func (s Standing) validate() error {
	switch {
	case !s.Measured && s != Standing{}:
		return fmt.Errorf("%w: a standing that was never measured has score %d, epoch %d, height %d, must have zeros", ErrInvalid, s.Score, s.Epoch, s.Height)
	case s.Score < 0 || s.Score > MaxScore:
		return fmt.Errorf("%w: standing %d, must be 0 to %d", ErrInvalid, s.Score, MaxScore)
	}
	return nil
}

// Miner returns the miner of an id, and whether it is there.
func (c *Context) Miner(id uint64) (Miner, bool) {
	at, found := slices.BinarySearchFunc(c.Miners, id, func(m Miner, id uint64) int {
		switch {
		case m.ID < id:
			return -1
		case m.ID > id:
			return 1
		default:
			return 0
		}
	})
	if !found {
		return Miner{}, false
	}
	return c.Miners[at], true
}

// Encode returns the canonical bytes, at most [MaxContextBytes]; the package
// comment has their layout. The error wraps [ErrInvalid].
func (c *Context) Encode() ([]byte, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return c.append(make([]byte, 0, c.size())), nil
}

// Digest returns the sha256 of the canonical bytes. The error wraps [ErrInvalid].
func (c *Context) Digest() ([32]byte, error) {
	encoded, err := c.Encode()
	if err != nil {
		return [32]byte{}, err
	}
	return sha256.Sum256(encoded), nil
}

// size is the length of the canonical bytes of a valid context.
func (c *Context) size() int {
	size := contextMinBytes
	for _, hotkey := range c.Validators {
		size += 4 + len(hotkey)
	}
	for i := range c.Miners {
		size += minerMinBytes - 1 + len(c.Miners[i].Hotkey) + len(c.Miners[i].Model)
		if c.Miners[i].Before.Measured {
			size += standingBytes
		}
	}
	return size
}

// append writes the canonical bytes of a valid context.
func (c *Context) append(to []byte) []byte {
	to = append(to, contextFormat)
	to = append(to, c.SpecDigest[:]...)
	to = append(to, c.Beacon[:]...)
	to = append(to, c.Secret[:]...)
	to = binary.BigEndian.AppendUint64(to, c.StartHeight)
	to = binary.BigEndian.AppendUint64(to, c.Blocks)
	to = binary.BigEndian.AppendUint32(to, uint32(len(c.Validators)))
	for _, hotkey := range c.Validators {
		to = cursor.AppendCounted(to, hotkey)
	}
	to = binary.BigEndian.AppendUint32(to, uint32(len(c.Miners)))
	for i := range c.Miners {
		miner := &c.Miners[i]
		to = binary.BigEndian.AppendUint64(to, miner.ID)
		to = cursor.AppendCounted(to, miner.Hotkey)
		to = cursor.AppendCounted(to, miner.Model)
		to = binary.BigEndian.AppendUint64(to, miner.Since)
		if !miner.Before.Measured {
			to = append(to, 0)
			continue
		}
		to = append(to, 1)
		to = binary.BigEndian.AppendUint64(to, uint64(miner.Before.Score))
		to = binary.BigEndian.AppendUint64(to, miner.Before.Epoch)
		to = binary.BigEndian.AppendUint64(to, miner.Before.Height)
	}
	return to
}

// DecodeContext reads canonical bytes. The context shares no memory with them. The
// error wraps [ErrEncoding] or [ErrInvalid].
func DecodeContext(data []byte) (Context, error) {
	c := cursor.New(data, ErrEncoding)
	c.Format(contextFormat)
	context := Context{
		SpecDigest:  c.Digest("digest of the benchmark"),
		Beacon:      c.Digest("beacon"),
		Secret:      c.Digest("secret"),
		StartHeight: c.Uint64("first block"),
		Blocks:      c.Uint64("length of the epoch"),
	}
	if n := readCount(&c, MaxValidators, 4+1, "validators"); n > 0 {
		context.Validators = make([]string, n)
		for i := 0; c.Err() == nil && i < n; i++ {
			context.Validators[i] = string(c.Counted(MaxNameBytes, "hotkey of a validator"))
		}
	}
	if n := readCount(&c, MaxMiners, minerMinBytes, "miners"); n > 0 {
		context.Miners = make([]Miner, n)
		for i := 0; c.Err() == nil && i < n; i++ {
			context.Miners[i] = readMiner(&c)
		}
	}
	if err := c.End(); err != nil {
		return Context{}, err
	}
	if err := context.Validate(); err != nil {
		return Context{}, err
	}
	return context, nil
}

// readCount reads a number of things of at least size bytes each. It makes the
// reading fail, and returns 0, for more than most and for more than the bytes that
// follow can hold, lest a small encoding make room for many.
func readCount(c *cursor.Cursor, most, size int, what string) int {
	n := c.Uint32("number of " + what)
	switch {
	case c.Err() != nil:
		return 0
	case uint64(n) > uint64(most):
		c.Fail("%d %s, at most %d are allowed", n, what, most)
		return 0
	case uint64(n) > uint64(c.Left()/size):
		c.Fail("%d %s do not fit the %d bytes that follow", n, what, c.Left())
		return 0
	}
	return int(n)
}

func readMiner(c *cursor.Cursor) Miner {
	miner := Miner{
		ID:     c.Uint64("id of a miner"),
		Hotkey: string(c.Counted(MaxNameBytes, "hotkey of a miner")),
		Model:  string(c.Counted(MaxModelBytes, "model of a miner")),
		Since:  c.Uint64("block of registration"),
	}
	switch measured := c.Uint8("mark of a standing"); measured {
	case 0:
	case 1:
		miner.Before = Standing{
			Measured: true,
			Score:    int64(c.Uint64("score of a standing")),
			Epoch:    c.Uint64("epoch of a standing"),
			Height:   c.Uint64("height of a standing"),
		}
	default:
		c.Fail("mark of a standing is %d, must be 0 or 1", measured)
	}
	return miner
}

// checkName checks the length of a chain id or an address.
func checkName(what, text string) error {
	if len(text) < 1 || len(text) > MaxNameBytes {
		return fmt.Errorf("%w: the %s has %d bytes, must have 1 to %d", ErrInvalid, what, len(text), MaxNameBytes)
	}
	return nil
}
