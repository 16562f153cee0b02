package nearhttp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine/internal/nearhttp"
)

func TestOneConnectionServesManyRequests(t *testing.T) {
	s := onTCP(t, (*peer).echo)
	transport := s.transport()
	for i := range 200 {
		question := strings.Repeat(fmt.Sprint(i, " "), 1+i*20)
		got, err := ask(t, transport, question)
		require.NoError(t, err)
		require.Equal(t, question, got)
	}
	require.EqualValues(t, 1, s.connections.Load())
}

func TestEachOfManyAtOnceGetsItsOwnAnswer(t *testing.T) {
	const callers, each = 16, 50
	s := onTCP(t, (*peer).echo)
	transport := s.transport()
	transport.MaxIdle = callers
	wrong := make(chan error, callers)
	var all sync.WaitGroup
	for caller := range callers {
		all.Go(func() {
			for i := range each {
				question := fmt.Sprintf("%d of %d", i, caller)
				got, err := ask(t, transport, question)
				if err != nil || got != question {
					wrong <- fmt.Errorf("%q was answered by %q: %w", question, got, err)
					return
				}
			}
		})
	}
	all.Wait()
	close(wrong)
	require.NoError(t, <-wrong)
	require.LessOrEqual(t, s.connections.Load(), int32(callers))
}

func TestARequestIsAskedAgainOnANewConnection(t *testing.T) {
	question := strings.Repeat("a question ", 10_000)
	cases := map[string]func(*peer){
		"when the server had gone before":     func(*peer) {},
		"when it goes without reading":        func(p *peer) { _, _ = p.reader.Peek(1) },
		"when it goes while reading":          func(p *peer) { _ = p.head() },
		"when it goes after the last byte":    func(p *peer) { _, _ = p.request() },
		"when it resets after the last byte":  func(p *peer) { _, _ = p.request(); reset(p.Conn) },
		"when it resets without reading much": func(p *peer) { _ = p.head(); reset(p.Conn) },
	}
	kinds := map[string]func(*testing.T, func(*peer)) *server{"on TCP": onTCP, "in memory": onPipes}
	for name, leave := range cases {
		for kind, serve := range kinds {
			t.Run(name+" "+kind, func(t *testing.T) {
				t.Parallel()
				s := serve(t, func(p *peer) {
					if p.number > 1 {
						p.echo()
						return
					}
					if _, err := p.request(); err == nil {
						p.say(answer("first"))
						leave(p)
					}
				})
				transport := s.transport()
				got, err := ask(t, transport, "anything")
				require.NoError(t, err)
				require.Equal(t, "first", got)
				r := newRequest(t.Context(), t, http.MethodPost, question)
				got, err = send(transport, r)
				require.NoError(t, err)
				require.Equal(t, question, got)
				require.EqualValues(t, 2, s.connections.Load())
			})
		}
	}
}

// reset ends a connection of TCP the hard way.
func reset(c net.Conn) {
	if c, ok := c.(*net.TCPConn); ok {
		_ = c.SetLinger(0)
	}
}

func TestTheAnswerToARepeatedRequestNamesTheRequest(t *testing.T) {
	s := onPipes(t, func(p *peer) {
		if _, err := p.request(); err == nil {
			p.say(answer("x"))
		}
	})
	transport := s.transport()
	for range 2 {
		r := newRequest(t.Context(), t, http.MethodPost, "a question")
		response, err := transport.RoundTrip(r)
		require.NoError(t, err)
		require.Same(t, r, response.Request)
		_, err = io.ReadAll(response.Body)
		require.NoError(t, err)
		s.running.Wait()
	}
}

