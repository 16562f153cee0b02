// Package nearhttp sends HTTP/1.1 requests to one server nearby, without TLS, from the goroutine that asks.
//
// The transport of net/http keeps two more goroutines for each connection. Handing a request to one and the answer back
// from the other is most of its work, and a fifth of what a miner adds to an answer. This one leaves out what a driver of
// a model server does without: TLS, HTTP/2, proxies, compression, upgrades and reading an answer while the request is
// still being sent.
package nearhttp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// Transport is an http.RoundTripper for the one server that it dials. It is safe for concurrent use; its fields must not
// change once it is used.
//
// A request is sent again, on a new connection, when a connection that had served before ends without a byte of an
// answer: a server may close it at the moment at which it is used again. So a request must be one that may be asked
// twice, and have a GetBody where it has a body. Reading that body must not block: the end of a context wakes the
// connection alone.
type Transport struct {
	// Dial connects to host:port of a request.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// MaxIdle is how many unused connections are kept, and IdleTimeout for how long.
	MaxIdle     int
	IdleTimeout time.Duration
	// MaxHeaderBytes bounds the head of an answer, together with those of status 1xx before it.
	MaxHeaderBytes int64

	mu   sync.Mutex // guards the fields below
	idle []*conn    // the one used last comes last
	// sweeper closes what has been idle for too long. There is one for all time; sweeping says that it is set, as it is
	// while anything is idle.
	sweeper  *time.Timer
	sweeping bool
}

var (
	// ErrScheme is wrapped by the error of a request for anything but http.
	ErrScheme = errors.New("only http is spoken here")
	// ErrHeaderTooLarge is wrapped by that of an answer with a head beyond MaxHeaderBytes.
	ErrHeaderTooLarge = errors.New("the headers of the answer are too large")
	// ErrNoAnswer is wrapped by that of a connection that ended without a byte of one.
	ErrNoAnswer = errors.New("the server ended the connection without an answer")
)

var _ http.RoundTripper = (*Transport)(nil)

// RoundTrip implements http.RoundTripper. An error is that of the context once it is over, else that of the connection.
// The body of an answer is read and closed by one goroutine.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "http" {
		closeBody(r)
		return nil, fmt.Errorf("%w: %q", ErrScheme, r.URL.Scheme)
	}
	if err := r.Context().Err(); err != nil {
		closeBody(r)
		return nil, err
	}
	sent := r
	if c := t.take(); c != nil {
		response, err := t.exchange(c, r)
		if !errors.Is(err, ErrNoAnswer) {
			return response, err
		}
		t.CloseIdleConnections() // whatever ended this one has probably ended the others
		repeated, repeatErr := again(r)
		if repeatErr != nil {
			return nil, fmt.Errorf("%w, and %w", err, repeatErr)
		}
		sent = repeated
	}
	dialled, err := t.Dial(r.Context(), "tcp", address(r.URL))
	if err != nil {
		closeBody(sent)
		return nil, cmp.Or(r.Context().Err(), err)
	}
	response, err := t.exchange(newConn(dialled), sent)
	if err != nil {
		return nil, err
	}
	response.Request = r
	return response, nil
}

// closeBody closes that of a request that is not sent.
func closeBody(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close() // nothing was read from it
	}
}

// address is host:port of a URL.
func address(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "80"
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// again is the request with its body from the beginning.
func again(r *http.Request) (*http.Request, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return r, nil
	}
	if r.GetBody == nil {
		return nil, errors.New("the request cannot be sent twice")
	}
	body, err := r.GetBody()
	if err != nil {
		return nil, err
	}
	repeated := *r
	repeated.Body = body
	return &repeated, nil
}

// exchange sends the request, closes its body and reads the head of the answer, whose body gives the connection back.
func (t *Transport) exchange(c *conn, r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	release := context.AfterFunc(ctx, func() { _ = c.Close() }) // which wakes whatever blocks
	response, reusable, err := c.ask(r, t.MaxHeaderBytes)
	if err != nil {
		release()
		_ = c.Close() // of no further use
		return nil, cmp.Or(ctx.Err(), err)
	}
	b := &body{ReadCloser: response.Body, ctx: ctx, transport: t, conn: c, release: release, reusable: reusable}
	if response.Body == http.NoBody {
		b.end(io.EOF)
	}
	response.Body = b
	return response, nil
}

// CloseIdleConnections closes what is not in use, as http.Client.CloseIdleConnections does.
func (t *Transport) CloseIdleConnections() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.idle {
		_ = c.Close() // nobody waits for it
	}
	t.idle = nil
	if t.sweeping {
		t.sweeper.Stop()
		t.sweeping = false
	}
}

// take returns an idle connection that is still good, nil when there is none.
func (t *Transport) take() *conn {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.idle) > 0 {
		last := len(t.idle) - 1
		c := t.idle[last]
		t.idle[last] = nil
		t.idle = t.idle[:last]
		if quiet(c.Conn) {
			return c
		}
		_ = c.Close() // the server has gone, or says what nobody asked
	}
	return nil
}

// put keeps a connection for another request.
func (t *Transport) put(c *conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c.since = time.Now()
	if len(t.idle) >= t.MaxIdle {
		_ = c.Close() // nobody waits for it
		return
	}
	t.idle = append(t.idle, c)
	switch {
	case t.sweeping:
		return
	case t.sweeper == nil:
		t.sweeper = time.AfterFunc(t.IdleTimeout, t.sweep)
	default:
		t.sweeper.Reset(t.IdleTimeout)
	}
	t.sweeping = true
}

// sweep closes what has been idle for too long and comes again for the rest.
func (t *Transport) sweep() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.idle = slices.DeleteFunc(t.idle, func(c *conn) bool {
		old := time.Since(c.since) >= t.IdleTimeout
		if old {
			_ = c.Close() // nobody waits for it
		}
		return old
	})
	t.sweeping = len(t.idle) > 0
	if t.sweeping {
		t.sweeper.Reset(t.IdleTimeout - time.Since(t.idle[0].since)) // the oldest comes first
	}
}
