// Package cursor reads canonical encodings: integers big-endian, strings after their
// length in four bytes, nothing left over. A [Cursor] is used by one goroutine.
package cursor

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Cursor reads an encoding from front to back. After the first failure everything it
// returns is zero and [Cursor.Err] says what was wrong and where.
type Cursor struct {
	data     []byte
	at       int
	sentinel error
	err      error
}

// New starts to read data. All errors wrap the sentinel.
func New(data []byte, sentinel error) Cursor { return Cursor{data: data, sentinel: sentinel} }

// Fail makes the reading fail, if it has not already.
func (c *Cursor) Fail(format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf("%w: at byte %d: %s", c.sentinel, c.at, fmt.Sprintf(format, args...))
	}
}

// Err is the first failure.
func (c *Cursor) Err() error { return c.err }

// At is how many bytes have been read.
func (c *Cursor) At() int { return c.at }

// Left is the number of bytes that have not been read.
func (c *Cursor) Left() int { return len(c.data) - c.at }

// Take returns the next n bytes of the input, without copying them.
func (c *Cursor) Take(n int, what string) []byte {
	if c.err == nil && n > c.Left() {
		c.Fail("%s needs %d bytes, %d are left", what, n, c.Left())
	}
	if c.err != nil {
		return nil
	}
	part := c.data[c.at : c.at+n : c.at+n]
	c.at += n
	return part
}

// Magic reads the text that an encoding begins with.
func (c *Cursor) Magic(magic, what string) {
	if c.err == nil && !bytes.HasPrefix(c.data[c.at:], []byte(magic)) {
		c.Fail("this is no %s of a format that is known", what)
		return
	}
	c.Take(len(magic), what)
}

// Format reads one byte, which must be the number of the only format that is known.
func (c *Cursor) Format(known uint8) {
	if c.Left() > 0 && c.data[c.at] != known {
		c.Fail("format %d, known is %d", c.data[c.at], known)
		return
	}
	c.Take(1, "format")
}

// Uint8 reads one byte.
func (c *Cursor) Uint8(what string) uint8 {
	if part := c.Take(1, what); part != nil {
		return part[0]
	}
	return 0
}

// Uint32 reads four bytes.
func (c *Cursor) Uint32(what string) uint32 {
	if part := c.Take(4, what); part != nil {
		return binary.BigEndian.Uint32(part)
	}
	return 0
}

// Uint64 reads eight bytes.
func (c *Cursor) Uint64(what string) uint64 {
	if part := c.Take(8, what); part != nil {
		return binary.BigEndian.Uint64(part)
	}
	return 0
}

// Digest reads 32 bytes.
func (c *Cursor) Digest(what string) (digest [32]byte) {
	copy(digest[:], c.Take(len(digest), what))
	return digest
}

// Counted returns bytes that follow their length, of which there may be at most most.
func (c *Cursor) Counted(most int, what string) []byte {
	n := c.Uint32("length of " + what)
	if c.err == nil && uint64(n) > uint64(most) {
		c.Fail("%s has %d bytes, at most %d are allowed", what, n, most)
	}
	return c.Take(int(n), what)
}

// End reports the first failure, or that bytes are left over.
func (c *Cursor) End() error {
	if c.err == nil && c.Left() > 0 {
		c.Fail("%d bytes follow the end", c.Left())
	}
	return c.err
}

// AppendCounted appends a part after its length.
func AppendCounted[T []byte | string](to []byte, part T) []byte {
	to = binary.BigEndian.AppendUint32(to, uint32(len(part)))
	return append(to, part...)
}
