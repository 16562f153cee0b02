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

func chat(text string) engine.Request {
	return engine.Request{Messages: []engine.Message{{Role: engine.RoleUser, Content: text}}, MaxTokens: 16}
}

func ask(t *testing.T, e engine.Engine, r engine.Request) (engine.Completion, error) {
	t.Helper()
	return engine.Complete(t.Context(), e, r, 1<<20)
}

func TestTheRequestCarriesWhatWasAsked(t *testing.T) {
	var seen asked
	var path, key string
	e := open(t, func(w http.ResponseWriter, r *http.Request) {
		path, key = r.URL.Path, r.Header.Get("Authorization")
		body, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(body, &seen)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		upstream(w, r)
	}, func(o *openai.Options) { o.APIKey = "secret" })
	_, err := ask(t, e, engine.Request{Messages: chat("hi").Messages, MaxTokens: 7, Temperature: 0.5, Seed: 1<<63 | 9, Stop: []string{"."}})
	require.NoError(t, err)
	require.Equal(t, "/v1/chat/completions", path)
	require.Equal(t, "Bearer secret", key)
	require.Equal(t, "parrot", seen.Model)
	require.Equal(t, 7, seen.MaxTokens)
	require.Equal(t, 0.5, seen.Temperature)
	require.Equal(t, int64(9), *seen.Seed)
	require.True(t, seen.Stream)
	_, err = ask(t, e, engine.Request{Prompt: "hi"})
	require.NoError(t, err)
	require.Equal(t, "/v1/completions", path)
	require.Equal(t, openai.DefaultMaxTokens, seen.MaxTokens)
}

func TestAnUpstreamThatDoesNotStreamIsUnderstood(t *testing.T) {
	e := open(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		fmt.Fprint(w, `{"choices":[{"index":0,"message":{"role":"assistant","content":"929"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}`)
	}, nil)
	done, err := ask(t, e, chat("347+582"))
	require.NoError(t, err)
	require.Equal(t, engine.Completion{Text: "929", FinishReason: "stop", Usage: engine.Usage{PromptTokens: 3, CompletionTokens: 2}}, done)
}

func TestStatusCodesBecomeNamedErrors(t *testing.T) {
	cases := []struct {
		status    int
		body      string
		want      error
		retryable bool
		says      string
	}{
		{429, `{"error":"slow down"}`, engine.ErrBusy, true, "slow down"},
		{503, `{"error":{"message":"Loading model","type":"unavailable_error"}}`, engine.ErrUnavailable, true, "Loading model"},
		{502, `<html>Bad Gateway</html>`, engine.ErrUnavailable, true, "Bad Gateway"},
		{500, `boom`, engine.ErrUpstream, false, "boom"},
		{404, `{"detail":"Not Found"}`, engine.ErrUpstream, false, "check the base url"},
		{401, ``, engine.ErrUpstream, false, "check the api key"},
		{307, ``, engine.ErrUpstream, false, "redirects are not followed"},
		{422, `{"message":"bad field"}`, engine.ErrBadRequest, false, "bad field"},
		{400, `{"error":{"message":"the request exceeds the available context size"}}`, engine.ErrContextTooLong, false, "context size"},
		{400, strings.Repeat("\x00\xffnoise", 10_000), engine.ErrBadRequest, false, "…"},
	}
	for _, c := range cases {
		t.Run(fmt.Sprint(c.status, " ", c.want), func(t *testing.T) {
			e := open(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "http://127.0.0.1:1/elsewhere")
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			}, nil)
			_, err := ask(t, e, chat("x"))
			require.ErrorIs(t, err, c.want)
			require.Equal(t, c.retryable, engine.Retryable(err))
			require.ErrorContains(t, err, c.says)
			require.Less(t, len(err.Error()), 1500)
			require.NotContains(t, err.Error(), "\x00")
		})
	}
}

// stream answers 200 with the given event-stream text.
func stream(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, text)
	}
}

