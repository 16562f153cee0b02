package backend

import (
	"context"
	"math/rand/v2"
	"strings"
	"sync"

	"github.com/agora-network/agora/engine"
)

// Guess is an adversary: it answers in the right form at once, without a model. An answer is right by luck only.
type Guess struct {
	mu     sync.Mutex // guards random
	random *rand.Rand
}

// NewGuess makes a guesser. Equal sources guess equally.
func NewGuess(random *rand.Rand) *Guess { return &Guess{random: random} }

var _ engine.Engine = (*Guess)(nil)

// Info implements engine.Engine. It claims to be a model, as such a miner would.
func (g *Guess) Info() engine.Info { return engine.Info{Driver: kindGuess, Model: kindGuess} }

// Generate implements engine.Engine.
func (g *Guess) Generate(ctx context.Context, request engine.Request, emit func(engine.Chunk) error) error {
	if err := request.Validate(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	question := questionOf(request)
	return answerAtOnce(g.guess(question), question, emit)
}

// guess makes letters for letters and digits for digits: of sums a number as long as the longer operand, else as many
// characters as the last word has.
func (g *Guess) guess(question string) string {
	words := strings.FieldsFunc(question, func(r rune) bool { return !isDigit(r) && !isLetter(r) })
	if len(words) == 0 {
		return "0"
	}
	form := words[len(words)-1]
	for _, word := range words {
		if isDigit(rune(word[0])) && len(word) > len(form) {
			form = word
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	guess := make([]byte, 0, len(form))
	for _, r := range form {
		if isDigit(r) {
			guess = append(guess, byte('0'+g.random.IntN(10)))
		} else {
			guess = append(guess, byte('a'+g.random.IntN(26)))
		}
	}
	return string(guess)
}

// Logprobs implements engine.Engine.
func (g *Guess) Logprobs(context.Context, engine.LogprobRequest) (engine.Logprobs, error) {
	return engine.Logprobs{}, engine.ErrUnsupported
}

// Embed implements engine.Engine.
func (g *Guess) Embed(context.Context, []string) ([][]float32, error) {
	return nil, engine.ErrUnsupported
}

// Close implements engine.Engine.
func (g *Guess) Close() error { return nil }

func isDigit(r rune) bool  { return r >= '0' && r <= '9' }
func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

// questionOf is the text to answer.
func questionOf(request engine.Request) string {
	if len(request.Messages) > 0 {
		return request.Messages[len(request.Messages)-1].Content
	}
	return request.Prompt
}

func answerAtOnce(text, question string, emit func(engine.Chunk) error) error {
	if err := emit(engine.Chunk{Text: text}); err != nil {
		return err
	}
	return emit(engine.Chunk{
		Done: true, FinishReason: engine.FinishStop,
		Usage: engine.Usage{PromptTokens: len(question), CompletionTokens: len(text)},
	})
}
