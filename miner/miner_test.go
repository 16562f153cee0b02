package miner

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/wire"
)

func TestAPermittedValidatorGetsASignedAnswer(t *testing.T) {
	w := start(t, nil)
	w.block(t, View{Height: 1, Epoch: 5})
	answer, err := w.client(t, w.validator).Do(t.Context(), w.call(hello))
	require.NoError(t, err)
	require.NotNil(t, answer.Receipt)
	var body struct {
		Object  string
		Model   string
		Choices []struct {
			Message struct {
				Role    string
				Content string
			}
			FinishReason string `json:"finish_reason"`
		}
		Usage struct {
			Prompt     int `json:"prompt_tokens"`
			Completion int `json:"completion_tokens"`
			Total      int `json:"total_tokens"`
		}
	}
	require.NoError(t, json.Unmarshal(answer.Body, &body))
	require.Equal(t, "chat.completion", body.Object)
	require.Equal(t, "tiny-1", body.Model)
	require.Equal(t, "HELLO", body.Choices[0].Message.Content)
	require.Equal(t, "assistant", body.Choices[0].Message.Role)
	require.Equal(t, "stop", body.Choices[0].FinishReason)
	require.Equal(t, 11, body.Usage.Total)
}

func TestEveryKindOfQuestionIsAnsweredInTheShapeOfOpenAI(t *testing.T) {
	w := start(t, nil)
	w.block(t, View{Height: 1, Epoch: 5})
	for name, c := range map[string]struct {
		method, path, body string
		want               []string
	}{
		"models":             {"GET", "/v1/models", "", []string{`"object":"list"`, `"id":"tiny-1"`}},
		"one model":          {"GET", "/v1/models/tiny-1", "", []string{`"id":"tiny-1"`}},
		"completion":         {"POST", "/v1/completions", `{"prompt":"ab","max_tokens":5}`, []string{`"text":"AB"`, `"object":"text_completion"`}},
		"content in parts":   {"POST", "/v1/chat/completions", `{"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]}`, []string{`"content":"AB"`}},
		"model by its name":  {"POST", "/v1/completions", `{"model":"tiny-1","prompt":["ab"]}`, []string{`"text":"AB"`}},
		"fields of no use":   {"POST", "/v1/completions", `{"prompt":"ab","user":"u","n":1,"logprobs":null,"tools":[],"presence_penalty":0}`, []string{`"text":"AB"`}},
		"streamed chat":      {"POST", "/v1/chat/completions", `{"stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"ab"}]}`, []string{`"delta":{"role":"assistant","content":"A"}`, `"delta":{"content":"B"}`, `"finish_reason":"stop"`, `"total_tokens":5`, "data: [DONE]\n\n"}},
		"streamed completed": {"POST", "/v1/completions", `{"stream":true,"prompt":"ab"}`, []string{`"text":"A"`, `"text":"B"`, "data: [DONE]\n\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			status, header, body := w.plain(t, c.method, c.path, "secret-key", c.body)
			require.Equal(t, http.StatusOK, status, body)
			for _, want := range c.want {
				require.Contains(t, body, want)
			}
			require.Empty(t, header.Get(wire.HeaderReceipt), "only signed requests get receipts")

			call := w.call(c.body)
			call.Method, call.Path = c.method, c.path
			answer, err := w.client(t, w.validator).Do(t.Context(), call)
			require.NoError(t, err)
			for _, want := range c.want {
				require.Contains(t, string(answer.Body), want)
			}
		})
	}
}

func TestUnknownCallersAreRefusedBeforeTheModelRuns(t *testing.T) {
	w := start(t, nil)
	w.block(t, View{Height: 1, Epoch: 5})
	stranger := keyOf(t, 9)

	_, err := w.client(t, stranger).Do(t.Context(), w.call(hello))
	require.ErrorIs(t, err, wire.NewProblem(wire.CodeNotPermitted, ""))

	for _, key := range []string{"", "wrong-key", "secret-key-and-more"} {
		status, header, body := w.plain(t, "POST", "/v1/chat/completions", key, hello)
		require.Equal(t, http.StatusUnauthorized, status)
		require.Contains(t, header.Get("WWW-Authenticate"), "Bearer")
		require.Contains(t, body, `"authentication_error"`)
	}
	status, _, _ := w.plain(t, "GET", "/v1/models", "", "")
	require.Equal(t, http.StatusUnauthorized, status)
	require.Zero(t, w.engine.count())
}

