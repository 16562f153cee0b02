package ask

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/wire"
)

// Reason says in one word why a question has no answer. Reasons are labels of metrics: there are few and they are stable.
type Reason string

// The reasons.
const (
	// ReasonNone: it was answered.
	ReasonNone Reason = ""
	// ReasonNoEndpoint: the miner publishes no address that can be used.
	ReasonNoEndpoint Reason = "no_endpoint"
	// ReasonUnreachable: no connection, or it broke off.
	ReasonUnreachable Reason = "unreachable"
	// ReasonLate: no whole answer before the deadline.
	ReasonLate Reason = "late"
	// ReasonTooLarge: the answer is larger than what is read.
	ReasonTooLarge Reason = "too_large"
	// ReasonBadReceipt: the answer is not signed by the miner for this request.
	ReasonBadReceipt Reason = "bad_receipt"
	// ReasonRefused: the miner answered with an error.
	ReasonRefused Reason = "refused"
	// ReasonNotAnAnswer: signed, but not a completion.
	ReasonNotAnAnswer Reason = "not_an_answer"
	// ReasonStopped: the validator itself stopped waiting; the fault is not the miner's.
	ReasonStopped Reason = "stopped"
	// ReasonInternal: the validator could not ask; the fault is not the miner's.
	ReasonInternal Reason = "internal"
)

// Question is a task for one miner.
type Question struct {
	Netuid uint32
	Epoch  uint64
	// Hotkey must sign the answer.
	Hotkey string
	// Endpoints are tried in order while nobody is there.
	Endpoints []string
	// Model to ask for; empty leaves the choice to the miner.
	Model string
	Task  benchmark.Task
}

// Answer is what came of a question.
type Answer struct {
	// Reason is ReasonNone when Completion is the miner's answer. Detail says more, for people.
	Reason Reason
	Detail string
	// Completion is the text of the answer, valid UTF-8, and Tokens how many it has by the miner's word.
	Completion string
	Tokens     uint32
	// Input and Output are the sha256 of the bodies of request and response; zero where there was none.
	Input, Output [sha256.Size]byte
	// Body of the response; nil where there was none.
	Body []byte
	// Request is the request as it was signed; nil where nothing came back. Receipt is the text of the miner's signed receipt
	// for it; empty where there was none.
	Request *wire.Request
	Receipt string
	// Latency is from sending the request to the whole answer, or to giving up.
	Latency time.Duration
}

// LatencyMs is the latency in milliseconds, as evidence has it and scorers see it.
func (a Answer) LatencyMs() uint32 {
	return uint32(min(max(a.Latency.Milliseconds(), 0), math.MaxUint32)) //nolint:gosec // bounded just here
}

// Mine reports whether it is the validator's own doing that there is no answer, so that the question does not count.
func (a Answer) Mine() bool { return a.Reason == ReasonStopped || a.Reason == ReasonInternal }

// retryPause is the least time between two attempts when the miner asks for another.
const retryPause = 150 * time.Millisecond

// maxTimeout is longer than any deadline that a spec can declare.
const maxTimeout = 3 * time.Minute

// Asker asks.
type Asker struct {
	client *wire.Client
	now    func() time.Time
}

// Config says who asks and how much is read.
type Config struct {
	ChainID string
	Signer  wire.Signer
	// MaxAnswer bounds the body of an answer, in bytes.
	MaxAnswer int64
	// PublicOnly refuses endpoints in private networks.
	PublicOnly bool
	// MaxPerMiner bounds the connections to one endpoint.
	MaxPerMiner int
}

// New makes an asker.
func New(config Config) (*Asker, error) {
	client, err := wire.NewClient(wire.ClientConfig{
		ChainID: config.ChainID, Signer: config.Signer, MaxAnswer: config.MaxAnswer, Timeout: maxTimeout,
		PublicOnly: config.PublicOnly, MaxConnsPerHost: config.MaxPerMiner,
	})
	if err != nil {
		return nil, err
	}
	return &Asker{client: client, now: time.Now}, nil
}

// Close lets go of connections.
func (a *Asker) Close() { a.client.Close() }

// Ask asks until there is an answer, the miner refuses for good, or the task's deadline has passed. When ctx ends first,
// the reason is ReasonStopped.
func (a *Asker) Ask(ctx context.Context, question Question) Answer {
	body, err := RequestBody(question.Model, question.Task)
	if err != nil {
		return Answer{Reason: ReasonInternal, Detail: err.Error()}
	}
	answer := Answer{Reason: ReasonNoEndpoint, Detail: "the miner publishes no endpoint"}
	start := a.now()
	deadline, cancel := context.WithTimeout(ctx, question.Task.Request.Deadline)
	defer cancel()
	for i := 0; i < len(question.Endpoints); {
		var again time.Duration
		answer, again = a.attempt(deadline, question, question.Endpoints[i], body)
		if again == 0 {
			if answer.Reason != ReasonUnreachable && answer.Reason != ReasonNoEndpoint {
				break
			}
			i++ // nobody there: perhaps at the next address
			continue
		}
		if !pause(deadline, again) {
			break // the refusal stands
		}
	}
	if answer.Reason != ReasonNone {
		answer.Latency = a.now().Sub(start)
		if ctx.Err() != nil {
			answer.Reason, answer.Detail = ReasonStopped, "the validator stopped waiting"
		}
	}
	return answer
}

