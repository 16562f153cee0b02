package wire

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/agora-network/agora/internal/publicnet"
)

// Defaults of [ClientConfig].
const (
	// DefaultMaxAnswer bounds the body of an answer in bytes.
	DefaultMaxAnswer = 1 << 20
	// DefaultTimeout bounds a whole exchange, from dialling to the last byte.
	DefaultTimeout = 30 * time.Second

	// leastIdleConns and mostIdleConns bound the connections that are kept open between calls, about 20 kB each: as many as
	// a subnet has miners, for a validator that asks them in turn would otherwise open every one anew.
	leastIdleConns = 256
	mostIdleConns  = 4096

	maxAnswerHeaders = 32 << 10
	dialTimeout      = 5 * time.Second
)

// MaxBasePath bounds the path of an endpoint, as it is sent, in bytes. It stands in the evidence of every question.
const MaxBasePath = 64

var (
	// ErrEndpoint: the address of the other side cannot be used.
	ErrEndpoint = errors.New("endpoint is not usable")
	// ErrUnreachable: no answer came. The cause says why; errors.Is with context.DeadlineExceeded tells time-outs.
	ErrUnreachable = errors.New("no answer")
	// ErrAnswerTooLarge: the answer is larger than the client reads.
	ErrAnswerTooLarge = errors.New("answer is too large")
	// ErrRedirect: the other side sent the client elsewhere, where a signed request never follows.
	ErrRedirect = errors.New("answer is a redirect")
)

// ClientConfig says who asks and under which bounds.
type ClientConfig struct {
	// ChainID is the network whose miners are asked.
	ChainID string
	// Signer is the sender.
	Signer Signer
	// MaxAnswer bounds the body of an answer in bytes; Timeout a whole exchange. See the defaults of the same names.
	MaxAnswer int64
	Timeout   time.Duration
	// PublicOnly refuses endpoints that resolve to loopback, private, link-local or multicast addresses, so that an
	// endpoint published by a stranger cannot point the client into its own network. Leave it off on a local network.
	PublicOnly bool
	// MaxConnsPerHost bounds connections to one endpoint, idle ones included. Default 16.
	MaxConnsPerHost int
	// Now is the clock of nonces and latencies. Default time.Now.
	Now func() time.Time
	// Random is the source of nonces. Default crypto/rand.
	Random io.Reader
}

// Client asks signed questions and verifies the receipts of the answers. It keeps connections open between calls, never
// follows redirects, never decompresses, and reads no more than it was told to.
type Client struct {
	config ClientConfig
	http   *http.Client
}

