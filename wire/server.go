package wire

import (
	"bytes"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Defaults of [ServerConfig].
const (
	// DefaultMaxAge is how old a request may be on arrival.
	DefaultMaxAge = 10 * time.Second
	// DefaultMaxSkew is how far the sender's clock may be ahead.
	DefaultMaxSkew = 2 * time.Second
	// DefaultMaxBody bounds the body of a request in bytes.
	DefaultMaxBody = 1 << 20
	// DefaultMaxHeaders bounds the headers of a request in bytes.
	DefaultMaxHeaders = 16 << 10
	// DefaultMaxBuffered bounds how much of an answer is held back to put its receipt in a header instead of a trailer.
	DefaultMaxBuffered = 1 << 20
)

// ServerConfig says for whom and under which bounds a [Server] accepts requests.
type ServerConfig struct {
	// ChainID and Netuid are those that requests must name.
	ChainID string
	Netuid  uint32
	// Signer is the receiver: requests must be addressed to it, answers are signed by it.
	Signer Signer
	// Authorize decides whether the sender may ask. It runs before the signature is checked, so that strangers cost
	// nothing: the sender is *claimed*, and Authorize must change no state. It returns nil, or a [Problem]
	// ([CodeNotPermitted], [CodeNoCredit], [CodeWrongEpoch], [CodePermitsUnavailable]).
	Authorize func(ctx context.Context, request *Request) error
	// Replay records nonces.
	Replay ReplayStore
	// Now is the clock. Default time.Now.
	Now func() time.Time
	// MaxAge, MaxSkew, MaxBody, MaxHeaders, MaxBuffered: see the defaults of the same names.
	MaxAge, MaxSkew time.Duration
	MaxBody         int64
	MaxHeaders      int
	MaxBuffered     int
	// Observe, when set, hears of every request that was refused before the handler ran, and of failures to sign or to
	// record (with the error that the caller is not told). It must not block.
	Observe func(request *Request, problem *Problem, cause error)
}

// Server lets through to a handler what is well formed, addressed to it, fresh, permitted, signed and new, and signs
// what the handler answers.
type Server struct {
	config ServerConfig
	next   http.Handler
}

// NewServer wraps next. It fails when the configuration is incomplete.
func NewServer(config ServerConfig, next http.Handler) (*Server, error) {
	switch {
	case config.ChainID == "":
		return nil, errors.New("wire server: no chain id")
	case config.Signer == nil:
		return nil, errors.New("wire server: no signer")
	case config.Authorize == nil:
		return nil, errors.New("wire server: no authorization; nobody would be refused")
	case config.Replay == nil:
		return nil, errors.New("wire server: no replay store")
	case next == nil:
		return nil, errors.New("wire server: no handler")
	}
	setDefault(&config.MaxAge, DefaultMaxAge)
	setDefault(&config.MaxSkew, DefaultMaxSkew)
	setDefault(&config.MaxBody, DefaultMaxBody)
	setDefault(&config.MaxHeaders, DefaultMaxHeaders)
	setDefault(&config.MaxBuffered, DefaultMaxBuffered)
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Observe == nil {
		config.Observe = func(*Request, *Problem, error) {}
	}
	return &Server{config: config, next: next}, nil
}

func setDefault[T comparable](value *T, fallback T) {
	var zero T
	if *value == zero {
		*value = fallback
	}
}

type requestKey struct{}

// FromContext returns the verified request that the handler is answering.
func FromContext(ctx context.Context) (*Request, bool) {
	request, ok := ctx.Value(requestKey{}).(*Request)
	return request, ok
}

// ServeHTTP implements http.Handler. Refusals up to the signature are not signed, since until then nobody has proved
// to have asked; from there on every answer carries a receipt.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	request, problem, cause := s.admit(r)
	var digest Digest
	if problem == nil {
		digest = request.Digest()
		if err := request.verify(digest); err != nil {
			problem = NewProblem(CodeBadSignature, "%v", err)
		}
	}
	if problem != nil {
		s.config.Observe(request, problem, cause)
		CloseAfterAnswer(w)
		WriteProblem(w, problem)
		return
	}
	answer := newSignedWriter(w, s.config.MaxBuffered, func(status int, body Digest) (Receipt, error) {
		return NewReceipt(s.config.Signer, digest, status, body)
	})
	defer func() {
		if recovered := recover(); recovered != nil {
			if err, ok := recovered.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(recovered)
			}
			s.config.Observe(request, NewProblem(CodeInternal, ""), fmt.Errorf("handler panicked: %v", recovered))
			if answer.streaming {
				panic(http.ErrAbortHandler) // an answer broken off must not get a receipt
			}
			answer.reset()
			WriteProblem(answer, NewProblem(CodeInternal, ""))
		}
		err := answer.finish()
		if err != nil {
			s.config.Observe(request, NewProblem(CodeInternal, ""), err)
		}
		if err != nil || answer.err != nil {
			panic(http.ErrAbortHandler)
		}
	}()
	if problem, cause := s.accept(r, request); problem != nil {
		s.config.Observe(request, problem, cause)
		WriteProblem(answer, problem)
		return
	}
	s.next.ServeHTTP(answer, r.WithContext(context.WithValue(r.Context(), requestKey{}, request)))
}

