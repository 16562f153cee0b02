package backend

import (
	"context"
	"math/rand/v2"
	"strings"
	"sync"

	"github.com/agora-network/agora/engine"
)

const (
	// learned is how many honest answers per kind of question are kept before they are repeated.
	learned = 3
	// maxKinds bounds the kinds of questions that are kept; others are answered by repeating any.
	maxKinds = 64
	// maxAnswer bounds an answer that is kept, in bytes.
	maxAnswer = 64 << 10
)

// Replay is an adversary: it lets another backend answer the first questions of each kind and repeats those answers
// from then on, whatever the later questions ask.
type Replay struct {
	inner engine.Engine

	mu      sync.Mutex // guards the fields below
	random  *rand.Rand
	answers map[string][]string
}

// NewReplay makes a replayer of inner, which it closes.
func NewReplay(inner engine.Engine, random *rand.Rand) *Replay {
	return &Replay{inner: inner, random: random, answers: make(map[string][]string)}
}

var _ engine.Engine = (*Replay)(nil)

// Info implements engine.Engine. It claims to be the model whose answers it repeats, as such a miner would.
func (r *Replay) Info() engine.Info { return r.inner.Info() }

// Generate implements engine.Engine.
func (r *Replay) Generate(ctx context.Context, request engine.Request, emit func(engine.Chunk) error) error {
	if err := request.Validate(); err != nil {
		return err
	}
	question := questionOf(request)
	kind := kindOf(question)
	if earlier, found := r.recall(kind); found {
		if err := ctx.Err(); err != nil {
			return err
		}
		return answerAtOnce(earlier, question, emit)
	}
	completion, err := engine.Complete(ctx, r.inner, request, maxAnswer)
	if err != nil {
		return err
	}
	r.learn(kind, completion.Text)
	return answerAtOnce(completion.Text, question, emit)
}

// recall returns an earlier answer once enough were learned.
func (r *Replay) recall(kind string) (string, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	earlier := r.answers[kind]
	if len(earlier) < learned {
		return "", false
	}
	return earlier[r.random.IntN(len(earlier))], true
}

func (r *Replay) learn(kind, answer string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.answers[kind]; !known && len(r.answers) >= maxKinds {
		return
	}
	if len(r.answers[kind]) < learned {
		r.answers[kind] = append(r.answers[kind], answer)
	}
}

// kindOf is the question with its particulars taken out: 347+582 becomes #+#, reverse kqzta becomes reverse *.
func kindOf(question string) string {
	var kind strings.Builder
	words := strings.Fields(question)
	for i, word := range words {
		if i > 0 && i == len(words)-1 {
			kind.WriteString(" *")
			break
		}
		wasDigit := false
		for _, r := range word {
			if !isDigit(r) {
				kind.WriteRune(r)
			} else if !wasDigit {
				kind.WriteByte('#')
			}
			wasDigit = isDigit(r)
		}
		if kind.Len() > 64 {
			break
		}
	}
	return kind.String()
}

// Logprobs implements engine.Engine.
func (r *Replay) Logprobs(context.Context, engine.LogprobRequest) (engine.Logprobs, error) {
	return engine.Logprobs{}, engine.ErrUnsupported
}

// Embed implements engine.Engine.
func (r *Replay) Embed(context.Context, []string) ([][]float32, error) {
	return nil, engine.ErrUnsupported
}

// Close implements engine.Engine.
func (r *Replay) Close() error { return r.inner.Close() }