// NewClient makes a client. It fails when the configuration is incomplete.
func NewClient(config ClientConfig) (*Client, error) {
	if config.Signer == nil {
		return nil, errors.New("wire client: no signer")
	}
	if err := validateChainID(config.ChainID); err != nil {
		return nil, fmt.Errorf("wire client: chain id %q: %w", config.ChainID, err)
	}
	setDefault(&config.MaxAnswer, DefaultMaxAnswer)
	setDefault(&config.Timeout, DefaultTimeout)
	setDefault(&config.MaxConnsPerHost, 16)
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Random == nil {
		config.Random = rand.Reader
	}
	dialer := &net.Dialer{Timeout: dialTimeout}
	if config.PublicOnly {
		dialer.Control = refusePrivate
	}
	transport := &http.Transport{
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    dialTimeout,
		DisableCompression:     true, // a receipt is over the bytes on the wire, and a small bomb is still a bomb
		MaxIdleConns:           idleConns(),
		MaxIdleConnsPerHost:    config.MaxConnsPerHost,
		MaxConnsPerHost:        config.MaxConnsPerHost,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: maxAnswerHeaders,
	}
	return &Client{config: config, http: &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Call is one question.
type Call struct {
	// Endpoint is the base URL of the receiver, http or https, for example http://192.0.2.7:8091.
	Endpoint string
	// Method is GET or POST. Default POST.
	Method string
	// Path is appended to the endpoint's path; it starts with a slash and may carry a query.
	Path string
	// Body is sent as application/json. At most what the receiver reads, 1 MiB by default.
	Body []byte
	// Netuid, Epoch and Receiver are signed. Receiver is the address that must sign the answer.
	Netuid   uint32
	Epoch    uint64
	Receiver string
}

// Answer is what came back.
type Answer struct {
	// Request is the request as it was signed; with Body and Receipt it is the evidence of the exchange.
	Request *Request
	Status  int
	Header  http.Header
	// Body is what the receipt covers: of an event stream, without the closing receipt comment.
	Body []byte
	// Receipt is nil when a refusal was not signed; on success it is never nil and has been verified.
	Receipt *Receipt
	// FirstByte and Total are measured from just before the request was sent.
	FirstByte, Total time.Duration
}

// Do asks. On success the answer has a 2xx status and a verified receipt. When the other side refused, the error is a
// [*Problem] and the answer is returned beside it. All other errors mean that there is no answer that counts: they wrap
// [ErrEndpoint], [ErrUnreachable], [ErrAnswerTooLarge], [ErrRedirect] or [ErrReceipt].
func (c *Client) Do(ctx context.Context, call Call) (*Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()

	outgoing, request, err := c.prepare(ctx, call)
	if err != nil {
		return nil, err
	}
	start := c.config.Now()
	response, err := c.http.Do(outgoing)
	if err != nil {
		return nil, fmt.Errorf("%w from %s: %w", ErrUnreachable, call.Endpoint, withoutURL(err))
	}
	defer response.Body.Close() //nolint:errcheck // read to its end, or given up

	answer := &Answer{Request: request, Status: response.StatusCode, Header: response.Header}
	answer.FirstByte = c.config.Now().Sub(start)
	if response.ContentLength > c.config.MaxAnswer {
		return nil, fmt.Errorf("%w: %s announces %d bytes, at most %d are read",
			ErrAnswerTooLarge, call.Endpoint, response.ContentLength, c.config.MaxAnswer)
	}
	// The receipt comment of an event stream is not counted against the caller's bound.
	limit := c.config.MaxAnswer + int64(len(ReceiptCommentPrefix)+receiptTextLen+2)
	body, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%w from %s: the answer broke off: %w", ErrUnreachable, call.Endpoint, err)
	}
	answer.Total = c.config.Now().Sub(start)

	receiptText := firstNonEmpty(response.Header.Get(HeaderReceipt), response.Trailer.Get(HeaderReceipt))
	if isEventStream(response.Header) {
		var comment string
		body, comment = splitReceiptComment(body)
		receiptText = firstNonEmpty(receiptText, comment)
	}
	answer.Body = body
	if int64(len(body)) > c.config.MaxAnswer {
		return nil, fmt.Errorf("%w: %s sends more than %d bytes", ErrAnswerTooLarge, call.Endpoint, c.config.MaxAnswer)
	}
	if response.StatusCode >= 300 && response.StatusCode < 400 {
		return nil, fmt.Errorf("%w: %s answers %d to %.100q", ErrRedirect, call.Endpoint, response.StatusCode, response.Header.Get("Location"))
	}
	success := response.StatusCode >= 200 && response.StatusCode < 300
	if receiptText != "" || success {
		if answer.Receipt, err = verifyReceipt(receiptText, answer, request); err != nil {
			return nil, fmt.Errorf("answer of %s (status %d): %w", call.Endpoint, response.StatusCode, err)
		}
	}
	if !success {
		return answer, parseProblem(response.StatusCode, response.Header, body)
	}
	return answer, nil
}

// prepare builds and signs the request.
func (c *Client) prepare(ctx context.Context, call Call) (*http.Request, *Request, error) {
	target, err := endpointURL(call.Endpoint, call.Path)
	if err != nil {
		return nil, nil, err
	}
	if call.Method == "" {
		call.Method = http.MethodPost
	}
	if err := ValidateAddress(call.Receiver); err != nil {
		return nil, nil, fmt.Errorf("%w: receiver: %w", ErrEndpoint, err)
	}
	outgoing, err := http.NewRequestWithContext(ctx, call.Method, target, bytes.NewReader(call.Body))
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrEndpoint, err)
	}
	nonce, err := NewNonce(c.config.Now(), c.config.Random)
	if err != nil {
		return nil, nil, err
	}
	request := &Request{
		ChainID: c.config.ChainID, Netuid: call.Netuid, Method: call.Method, Target: outgoing.URL.RequestURI(),
		Body: BodyDigest(call.Body), Nonce: nonce, Receiver: call.Receiver, Epoch: call.Epoch,
	}
	if err := request.Sign(c.config.Signer); err != nil {
		return nil, nil, err
	}
	request.SetHeaders(outgoing.Header)
	if len(call.Body) > 0 {
		outgoing.Header.Set("Content-Type", "application/json")
	}
	return outgoing, request, nil
}

