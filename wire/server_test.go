package wire

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestEveryRefusalHasItsCodeAndTheHandlerNeverRuns(t *testing.T) {
	body := []byte(`{"prompt":"1+1"}`)
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	cases := []struct {
		name   string
		before func(*Request)
		after  func(*http.Request)
		code   Code
		signed bool
	}{
		{"a header is missing", nil, func(r *http.Request) { r.Header.Del(HeaderNonce) }, CodeMalformed, false},
		{"a header is given twice", nil, func(r *http.Request) { r.Header.Add(HeaderSender, "x") }, CodeMalformed, false},
		{"a header is empty", nil, set(HeaderSignature, ""), CodeMalformed, false},
		{"the signature is in capitals", nil, func(r *http.Request) {
			r.Header.Set(HeaderSignature, strings.ToUpper(r.Header.Get(HeaderSignature)))
		}, CodeMalformed, false},
		{"the netuid has a leading zero", nil, set(HeaderNetuid, "03"), CodeMalformed, false},
		{"the sender is an address of another network", nil, set(HeaderSender, "cosmos1zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3l9emx3"), CodeMalformed, false},
		{"the version is unknown", nil, set(HeaderVersion, "agora/2"), CodeVersion, false},
		{"the headers are too large", nil, set("X-Padding", strings.Repeat("a", DefaultMaxHeaders)), CodeHeadersTooLarge, false},
		{"the chain is another", func(r *Request) { r.ChainID = "other-1" }, nil, CodeWrongChain, false},
		{"the subnet is another", func(r *Request) { r.Netuid = 4 }, nil, CodeWrongSubnet, false},
		{"the receiver is another", func(r *Request) { r.Receiver = r.Sender }, func(r *http.Request) {
			r.Header.Set(HeaderReceiver, r.Header.Get(HeaderSender))
		}, CodeWrongReceiver, false},
		{"the sender's clock is one minute behind", func(r *Request) { r.Nonce.Millis -= 60_000 }, nil, CodeStale, false},
		{"the sender's clock is one minute ahead", func(r *Request) { r.Nonce.Millis += 60_000 }, nil, CodeFuture, false},
		{"the request is a millisecond too old", func(r *Request) { r.Nonce.Millis -= 10_001 }, nil, CodeStale, false},
		{"the request is a millisecond too far ahead", func(r *Request) { r.Nonce.Millis += 2_001 }, nil, CodeFuture, false},
		{"the sender holds no permit", nil, set(HeaderSender, "agora1a0qwuze2h85zw7nqpsj3ga0z9geyrgwpjyaey9"), CodeNotPermitted, false},
		{"the key is not the sender's", nil, set(HeaderPubKey, "024d4b6cd1361032ca9bd2aeb9d900aa4d45d9ead80ac9423374c451a7254d0766"), CodeBadSignature, false},
		{"the signature is of zeros", nil, set(HeaderSignature, strings.Repeat("00", 64)), CodeBadSignature, false},
		{"the epoch was changed on the way", nil, set(HeaderEpoch, "10"), CodeBadSignature, false},
		{"the target was changed on the way", nil, func(r *http.Request) { r.URL.Path = "/v1/models" }, CodeBadSignature, false},
		{"the method was changed on the way", nil, func(r *http.Request) { r.Method = http.MethodPut }, CodeBadSignature, false},
		{"the body digest was changed on the way", nil, set(HeaderBody, BodyDigest(nil).String()), CodeBadSignature, false},
		{"the body was changed on the way", nil, func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader(`{"prompt":"1+2"}`))
		}, CodeBodyMismatch, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, nil, nil)
			problem, signed := problemOf(t, w.signed(t, body, c.before, c.after))
			require.Equal(t, c.code, problem.Code, problem.Detail)
			require.Equal(t, c.signed, signed, "answers are signed from the signature on")
			require.Zero(t, w.runs.Load())
			require.EqualValues(t, 1, w.refusals.Load())
		})
	}
}

func TestTheBodyOfAStrangerIsNotWaitedFor(t *testing.T) {
	w := newWorld(t, nil, nil)
	connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", w.server.Listener.Addr().String())
	require.NoError(t, err)
	defer connection.Close() //nolint:errcheck // test
	_, err = io.WriteString(connection, "POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
	require.NoError(t, err)
	require.NoError(t, connection.SetReadDeadline(time.Now().Add(20*time.Second)))
	answer, err := io.ReadAll(connection)
	require.NoError(t, err, "the server closes the connection by itself")
	require.Contains(t, string(answer), string(CodeMalformed))
}

func TestRequestsAtTheEdgeOfFreshnessPass(t *testing.T) {
	for name, shift := range map[string]int64{"oldest": -10_000, "furthest ahead": 2_000} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil, nil)
			response, err := http.DefaultTransport.RoundTrip(w.signed(t, nil, func(r *Request) { r.Nonce.Millis += shift }, nil))
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			require.Equal(t, http.StatusOK, response.StatusCode)
		})
	}
}