func TestAnswersThatAreNotWholeAndHonestAreRefused(t *testing.T) {
	page := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html>welcome</html>")
	}
	cases := map[string]struct {
		handler http.HandlerFunc
		want    error
		says    string
	}{
		"a web page":                       {page, openai.ErrNotAnAPI, "content type"},
		"an error after HTTP 200":          {stream("data: {\"choices\":[{\"delta\":{\"content\":\"9\"}}]}\n\ndata: {\"error\":{\"message\":\"out of memory\"}}\n\n"), openai.ErrReported, "out of memory"},
		"an error as a plain string":       {stream("data: {\"error\":\"broken\"}\n\n"), openai.ErrReported, "broken"},
		"a stream without an end":          {stream("data: {\"choices\":[{\"delta\":{\"content\":\"9\"}}]}\n\n"), openai.ErrUnfinished, "without a finish reason"},
		"DONE without a reason":            {stream("data: [DONE]\n\n"), openai.ErrUnfinished, "without a finish reason"},
		"an empty stream":                  {stream(""), openai.ErrUnfinished, "without a finish reason"},
		"a strange reason":                 {stream("data: {\"choices\":[{\"finish_reason\":\"content_filter\"}]}\n\ndata: [DONE]\n\n"), openai.ErrMalformed, "content_filter"},
		"an event that is not JSON":        {stream("data: hello\n\n"), openai.ErrMalformed, "not the JSON"},
		"an event cut short":               {stream("data: {\"choices\":[{\"del"), openai.ErrMalformed, "not the JSON"},
		"a second choice":                  {stream("data: {\"choices\":[{\"index\":1,\"text\":\"x\"}]}\n\n"), openai.ErrMalformed, "choice 1"},
		"more tokens than were asked for":  {stream("data: {\"choices\":[{\"finish_reason\":\"stop\"}],\"usage\":{\"completion_tokens\":17}}\n\n"), openai.ErrTooManyTokens, "17 completion tokens"},
		"a negative count":                 {stream("data: {\"choices\":[{\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":-1}}\n\n"), openai.ErrMalformed, "-1 prompt"},
		"far more text than was asked for": {stream(strings.Repeat("data: {\"choices\":[{\"text\":\""+strings.Repeat("x", 500)+"\"}]}\n\n", 100)), openai.ErrTooManyTokens, "where 16 tokens were asked for"},
		"one endless line":                 {stream("data: " + strings.Repeat("x", 2<<20)), openai.ErrTooLarge, "a line has more"},
		"one endless event":                {stream(strings.Repeat("data: "+strings.Repeat("x", 1000)+"\n", 2000)), openai.ErrTooLarge, "an event has more"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := ask(t, open(t, c.handler, nil), chat("x"))
			require.ErrorIs(t, err, engine.ErrUpstream)
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestAHundredMegabytesAreNotRead(t *testing.T) {
	for _, kind := range []string{"application/json", "text/event-stream"} {
		written := make(chan int, 1)
		e := open(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			total, line := 0, []byte(":"+strings.Repeat(" ", 1022)+"\n")
			for range 100 << 10 {
				n, err := w.Write(line)
				total += n
				if err != nil {
					break
				}
			}
			written <- total
		}, func(o *openai.Options) { o.MaxBodyBytes = 1 << 20 })
		_, err := ask(t, e, chat("x"))
		require.ErrorIs(t, err, engine.ErrUpstream)
		require.ErrorIs(t, err, openai.ErrTooLarge)
		require.Less(t, <-written, 100<<20, "the server was cut off")
	}
}

func TestAnUpstreamThatHangsIsLeftWhenTheCallerGivesUp(t *testing.T) {
	for name, begin := range map[string]func(http.ResponseWriter){
		"before it answers": func(http.ResponseWriter) {},
		"while it drips": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, "data: {\"choices\":[{\"delta\":{\"content\":\"9\"}}]}\n\n:")
			w.(http.Flusher).Flush()
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			e := open(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				begin(w)
				cancel()
				<-r.Context().Done()
			}, nil)
			err := e.Generate(ctx, chat("x"), func(engine.Chunk) error { return nil })
			require.ErrorIs(t, err, context.Canceled)
			require.False(t, engine.Retryable(err))
		})
	}
}

func TestTheDriversOwnTimeLimitMakesTheUpstreamUnavailable(t *testing.T) {
	e := open(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}, func(o *openai.Options) { o.Timeout = time.Millisecond })
	_, err := ask(t, e, chat("x"))
	require.ErrorIs(t, err, engine.ErrUnavailable)
	require.ErrorIs(t, err, openai.ErrTimeout)
	require.ErrorContains(t, err, "more than 1ms")
	require.True(t, engine.Retryable(err))
}

func TestAServerThatIsNotThereIsUnavailable(t *testing.T) {
	e, err := openai.Open(openai.Options{BaseURL: "http://127.0.0.1:1", Model: "m"})
	require.NoError(t, err)
	require.ErrorIs(t, e.Ready(t.Context()), engine.ErrUnavailable)
}

func TestAConnectionThatBreaksInTheMiddleIsNotAnAnswer(t *testing.T) {
	e := open(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, "data: {\"choices\":[{\"delta\":{\"content\":\"9\"},\"finish_reason\":\"stop\"}]}\n\n")
	}, nil)
	_, err := ask(t, e, chat("x"))
	require.Error(t, err)
	require.ErrorIs(t, err, engine.ErrUpstream)
}

