package runner

import (
	"sync"

	"github.com/agora-network/agora/engine/native/decoder"
)

// Job is one request to a model.
type Job struct {
	// Tokens are fed first; at least one.
	Tokens []int32
	// Capacity is the largest number of tokens the job may come to, at least
	// len(Tokens).
	Capacity int
	// Logits is called with the logits after the last of Tokens, or after each of
	// them with All, and then after each token that it asks to append. It may
	// overwrite them. It runs while all other requests wait, so it must not block.
	Logits func(logits []float32) (next int32, more bool, err error)
	// State, if set, is called instead of Logits with the final state of a token.
	State func(state []float32) error
	// All asks for the logits or states of all Tokens instead of the last one;
	// nothing is appended then.
	All bool
	// Deliver, if set, is called by Run, on its own goroutine, whenever Logits has
	// asked for another token or the job is done: to pass on what came of it. It
	// may block; the other requests go on. Its error ends the job.
	Deliver func() error

	// These belong to whoever has the turn.
	sequence *decoder.Sequence
	fed      int     // of Tokens
	seen     int     // of Tokens, with All: those whose outcome was passed on
	next     []int32 // the token to append, once all of Tokens are fed
	finished bool

	ready chan struct{} // has room for one: news for the owner
	mu    sync.Mutex    // guards the fields below
	news  bool
	done  bool
	err   error
}

// want says of which tokens of a piece the outcome is needed.
func (j *Job) want(n int) decoder.Want {
	switch {
	case j.All:
		return decoder.WantAll
	case j.fed+n < len(j.Tokens):
		return decoder.WantNone
	}
	return decoder.WantLast
}

// tell notes that something happened and wakes the owner if it sleeps.
func (j *Job) tell(done bool, err error) {
	j.mu.Lock()
	j.news = true
	if done {
		j.done, j.err = true, err
	}
	j.mu.Unlock()
	select {
	case j.ready <- struct{}{}:
	default:
	}
}

// take returns what happened since the last call.
func (j *Job) take() (news, done bool, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	news, j.news = j.news, false
	return news, j.done, j.err
}