// Each case breaks one check and all later ones; the refusal must name the first.
func TestChecksRunInTheDeclaredOrder(t *testing.T) {
	breaks := []struct {
		code   Code
		before func(*Request)
		after  func(*http.Request)
	}{
		{CodeMalformed, nil, func(r *http.Request) { r.Header.Set(HeaderEpoch, "-1") }},
		{CodeWrongChain, func(r *Request) { r.ChainID = "other-1" }, nil},
		{CodeWrongSubnet, func(r *Request) { r.Netuid = 4 }, nil},
		{CodeWrongReceiver, func(r *Request) { r.Receiver = "agora10xcqpzrky6eff2g52qdye53xkk9jxkvrymqh7g" }, nil},
		{CodeStale, func(r *Request) { r.Nonce.Millis -= 60_000 }, nil},
		{CodeNotPermitted, nil, func(r *http.Request) { r.Header.Set(HeaderSender, "agora1kjqvey9uqf9fgud0as9sjc6dsn96ravevueqhg") }},
		{CodeBadSignature, nil, func(r *http.Request) { r.Header.Set(HeaderSignature, strings.Repeat("11", 64)) }},
		{CodeBodyMismatch, nil, func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("other")) }},
	}
	for first := range breaks {
		t.Run(string(breaks[first].code), func(t *testing.T) {
			w := newWorld(t, nil, nil)
			problem, _ := problemOf(t, w.signed(t, []byte("first"), func(r *Request) {
				for _, b := range breaks[first:] {
					if b.before != nil {
						b.before(r)
					}
				}
			}, func(r *http.Request) {
				for _, b := range breaks[first:] {
					if b.after != nil {
						b.after(r)
					}
				}
			}))
			require.Equal(t, breaks[first].code, problem.Code, problem.Detail)
		})
	}
}

func TestARefusedRequestDoesNotUseUpItsNonce(t *testing.T) {
	w := newWorld(t, nil, nil)
	body := []byte("honest")
	request := w.signed(t, body, nil, nil)
	spoiled := request.Clone(t.Context())
	spoiled.Body = io.NopCloser(strings.NewReader("forged"))
	problem, _ := problemOf(t, spoiled)
	require.Equal(t, CodeBodyMismatch, problem.Code)

	request.Body = io.NopCloser(bytes.NewReader(body))
	response, err := http.DefaultTransport.RoundTrip(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)
}