func verifyReceipt(text string, answer *Answer, request *Request) (*Receipt, error) {
	if text == "" {
		return nil, fmt.Errorf("%w: there is none in header, trailer or event stream", ErrReceipt)
	}
	receipt, err := ParseReceipt(text)
	if err != nil {
		return nil, err
	}
	if receipt.Status != answer.Status {
		return nil, fmt.Errorf("%w: it is for status %d", ErrReceipt, receipt.Status)
	}
	if err := receipt.Verify(request.Receiver, request.Digest(), BodyDigest(answer.Body)); err != nil {
		return nil, err
	}
	return &receipt, nil
}

// splitReceiptComment takes the closing receipt comment off an event stream. A stream without one is returned whole.
func splitReceiptComment(body []byte) (events []byte, receipt string) {
	at := bytes.LastIndex(body, []byte(ReceiptCommentPrefix))
	if at < 0 || (at > 0 && body[at-1] != '\n') {
		return body, ""
	}
	text, found := strings.CutSuffix(string(body[at+len(ReceiptCommentPrefix):]), "\n\n")
	if !found || len(text) != receiptTextLen {
		return body, ""
	}
	return body[:at], text
}

// ValidateEndpoint reports whether text is a base URL that a [Client] can ask, and if not, why.
func ValidateEndpoint(text string) error {
	_, err := endpointURL(text, "/")
	return err
}

func endpointURL(endpoint, path string) (string, error) {
	if len(endpoint) > maxTargetLen {
		return "", fmt.Errorf("%w: longer than %d characters", ErrEndpoint, maxTargetLen)
	}
	base, err := url.Parse(endpoint)
	switch {
	case err != nil:
		return "", fmt.Errorf("%w: %w", ErrEndpoint, err)
	case base.Scheme != "http" && base.Scheme != "https":
		return "", fmt.Errorf("%w: %q does not start with http:// or https://", ErrEndpoint, endpoint)
	case base.Hostname() == "":
		return "", fmt.Errorf("%w: %q names no host", ErrEndpoint, endpoint)
	case base.User != nil || base.RawQuery != "" || base.Fragment != "":
		return "", fmt.Errorf("%w: %q carries a user, a query or a fragment", ErrEndpoint, base.Redacted())
	case len(strings.TrimSuffix(base.EscapedPath(), "/")) > MaxBasePath:
		return "", fmt.Errorf("%w: the path of %q takes more than %d bytes", ErrEndpoint, endpoint, MaxBasePath)
	case !strings.HasPrefix(path, "/"):
		return "", fmt.Errorf("%w: the path %q does not start with /", ErrEndpoint, path)
	}
	return strings.TrimSuffix(endpoint, "/") + path, nil
}

// refusePrivate runs after name resolution, on the address that will be dialled, so a name cannot resolve around it.
func refusePrivate(network, address string, conn syscall.RawConn) error {
	if err := publicnet.Control(network, address, conn); err != nil {
		return fmt.Errorf("%w: %w", ErrEndpoint, err)
	}
	return nil
}

// OnlyLocal tells whether an endpoint plainly cannot be reached over the internet: its host is localhost or an
// address that is not public. A name may still resolve to one.
func OnlyLocal(endpoint string) bool {
	base, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	if base.Hostname() == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(base.Hostname())
	return err == nil && !publicnet.IsPublic(ip)
}

// withoutURL takes the method and URL off net/http's error; the caller's message names the endpoint already.
func withoutURL(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

func firstNonEmpty(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
