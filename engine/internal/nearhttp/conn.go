package nearhttp

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"time"
)

// conn is one connection, used by one request at a time.
type conn struct {
	net.Conn
	reader *bufio.Reader
	writer *bufio.Writer
	// left is how much may still be read.
	left int64
	// silent is true until a byte of the answer came, refused once the connection took no more of the request.
	silent, refused bool
	// since is when it was last used.
	since time.Time
}

// writeBuffer is more than most requests, which so are sent at once.
const writeBuffer = 16 << 10

func newConn(dialled net.Conn) *conn {
	c := &conn{Conn: dialled}
	c.reader, c.writer = bufio.NewReader(c), bufio.NewWriterSize(c, writeBuffer)
	return c
}

// Read implements io.Reader within the bound.
func (c *conn) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, ErrHeaderTooLarge
	}
	n, err := c.Conn.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	c.silent = c.silent && n == 0
	return n, err
}

// Write implements io.Writer.
func (c *conn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.refused = c.refused || err != nil
	return n, err
}

// maxInformational is how many answers of status 1xx may come before the one that counts.
const maxInformational = 5

// ask sends the request and reads the head of its answer. A server may answer before it has read the whole request: the
// answer counts, the connection is not reusable.
func (c *conn) ask(r *http.Request, maxHeader int64) (response *http.Response, reusable bool, err error) {
	c.silent, c.left = true, maxHeader
	unsent := r.Write(c.writer)
	if unsent == nil {
		unsent = c.writer.Flush()
	}
	if unsent != nil && !c.refused {
		return nil, false, unsent // the request itself is at fault, and its answer would be waited for in vain
	}
	for range maxInformational + 1 {
		response, err = http.ReadResponse(c.reader, r)
		switch {
		case err != nil && c.silent:
			if cause := cmp.Or(unsent, err); !errors.Is(cause, io.ErrUnexpectedEOF) { // which says no more than ErrNoAnswer
				return nil, false, fmt.Errorf("%w: %w", ErrNoAnswer, cause)
			}
			return nil, false, ErrNoAnswer
		case err != nil:
			return nil, false, err
		case response.StatusCode == http.StatusSwitchingProtocols:
			return nil, false, errors.New("the server switches protocols, which nobody asked")
		case response.StatusCode >= http.StatusOK || response.StatusCode < http.StatusContinue:
			c.left = math.MaxInt64 // whoever reads the body bounds it
			return response, unsent == nil && !response.Close && !r.Close, nil
		}
	}
	return nil, false, fmt.Errorf("the server sent more than %d answers of status 1xx", maxInformational)
}

// body is that of an answer. At its end the connection is ready for another request.
type body struct {
	io.ReadCloser
	ctx       context.Context //nolint:containedctx // that of the request
	transport *Transport
	conn      *conn
	// release undoes what wakes the connection at the end of ctx; false when it is too late.
	release  func() bool
	reusable bool
	// over is what Read returns from now on; nil while the body goes on.
	over error
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	if b.over != nil {
		return 0, b.over
	}
	n, err := b.ReadCloser.Read(p)
	if err == nil {
		return n, nil
	}
	if ended := b.ctx.Err(); ended != nil && !errors.Is(err, io.EOF) {
		err = ended
	}
	b.end(err)
	return n, err
}

// Close implements io.Closer. The connection is dropped unless the body was read to its end.
func (b *body) Close() error {
	if b.over == nil {
		b.end(http.ErrBodyReadAfterClose)
	}
	return nil
}

func (b *body) end(why error) {
	b.over = why
	untouched := b.release()
	if untouched && b.reusable && errors.Is(why, io.EOF) && b.conn.reader.Buffered() == 0 {
		b.transport.put(b.conn)
		return
	}
	_ = b.conn.Close() // of no further use
}
