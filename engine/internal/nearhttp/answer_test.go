package nearhttp_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine/internal/nearhttp"
)

// outcome is what a caller sees of an exchange.
type outcome struct {
	Failed           bool
	Proto, Status    string
	Header, Trailer  http.Header
	TransferEncoding []string
	ContentLength    int64
	Close, Asked     bool
	Body             string
	BodyEnd          string
}

func observe(transport http.RoundTripper, r *http.Request) outcome {
	response, err := transport.RoundTrip(r)
	if err != nil {
		return outcome{Failed: true}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	end := "whole"
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		end = "too early"
	case err != nil:
		end = "wrong"
	}
	return outcome{
		Proto: response.Proto, Status: response.Status, Header: response.Header, Trailer: response.Trailer,
		TransferEncoding: response.TransferEncoding, ContentLength: response.ContentLength, Close: response.Close,
		Asked: response.Request == r, Body: string(body), BodyEnd: end,
	}
}

func TestAnswersAreThoseOfNetHTTP(t *testing.T) {
	const (
		kept     = 1 // one connection for both requests
		dropped  = 2 // by the client
		finished = 3 // by the server, after the answer
	)
	cases := map[string]struct {
		method, answer string
		fate           int
	}{
		"a body of known length":                  {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nA: b\r\nA: c\r\n\r\nabc", kept},
		"a body sent with a request that has one": {"POST", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", kept},
		"an empty body":                           {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", kept},
		"the same length twice":                   {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", kept},
		"two lengths":                             {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", dropped},
		"a negative length":                       {"GET", "HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc", dropped},
		"no length but that of the connection":    {"GET", "HTTP/1.1 200 OK\r\n\r\nabc", finished},
		"an answer to HEAD":                       {"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", kept},
		"an answer to HEAD of unknown length":     {"HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", kept},
		"an answer to HEAD without a length":      {"HEAD", "HTTP/1.1 200 OK\r\n\r\n", kept},
		"a body after an answer to HEAD":          {"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", dropped},
		"no content":                              {"GET", "HTTP/1.1 204 No Content\r\n\r\n", kept},
		"no content with a length":                {"GET", "HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n", kept},
		"bytes after no content":                  {"GET", "HTTP/1.1 204 No Content\r\n\r\nabc", dropped},
		"not modified":                            {"GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n", kept},
		"bytes beyond the body":                   {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcd", dropped},
		"a second answer at once":                 {"GET", answer("a") + answer("b"), dropped},
		"chunks":                                  {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", kept},
		"no chunks":                               {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", kept},
		"chunks and a length":                     {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", kept},
		"a trailer that was announced":            {"GET", "HTTP/1.1 200 OK\r\nTrailer: T\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nT: u\r\n\r\n", kept},
		"a trailer that was not":                  {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nT: u\r\n\r\n", kept},
		"a trailer that may not be one":           {"GET", "HTTP/1.1 200 OK\r\nTrailer: Content-Length\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", dropped},
		"bytes beyond the last chunk":             {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nabc", dropped},
		"an unknown encoding":                     {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc", dropped},
		"a malformed chunk":                       {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nz\r\nabc", dropped},
		"the end of the connection announced":     {"GET", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc", dropped},
		"its end announced with chunks":           {"GET", "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", dropped},
		"its end announced without a body":        {"GET", "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", dropped},
		"its end not announced":                   {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", finished},
		"its end not announced, without a body":   {"GET", "HTTP/1.1 204 No Content\r\n\r\n", finished},
		"an old server":                           {"GET", "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc", dropped},
		"an old server that goes on":              {"GET", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc", kept},
		"an old server without a length":          {"GET", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nabc", finished},
		"an old server that speaks of chunks":     {"GET", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", finished},
		"an error with a body":                    {"POST", "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 3\r\n\r\nabc", kept},
		"a redirect":                              {"GET", "HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\nContent-Length: 0\r\n\r\n", kept},
		"informational answers before it":         {"POST", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + answer("abc"), kept},
		"a body after an informational answer":    {"GET", "HTTP/1.1 103 Early Hints\r\nContent-Length: 3\r\n\r\nabc" + answer("d"), dropped},
		"informational answers and no other":      {"GET", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n", finished},
		"a status below all others":               {"GET", "HTTP/1.1 042 Odd\r\nContent-Length: 3\r\n\r\nabc", finished},
		"a status without words":                  {"GET", "HTTP/1.1 200\r\nContent-Length: 3\r\n\r\nabc", kept},
		"lines that end in a line feed alone":     {"GET", "HTTP/1.1 200 OK\nContent-Length: 3\n\nabc", kept},
		"a header on two lines":                   {"GET", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n", kept},
		"no caching, as it was said long ago":     {"GET", "HTTP/1.1 200 OK\r\nPragma: no-cache\r\nContent-Length: 0\r\n\r\n", kept},
		"a head as large as it may be":            {"GET", headOf(maxHeaderBytes), kept},
		"a head that is larger by a byte":         {"GET", headOf(maxHeaderBytes + 1), dropped},
		"a body larger than a head may be":        {"GET", answer(strings.Repeat("x", 1<<20)), kept},
		"nothing":                                 {"GET", "", finished},
		"nothing after a request with a body":     {"POST", "", finished},
		"half a status line":                      {"GET", "HTTP/1.1 20", finished},
		"half a head":                             {"GET", "HTTP/1.1 200 OK\r\nContent-Le", finished},
		"a head without its last line":            {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n", finished},
		"half a body":                             {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na", finished},
		"no body where there should be one":       {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", finished},
		"half a chunk":                            {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na", finished},
		"chunks without the last":                 {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", finished},
		"half a trailer":                          {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nT: u", finished},
		"garbage":                                 {"GET", "\x16\x03\x01\x02\x00garbage\r\n\r\n", dropped},
		"an empty line before the answer":         {"GET", "\r\n" + answer("a"), dropped},
		"another protocol":                        {"GET", "SSH-2.0-OpenSSH_9.6\r\n", dropped},
		"a version of tomorrow":                   {"GET", "HTTP/9.9 200 OK\r\nContent-Length: 0\r\n\r\n", kept},
		"a status of four digits":                 {"GET", "HTTP/1.1 2000 OK\r\n\r\n", dropped},
		"a header without a colon":                {"GET", "HTTP/1.1 200 OK\r\nwhat\r\n\r\n", dropped},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			observeBoth := func(of func(*server) http.RoundTripper) (seen []outcome, connections int32) {
				gone := make(chan struct{}, 2)
				s := onTCP(t, func(p *peer) {
					defer func() { gone <- struct{}{} }()
					for {
						if _, err := p.request(); err != nil {
							return
						}
						p.say(c.answer)
						if c.fate == finished {
							return
						}
					}
				})
				transport := of(s)
				body := map[string]string{"POST": "a question"}[c.method]
				for range 2 {
					seen = append(seen, observe(transport, newRequest(t.Context(), t, c.method, body)))
					if c.fate != kept {
						<-gone // so that the next request does not come before it
					}
				}
				return seen, s.connections.Load()
			}
			want, wantConnections := observeBoth(func(s *server) http.RoundTripper { return s.reference() })
			got, connections := observeBoth(func(s *server) http.RoundTripper { return s.transport() })
			require.Equal(t, want, got)
			require.Equal(t, wantConnections, connections)
			require.Equal(t, c.fate == kept, connections == 1)
		})
	}
}

// headOf is an answer whose head has that many bytes.
func headOf(size int) string {
	const before, after = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nA: ", "\r\n\r\n"
	return before + strings.Repeat("x", size-len(before)-len(after)) + after + "ok"
}

func TestAnswersThatAreNone(t *testing.T) {
	endless := func(begin, more string) func(*peer) {
		return func(p *peer) {
			p.say(begin)
			for {
				if _, err := io.WriteString(p, more); err != nil {
					return
				}
			}
		}
	}
	says := func(text string) func(*peer) { return func(p *peer) { p.say(text) } }
	many := strings.Repeat("x", 1<<10)
	cases := map[string]struct {
		script func(*peer)
		is     error
		words  string
	}{
		"a status line without an end":            {endless("HTTP/1.1 200 ", many), nearhttp.ErrHeaderTooLarge, ""},
		"a header without an end":                 {endless("HTTP/1.1 200 OK\r\nA: ", many), nearhttp.ErrHeaderTooLarge, ""},
		"headers without an end":                  {endless("HTTP/1.1 200 OK\r\n", "A: "+many+"\r\n"), nearhttp.ErrHeaderTooLarge, ""},
		"informational answers without an end":    {endless("", "HTTP/1.1 100 Continue\r\n\r\n"), nil, "more than 5 answers of status 1xx"},
		"informational answers that are too long": {endless("", "HTTP/1.1 103 Early Hints\r\nA: "+many+many+many+many+"\r\n\r\n"), nearhttp.ErrHeaderTooLarge, ""},
		"a switch of protocols":                   {says("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"), nil, "switches protocols"},
		"half a head":                             {says("HTTP/1.1 200 OK\r\nA: b\r\n"), io.ErrUnexpectedEOF, ""},
		"half a line of a head":                   {says("HTTP/1.1 200 OK\r\nA"), nil, "malformed MIME header"},
		"half a body":                             {says("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na"), io.ErrUnexpectedEOF, ""},
		"half a chunk":                            {says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na"), io.ErrUnexpectedEOF, ""},
		"nothing":                                 {says(""), nearhttp.ErrNoAnswer, ""},
		"garbage":                                 {says("what?\r\n\r\n"), nil, "malformed HTTP response"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := onTCP(t, func(p *peer) {
				if _, err := p.request(); err == nil {
					c.script(p)
				}
			})
			_, err := ask(t, s.transport(), "a question")
			require.Error(t, err)
			if c.is != nil {
				require.ErrorIs(t, err, c.is)
			}
			require.ErrorContains(t, err, c.words)
			require.Equal(t, c.is == nearhttp.ErrNoAnswer, errors.Is(err, nearhttp.ErrNoAnswer)) //nolint:errorlint // the case itself
			s.running.Wait()                                                                     // the endless ones end with the connection
			require.EqualValues(t, 1, s.connections.Load())
		})
	}
}

// canned is a connection on which an answer comes once something was written, and then its end.
type canned struct {
	answer  *bytes.Reader
	written chan struct{}
	once    sync.Once
}

func newCanned(answer []byte) *canned {
	return &canned{answer: bytes.NewReader(answer), written: make(chan struct{})}
}

func (c *canned) Read(p []byte) (int, error) {
	<-c.written
	return c.answer.Read(p)
}

func (c *canned) Write(p []byte) (int, error) {
	c.once.Do(func() { close(c.written) })
	return len(p), nil
}

func (c *canned) Close() error {
	c.once.Do(func() { close(c.written) })
	return nil
}

func (c *canned) LocalAddr() net.Addr              { return &net.UnixAddr{Name: "memory"} }
func (c *canned) RemoteAddr() net.Addr             { return &net.UnixAddr{Name: "memory"} }
func (c *canned) SetDeadline(time.Time) error      { return nil }
func (c *canned) SetReadDeadline(time.Time) error  { return nil }
func (c *canned) SetWriteDeadline(time.Time) error { return nil }

func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		"", "\r\n", "HTTP/1.1 200 OK\r\n\r\nabc", answer("abc"), answer("a") + answer("b"),
		"HTTP/1.1 200 OK\r\nTrailer: T\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\nT: u\r\n\r\n",
		"HTTP/1.1 100 Continue\r\n\r\n" + answer("abc"), strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 6) + answer("abc"),
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nabc",
		"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nabc", "HTTP/1.1 042 Odd\r\nContent-Length: 3\r\n\r\nabc",
		"HTTP/1.1 204 No Content\r\n\r\nabc", headOf(maxHeaderBytes + 1), "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
	} {
		f.Add(http.MethodGet, []byte(seed))
		f.Add(http.MethodHead, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, method string, data []byte) {
		if method != http.MethodHead {
			method = http.MethodGet
		}
		dial := func(context.Context, string, string) (net.Conn, error) { return newCanned(data), nil }
		reference := &http.Transport{DialContext: dial, DisableCompression: true, DisableKeepAlives: true, MaxResponseHeaderBytes: maxHeaderBytes}
		defer reference.CloseIdleConnections()
		near := &nearhttp.Transport{Dial: dial, MaxIdle: 1, IdleTimeout: time.Minute, MaxHeaderBytes: maxHeaderBytes}
		defer near.CloseIdleConnections()

		r := newRequest(t.Context(), t, method, "")
		got := observe(near, r)
		want := observe(reference, r)
		switch {
		case strings.HasPrefix(want.Status, "101"):
			require.True(t, got.Failed) // nobody asked for another protocol
		case got.Failed && !want.Failed:
			require.Greater(t, bytes.Count(data, []byte("HTTP/")), 5) // more informational answers than are waited for
		default:
			require.Equal(t, want, got)
		}
	})
}
