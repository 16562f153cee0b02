package engine

import "errors"

// Errors that drivers return, wrapped with what happened.
var (
	// ErrBadRequest: the request itself is wrong; sending it again cannot help.
	ErrBadRequest = errors.New("bad request")
	// ErrContextTooLong: the prompt leaves no room for a completion.
	ErrContextTooLong = errors.New("prompt does not fit the model's context")
	// ErrUnsupported: this engine cannot do that.
	ErrUnsupported = errors.New("not supported by this engine")
	// ErrBusy: the engine is at its limit of concurrent requests; try later.
	ErrBusy = errors.New("engine is busy")
	// ErrUnavailable: the upstream cannot be reached or is not ready; try later.
	ErrUnavailable = errors.New("upstream is not available")
	// ErrUpstream: the upstream answered with an error or with something that is
	// not a valid answer.
	ErrUpstream = errors.New("upstream gave no valid answer")
	// ErrClosed: Close was called.
	ErrClosed = errors.New("engine is closed")
)

// Retryable reports whether the same request may succeed later.
func Retryable(err error) bool {
	return errors.Is(err, ErrBusy) || errors.Is(err, ErrUnavailable)
}