func TestPermitsFollowTheChain(t *testing.T) {
	w := start(t, nil)
	client := w.client(t, w.validator)
	_, err := client.Do(t.Context(), w.call(hello))
	require.ErrorIs(t, err, wire.NewProblem(wire.CodePermitsUnavailable, ""), "before the first block")

	w.block(t, View{Height: 1, Epoch: 5})
	_, err = client.Do(t.Context(), w.call(hello))
	require.NoError(t, err)

	w.block(t, View{Height: 2, Epoch: 6})
	_, err = client.Do(t.Context(), w.call(hello))
	require.NoError(t, err, "the epoch before may still be asked in")

	w.block(t, View{Height: 3, Epoch: 7})
	_, err = client.Do(t.Context(), w.call(hello))
	require.ErrorIs(t, err, wire.NewProblem(wire.CodeWrongEpoch, ""))

	w.block(t, View{Height: 4, Epoch: 5, Permits: []Permit{}})
	_, err = client.Do(t.Context(), w.call(hello))
	require.ErrorIs(t, err, wire.NewProblem(wire.CodeNotPermitted, ""))

	w.block(t, View{Height: 5, Epoch: 4, Permits: []Permit{}})
	_, err = client.Do(t.Context(), w.call(hello))
	require.ErrorIs(t, err, wire.NewProblem(wire.CodePermitsUnavailable, ""), "the epoch may have begun in a block on its way")
	require.True(t, wire.AsProblem(err).Retryable)
}

func TestAnAllowedAddressMayAskWhateverTheChainSays(t *testing.T) {
	friend := keyOf(t, 9)
	w := start(t, func(w *world) { w.config.Allow = []string{friend.Address()} })
	answer, err := w.client(t, friend).Do(t.Context(), w.call(hello))
	require.NoError(t, err)
	require.Contains(t, string(answer.Body), "HELLO")
}

func TestBadQuestionsAreRefusedWithTheFieldThatIsWrong(t *testing.T) {
	w := start(t, nil)
	w.block(t, View{Height: 1, Epoch: 5})
	for name, c := range map[string]struct{ path, body, says string }{
		"not JSON":              {"/v1/completions", `{`, "JSON"},
		"more after the JSON":   {"/v1/completions", `{"prompt":"a"}{}`, "after top-level value"},
		"no prompt":             {"/v1/completions", `{}`, "prompt"},
		"two prompts":           {"/v1/completions", `{"prompt":["a","b"]}`, "prompt"},
		"a prompt of tokens":    {"/v1/completions", `{"prompt":[1,2]}`, "prompt: want a text"},
		"no messages":           {"/v1/chat/completions", `{"messages":[]}`, "messages"},
		"an unknown role":       {"/v1/chat/completions", `{"messages":[{"role":"king","content":"a"}]}`, "king"},
		"a picture":             {"/v1/chat/completions", `{"messages":[{"role":"user","content":[{"type":"image_url"}]}]}`, "image_url"},
		"another model":         {"/v1/completions", `{"model":"gpt","prompt":"a"}`, "tiny-1"},
		"no tokens":             {"/v1/completions", `{"prompt":"a","max_tokens":0}`, "max_tokens"},
		"several answers":       {"/v1/completions", `{"prompt":"a","n":2}`, "n is 2"},
		"log-probabilities":     {"/v1/completions", `{"prompt":"a","logprobs":5}`, "logprobs"},
		"tools":                 {"/v1/chat/completions", `{"tools":[{}],"messages":[{"role":"user","content":"a"}]}`, "tools"},
		"too hot":               {"/v1/completions", `{"prompt":"a","temperature":3}`, "temperature"},
		"too many stops":        {"/v1/completions", `{"prompt":"a","stop":["1","2","3","4","5","6","7","8","9"]}`, "stop"},
		"a number out of range": {"/v1/completions", `{"prompt":"a","max_tokens":1e99}`, "max_tokens: want a whole number"},
		"a text of no kind":     {"/v1/chat/completions", `{"messages":[{"role":"user","content":7}]}`, "messages.content: want a text or a list"},
		"a list that is none":   {"/v1/chat/completions", `{"messages":"hello"}`, "messages: want a list"},
	} {
		t.Run(name, func(t *testing.T) {
			call := w.call(c.body)
			call.Path = c.path
			answer, err := w.client(t, w.validator).Do(t.Context(), call)
			require.ErrorIs(t, err, wire.NewProblem(wire.CodeBadRequest, ""))
			require.ErrorContains(t, err, c.says)
			require.NotNil(t, answer.Receipt, "a refusal after the signature is signed")

			status, _, body := w.plain(t, "POST", c.path, "secret-key", c.body)
			require.Equal(t, http.StatusBadRequest, status)
			require.Contains(t, body, `"invalid_request_error"`)
		})
	}
	require.Zero(t, w.engine.count())
}

