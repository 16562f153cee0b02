package openai

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/internal/gate"
)

// Driver is the name of this driver in engine.Info.
const Driver = "openai"

// Defaults of Options and of requests.
const (
	DefaultTimeout       = 2 * time.Minute
	DefaultEventTimeout  = 30 * time.Second
	DefaultMaxConcurrent = 64
	DefaultMaxBodyBytes  = 8 << 20
	DefaultMaxTokens     = 512
)

// Options say where the upstream is and what it may do.
type Options struct {
	// BaseURL is http(s)://host[:port] with an optional path; without a path,
	// /v1 is taken. Required.
	BaseURL string
	// Model is the name sent to the upstream. Required.
	Model string
	// APIKey is sent as a bearer token when it is not empty.
	APIKey string
	// Timeout bounds a request besides its context. 0 means DefaultTimeout.
	Timeout time.Duration
	// EventTimeout bounds the time from one whole event of a stream to the next,
	// comments not counted. 0 means DefaultEventTimeout.
	EventTimeout time.Duration
	// MaxConcurrent is how many requests may run at once; more get
	// engine.ErrBusy. 0 means DefaultMaxConcurrent.
	MaxConcurrent int
	// MaxBodyBytes bounds what is read of one answer. 0 means DefaultMaxBodyBytes.
	MaxBodyBytes int64
	// MaxContext is reported in Info; 0 reports what the server says.
	MaxContext int
	// Dialect is the kind of server. Detect, the zero value, asks it when that is
	// first needed: in Ready, Server or Logprobs.
	Dialect Dialect
	// Embeddings says that the upstream answers /embeddings with this model.
	Embeddings bool
}

// Engine asks one upstream. It is safe for concurrent use.
type Engine struct {
	options   Options
	base      *url.URL
	transport transport
	// header is that of every request; no transport changes it.
	header http.Header
	gate   *gate.Gate
	// server is what was configured or found; nil until then.
	server atomic.Pointer[Server]
	// contextAsked is set when the server was asked for its context and will not say more.
	contextAsked atomic.Bool
	// identity notices when another model answers.
	identity identity
}

var _ engine.Engine = (*Engine)(nil)

// Open checks the options. It does not contact the upstream; Ready does.
func Open(options Options) (*Engine, error) {
	base, err := url.Parse(options.BaseURL)
	if err != nil || (base.Scheme != "http" && base.Scheme != "https") || base.Host == "" {
		return nil, fmt.Errorf("openai: base url %q is not http(s)://host[:port][/path]", options.BaseURL)
	}
	if base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return nil, fmt.Errorf("openai: base url of host %q must have no user, query or fragment", base.Host)
	}
	if options.Model == "" {
		return nil, fmt.Errorf("openai: no model name for %s; see the upstream's /v1/models", base.Host)
	}
	if _, err := ParseDialect(string(options.Dialect)); err != nil {
		return nil, err
	}
	base.Path = strings.TrimRight(base.Path, "/")
	if base.Path == "" {
		base.Path = "/v1"
	}
	if options.Timeout <= 0 {
		options.Timeout = DefaultTimeout
	}
	if options.EventTimeout <= 0 {
		options.EventTimeout = DefaultEventTimeout
	}
	if options.MaxConcurrent <= 0 {
		options.MaxConcurrent = DefaultMaxConcurrent
	}
	if options.MaxBodyBytes <= 0 {
		options.MaxBodyBytes = DefaultMaxBodyBytes
	}
	e := &Engine{
		options: options, base: base, transport: newTransport(base.Scheme, options.MaxConcurrent), header: newHeader(options.APIKey),
		gate: gate.New(options.MaxConcurrent),
	}
	if options.Dialect != Detect {
		e.server.Store(&Server{Dialect: options.Dialect})
	}
	return e, nil
}

// Info describes what is known of the upstream. Before its dialect is known,
// Logprobs is false.
func (e *Engine) Info() engine.Info {
	info := engine.Info{
		Driver: Driver, Model: e.options.Model, MaxContext: e.options.MaxContext, Embeddings: e.options.Embeddings,
	}
	if server := e.server.Load(); server != nil {
		info.Logprobs = scores[server.Dialect] != nil
		if info.MaxContext == 0 {
			info.MaxContext = server.MaxContext
		}
	}
	return info
}

// Ready finds out the dialect where that is not known, and asks for one token, and
// then for the length of the context where that is not known.
// Health pages answer before a model is loaded, and some go on answering after it
// is gone; a token does not.
func (e *Engine) Ready(ctx context.Context) error {
	server, err := e.Server(ctx)
	if err != nil {
		return err
	}
	err = e.Generate(ctx, engine.Request{
		Messages:  []engine.Message{{Role: engine.RoleUser, Content: "1"}},
		MaxTokens: 1,
	}, func(engine.Chunk) error { return nil })
	if err != nil {
		return err
	}
	return e.learnContext(ctx, server)
}

// Close waits for running requests and drops idle connections.
func (e *Engine) Close() error {
	e.gate.Close()
	e.transport.CloseIdleConnections()
	return nil
}