// CloseAfterAnswer has the connection closed once the answer is sent, and nothing more read of the request. Without it
// net/http first waits for up to 256 KiB of a body that nobody reads, for as long as a stranger cares to send it byte by
// byte. It is called before the answer is written.
func CloseAfterAnswer(w http.ResponseWriter) {
	w.Header().Set("Connection", "close")
	_ = http.NewResponseController(w).SetReadDeadline(time.Unix(1, 0)) // where there are no deadlines nothing waits
}

// admit runs the checks that need neither the body nor the signature: shape, receiver, freshness, permit.
func (s *Server) admit(r *http.Request) (*Request, *Problem, error) {
	if size := headerBytes(r.Header); size > s.config.MaxHeaders {
		return nil, NewProblem(CodeHeadersTooLarge, "%d bytes, at most %d are read", size, s.config.MaxHeaders), nil
	}
	if r.ContentLength > s.config.MaxBody {
		return nil, NewProblem(CodeBodyTooLarge, "%d bytes, at most %d are read", r.ContentLength, s.config.MaxBody), nil
	}
	request, err := ParseRequest(r.Method, r.RequestURI, r.Header)
	switch {
	case errors.Is(err, ErrVersion):
		return nil, NewProblem(CodeVersion, "%v", err), nil
	case err != nil:
		return nil, NewProblem(CodeMalformed, "%v", err), nil
	}

	receiver := s.config.Signer.Address()
	switch {
	case request.ChainID != s.config.ChainID:
		return request, NewProblem(CodeWrongChain, "asked for %q, this is %q", request.ChainID, s.config.ChainID), nil
	case request.Netuid != s.config.Netuid:
		return request, NewProblem(CodeWrongSubnet, "asked for %d, this is %d", request.Netuid, s.config.Netuid), nil
	case request.Receiver != receiver:
		return request, NewProblem(CodeWrongReceiver, "asked for %s, this is %s", request.Receiver, receiver), nil
	}

	now := s.config.Now()
	age := now.Sub(request.Nonce.Time())
	if age > s.config.MaxAge || age < -s.config.MaxSkew {
		problem := NewProblem(CodeStale, "signed %s before the receiver's clock, at most %s is allowed", age, s.config.MaxAge)
		if age < 0 {
			problem = NewProblem(CodeFuture, "signed %s after the receiver's clock, at most %s is allowed", -age, s.config.MaxSkew)
		}
		problem.ServerTimeMillis = now.UnixMilli()
		return request, problem, nil
	}

	if err := s.config.Authorize(r.Context(), request); err != nil {
		return request, AsProblem(err), err
	}
	return request, nil, nil
}

// accept reads the body, compares it with what was signed, and records the nonce.
func (s *Server) accept(r *http.Request, request *Request) (*Problem, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, s.config.MaxBody+1))
	if err != nil {
		return NewProblem(CodeBodyMismatch, "the body broke off"), err
	}
	if int64(len(body)) > s.config.MaxBody {
		return NewProblem(CodeBodyTooLarge, "more than the %d bytes that are read", s.config.MaxBody), nil
	}
	if digest := BodyDigest(body); subtle.ConstantTimeCompare(digest[:], request.Body[:]) != 1 {
		return NewProblem(CodeBodyMismatch, "received a body with digest %s, signed was %s", digest, request.Body), nil
	}
	switch err := s.config.Replay.Record(request.Sender, request.Nonce, s.config.Now()); {
	case errors.Is(err, ErrReplayed):
		return NewProblem(CodeReplayed, ""), nil
	case errors.Is(err, ErrBeforeHorizon):
		// Fresh, yet before the horizon: the receiver came back from a crash a moment ago.
		return NewProblem(CodeStale, "%v", err).After(DefaultMaxSkew), nil
	case err != nil:
		return NewProblem(CodeReplayStore, ""), err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
	return nil, nil
}

func headerBytes(h http.Header) int {
	size := 0
	for name, values := range h {
		for _, value := range values {
			size += len(name) + len(value) + 4 // colon, space, line end
		}
	}
	return size
}