func TestPathsAndMethodsThatAreNot(t *testing.T) {
	w := start(t, nil)
	status, _, body := w.plain(t, "GET", "/v1/embeddings", "secret-key", "")
	require.Equal(t, http.StatusNotFound, status)
	require.Contains(t, body, `"not_found"`)
	status, _, _ = w.plain(t, "GET", "/v1/models/gpt", "secret-key", "")
	require.Equal(t, http.StatusNotFound, status)
	status, header, _ := w.plain(t, "GET", "/v1/completions", "secret-key", "")
	require.Equal(t, http.StatusMethodNotAllowed, status)
	require.Equal(t, "POST", header.Get("Allow"))
	status, _, _ = w.plain(t, "POST", "/v1/completions", "secret-key", `{"prompt":"`+strings.Repeat("a", int(w.config.MaxBody))+`"}`)
	require.Equal(t, http.StatusRequestEntityTooLarge, status)
}

func TestLongAnswersAreCutToTheConfiguredLength(t *testing.T) {
	w := start(t, func(w *world) { w.config.MaxTokens = 7 })
	for body, want := range map[string]int{`{"prompt":"a"}`: 7, `{"prompt":"a","max_tokens":3}`: 3, `{"prompt":"a","max_completion_tokens":99}`: 7} {
		status, _, _ := w.plain(t, "POST", "/v1/completions", "secret-key", body)
		require.Equal(t, http.StatusOK, status)
		w.engine.mu.Lock()
		require.Equal(t, want, w.engine.asked[len(w.engine.asked)-1].MaxTokens, body)
		w.engine.mu.Unlock()
	}
}

func TestAnEngineThatFails(t *testing.T) {
	for name, c := range map[string]struct {
		fail error
		code wire.Code
	}{
		"is away":        {fmt.Errorf("%w: %w", engine.ErrUnavailable, errBroken), wire.CodeEngine},
		"answers junk":   {fmt.Errorf("%w: %w", engine.ErrUpstream, errBroken), wire.CodeEngine},
		"is busy":        {engine.ErrBusy, wire.CodeOverloaded},
		"is closed":      {engine.ErrClosed, wire.CodeDraining},
		"is too small":   {engine.ErrContextTooLong, wire.CodeBadRequest},
		"breaks":         {errBroken, wire.CodeInternal},
		"is out of time": {context.DeadlineExceeded, wire.CodeDeadline},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, func(w *world) { w.engine.fail = c.fail })
			w.block(t, View{Height: 1, Epoch: 5})
			for _, body := range []string{hello, strings.Replace(hello, "{", `{"stream":true,`, 1)} {
				_, err := w.client(t, w.validator).Do(t.Context(), w.call(body))
				require.ErrorIs(t, err, wire.NewProblem(c.code, ""))
				require.NotContains(t, err.Error(), "/secret/place")
			}
		})
	}
}

func TestAStreamThatFailsHalfWaySaysSoAndIsNotDone(t *testing.T) {
	w := start(t, func(w *world) { w.engine.fail, w.engine.failAfter = errBroken, 2 })
	w.block(t, View{Height: 1, Epoch: 5})
	body := strings.Replace(hello, "{", `{"stream":true,`, 1)
	answer, err := w.client(t, w.validator).Do(t.Context(), w.call(body))
	require.NoError(t, err)
	require.Contains(t, string(answer.Body), `"code":"internal"`)
	require.NotContains(t, string(answer.Body), "[DONE]")
	_, _, plain := w.plain(t, "POST", "/v1/chat/completions", "secret-key", body)
	require.Contains(t, plain, `"server_error"`)
	require.NotContains(t, plain, "[DONE]")
}

func TestAQuestionThatTakesTooLong(t *testing.T) {
	w := start(t, func(w *world) {
		w.config.RequestTimeout = 50 * time.Millisecond
		w.engine.gate = make(chan struct{})
	})
	w.block(t, View{Height: 1, Epoch: 5})
	_, err := w.client(t, w.validator).Do(t.Context(), w.call(hello))
	require.ErrorIs(t, err, wire.NewProblem(wire.CodeDeadline, ""))
}