func TestReadyMeansThatATokenCame(t *testing.T) {
	require.NoError(t, open(t, upstream, nil).Ready(t.Context()))
	healthy := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"status":"ok"}`) }
	require.Error(t, open(t, healthy, nil).Ready(t.Context()))
}

func TestProxiesOfTheEnvironmentAreNotUsed(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("http_proxy", "http://127.0.0.1:1")
	require.NoError(t, open(t, upstream, nil).Ready(t.Context()))
}

// reply answers every request with the body.
func reply(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }
}

func TestLogProbabilitiesThatWereIgnoredOrInventedAreCaught(t *testing.T) {
	tokens := engine.LogprobRequest{Tokens: []int32{5, 6}}
	cases := map[string]struct {
		body string
		want error
	}{
		"ignored":             {`{"choices":[{"index":0,"text":"x","finish_reason":"length"}]}`, openai.ErrLogprobsIgnored},
		"too few":             {`{"choices":[{"prompt_token_ids":[5,6],"prompt_logprobs":[null]}]}`, openai.ErrLogprobsIgnored},
		"other tokens":        {`{"choices":[{"prompt_token_ids":[5,7],"prompt_logprobs":[null,{"7":{"logprob":-1}}]}]}`, engine.ErrUpstream},
		"another token's":     {`{"choices":[{"prompt_token_ids":[5,6],"prompt_logprobs":[null,{"7":{"logprob":-1}}]}]}`, engine.ErrUpstream},
		"above one":           {`{"choices":[{"prompt_token_ids":[5,6],"prompt_logprobs":[null,{"6":{"logprob":0.1}}]}]}`, engine.ErrUpstream},
		"no choice":           {`{"choices":[]}`, engine.ErrUpstream},
		"an error after 200":  {`{"error":"no"}`, engine.ErrUpstream},
		"something like HTML": {`<html>`, engine.ErrUpstream},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := open(t, reply(c.body), nil).Logprobs(t.Context(), tokens)
			require.ErrorIs(t, err, c.want)
		})
	}
	scored, err := open(t, reply(`{"choices":[{"prompt_token_ids":[5,6],"prompt_logprobs":[null,{"6":{"logprob":-0.5}}]}]}`), nil).Logprobs(t.Context(), tokens)
	require.NoError(t, err)
	require.Equal(t, []float64{0, -0.5}, scored.Values)
}

func TestVectorsThatDoNotMatchTheTextsAreRefused(t *testing.T) {
	for name, body := range map[string]string{
		"too few":             `{"data":[{"index":0,"embedding":[1]}]}`,
		"the same twice":      `{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}`,
		"one not asked for":   `{"data":[{"index":0,"embedding":[1]},{"index":-1,"embedding":[1]}]}`,
		"different widths":    `{"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":[1,2]}]}`,
		"no length":           `{"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":[0]}]}`,
		"too long":            `{"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":[1e300]}]}`,
		"empty":               `{"data":[{"index":0},{"index":1}]}`,
		"an error after 200":  `{"error":"no"}`,
		"something like HTML": `<html>`,
	} {
		_, err := open(t, reply(body), nil).Embed(t.Context(), []string{"a", "b"})
		require.ErrorIs(t, err, engine.ErrUpstream, name)
	}
	vectors, err := open(t, reply(`{"data":[{"index":1,"embedding":[3,4]},{"index":0,"embedding":[0,-2]}]}`), nil).Embed(t.Context(), []string{"a", "b"})
	require.NoError(t, err)
	require.Equal(t, [][]float32{{0, -1}, {0.6, 0.8}}, vectors)
}

func TestOptionsThatCannotWorkAreRefused(t *testing.T) {
	for _, url := range []string{"", "localhost:8000", "ftp://x", "http://", "http://u:p@host", "http://host?x=1", "http://host#a"} {
		_, err := openai.Open(openai.Options{BaseURL: url, Model: "m"})
		require.ErrorContains(t, err, "base url", url)
	}
	_, err := openai.Open(openai.Options{BaseURL: "http://host"})
	require.ErrorContains(t, err, "no model name")
}

func FuzzAnyStreamEndsInACompletionOrAnError(f *testing.F) {
	f.Add("data: {\"choices\":[{\"delta\":{\"content\":\"9\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
	f.Add(":\n\ndata:\ndata: x\r\n\r\n")
	body := ""
	server := newReplayServer(f, &body)
	f.Fuzz(func(t *testing.T, text string) {
		body = text
		closed := 0
		err := server.Generate(t.Context(), chat("x"), func(c engine.Chunk) error {
			if c.Done {
				closed++
			}
			return nil
		})
		require.Equal(t, err == nil, closed == 1)
	})
}

func newReplayServer(f *testing.F, body *string) *openai.Engine {
	f.Helper()
	e, err := openai.Open(openai.Options{BaseURL: replayURL(f, body), Model: "m"})
	require.NoError(f, err)
	return e
}

func TestAPromptThatTheServerCutIsNotAnswered(t *testing.T) {
	answer := `{"choices":[{"text":"x","finish_reason":"length"}],"usage":{"prompt_tokens":128,"completion_tokens":%d}}`
	for tokens, want := range map[int]error{0: nil, 1: engine.ErrContextTooLong} {
		e := open(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, answer, tokens)
		}, func(o *openai.Options) { o.MaxContext = 128 })
		_, err := ask(t, e, chat("x"))
		require.ErrorIs(t, err, want)
	}
}