// attempt asks once. again is after what time another attempt may succeed; 0 for never.
func (a *Asker) attempt(ctx context.Context, question Question, endpoint string, body []byte) (answer Answer, again time.Duration) {
	answer.Input = sha256.Sum256(body)
	reply, err := a.client.Do(ctx, wire.Call{
		Endpoint: endpoint, Path: Path(question.Task), Body: body,
		Netuid: question.Netuid, Epoch: question.Epoch, Receiver: question.Hotkey,
	})
	if reply != nil {
		answer.Body, answer.Output, answer.Latency = reply.Body, sha256.Sum256(reply.Body), reply.Total
		answer.Request = reply.Request
		if reply.Receipt != nil {
			answer.Receipt = reply.Receipt.String()
		}
	}
	if err != nil {
		answer.Reason, answer.Detail = classify(ctx, err), err.Error()
		if problem, ok := errors.AsType[*wire.Problem](err); ok && problem.Retryable {
			again = max(problem.RetryAfter, retryPause)
		}
		return answer, again
	}
	if answer.Completion, answer.Tokens, err = Completion(reply.Body); err != nil {
		answer.Reason, answer.Detail = ReasonNotAnAnswer, err.Error()
	}
	return answer, 0
}

func classify(ctx context.Context, err error) Reason {
	var problem *wire.Problem
	switch {
	case errors.As(err, &problem):
		return ReasonRefused
	case errors.Is(err, wire.ErrAnswerTooLarge):
		return ReasonTooLarge
	case errors.Is(err, wire.ErrReceipt), errors.Is(err, wire.ErrRedirect):
		return ReasonBadReceipt
	case errors.Is(err, wire.ErrEndpoint):
		return ReasonNoEndpoint
	case errors.Is(err, context.DeadlineExceeded), ctx.Err() != nil:
		return ReasonLate
	case errors.Is(err, wire.ErrUnreachable):
		return ReasonUnreachable
	default:
		return ReasonInternal
	}
}

func pause(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// Path of a question at a miner, after that of the miner's endpoint.
func Path(task benchmark.Task) string { return "/v1/" + task.Request.Endpoint }

// RequestBody is the same bytes for the same task and model, so that an auditor can compute the digest of what was asked.
func RequestBody(model string, task benchmark.Task) ([]byte, error) {
	type message struct {
		Role    string `json:"role"`
		Content string `json:"content"`
	}
	var messages []message
	if task.Request.System != "" {
		messages = append(messages, message{Role: "system", Content: task.Request.System})
	}
	messages = append(messages, message{Role: "user", Content: task.Question.Prompt})
	return json.Marshal(struct {
		Model       string      `json:"model,omitempty"`
		Messages    []message   `json:"messages"`
		MaxTokens   uint32      `json:"max_tokens"`
		Temperature json.Number `json:"temperature"`
		Seed        uint64      `json:"seed,omitempty"`
		Stream      bool        `json:"stream"`
	}{
		Model:       model,
		Messages:    messages,
		Seed:        task.Request.Seed,
		MaxTokens:   task.Request.MaxTokens,
		Temperature: json.Number(fmt.Sprintf("%d.%03d", task.Request.TemperatureMilli/1000, task.Request.TemperatureMilli%1000)),
	})
}

// Completion takes the text, and the number of its tokens, out of the body of a chat completion. An auditor uses it on a
// kept body. A number that is missing or out of range is 0.
func Completion(body []byte) (text string, tokens uint32, err error) {
	if !utf8.Valid(body) {
		return "", 0, errors.New("the answer is not UTF-8")
	}
	var parsed struct {
		Choices []struct {
			Message *struct {
				Content *string `json:"content"`
			} `json:"message"`
		} `json:"choices"`
		Usage struct {
			CompletionTokens json.RawMessage `json:"completion_tokens"`
		} `json:"usage"`
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	if err := decoder.Decode(&parsed); err != nil {
		return "", 0, fmt.Errorf("the answer is not the JSON of a completion: %w", err)
	}
	if len(parsed.Choices) == 0 || parsed.Choices[0].Message == nil || parsed.Choices[0].Message.Content == nil {
		return "", 0, errors.New("the answer has no choices[0].message.content")
	}
	if claimed, err := strconv.ParseUint(string(parsed.Usage.CompletionTokens), 10, 32); err == nil {
		tokens = uint32(claimed) //nolint:gosec // 32 bits were parsed
	}
	return *parsed.Choices[0].Message.Content, tokens, nil
}
