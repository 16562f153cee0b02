package backend

import (
	"context"
	"errors"
	"fmt"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/llamacpp"
	"github.com/agora-network/agora/engine/openai"
)

// Trouble is what an operator is told of an error of a backend.
type Trouble struct {
	// Kind names the error in metrics and logs, such as "model_changed".
	Kind string
	// Remedy is what to do about it.
	Remedy string
}

// troubles is ordered: the first that an error is, counts, so those that are also another stand before it.
var troubles = []struct {
	is error
	Trouble
}{
	{openai.ErrModelChanged, Trouble{"model_changed", "another model or build answers under the same name: name the one to serve in backend_model, and restart the miner to accept it"}},
	{openai.ErrNotAnAPI, Trouble{"not_an_api", "a web page answers there: correct the URL in backend; most servers answer at http://host:port, others below a path that ends in /v1"}},
	{openai.ErrMalformed, Trouble{"malformed", "correct the URL in backend, or update the server: its answers are not those of OpenAI's API"}},
	{openai.ErrTooManyTokens, Trouble{"too_many_tokens", "the server does not keep to max_tokens: update it, or take another"}},
	{openai.ErrTooLarge, Trouble{"too_large", "the server sends more than a completion can be: update it, or take another"}},
	{openai.ErrUnfinished, Trouble{"unfinished", "the server, or a proxy before it, cuts answers off: see its log, and raise the proxy's time limit"}},
	{openai.ErrReported, Trouble{"reported", "the server failed in the middle of an answer: see its log"}},
	{openai.ErrStalled, Trouble{"stalled", "the server stops in the middle of answers: see its log and its load, and lower max_concurrent"}},
	{openai.ErrTimeout, Trouble{"timeout", "the server takes too long: lower max_concurrent or max_tokens, or raise request_timeout"}},
	{openai.ErrLogprobsIgnored, Trouble{"logprobs_ignored", "the server leaves log-probabilities out: set upstream_dialect to what it is, or plain"}},
	{llamacpp.ErrNoLibrary, Trouble{"no_library", "set llamacpp_library to the path of libllama.so of llama.cpp " + llamacpp.Release + " for this machine"}},
	{llamacpp.ErrWrongLibrary, Trouble{"wrong_library", "set llamacpp_library to the library of exactly llama.cpp " + llamacpp.Release}},
	{llamacpp.ErrModel, Trouble{"model", "give a complete GGUF file that this release of llama.cpp knows"}},
	{engine.ErrBusy, Trouble{"busy", "the server is at its limit: lower max_concurrent to what it takes at once"}},
	{engine.ErrUnavailable, Trouble{"unavailable", "start the server, and check the address in backend"}},
	{engine.ErrContextTooLong, Trouble{"context_too_long", "the server's context is too short even for one token: start it with a longer one"}},
	{engine.ErrBadRequest, Trouble{"bad_request", "the server refuses a plain chat request: check backend_model, and that the model has a chat template"}},
	{engine.ErrUnsupported, Trouble{"unsupported", "choose another backend or model"}},
	{engine.ErrUpstream, Trouble{"upstream", "check the address in backend, backend_model and backend_api_key, and the server's log"}},
	{context.DeadlineExceeded, Trouble{"timeout", "the server takes too long for one token: see its log; it may still be loading the model"}},
}

// Explain names an error of a backend and says what to do about it.
func Explain(err error) Trouble {
	for _, t := range troubles {
		if errors.Is(err, t.is) {
			return t.Trouble
		}
	}
	return Trouble{"other", "see the error"}
}

// WithRemedy adds to an error what to do about it.
func WithRemedy(err error) error { return fmt.Errorf("%w; %s", err, Explain(err).Remedy) }