func TestARequestIsNotAskedAgain(t *testing.T) {
	broken := errors.New("the disk is full")
	cases := map[string]struct {
		used   bool // the connection
		script func(p *peer, cancel func())
		change func(*http.Request)
		want   error
		words  string
	}{
		"when a byte of an answer came": {true, func(p *peer, _ func()) {
			_, _ = p.request()
			p.say("H")
		}, nil, nil, "malformed HTTP response"},
		"when an informational answer came": {true, func(p *peer, _ func()) {
			_, _ = p.request()
			p.say("HTTP/1.1 100 Continue\r\n\r\n")
		}, nil, io.ErrUnexpectedEOF, ""},
		"when the connection was new": {false, func(p *peer, _ func()) { _, _ = p.request() }, nil, nearhttp.ErrNoAnswer, ""},
		"when the context is over": {true, func(p *peer, cancel func()) {
			_, _ = p.request()
			cancel()
			p.ended()
		}, nil, context.Canceled, ""},
		"when its body cannot be read twice": {true, func(p *peer, _ func()) { _, _ = p.request() }, func(r *http.Request) {
			r.GetBody = nil
		}, nearhttp.ErrNoAnswer, ""},
		"when its body cannot be got again": {true, func(p *peer, _ func()) { _, _ = p.request() }, func(r *http.Request) {
			r.GetBody = func() (io.ReadCloser, error) { return nil, broken }
		}, broken, ""},
		"when its body cannot be read": {true, func(p *peer, _ func()) { p.ended() }, func(r *http.Request) {
			r.Body = &watched{Reader: strings.NewReader("a"), err: broken}
		}, nil, "the disk is full"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			s := onTCP(t, func(p *peer) {
				if c.used {
					_, _ = p.request()
					p.say(answer("first"))
				}
				c.script(p, cancel)
			})
			transport := s.transport()
			if c.used {
				_, err := ask(t, transport, "anything")
				require.NoError(t, err)
			}
			r := newRequest(ctx, t, http.MethodPost, "a question")
			if c.change != nil {
				c.change(r)
			}
			_, err := send(transport, r)
			require.ErrorContains(t, err, c.words)
			if c.want != nil {
				require.ErrorIs(t, err, c.want)
			}
			s.running.Wait()
			require.EqualValues(t, 1, s.connections.Load())
		})
	}
}

func TestARequestThatIsWrongFailsWithoutWaitingForAnAnswer(t *testing.T) {
	broken := errors.New("the disk is full")
	cases := map[string]func(*http.Request){
		"its body cannot be read":      func(r *http.Request) { r.Body = &watched{Reader: strings.NewReader("a"), err: broken} },
		"its body is too short":        func(r *http.Request) { r.ContentLength++ },
		"its body is too long":         func(r *http.Request) { r.ContentLength-- },
		"its path has a control byte":  func(r *http.Request) { r.URL.Opaque = "/\x01" },
		"its method has a body of nil": func(r *http.Request) { r.Body = nil },
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := onPipes(t, (*peer).ended)
				r := newRequest(t.Context(), t, http.MethodPost, "a question")
				change(r)
				_, err := s.transport().RoundTrip(r)
				require.Error(t, err)
				require.NotErrorIs(t, err, nearhttp.ErrNoAnswer)
				s.running.Wait()
			})
		})
	}
}

