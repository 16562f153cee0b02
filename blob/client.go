package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/agora-network/agora/internal/publicnet"
)

const (
	maxRedirects     = 3
	maxAddressBytes  = 2048
	maxAnswerHeaders = 32 << 10
	dialTimeout      = 5 * time.Second
)

// client asks one mirror for one thing.
type client struct {
	http         *http.Client
	allowPrivate bool
	minRate      int64
	grace        time.Duration
}

func newClient(allowPrivate bool, minRate int64, grace time.Duration) *client {
	c := &client{allowPrivate: allowPrivate, minRate: minRate, grace: grace}
	secure := &net.Dialer{Timeout: dialTimeout, Control: publicnet.Control}
	if allowPrivate {
		secure.Control = nil
	}
	c.http = &http.Client{
		Transport: byScheme{
			secure: transport(secure),
			// Without TLS anybody on the way could change what comes, and see who asks for what.
			plain: transport(&net.Dialer{Timeout: dialTimeout, Control: publicnet.ControlPrivate}),
		},
		CheckRedirect: func(request *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return fmt.Errorf("%w: more than %d redirects", ErrAddress, maxRedirects)
			}
			return c.check(request.URL)
		},
	}
	return c
}

func transport(dialer *net.Dialer) *http.Transport {
	return &http.Transport{
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    dialTimeout,
		DisableCompression:     true, // the digest is over the bytes on the wire, and a small bomb is still a bomb
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: maxAnswerHeaders,
	}
}

// byScheme dials http and https by rules of their own, redirects included.
type byScheme struct{ secure, plain *http.Transport }

func (b byScheme) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.URL.Scheme == "https" {
		return b.secure.RoundTrip(request)
	}
	return b.plain.RoundTrip(request)
}

// CloseIdleConnections is found by [http.Client.CloseIdleConnections].
func (b byScheme) CloseIdleConnections() {
	b.secure.CloseIdleConnections()
	b.plain.CloseIdleConnections()
}

// ValidateMirror reports whether text is the base of a mirror, and if not, why: http
// is for one's own network only. The error wraps [ErrAddress].
func ValidateMirror(text string, allowPrivate bool) error {
	_, err := (&client{allowPrivate: allowPrivate}).address(text, "blobs")
	return err
}

// address is where a mirror has something.
func (c *client) address(mirror, what string) (*url.URL, error) {
	if len(mirror) > maxAddressBytes {
		return nil, fmt.Errorf("%w: longer than %d characters", ErrAddress, maxAddressBytes)
	}
	base, err := url.Parse(mirror)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAddress, err)
	}
	if err := c.check(base); err != nil {
		return nil, err
	}
	if base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return nil, fmt.Errorf("%w: it carries a user, a query or a fragment", ErrAddress)
	}
	return base.JoinPath(what), nil
}

// check judges the address of a mirror or of a redirect, before names are resolved.
func (c *client) check(address *url.URL) error {
	switch {
	case address.Scheme != "https" && address.Scheme != "http":
		return fmt.Errorf("%w: %q does not begin with https://; other schemes are not known, name a gateway", ErrAddress, address.Redacted())
	case address.Scheme == "http" && !c.allowPrivate:
		return fmt.Errorf("%w: %q is not https, which only mirrors in a private network that is allowed need not be", ErrAddress, address.Redacted())
	case address.Hostname() == "":
		return fmt.Errorf("%w: %q names no host", ErrAddress, address.Redacted())
	}
	return nil
}

// answer is what a mirror sent.
type answer struct {
	body        []byte
	sha256      [sha256.Size]byte
	contentType string
}

// get reads what a mirror has, at most limit bytes of it.
func (c *client) get(ctx context.Context, mirror, what string, limit int64) (*answer, error) {
	address, err := c.address(mirror, what)
	if err != nil {
		return nil, err
	}
	pace := newPace(ctx, c.minRate, c.grace)
	defer pace.stop()
	request, err := http.NewRequestWithContext(pace.ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAddress, err)
	}
	response, err := c.http.Do(request) //nolint:gosec // the address is checked above and where it is dialled
	if err != nil {
		return nil, pace.explain(withoutURL(err))
	}
	defer response.Body.Close()
	switch {
	case response.StatusCode == http.StatusNotFound || response.StatusCode == http.StatusGone:
		return nil, fmt.Errorf("%w: it answers %d", ErrNotFound, response.StatusCode)
	case response.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%w: it answers %d %.100q", ErrStatus, response.StatusCode, firstLine(response.Body))
	case response.ContentLength > limit:
		return nil, fmt.Errorf("%w: it announces %d bytes, at most %d are read", ErrTooLarge, response.ContentLength, limit)
	}
	hash := sha256.New()
	var body bytes.Buffer
	read, err := io.Copy(io.MultiWriter(&body, hash, pace), io.LimitReader(response.Body, limit+1))
	if err != nil {
		return nil, pace.explain(fmt.Errorf("the answer broke off after %d bytes: %w", read, err))
	}
	if read > limit {
		return nil, fmt.Errorf("%w: it sends more than %d bytes", ErrTooLarge, limit)
	}
	got := &answer{body: body.Bytes(), contentType: "no declared type"}
	if declared := response.Header.Get("Content-Type"); declared != "" {
		got.contentType = fmt.Sprintf("%.60q", declared)
	}
	hash.Sum(got.sha256[:0])
	return got, nil
}

// firstLine is the beginning of a refusal, for people.
func firstLine(body io.Reader) string {
	text, _ := io.ReadAll(io.LimitReader(body, 256)) // what could be read of it will do
	line, _, _ := strings.Cut(string(text), "\n")
	return strings.ToValidUTF8(line, "?")
}

// withoutURL takes the method and URL off net/http's error; the caller's message
// names the mirror already. A refusal to dial is one of the address.
func withoutURL(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	if errors.Is(err, publicnet.ErrNotPublic) || errors.Is(err, publicnet.ErrPublic) {
		return fmt.Errorf("%w: %w", ErrAddress, err)
	}
	return err
}

// pace ends a context with [ErrSlow] when less comes through it than must: so much
// for each span of grace, however fast it was before.
type pace struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	grace  time.Duration
	due    int64 // bytes in a span

	mu    sync.Mutex // guards timer and came
	timer *time.Timer
	came  int64 // bytes in this span
}

func newPace(ctx context.Context, minRate int64, grace time.Duration) *pace {
	p := &pace{grace: grace, due: max(1, int64(float64(minRate)*grace.Seconds()))}
	p.ctx, p.cancel = context.WithCancelCause(ctx)
	p.timer = time.AfterFunc(grace, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.cancel(fmt.Errorf("%w: %d bytes in %s, at least %d are asked for", ErrSlow, p.came, grace, p.due))
	})
	return p
}

// Write counts what came.
func (p *pace) Write(part []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.came += int64(len(part)); p.came >= p.due {
		p.came = 0
		p.timer.Reset(p.grace)
	}
	return len(part), nil
}

// explain puts the reason in the place of "context canceled".
func (p *pace) explain(err error) error {
	if cause := context.Cause(p.ctx); errors.Is(cause, ErrSlow) {
		return cause
	}
	return err
}

func (p *pace) stop() {
	p.timer.Stop()
	p.cancel(nil)
}