func TestOverloadIsRefusedWithATimeToComeBack(t *testing.T) {
	w := start(t, func(w *world) {
		w.config.MaxConcurrent, w.config.MaxQueue, w.config.MaxPerCaller = 1, 2, 1
		w.engine.gate, w.engine.begun = make(chan struct{}), make(chan struct{}, 8)
		w.config.Allow = []string{keyOf(t, 7).Address(), keyOf(t, 8).Address()}
	})
	w.block(t, View{Height: 1, Epoch: 5})
	results := make(chan error, 3)
	ask := func(client *wire.Client) {
		_, err := client.Do(context.Background(), w.call(hello))
		results <- err
	}
	validator, friend := w.client(t, w.validator), w.client(t, keyOf(t, 7))
	waiting := func(n int) {
		require.Eventually(t, func() bool { _, waiting := w.miner.queue.depth(); return waiting == n }, 10*time.Second, time.Millisecond)
	}
	go ask(validator)
	<-w.engine.begun
	go ask(validator)
	waiting(1)
	go ask(friend)
	waiting(2)

	_, err := w.client(t, keyOf(t, 8)).Do(t.Context(), w.call(hello))
	require.ErrorIs(t, err, wire.NewProblem(wire.CodeOverloaded, ""))
	require.GreaterOrEqual(t, wire.AsProblem(err).RetryAfter, time.Second)
	_, err = w.client(t, w.validator).Do(t.Context(), w.call(hello))
	require.ErrorIs(t, err, wire.NewProblem(wire.CodeRateLimited, ""))
	status, header, _ := w.plain(t, "POST", "/v1/chat/completions", "secret-key", hello)
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.NotEmpty(t, header.Get("Retry-After"))

	close(w.engine.gate)
	for range 3 {
		require.NoError(t, <-results)
	}
}

func TestAStopLetsRunningAnswersFinishAndRefusesTheRest(t *testing.T) {
	w := start(t, func(w *world) {
		w.config.MaxConcurrent = 1
		w.engine.gate, w.engine.begun = make(chan struct{}), make(chan struct{}, 8)
	})
	w.block(t, View{Height: 1, Epoch: 5})
	running, waiting := make(chan error, 1), make(chan error, 1)
	client := w.client(t, w.validator)
	ask := func(result chan error) {
		_, err := client.Do(context.Background(), w.call(hello))
		result <- err
	}
	go ask(running)
	<-w.engine.begun
	go ask(waiting)
	require.Eventually(t, func() bool { _, n := w.miner.queue.depth(); return n == 1 }, 10*time.Second, time.Millisecond)

	w.miner.Stop()
	require.ErrorIs(t, <-waiting, wire.NewProblem(wire.CodeDraining, ""))
	status, body := w.admin(t, "/readyz")
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Contains(t, body, "shutting down")
	close(w.engine.gate)
	require.NoError(t, <-running)
	require.NoError(t, w.miner.Wait())
}

func TestAStopDoesNotWaitLongerThanTheDrainTime(t *testing.T) {
	w := start(t, func(w *world) {
		w.config.DrainTimeout = 0
		w.engine.gate, w.engine.begun = make(chan struct{}), make(chan struct{}, 1)
	})
	w.block(t, View{Height: 1, Epoch: 5})
	result := make(chan error, 1)
	client := w.client(t, w.validator)
	go func() {
		_, err := client.Do(context.Background(), w.call(hello))
		result <- err
	}()
	<-w.engine.begun
	w.miner.Stop()
	require.NoError(t, w.miner.Wait())
	require.ErrorIs(t, <-result, wire.ErrUnreachable)
}

func TestAReplayedRequestIsRefusedByARestartedMiner(t *testing.T) {
	w := start(t, nil)
	w.block(t, View{Height: 1, Epoch: 5})
	answer, err := w.client(t, w.validator).Do(t.Context(), w.call(hello))
	require.NoError(t, err)
	w.miner.Stop()
	require.NoError(t, w.miner.Wait())

	again := start(t, func(next *world) { next.config.Home = w.config.Home })
	again.block(t, View{Height: 2, Epoch: 5})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+again.miner.Addr()+"/v1/chat/completions", strings.NewReader(hello))
	require.NoError(t, err)
	answer.Request.SetHeaders(r.Header)
	status, _, body := send(t, r)
	require.Equal(t, http.StatusConflict, status)
	require.Contains(t, body, `"replayed"`)
	require.Zero(t, again.engine.count())
}

func TestListenersThatCannotBe(t *testing.T) {
	w := start(t, nil)
	for setting, change := range map[string]func(*world){
		"--listen":       func(o *world) { o.config.Listen = w.miner.Addr() },
		"--admin-listen": func(o *world) { o.config.Admin = w.miner.Addr() },
		"--advertise":    func(o *world) { o.config.Listen = "0.0.0.0:0" },
	} {
		o := &world{config: testConfig(t)}
		change(o)
		_, err := Start(t.Context(), Options{Config: o.config, Signer: w.signer, Engine: &tinyEngine{}, Chain: w.chain})
		require.ErrorContains(t, err, setting)
	}
	other := testConfig(t)
	other.Home = w.config.Home
	_, err := Start(t.Context(), Options{Config: other, Signer: w.signer, Engine: &tinyEngine{}, Chain: w.chain})
	require.ErrorContains(t, err, "another process holds it")
}