func TestTheEndOfAContextEndsEverything(t *testing.T) {
	const patience = time.Minute
	cases := map[string]struct {
		script func(*peer)
		body   string
		dial   func(context.Context, string, string) (net.Conn, error)
	}{
		"while dialling": {dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, errors.New("no route")
		}},
		"while a large body is sent":      {script: func(p *peer) { <-t.Context().Done() }, body: strings.Repeat("x", 1<<20)},
		"while a large body is half sent": {script: func(p *peer) { _ = p.head() }, body: strings.Repeat("x", 1<<20)},
		"while an answer is waited for":   {script: func(p *peer) { _, _ = p.request() }},
		"in the middle of a head":         {script: func(p *peer) { _, _ = p.request(); p.say("HTTP/1.1 200 OK\r\nA") }},
		"after an informational answer":   {script: func(p *peer) { _, _ = p.request(); p.say("HTTP/1.1 100 Continue\r\n\r\n") }},
		"before the body":                 {script: func(p *peer) { _, _ = p.request(); p.say("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n") }},
		"in the middle of the body":       {script: func(p *peer) { _, _ = p.request(); p.say("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na") }},
		"in the middle of a chunk": {script: func(p *peer) {
			_, _ = p.request()
			p.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na")
		}},
		"before the last chunk": {script: func(p *peer) {
			_, _ = p.request()
			p.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
		}},
		"in a body that ends with its end": {script: func(p *peer) { _, _ = p.request(); p.say("HTTP/1.1 200 OK\r\n\r\nabc") }},
	}
	for name, c := range cases {
		for _, used := range []bool{false, true} {
			if used && c.dial != nil {
				continue
			}
			t.Run(fmt.Sprintf("%s, on a connection that was used: %t", name, used), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var gone time.Duration
					begin := time.Now()
					stop := make(chan struct{})
					s := onPipes(t, func(p *peer) {
						if used {
							_, _ = p.request()
							p.say(answer("first"))
						}
						if c.body == "" || name == "while a large body is half sent" {
							c.script(p)
						}
						if c.body == "" {
							p.ended()
							gone = time.Since(begin)
							return
						}
						<-stop // and reads nothing
						_, err := io.Copy(io.Discard, p.reader)
						gone = patience
						if err != nil {
							gone = 0
						}
					})
					transport := s.transport()
					if c.dial != nil {
						transport.Dial = c.dial
					}
					if used {
						_, err := ask(t, transport, "anything")
						require.NoError(t, err)
					}
					ctx, cancel := context.WithTimeout(t.Context(), patience)
					defer cancel()
					_, err := send(transport, newRequest(ctx, t, http.MethodPost, c.body))
					require.Equal(t, context.DeadlineExceeded, err)
					require.Equal(t, patience, time.Since(begin))
					close(stop)
					s.running.Wait()
					if c.dial == nil {
						require.Equal(t, patience, gone)
						require.EqualValues(t, 1, s.connections.Load())
					}
				})
			})
		}
	}
}

func TestAnAnswerThatNobodyReadsEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := onPipes(t, func(p *peer) {
			_, _ = p.request()
			p.say("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na")
			p.ended()
		})
		ctx, cancel := context.WithCancel(t.Context())
		_, err := s.transport().RoundTrip(newRequest(ctx, t, http.MethodGet, ""))
		require.NoError(t, err)
		synctest.Wait()
		require.Zero(t, s.over.Load())
		cancel()
		s.running.Wait()
	})
}

func TestAContextThatEndsAfterItsAnswerHurtsNobody(t *testing.T) {
	s := onTCP(t, (*peer).echo)
	transport := s.transport()
	for range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := send(transport, newRequest(ctx, t, http.MethodPost, "a question"))
		cancel()
		require.NoError(t, err)
	}
	require.EqualValues(t, 1, s.connections.Load())
}

func TestNothingIsSentOnceTheContextIsOver(t *testing.T) {
	s := onTCP(t, (*peer).echo)
	transport := s.transport()
	_, err := ask(t, transport, "anything")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 {
		_, err = send(transport, newRequest(ctx, t, http.MethodPost, "a question"))
		require.Equal(t, context.Canceled, err)
	}
	_, err = ask(t, transport, "another")
	require.NoError(t, err)
	require.EqualValues(t, 1, s.connections.Load())
}

// deaf is a connection that takes no more than so many bytes.
type deaf struct {
	net.Conn
	left int
}

func (d *deaf) Write(p []byte) (int, error) {
	if len(p) > d.left {
		return 0, syscall.EPIPE
	}
	d.left -= len(p)
	return d.Conn.Write(p)
}

func TestAnEarlyRefusalIsTheAnswer(t *testing.T) {
	const refusal = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 8\r\n\r\ntoo long"
	body := strings.Repeat("x", 32<<20)
	cases := map[string]struct {
		deaf        bool
		after       func(*peer)
		connections int32
	}{
		"of a server that closes":                {false, func(*peer) {}, 2},
		"of a server that takes no more":         {true, (*peer).ended, 2},
		"of a server that reads the rest anyway": {false, func(p *peer) { _, _ = io.CopyN(io.Discard, p.reader, int64(len(body))); p.echo() }, 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := onTCP(t, func(p *peer) {
				if p.number > 1 {
					p.echo()
					return
				}
				_ = p.head()
				p.say(refusal)
				c.after(p)
			})
			transport := s.transport()
			if c.deaf {
				transport.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
					dialled, err := s.dial(ctx, network, address)
					return &deaf{dialled, 1 << 20}, err
				}
			}
			response, err := transport.RoundTrip(newRequest(t.Context(), t, http.MethodPost, body))
			require.NoError(t, err)
			require.Equal(t, http.StatusRequestEntityTooLarge, response.StatusCode)
			why, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			require.Equal(t, "too long", string(why))
			require.NoError(t, response.Body.Close())
			got, err := ask(t, transport, "another")
			require.NoError(t, err)
			require.Equal(t, "another", got)
			require.Equal(t, c.connections, s.connections.Load())
		})
	}
}

