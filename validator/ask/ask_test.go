package ask

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark"
	"github.com/agora-network/agora/benchmark/question"
	"github.com/agora-network/agora/wire"
)

func TestTheBodyOfAQuestionIsTheSameBytesForEveryone(t *testing.T) {
	task := benchmark.Task{
		Question: question.Question{Prompt: "347+582"},
		Request:  benchmark.Request{Endpoint: "chat/completions", MaxTokens: 32, TemperatureMilli: 70},
	}
	body, err := RequestBody("", task)
	require.NoError(t, err)
	require.Equal(t, `{"messages":[{"role":"user","content":"347+582"}],"max_tokens":32,"temperature":0.070,"stream":false}`, string(body))
	body, err = RequestBody("basics-strong", task)
	require.NoError(t, err)
	require.Equal(t, `{"model":"basics-strong","messages":[{"role":"user","content":"347+582"}],"max_tokens":32,"temperature":0.070,"stream":false}`, string(body))
}

func TestTheTextOfACompletionIsTakenOrWhatItIsNotIsSaid(t *testing.T) {
	for name, test := range map[string]struct{ body, want, err string }{
		"a completion":             {`{"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":"929=929"}}]}`, "929=929", ""},
		"an empty completion":      {`{"choices":[{"message":{"content":""}}]}`, "", ""},
		"only the first choice":    {`{"choices":[{"message":{"content":"a"}},{"message":{"content":"b"}}]}`, "a", ""},
		"no choices":               {`{"choices":[]}`, "", "no choices"},
		"no message":               {`{"choices":[{"text":"a"}]}`, "", "no choices"},
		"no content":               {`{"choices":[{"message":{"content":null}}]}`, "", "no choices"},
		"content of another type":  {`{"choices":[{"message":{"content":5}}]}`, "", "not the JSON"},
		"not JSON":                 {`hello`, "", "not the JSON"},
		"nothing":                  {``, "", "not the JSON"},
		"a list":                   {`[]`, "", "not the JSON"},
		"bytes that are not text":  {"{\"choices\":[{\"message\":{\"content\":\"\xff\"}}]}", "", "not UTF-8"},
		"half a completion":        {`{"choices":[{"message":{"content":"9`, "", "not the JSON"},
		"an event stream":          {"data: {}\n\n", "", "not the JSON"},
		"an error in a 200 answer": {`{"error":{"message":"no"}}`, "", "no choices"},
	} {
		t.Run(name, func(t *testing.T) {
			text, _, err := Completion([]byte(test.body))
			if test.err != "" {
				require.ErrorContains(t, err, test.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.want, text)
		})
	}
}

func FuzzCompletion(f *testing.F) {
	f.Add([]byte(`{"choices":[{"message":{"content":"929"}}]}`))
	f.Add([]byte("\xff"))
	f.Fuzz(func(_ *testing.T, body []byte) { _, _, _ = Completion(body) })
}

func newAsker(t *testing.T) *Asker {
	t.Helper()
	secret, err := wire.GenerateKey()
	require.NoError(t, err)
	signer, err := wire.NewKeySigner(secret)
	require.NoError(t, err)
	asker, err := New(Config{ChainID: "chain-1", Signer: signer, MaxAnswer: 1 << 10})
	require.NoError(t, err)
	t.Cleanup(asker.Close)
	return asker
}

func questionTo(t *testing.T, deadline time.Duration, endpoints ...string) Question {
	t.Helper()
	secret, err := wire.GenerateKey()
	require.NoError(t, err)
	miner, err := wire.NewKeySigner(secret)
	require.NoError(t, err)
	return Question{
		Netuid: 1, Epoch: 2, Hotkey: miner.Address(), Endpoints: endpoints,
		Task: benchmark.Task{Request: benchmark.Request{Endpoint: "chat/completions", Deadline: deadline}},
	}
}

func TestWhenTheValidatorStopsTheFaultIsNotTheMiners(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	answers := make(chan Answer)
	asker, hanging := newAsker(t), questionTo(t, time.Minute, server.URL)
	go func() { answers <- asker.Ask(ctx, hanging) }()
	cancel()
	answer := <-answers
	require.Equal(t, ReasonStopped, answer.Reason)
	require.True(t, answer.Mine())
}

func TestAMinerThatIsAwayAtOneAddressIsTriedAtTheNext(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.WriteHeader(http.StatusTeapot)
	}))
	defer server.Close()
	answer := newAsker(t).Ask(t.Context(), questionTo(t, 5*time.Second, "http://127.0.0.1:1", server.URL, server.URL))
	require.Equal(t, ReasonRefused, answer.Reason)
	require.Equal(t, 1, asked, "a refusal is an answer; the third address is not asked")
	require.False(t, answer.Mine())
}

func TestARedirectIsNotFollowed(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://169.254.169.254/latest/meta-data", http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	answer := newAsker(t).Ask(t.Context(), questionTo(t, 5*time.Second, server.URL))
	require.Equal(t, ReasonBadReceipt, answer.Reason)
	require.Empty(t, answer.Receipt)
}
