package openai

import (
	"fmt"

	"github.com/agora-network/agora/engine"
)

// What an upstream can do wrong. Each is also one of package engine's errors, which
// says whether asking again may help.
var (
	// ErrNotAnAPI: a web page or another thing that is neither JSON nor an event
	// stream.
	ErrNotAnAPI = fmt.Errorf("%w: it does not answer as an API", engine.ErrUpstream)
	// ErrMalformed: JSON that is broken or is not an answer.
	ErrMalformed = fmt.Errorf("%w: the answer is malformed", engine.ErrUpstream)
	// ErrTooLarge: an answer, event or line beyond its bound.
	ErrTooLarge = fmt.Errorf("%w: the answer is larger than allowed", engine.ErrUpstream)
	// ErrTooManyTokens: a completion longer than was asked for.
	ErrTooManyTokens = fmt.Errorf("%w: the completion is longer than was asked for", engine.ErrUpstream)
	// ErrUnfinished: an answer that ends without saying why.
	ErrUnfinished = fmt.Errorf("%w: the answer ended without a finish reason", engine.ErrUpstream)
	// ErrReported: an error that the upstream itself reports after HTTP 200.
	ErrReported = fmt.Errorf("%w: error after HTTP 200", engine.ErrUpstream)
	// ErrModelChanged: another model or another build answers than before.
	ErrModelChanged = fmt.Errorf("%w: the model changed between calls", engine.ErrUpstream)
	// ErrStalled: the answer stopped coming, or drips.
	ErrStalled = fmt.Errorf("%w: the answer does not go on", engine.ErrUnavailable)
	// ErrTimeout: the whole answer did not come in time.
	ErrTimeout = fmt.Errorf("%w: the answer did not finish in time", engine.ErrUnavailable)
	// ErrLogprobsIgnored: the count of returned log-probabilities is not the count
	// of tokens that were to be scored.
	ErrLogprobsIgnored = fmt.Errorf("%w: the request for log-probabilities was ignored", engine.ErrUnsupported)
)
