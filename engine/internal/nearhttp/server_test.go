package nearhttp_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine/internal/nearhttp"
)

const maxHeaderBytes = 16 << 10

// peer is the server's side of one connection.
type peer struct {
	net.Conn
	reader *bufio.Reader
	number int // of the connection, from 1
}

// request reads one with its body.
func (p *peer) request() (body string, err error) {
	r, err := http.ReadRequest(p.reader)
	if err != nil {
		return "", err
	}
	read, err := io.ReadAll(r.Body)
	return string(read), err
}

// head reads that of a request alone.
func (p *peer) head() error {
	_, err := http.ReadRequest(p.reader)
	return err
}

// say sends as it is; what the other side thinks of it is seen there.
func (p *peer) say(text string) { _, _ = io.WriteString(p, text) }

// ended waits for the other side to close.
func (p *peer) ended() { _, _ = io.Copy(io.Discard, p.reader) }

// echo answers every request with its body.
func (p *peer) echo() {
	for {
		body, err := p.request()
		if err != nil {
			return
		}
		p.say(answer(body))
	}
}

func answer(body string) string {
	return "HTTP/1.1 200 OK\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
}

// server runs a script on every connection and closes it.
type server struct {
	t      *testing.T
	script func(*peer)
	dialer func(context.Context) (near, far net.Conn, err error)
	// connections counts those begun, over those that the script is done with.
	connections, over atomic.Int32
	running           sync.WaitGroup
	mu                sync.Mutex // guards the field below
	opened            []net.Conn
}

// onTCP is a server whose connections are real ones, through 127.0.0.1.
func onTCP(t *testing.T, script func(*peer)) *server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var one sync.Mutex // so that what is accepted is what was dialled
	s := &server{t: t, script: script, dialer: func(ctx context.Context) (near, far net.Conn, err error) {
		one.Lock()
		defer one.Unlock()
		if near, err = (&net.Dialer{}).DialContext(ctx, "tcp", listener.Addr().String()); err != nil {
			return nil, nil, err
		}
		far, err = listener.Accept()
		return near, far, err
	}}
	t.Cleanup(func() {
		require.NoError(t, listener.Close())
		s.close()
	})
	return s
}

// onPipes is a server whose connections are in memory, so that time passes in a bubble while both sides wait.
func onPipes(t *testing.T, script func(*peer)) *server {
	t.Helper()
	s := &server{t: t, script: script, dialer: func(context.Context) (near, far net.Conn, err error) {
		near, far = net.Pipe()
		return near, far, nil
	}}
	t.Cleanup(s.close)
	return s
}

func (s *server) close() {
	s.mu.Lock()
	for _, c := range s.opened {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.running.Wait()
}

func (s *server) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far, err := s.dialer(ctx)
	if err != nil {
		return nil, err
	}
	number := s.connections.Add(1)
	s.mu.Lock()
	s.opened = append(s.opened, far)
	s.mu.Unlock()
	s.running.Go(func() {
		defer s.over.Add(1)
		defer far.Close()
		s.script(&peer{far, bufio.NewReader(far), int(number)})
	})
	return near, nil
}

func (s *server) transport() *nearhttp.Transport {
	t := &nearhttp.Transport{Dial: s.dial, MaxIdle: 8, IdleTimeout: time.Minute, MaxHeaderBytes: maxHeaderBytes}
	s.t.Cleanup(t.CloseIdleConnections)
	return t
}

// reference is net/http's with the same bounds.
func (s *server) reference() *http.Transport {
	t := &http.Transport{DialContext: s.dial, MaxConnsPerHost: 1, DisableCompression: true, MaxResponseHeaderBytes: maxHeaderBytes}
	s.t.Cleanup(t.CloseIdleConnections)
	return t
}

// newRequest has a body unless it is empty.
func newRequest(ctx context.Context, t testing.TB, method, body string) *http.Request {
	t.Helper()
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://upstream/v1", content)
	require.NoError(t, err)
	return r
}

// ask posts and reads the whole answer.
func ask(t testing.TB, transport http.RoundTripper, body string) (string, error) {
	t.Helper()
	return send(transport, newRequest(t.Context(), t, http.MethodPost, body))
}

func send(transport http.RoundTripper, r *http.Request) (string, error) {
	response, err := transport.RoundTrip(r)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}

// watched is a request's body that counts how often it is closed, and fails with err, if any, at its end.
type watched struct {
	io.Reader
	err    error
	closed atomic.Int32
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if errors.Is(err, io.EOF) && w.err != nil {
		err = w.err
	}
	return n, err
}

func (w *watched) Close() error {
	w.closed.Add(1)
	return nil
}
