package evidence

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrEncoding is wrapped by every failure to decode.
var ErrEncoding = errors.New("evidence is not canonically encoded")

// cursor reads a canonical encoding from front to back. After the first failure
// everything it returns is zero and err says what was wrong and where.
type cursor struct {
	data []byte
	at   int
	err  error
}

func (c *cursor) fail(format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf("%w: at byte %d: %s", ErrEncoding, c.at, fmt.Sprintf(format, args...))
	}
}

// left is the number of bytes that have not been read.
func (c *cursor) left() int { return len(c.data) - c.at }

// take returns the next n bytes of the input, without copying them.
func (c *cursor) take(n int, what string) []byte {
	if c.err == nil && n > c.left() {
		c.fail("%s needs %d bytes, %d are left", what, n, c.left())
	}
	if c.err != nil {
		return nil
	}
	part := c.data[c.at : c.at+n : c.at+n]
	c.at += n
	return part
}

func (c *cursor) uint8(what string) uint8 {
	if part := c.take(1, what); part != nil {
		return part[0]
	}
	return 0
}

func (c *cursor) uint32(what string) uint32 {
	if part := c.take(4, what); part != nil {
		return binary.BigEndian.Uint32(part)
	}
	return 0
}

func (c *cursor) uint64(what string) uint64 {
	if part := c.take(8, what); part != nil {
		return binary.BigEndian.Uint64(part)
	}
	return 0
}

func (c *cursor) digest(what string) (digest [32]byte) {
	copy(digest[:], c.take(len(digest), what))
	return digest
}

// counted returns bytes that follow their length, of which there may be at most most.
func (c *cursor) counted(most int, what string) []byte {
	n := c.uint32("length of " + what)
	if c.err == nil && uint64(n) > uint64(most) {
		c.fail("%s has %d bytes, at most %d are allowed", what, n, most)
	}
	return c.take(int(n), what)
}

// end reports the first failure, or that bytes are left over.
func (c *cursor) end() error {
	if c.err == nil && c.left() > 0 {
		c.fail("%d bytes follow the end", c.left())
	}
	return c.err
}

func appendCounted[T []byte | string](to []byte, part T) []byte {
	to = binary.BigEndian.AppendUint32(to, uint32(len(part)))
	return append(to, part...)
}
