package openai_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/openai"
)

// whole is chat by a caller that has no use for pieces.
func whole(text string) engine.Request {
	request := chat(text)
	request.Whole = true
	return request
}

// replyJSON answers every request with the body as JSON.
func replyJSON(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body)
	}
}

const wholeAnswer = `{"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"929"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}`

func TestAWholeAnswerIsAskedForAtOnce(t *testing.T) {
	for name, request := range map[string]engine.Request{"chat": whole("347+582"), "prompt": {Prompt: "347+582", MaxTokens: 16, Whole: true}} {
		t.Run(name, func(t *testing.T) {
			var asked map[string]json.RawMessage
			e := open(t, func(w http.ResponseWriter, r *http.Request) {
				_ = json.NewDecoder(r.Body).Decode(&asked)
				replyJSON(wholeAnswer)(w, r)
			}, nil)
			var chunks []engine.Chunk
			require.NoError(t, e.Generate(t.Context(), request, func(c engine.Chunk) error {
				chunks = append(chunks, c)
				return nil
			}))
			require.Equal(t, []engine.Chunk{
				{Text: "929"}, {Done: true, FinishReason: engine.FinishStop, Usage: engine.Usage{PromptTokens: 3, CompletionTokens: 2}},
			}, chunks)
			require.Equal(t, "false", string(asked["stream"]))
			require.NotContains(t, asked, "stream_options", "servers refuse it where nothing is streamed")
		})
	}
}

func TestAServerThatStreamsAWholeAnswerAllTheSameIsUnderstood(t *testing.T) {
	done, err := ask(t, open(t, alwaysStreams, nil), whole("hello"))
	require.NoError(t, err)
	require.Equal(t, engine.Completion{Text: "hello", FinishReason: "stop", Usage: engine.Usage{PromptTokens: 5, CompletionTokens: 5}}, done)
}

func TestWholeAnswersThatAreNotHonestAreRefused(t *testing.T) {
	answer := func(rest string) string {
		return `{"choices":[{"index":0,"message":{"content":"929"}` + rest
	}
	for name, c := range map[string]struct {
		body string
		want error
	}{
		"no reason":                        {answer(`}]}`), openai.ErrUnfinished},
		"a strange reason":                 {answer(`,"finish_reason":"content_filter"}]}`), openai.ErrMalformed},
		"no choice":                        {`{"choices":[]}`, openai.ErrUnfinished},
		"a second choice":                  {answer(`,"finish_reason":"stop"},{"index":1}]}`), openai.ErrMalformed},
		"more tokens than were asked for":  {answer(`,"finish_reason":"stop"}],"usage":{"completion_tokens":17}}`), openai.ErrTooManyTokens},
		"far more text than was asked for": {fmt.Sprintf(`{"choices":[{"text":%q,"finish_reason":"stop"}]}`, strings.Repeat("x", 17*256)), openai.ErrTooManyTokens},
		"an error after HTTP 200":          {`{"error":{"message":"out of memory"}}`, openai.ErrReported},
		"JSON cut short":                   {answer(`,"finish`), openai.ErrMalformed},
		"a list":                           {`[]`, openai.ErrMalformed},
		"nothing":                          {``, openai.ErrMalformed},
		"another model":                    {strings.Replace(wholeAnswer, `"m"`, `"other"`, 1), openai.ErrModelChanged},
	} {
		t.Run(name, func(t *testing.T) {
			body := wholeAnswer
			e := open(t, func(w http.ResponseWriter, r *http.Request) { replyJSON(body)(w, r) }, nil)
			_, err := ask(t, e, whole("x"))
			require.NoError(t, err)
			body = c.body
			_, err = ask(t, e, whole("x"))
			require.ErrorIs(t, err, c.want)
			require.ErrorIs(t, err, engine.ErrUpstream)
		})
	}
}

func TestWhoGivesUpWaitingForAWholeAnswerFreesTheServer(t *testing.T) {
	for name, begin := range map[string]string{"before it answers": "", "in the middle": `{"choices":[`} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			freed := make(chan struct{})
			e := open(t, func(w http.ResponseWriter, r *http.Request) {
				defer close(freed)
				_, _ = io.Copy(io.Discard, r.Body)
				if begin != "" {
					w.Header().Set("Content-Type", "application/json")
					send(w, begin)
				}
				cancel()
				<-r.Context().Done()
			}, nil)
			_, err := engine.Complete(ctx, e, whole("x"), 1<<20)
			require.ErrorIs(t, err, context.Canceled)
			require.False(t, engine.Retryable(err))
			<-freed
		})
	}
}

func TestAWholeAnswerMayTakeItsTimeButNotStopInTheMiddle(t *testing.T) {
	for name, c := range map[string]struct {
		silence time.Duration
		begin   string
		want    error
		after   time.Duration
	}{
		"a minute of computing":        {time.Minute, wholeAnswer, nil, time.Minute},
		"an answer that never comes":   {time.Hour, "", openai.ErrTimeout, 2 * time.Minute},
		"an answer that does not end":  {0, `{"choices":[`, openai.ErrStalled, 10 * time.Second},
		"late, and it does not end":    {time.Minute, `{"choices":[`, openai.ErrStalled, 70 * time.Second},
		"too late, and it is too long": {119 * time.Second, `{"choices":[`, openai.ErrTimeout, 2 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			handler := func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				select {
				case <-r.Context().Done():
					return
				case <-time.After(c.silence):
				}
				w.Header().Set("Content-Type", "application/json")
				send(w, c.begin)
				if c.want != nil {
					<-r.Context().Done()
				}
			}
			inMemory(t, handler, func(o *openai.Options) { o.EventTimeout = 10 * time.Second }, func(t *testing.T, e *openai.Engine, _ *pipes) {
				begin := time.Now()
				_, err := ask(t, e, whole("x"))
				require.ErrorIs(t, err, c.want)
				require.Equal(t, c.after, time.Since(begin))
			})
		})
	}
}
