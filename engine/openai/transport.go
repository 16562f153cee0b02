package openai

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"time"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/internal/nearhttp"
)

// Retries of questions that change nothing.
const (
	probeAttempts = 3
	probeBackoff  = 200 * time.Millisecond // doubles
	probeTimeout  = 10 * time.Second
	maxProbeBytes = 4 << 20
)

// Bounds of connections.
const (
	connectTimeout = 10 * time.Second
	idleTimeout    = 90 * time.Second
	maxHeaderBytes = 64 << 10
)

// Bounds of draining an answer.
const (
	drainBytes   = 16 << 10
	drainTimeout = time.Second
)

// transport follows no redirect, obeys no proxy, since a variable in the environment must not redirect prompts, and
// unpacks nothing, since a compressed answer could grow beyond its bound.
type transport interface {
	http.RoundTripper
	CloseIdleConnections()
}

func newTransport(scheme string, concurrent int) transport {
	dial := (&net.Dialer{Timeout: connectTimeout, KeepAlive: 30 * time.Second}).DialContext
	if scheme == "http" {
		return &nearhttp.Transport{Dial: dial, MaxIdle: concurrent, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes}
	}
	return &http.Transport{
		DialContext:            dial,
		TLSHandshakeTimeout:    connectTimeout,
		MaxIdleConnsPerHost:    concurrent,
		MaxConnsPerHost:        2 * concurrent,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeaderBytes,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true,
	}
}

// newHeader makes the header of every request.
func newHeader(apiKey string) http.Header {
	header := http.Header{
		"Content-Type": {"application/json"},
		"Accept":       {"text/event-stream, application/json"},
		"User-Agent":   {"agora"},
		// A server may close an idle connection at the moment at which it is used again;
		// llama.cpp's does so often. With this key, which is not sent, net/http then asks
		// on another one, as long as not a byte of an answer came and the connection had
		// served before, and nearhttp does without. A completion changes nothing, so asking
		// twice is safe.
		"Idempotency-Key": {},
	}
	if apiKey != "" {
		header.Set("Authorization", "Bearer "+apiKey)
	}
	return header
}

// exchange is an answer being read. Its time limits are those of Options.
type exchange struct {
	engine *Engine
	caller context.Context
	body   io.ReadCloser
	kind   string // media type
	cancel context.CancelCauseFunc
	total  *time.Timer // nil where the caller's time ends before
	step   *time.Timer // nil until the first step is done
}

// post sends a JSON body and returns the answer, of status 200, being read.
func (e *Engine) post(ctx context.Context, url string, body []byte) (*exchange, error) {
	return e.start(ctx, http.MethodPost, url, body, e.options.Timeout, e.options.MaxBodyBytes)
}

// get asks for a page, again when the connection or the server failed: never on an
// answer that says no.
func (e *Engine) get(ctx context.Context, url string) (data []byte, err error) {
	wait := probeBackoff
	for attempt := 1; ; attempt++ {
		data, err = e.getOnce(ctx, url)
		if err == nil || attempt == probeAttempts || !errors.Is(err, engine.ErrUnavailable) {
			return data, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(wait):
		}
		wait *= 2
	}
}

func (e *Engine) getOnce(ctx context.Context, url string) ([]byte, error) {
	x, err := e.start(ctx, http.MethodGet, url, nil, min(probeTimeout, e.options.Timeout), maxProbeBytes)
	if err != nil {
		return nil, err
	}
	return x.whole()
}

func (e *Engine) start(ctx context.Context, method, url string, body []byte, timeout time.Duration, maxBytes int64) (*exchange, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	limited, cancel := context.WithCancelCause(ctx)
	x := &exchange{engine: e, caller: ctx, cancel: cancel}
	if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > timeout { // else the caller's comes first
		x.total = time.AfterFunc(timeout, func() {
			cancel(fmt.Errorf("%w: %s took more than %s", ErrTimeout, e.base.Host, timeout))
		})
	}
	request, err := http.NewRequestWithContext(limited, method, url, bytes.NewReader(body))
	if err != nil {
		x.stop()
		return nil, fmt.Errorf("%w: %w", engine.ErrBadRequest, err)
	}
	request.Header = e.header
	if body == nil {
		request.Header = e.header.Clone()
		request.Header.Del("Content-Type")
	}
	response, err := e.transport.RoundTrip(request) //nolint:bodyclose // exchange.close closes it
	if err != nil {
		defer x.stop()
		return nil, x.failure(limited, err)
	}
	x.body = &watchedBody{ReadCloser: response.Body, exchange: x, limited: limited, left: maxBytes}
	x.kind, _, _ = mime.ParseMediaType(response.Header.Get("Content-Type"))
	if response.StatusCode != http.StatusOK {
		defer x.close()
		defer x.drain()
		return nil, statusError(response.StatusCode, x.body)
	}
	return x, nil
}

// progress restarts the clock of the next step. Until the first step is done only
// the total limit applies, since a server reads a long prompt in silence.
func (x *exchange) progress() { x.within(x.engine.options.EventTimeout) }

// within ends the exchange unless its next step is done in time.
func (x *exchange) within(limit time.Duration) {
	if x.step != nil {
		x.step.Reset(limit)
		return
	}
	x.step = time.AfterFunc(limit, func() {
		x.cancel(fmt.Errorf("%w: nothing complete came from %s for %s", ErrStalled, x.engine.base.Host, x.engine.options.EventTimeout))
	})
}

// whole reads the rest of a JSON answer and closes it.
func (x *exchange) whole() ([]byte, error) {
	defer x.close()
	if x.kind == "text/html" || x.kind == "text/event-stream" {
		return nil, fmt.Errorf("%w: content type %q where JSON was expected. Is the base url right?", ErrNotAnAPI, oneLine(x.kind))
	}
	x.progress() // the server answers: it has to go on
	return io.ReadAll(x.body)
}

// drain reads what is left of an answer that is over but for its last bytes, so that
// the connection can be used again.
func (x *exchange) drain() {
	x.within(drainTimeout)
	_, _ = io.CopyN(io.Discard, x.body, drainBytes)
}

// close ends the exchange; the connection is dropped unless the answer was read to
// its end.
func (x *exchange) close() {
	_ = x.body.Close()
	x.stop()
}

func (x *exchange) stop() {
	if x.total != nil {
		x.total.Stop()
	}
	if x.step != nil {
		x.step.Stop()
	}
	x.cancel(nil)
}

// failure names a failure of the connection. The caller's own cancelling comes back
// as it is; a limit of this driver does not look like the caller's.
func (x *exchange) failure(limited context.Context, err error) error {
	if ctxErr := x.caller.Err(); ctxErr != nil {
		return ctxErr
	}
	if cause := context.Cause(limited); errors.Is(cause, ErrTimeout) || errors.Is(cause, ErrStalled) {
		return cause
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: the connection ended in the middle of it", ErrUnfinished)
	}
	return fmt.Errorf("%w: %s: %w", engine.ErrUnavailable, x.engine.base.Host, err)
}

// watchedBody bounds what is read and names what goes wrong. It fails, instead of
// ending, when more than left bytes come: a truncated answer must not look whole.
type watchedBody struct {
	io.ReadCloser
	exchange *exchange
	limited  context.Context
	left     int64
}

func (b *watchedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, ErrTooLarge
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		err = b.exchange.failure(b.limited, err)
	}
	return n, err
}

// decode reads a JSON answer, which must be one object.
func decode(data []byte, into any) error {
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%w: not the JSON of an answer: %s", ErrMalformed, oneLine(string(data)))
	}
	return nil
}
