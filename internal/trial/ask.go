package trial

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/engine"
	validatorask "github.com/agora-network/agora/validator/ask"
)

// retryPause is the time between two attempts at an engine that is busy, as a validator
// leaves it.
const retryPause = 150 * time.Millisecond

// errTooLarge stops an engine that does not come to an end.
var errTooLarge = errors.New("the answer is too long")

// answer is what an engine answered, or why it did not.
type answer struct {
	// reason is ReasonNone for an answer; detail says more, for people.
	reason validatorask.Reason
	detail string
	text   string
	// tokens that count, and prompt, those of the question.
	tokens, prompt uint32
	// latency of the attempt that was answered.
	latency time.Duration
}

func (a *answer) given() bool { return a.reason == validatorask.ReasonNone }

// latencyMs is what scorers see.
func (a *answer) latencyMs() uint32 {
	return uint32(min(max(a.latency.Milliseconds(), 0), math.MaxUint32))
}

// ask puts a task to an engine until there is an answer, the engine refuses for good, or
// the deadline of the task has passed.
func ask(ctx context.Context, e engine.Engine, task *benchmark.Task, maxAnswer int) answer {
	request, err := requestOf(task)
	if err != nil {
		return answer{reason: validatorask.ReasonInternal, detail: err.Error()}
	}
	begin := time.Now()
	deadline, cancel := context.WithTimeout(ctx, task.Request.Deadline)
	defer cancel()
	for {
		result, err := attempt(deadline, e, request, maxAnswer)
		switch {
		case time.Since(begin) > task.Request.Deadline, errors.Is(err, context.DeadlineExceeded):
			return answer{reason: validatorask.ReasonLate, detail: fmt.Sprintf("no whole answer within %s", task.Request.Deadline)}
		case errors.Is(err, errTooLarge):
			return answer{reason: validatorask.ReasonTooLarge, detail: fmt.Sprintf("the answer has more than %d bytes", maxAnswer)}
		case err == nil:
			result.tokens = task.Request.CountTokens(result.tokens, result.text)
			return result
		case !engine.Retryable(err) || !pause(deadline):
			return answer{reason: validatorask.ReasonRefused, detail: err.Error()}
		}
	}
}

func attempt(ctx context.Context, e engine.Engine, request engine.Request, maxAnswer int) (answer, error) {
	var result answer
	var text strings.Builder
	begin := time.Now()
	err := e.Generate(ctx, request, func(chunk engine.Chunk) error {
		if text.Len()+len(chunk.Text) > maxAnswer {
			return errTooLarge
		}
		text.WriteString(chunk.Text)
		if chunk.Done {
			result.tokens, result.prompt = count(chunk.Usage.CompletionTokens), count(chunk.Usage.PromptTokens)
		}
		return nil
	})
	result.text, result.latency = text.String(), time.Since(begin)
	return result, err
}

func count(tokens int) uint32 { return uint32(min(max(tokens, 0), math.MaxInt32)) }

// pause waits until another attempt may be made; false when there is no time for it.
func pause(ctx context.Context) bool {
	timer := time.NewTimer(retryPause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// requestOf is what a miner makes of the very bytes that a validator sends. A field that
// this does not know is an error, so that the two cannot drift apart unseen.
func requestOf(task *benchmark.Task) (engine.Request, error) {
	body, err := validatorask.RequestBody("", *task)
	if err != nil {
		return engine.Request{}, err
	}
	var sent struct {
		Messages []struct {
			Role    string `json:"role"`
			Content string `json:"content"`
		} `json:"messages"`
		MaxTokens   int     `json:"max_tokens"`
		Temperature float64 `json:"temperature"`
		Seed        uint64  `json:"seed"`
		Stream      bool    `json:"stream"`
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&sent); err != nil {
		return engine.Request{}, fmt.Errorf("read the validator's request: %w", err)
	}
	request := engine.Request{MaxTokens: sent.MaxTokens, Temperature: sent.Temperature, Seed: sent.Seed, Whole: !sent.Stream}
	for _, message := range sent.Messages {
		request.Messages = append(request.Messages, engine.Message{Role: message.Role, Content: message.Content})
	}
	return request, nil
}
