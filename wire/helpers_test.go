package wire

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const testChain = "agora-test-1"

var testNow = time.UnixMilli(1_700_000_000_000)

// world is one server with a handler that counts its runs, and one client that may ask it.
type world struct {
	server   *httptest.Server
	sender   *KeySigner
	receiver *KeySigner
	config   ServerConfig
	runs     atomic.Int64
	refusals atomic.Int64
}

func fixedClock(now time.Time) func() time.Time { return func() time.Time { return now } }

// newWorld starts a server whose handler is handler, or an echo when that is nil. change may adjust the configuration.
func newWorld(t *testing.T, handler http.HandlerFunc, change func(*ServerConfig)) *world {
	t.Helper()
	w := &world{sender: seededKey(t, 1), receiver: seededKey(t, 2)}
	replay, err := OpenBoltReplay(filepath.Join(t.TempDir(), "replay.db"), BoltReplayOptions{NoSync: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, replay.Close()) })
	w.config = ServerConfig{
		ChainID: testChain, Netuid: 3, Signer: w.receiver, Replay: replay, Now: fixedClock(testNow),
		Authorize: func(_ context.Context, r *Request) error {
			if r.Sender != w.sender.Address() {
				return NewProblem(CodeNotPermitted, "%s holds no permit", r.Sender)
			}
			return nil
		},
		Observe: func(*Request, *Problem, error) { w.refusals.Add(1) },
	}
	if change != nil {
		change(&w.config)
	}
	if handler == nil {
		handler = func(rw http.ResponseWriter, r *http.Request) { _, _ = io.Copy(rw, r.Body) }
	}
	server, err := NewServer(w.config, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.runs.Add(1)
		handler(rw, r)
	}))
	require.NoError(t, err)
	w.server = httptest.NewServer(server)
	t.Cleanup(w.server.Close)
	return w
}

func (w *world) client(t *testing.T, change func(*ClientConfig)) *Client {
	t.Helper()
	config := ClientConfig{ChainID: testChain, Signer: w.sender, Now: fixedClock(testNow)}
	if change != nil {
		change(&config)
	}
	client, err := NewClient(config)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}

func (w *world) call(body string) Call {
	return Call{
		Endpoint: w.server.URL, Path: "/v1/completions", Body: []byte(body), Netuid: 3, Epoch: 9,
		Receiver: w.receiver.Address(),
	}
}

// signed builds a valid request that a test then spoils: before signs over the change, after leaves the signature as
// it was.
func (w *world) signed(t *testing.T, body []byte, before func(*Request), after func(*http.Request)) *http.Request {
	t.Helper()
	nonce, err := NewNonce(testNow, rand.Reader)
	require.NoError(t, err)
	r := &Request{
		ChainID: testChain, Netuid: 3, Method: http.MethodPost, Target: "/v1/completions", Body: BodyDigest(body),
		Nonce: nonce, Receiver: w.receiver.Address(), Epoch: 9,
	}
	if before != nil {
		before(r)
	}
	require.NoError(t, r.Sign(w.sender))
	out, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.server.URL+"/v1/completions", bytes.NewReader(body))
	require.NoError(t, err)
	r.SetHeaders(out.Header)
	if after != nil {
		after(out)
	}
	return out
}

// problemOf sends r and returns the refusal and whether the answer carried a receipt.
func problemOf(t *testing.T, r *http.Request) (*Problem, bool) {
	t.Helper()
	response, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(t, err)
	defer response.Body.Close() //nolint:errcheck // test
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, ProblemContentType, response.Header.Get("Content-Type"), "body: %s", body)
	p := &Problem{}
	require.NoError(t, json.Unmarshal(body, p))
	require.Equal(t, response.StatusCode, p.Status)
	return p, response.Header.Get(HeaderReceipt) != ""
}
