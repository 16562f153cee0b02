package wire

import (
	"crypto/sha256"
	"hash"
	"io"
	"mime"
	"net/http"
	"strconv"
)

// EventStreamContentType is the media type of a streamed answer.
const EventStreamContentType = "text/event-stream"

// signedWriter is the response of a signed request. A short answer is held back until the handler returns, so that its
// receipt goes into a header. When the handler flushes, or the answer outgrows the buffer, what is held is sent and the
// receipt follows as a trailer, and in an event stream as a last comment too, for clients that do not see trailers.
//
// It serves one request and is used by one goroutine, as http.ResponseWriter is.
type signedWriter struct {
	w           http.ResponseWriter
	sign        func(status int, body Digest) (Receipt, error)
	maxBuffered int

	status    int
	buffer    []byte
	streaming bool
	digest    hash.Hash
	err       error // the first failure to write to the caller
}

func newSignedWriter(w http.ResponseWriter, maxBuffered int, sign func(int, Digest) (Receipt, error)) *signedWriter {
	return &signedWriter{w: w, sign: sign, maxBuffered: maxBuffered, digest: sha256.New()}
}

// Header implements http.ResponseWriter.
func (s *signedWriter) Header() http.Header { return s.w.Header() }

// WriteHeader implements http.ResponseWriter.
func (s *signedWriter) WriteHeader(status int) {
	if s.status == 0 && status >= 200 {
		s.status = status
	}
}

// Write implements http.ResponseWriter.
func (s *signedWriter) Write(p []byte) (int, error) {
	s.WriteHeader(http.StatusOK)
	if !s.streaming && len(s.buffer)+len(p) <= s.maxBuffered {
		s.buffer = append(s.buffer, p...)
		return len(p), nil
	}
	s.stream()
	return s.send(p)
}

// FlushError implements what http.ResponseController looks for.
func (s *signedWriter) FlushError() error {
	s.stream()
	if s.err != nil {
		return s.err
	}
	return http.NewResponseController(s.w).Flush()
}

// Flush implements http.Flusher.
func (s *signedWriter) Flush() { _ = s.FlushError() } // the next Write reports the failure

// Unwrap lets http.ResponseController reach the deadlines of the connection.
func (s *signedWriter) Unwrap() http.ResponseWriter { return s.w }

// stream sends the head and what is held back.
func (s *signedWriter) stream() {
	if s.streaming {
		return
	}
	s.WriteHeader(http.StatusOK)
	s.streaming = true
	s.w.Header().Del("Content-Length")
	s.w.Header().Set("Trailer", HeaderReceipt)
	s.w.WriteHeader(s.status)
	held := s.buffer
	s.buffer = nil
	_, _ = s.send(held) // kept in s.err
}

func (s *signedWriter) send(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	s.digest.Write(p)
	n, err := s.w.Write(p)
	s.err = err
	return n, err
}

// reset forgets an answer of which nothing has been sent.
func (s *signedWriter) reset() {
	s.status, s.buffer = 0, nil
	for name := range s.w.Header() {
		s.w.Header().Del(name)
	}
}

// finish signs and completes the answer. It returns a failure to sign; a failure to reach the caller is in s.err. After
// either, the caller has not got a complete, signed answer and the connection must be closed.
func (s *signedWriter) finish() error {
	s.WriteHeader(http.StatusOK)
	digest := BodyDigest(s.buffer)
	if s.streaming {
		digest = Digest(s.digest.Sum(nil))
	}
	receipt, err := s.sign(s.status, digest)
	if err != nil || s.err != nil {
		return err
	}
	text := receipt.String()
	s.w.Header().Set(HeaderReceipt, text)
	switch {
	case !s.streaming:
		s.w.Header().Set("Content-Length", strconv.Itoa(len(s.buffer)))
		s.w.WriteHeader(s.status)
		_, s.err = s.w.Write(s.buffer)
	case isEventStream(s.w.Header()):
		_, s.err = io.WriteString(s.w, ReceiptCommentPrefix+text+"\n\n")
	}
	return nil
}

func isEventStream(h http.Header) bool {
	contentType := h.Get("Content-Type")
	if contentType == EventStreamContentType { // as it mostly is
		return true
	}
	mediaType, _, err := mime.ParseMediaType(contentType)
	return err == nil && mediaType == EventStreamContentType
}