func TestTheSameRequestIsAnsweredOnce(t *testing.T) {
	w := newWorld(t, nil, nil)
	body := []byte("once")
	request := w.signed(t, body, nil, nil)
	again := request.Clone(t.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	response, err := http.DefaultTransport.RoundTrip(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)

	problem, signed := problemOf(t, again)
	require.Equal(t, CodeReplayed, problem.Code)
	require.True(t, signed)
	require.EqualValues(t, 1, w.runs.Load())
}

// endless is a body that never ends and counts what is read of it, by a goroutine that may outlive the exchange.
type endless struct{ read atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	e.read.Add(int64(len(p)))
	return len(p), nil
}
func (e *endless) Close() error { return nil }

func TestABodyOf100MBIsNotRead(t *testing.T) {
	const size = 100 << 20
	t.Run("announced", func(t *testing.T) {
		w := newWorld(t, nil, nil)
		source := &endless{}
		request := w.signed(t, nil, nil, nil)
		request.Body, request.ContentLength = source, size
		response, err := http.DefaultTransport.RoundTrip(request)
		if err == nil { // the server may hang up while the body is still being pushed
			require.NoError(t, response.Body.Close())
			require.Equal(t, http.StatusRequestEntityTooLarge, response.StatusCode)
		}
		require.Less(t, source.read.Load(), int64(size))
		require.Zero(t, w.runs.Load())
	})
	t.Run("chunked by a permitted sender", func(t *testing.T) {
		w := newWorld(t, nil, nil)
		source := &endless{}
		request := w.signed(t, nil, nil, nil)
		request.Body, request.ContentLength = source, -1
		response, err := http.DefaultTransport.RoundTrip(request)
		if err == nil {
			require.NoError(t, response.Body.Close())
			require.Equal(t, http.StatusRequestEntityTooLarge, response.StatusCode)
		}
		require.Less(t, source.read.Load(), int64(size))
		require.Zero(t, w.runs.Load())
	})
}

func TestAnUnknownCallersBodyIsNotReadAtAll(t *testing.T) {
	w := newWorld(t, nil, func(c *ServerConfig) {
		c.Authorize = func(context.Context, *Request) error { return NewProblem(CodeNotPermitted, "") }
	})
	server, err := NewServer(w.config, http.NotFoundHandler())
	require.NoError(t, err)
	source := &endless{}
	request := w.signed(t, nil, nil, nil)
	request.RequestURI = "/v1/completions"
	request.Body, request.ContentLength = source, -1
	recorder := newDiscardRecorder()
	server.ServeHTTP(recorder, request)
	require.Equal(t, http.StatusForbidden, recorder.status)
	require.Zero(t, source.read.Load())
}

type discardRecorder struct {
	header http.Header
	status int
}

func newDiscardRecorder() *discardRecorder                  { return &discardRecorder{header: http.Header{}} }
func (d *discardRecorder) Header() http.Header              { return d.header }
func (d *discardRecorder) Write(p []byte) (int, error)      { return len(p), nil }
func (d *discardRecorder) WriteHeader(status int)           { d.status = status }
func (d *discardRecorder) SetWriteDeadline(time.Time) error { return nil }

func TestFailuresOfTheReceiverAreHiddenFromTheCallerAndShownToTheOperator(t *testing.T) {
	secret := errors.New("disk /secret is full")
	var seen error
	w := newWorld(t, nil, func(c *ServerConfig) {
		c.Replay = brokenReplay{secret}
		c.Observe = func(_ *Request, _ *Problem, cause error) { seen = cause }
	})
	problem, signed := problemOf(t, w.signed(t, nil, nil, nil))
	require.Equal(t, CodeReplayStore, problem.Code)
	require.True(t, problem.Retryable)
	require.True(t, signed)
	require.NotContains(t, problem.Error(), "secret")
	require.ErrorIs(t, seen, secret)
}

type brokenReplay struct{ err error }

func (b brokenReplay) Record(string, Nonce, time.Time) error { return b.err }

func TestAServerIsNotMadeOfHalfAConfiguration(t *testing.T) {
	full := newWorld(t, nil, nil).config
	for name, spoil := range map[string]func(*ServerConfig){
		"chain id":      func(c *ServerConfig) { c.ChainID = "" },
		"signer":        func(c *ServerConfig) { c.Signer = nil },
		"authorization": func(c *ServerConfig) { c.Authorize = nil },
		"replay store":  func(c *ServerConfig) { c.Replay = nil },
	} {
		t.Run(name, func(t *testing.T) {
			config := full
			spoil(&config)
			_, err := NewServer(config, http.NotFoundHandler())
			require.ErrorContains(t, err, name)
		})
	}
}

func TestTheHandlerSeesTheVerifiedRequest(t *testing.T) {
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		request, ok := FromContext(r.Context())
		if !ok || request.Epoch != 9 {
			rw.WriteHeader(http.StatusTeapot)
			return
		}
		_, _ = io.WriteString(rw, request.Sender)
	}, nil)
	answer, err := w.client(t, nil).Do(t.Context(), w.call("x"))
	require.NoError(t, err)
	require.Equal(t, w.sender.Address(), string(answer.Body))
}

func TestAReplayIsRefusedByARestartedServer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "replay.db")
	body := []byte("once")
	first := openReplay(t, path, BoltReplayOptions{})
	w := newWorld(t, nil, func(c *ServerConfig) { c.Replay = first })
	request := w.signed(t, body, nil, nil)
	again := request.Clone(t.Context())
	response, err := http.DefaultTransport.RoundTrip(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)
	w.server.Close()
	require.NoError(t, first.Close())

	restarted := newWorld(t, nil, func(c *ServerConfig) { c.Replay = openReplay(t, path, BoltReplayOptions{}) })
	again.URL.Host = strings.TrimPrefix(restarted.server.URL, "http://")
	again.Body = io.NopCloser(bytes.NewReader(body))
	problem, _ := problemOf(t, again)
	require.Equal(t, CodeReplayed, problem.Code)
	require.Zero(t, restarted.runs.Load())
}