func TestABodyThatIsNotReadToItsEndDropsItsConnection(t *testing.T) {
	s := onTCP(t, func(p *peer) {
		if _, err := p.request(); err == nil {
			p.say("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd")
			p.ended()
		}
	})
	response, err := s.transport().RoundTrip(newRequest(t.Context(), t, http.MethodGet, ""))
	require.NoError(t, err)
	_, err = io.ReadFull(response.Body, make([]byte, 3))
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.NoError(t, response.Body.Close())
	s.running.Wait()
	_, err = response.Body.Read(make([]byte, 1))
	require.ErrorIs(t, err, http.ErrBodyReadAfterClose)
}

func TestABodyThatEndedTouchesItsConnectionNoMore(t *testing.T) {
	s := onTCP(t, (*peer).echo)
	transport := s.transport()
	first, err := transport.RoundTrip(newRequest(t.Context(), t, http.MethodPost, "first"))
	require.NoError(t, err)
	_, err = io.ReadAll(first.Body)
	require.NoError(t, err)
	second, err := transport.RoundTrip(newRequest(t.Context(), t, http.MethodPost, "second"))
	require.NoError(t, err)
	n, err := first.Body.Read(make([]byte, 6))
	require.Zero(t, n)
	require.Equal(t, io.EOF, err)
	require.NoError(t, first.Body.Close())
	rest, err := io.ReadAll(second.Body)
	require.NoError(t, err)
	require.Equal(t, "second", string(rest))
	require.EqualValues(t, 1, s.connections.Load())
}

func TestEveryBodyOfARequestIsClosedOnce(t *testing.T) {
	refused := errors.New("refused")
	refuse := func(context.Context, string, string) (net.Conn, error) { return nil, refused }
	over, cancel := context.WithCancel(t.Context())
	cancel()
	cases := map[string]struct {
		ctx     context.Context //nolint:containedctx // that of the request
		used    bool            // and ended without an answer
		change  func(*http.Request, *nearhttp.Transport)
		want    error
		repeats int
	}{
		"when it is answered":                    {},
		"when it is answered on the second try":  {used: true, repeats: 1},
		"when the scheme is wrong":               {change: func(r *http.Request, _ *nearhttp.Transport) { r.URL.Scheme = "https" }, want: nearhttp.ErrScheme},
		"when the context is over":               {ctx: over, want: context.Canceled},
		"when nobody listens":                    {change: func(_ *http.Request, t *nearhttp.Transport) { t.Dial = refuse }, want: refused},
		"when nobody listens for the second try": {used: true, change: func(_ *http.Request, t *nearhttp.Transport) { t.Dial = refuse }, want: refused, repeats: 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := onPipes(t, func(p *peer) {
				if _, err := p.request(); err == nil {
					p.say(answer("x"))
				}
			})
			transport := s.transport()
			if c.used {
				_, err := ask(t, transport, "anything")
				require.NoError(t, err)
				s.running.Wait()
			}
			if c.ctx == nil {
				c.ctx = t.Context()
			}
			bodies := []*watched{{Reader: strings.NewReader("a question")}}
			r := newRequest(c.ctx, t, http.MethodPost, "a question")
			r.Body = bodies[0]
			r.GetBody = func() (io.ReadCloser, error) {
				bodies = append(bodies, &watched{Reader: strings.NewReader("a question")})
				return bodies[len(bodies)-1], nil
			}
			if c.change != nil {
				c.change(r, transport)
			}
			url, header := *r.URL, r.Header.Clone()
			_, err := send(transport, r)
			require.ErrorIs(t, err, c.want)
			require.Len(t, bodies, 1+c.repeats)
			for _, body := range bodies {
				require.EqualValues(t, 1, body.closed.Load())
			}
			require.Equal(t, url, *r.URL)
			require.Equal(t, header, r.Header)
			require.Same(t, bodies[0], r.Body)
		})
	}
}

func TestNoMoreConnectionsAreKeptThanMaxIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := onPipes(t, (*peer).echo)
		transport := s.transport()
		transport.MaxIdle = 2
		var answers []*http.Response
		for range 5 {
			response, err := transport.RoundTrip(newRequest(t.Context(), t, http.MethodPost, "a question"))
			require.NoError(t, err)
			answers = append(answers, response)
		}
		require.EqualValues(t, 5, s.connections.Load())
		for i, response := range answers {
			_, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			synctest.Wait()
			require.EqualValues(t, max(0, i-1), s.over.Load())
		}
	})
}

func TestConnectionsAreClosedWhenTheirTimeIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := onPipes(t, (*peer).echo)
		transport := s.transport() // a minute each
		begin := time.Now()
		until := func(after time.Duration, over int) {
			t.Helper()
			<-time.After(after - time.Since(begin))
			synctest.Wait()
			require.EqualValues(t, over, s.over.Load())
		}
		first, err := transport.RoundTrip(newRequest(t.Context(), t, http.MethodPost, "first"))
		require.NoError(t, err)
		_, err = ask(t, transport, "second") // idle from the beginning
		require.NoError(t, err)
		until(30*time.Second, 0)
		_, err = io.ReadAll(first.Body) // idle from here
		require.NoError(t, err)
		until(time.Minute-1, 0)
		until(time.Minute, 1)
		until(90*time.Second-1, 1)
		until(90*time.Second, 2)
		require.EqualValues(t, 2, s.connections.Load())

		until(2*time.Minute, 2)
		_, err = ask(t, transport, "third")
		require.NoError(t, err)
		until(2*time.Minute+40*time.Second, 2)
		_, err = ask(t, transport, "fourth") // on the same one, which begins to be idle again
		require.NoError(t, err)
		until(3*time.Minute+40*time.Second-1, 2)
		until(3*time.Minute+40*time.Second, 3)
		require.EqualValues(t, 3, s.connections.Load())
	})
}

func TestClosingIdleConnectionsLeavesTheTransportOfUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := onPipes(t, (*peer).echo)
		transport := s.transport()
		transport.CloseIdleConnections()
		for round := range 3 {
			running, err := transport.RoundTrip(newRequest(t.Context(), t, http.MethodPost, "running"))
			require.NoError(t, err)
			_, err = ask(t, transport, "idle")
			require.NoError(t, err)
			transport.CloseIdleConnections()
			synctest.Wait()
			require.EqualValues(t, 2*round+1, s.over.Load())
			got, err := io.ReadAll(running.Body)
			require.NoError(t, err)
			require.Equal(t, "running", string(got))
			<-time.After(time.Minute) // after which it is closed as well
			synctest.Wait()
			require.EqualValues(t, 2*round+2, s.over.Load())
		}
		require.EqualValues(t, 6, s.connections.Load())
	})
}

func TestTheAddressIsThatOfTheURL(t *testing.T) {
	cases := map[string]string{
		"http://upstream/v1":       "upstream:80",
		"http://upstream:8080/v1":  "upstream:8080",
		"http://127.0.0.1:1":       "127.0.0.1:1",
		"http://[::1]/v1":          "[::1]:80",
		"http://[fe80::1%25lo]:99": "[fe80::1%lo]:99",
	}
	for url, want := range cases {
		var got string
		transport := &nearhttp.Transport{Dial: func(_ context.Context, network, address string) (net.Conn, error) {
			require.Equal(t, "tcp", network)
			got = address
			return nil, io.EOF
		}}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		require.NoError(t, err)
		_, err = transport.RoundTrip(r)
		require.ErrorIs(t, err, io.EOF)
		require.Equal(t, want, got)
	}
}
