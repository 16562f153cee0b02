package openai_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/enginetest"
	"github.com/agora-network/agora/engine/openai"
)

// fakes are servers of each dialect with the parrot of upstream behind them.
var fakes = map[openai.Dialect]http.HandlerFunc{
	openai.Plain:    withPages(nil, `{"data":[{"id":"parrot","owned_by":"somebody"}]}`),
	openai.VLLM:     withPages(map[string]string{"/version": `{"version":"0.15.1"}`}, `{"data":[{"id":"other","owned_by":"x"},{"id":"parrot","owned_by":"vllm","max_model_len":4096}]}`),
	openai.SGLang:   withPages(map[string]string{"/get_model_info": `{"model_path":"/m","is_generation":true}`}, `{"data":[{"id":"parrot","owned_by":"sglang","max_model_len":4096}]}`),
	openai.LlamaCPP: withPages(map[string]string{"/props": `{"build_info":"b10361-c2fd87e","default_generation_settings":{"n_ctx":4096}}`}, `{"data":[{"id":"parrot","owned_by":"llamacpp"}]}`),
	openai.Ollama:   withPages(map[string]string{"/api/version": `{"version":"0.17.4"}`, "/api/ps": `{"models":[{"name":"other","context_length":1},{"name":"parrot:latest","context_length":4096}]}`}, `{"data":[{"id":"parrot","owned_by":"library"}]}`),
	openai.TensorRT: withPages(map[string]string{"/version": `{"version":"1.2.0"}`}, `{"data":[{"id":"parrot","owned_by":"tensorrt_llm"}]}`),
}

// withPages adds pages and ways of scoring to upstream.
func withPages(pages map[string]string, models string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		w.Header().Set("Content-Type", "application/json")
		switch page, ok := pages[r.URL.Path]; {
		case r.URL.Path == "/v1/models":
			_, _ = io.WriteString(w, models)
		case r.Method == http.MethodGet && ok:
			_, _ = io.WriteString(w, page)
		case r.Method == http.MethodGet:
			http.Error(w, `{"detail":"Not Found"}`, http.StatusNotFound)
		case r.URL.Path == "/generate":
			generateLikeSGLang(w, body)
		case r.URL.Path == "/tokenize":
			var a struct{ Content string }
			_ = json.Unmarshal(body, &a)
			_ = json.NewEncoder(w).Encode(map[string]any{"tokens": bytesAsTokens(a.Content)})
		case r.URL.Path == "/completion":
			completeLikeLlamaCPP(w, body)
		case strings.Contains(string(body), `"return_context_logits":true`):
			scoreLikeTensorRT(w, body)
		default:
			upstream(w, r)
		}
	}
}

func bytesAsTokens(text string) []int32 {
	tokens := make([]int32, len(text))
	for i := range len(text) {
		tokens[i] = int32(text[i])
	}
	return tokens
}

func generateLikeSGLang(w http.ResponseWriter, body []byte) {
	var a struct {
		Text     string
		InputIDs []int32 `json:"input_ids"`
	}
	_ = json.Unmarshal(body, &a)
	tokens := a.InputIDs
	if tokens == nil {
		tokens = bytesAsTokens(a.Text)
	}
	scored := make([]any, len(tokens))
	for i, token := range tokens {
		scored[i] = []any{-0.5 * float64(i), token, nil}
	}
	scored[0] = []any{nil, tokens[0], nil}
	_ = json.NewEncoder(w).Encode(map[string]any{"text": "x", "meta_info": map[string]any{
		"prompt_tokens": len(tokens), "completion_tokens": 1, "weight_version": "default", "input_token_logprobs": scored,
	}})
}

func completeLikeLlamaCPP(w http.ResponseWriter, body []byte) {
	var a struct{ Prompt []int32 }
	_ = json.Unmarshal(body, &a)
	top := make([]any, 256)
	for token := range top {
		top[token] = map[string]any{"id": token, "token": "?", "bytes": []int{token}, "logprob": -float64(token+1) / 64}
	}
	_ = json.NewEncoder(w).Encode(map[string]any{
		"content": "x", "tokens_evaluated": len(a.Prompt),
		"completion_probabilities": []any{map[string]any{"id": 1, "logprob": -1, "top_logprobs": top}},
	})
}

func scoreLikeTensorRT(w http.ResponseWriter, body []byte) {
	var a struct{ Prompt json.RawMessage }
	_ = json.Unmarshal(body, &a)
	var tokens []int32
	var text string
	if json.Unmarshal(a.Prompt, &text) == nil {
		tokens = bytesAsTokens(text)
	} else {
		_ = json.Unmarshal(a.Prompt, &tokens)
	}
	logits := make([][]float64, len(tokens))
	for i := range logits {
		logits[i] = make([]float64, 256)
		logits[i][i%256] = 3
	}
	_ = json.NewEncoder(w).Encode(map[string]any{
		"model": "parrot", "prompt_token_ids": [][]int32{tokens},
		"choices": []any{map[string]any{"index": 0, "text": "x", "context_logits": logits}},
	})
}

func TestTheOpenAIDriverConformsInEveryDialect(t *testing.T) {
	for _, dialect := range openai.Dialects {
		t.Run(string(dialect), func(t *testing.T) {
			enginetest.Run(t, func(t *testing.T) engine.Engine {
				t.Helper()
				return open(t, fakes[dialect], func(o *openai.Options) {
					o.Dialect, o.Embeddings = dialect, dialect == openai.Ollama
				})
			})
		})
	}
}

func TestTheDialectIsDetected(t *testing.T) {
	want := map[openai.Dialect]openai.Server{
		openai.Plain:    {},
		openai.VLLM:     {Version: "0.15.1", MaxContext: 4096},
		openai.SGLang:   {MaxContext: 4096},
		openai.LlamaCPP: {Version: "b10361-c2fd87e", MaxContext: 4096},
		openai.Ollama:   {Version: "0.17.4", MaxContext: 4096},
		openai.TensorRT: {Version: "1.2.0"},
	}
	for dialect, handler := range fakes {
		t.Run(string(dialect), func(t *testing.T) {
			e := open(t, handler, func(o *openai.Options) { o.Dialect = openai.Detect })
			require.False(t, e.Info().Logprobs, "nothing is known yet")
			require.NoError(t, e.Ready(t.Context()))
			found, err := e.Server(t.Context())
			require.NoError(t, err)
			expected := want[dialect]
			expected.Dialect = dialect
			require.Equal(t, expected, found)
			require.Equal(t, expected.MaxContext, e.Info().MaxContext)
			scored, err := e.Logprobs(t.Context(), engine.LogprobRequest{Text: "hello"})
			if e.Info().Logprobs {
				require.NoError(t, err)
				require.Len(t, scored.Values, 5)
			} else {
				require.ErrorIs(t, err, engine.ErrUnsupported)
				require.ErrorContains(t, err, string(dialect))
			}
		})
	}
}

func TestAServerThatDoesNotAnswerIsNotTakenForAPlainOne(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"no list of models": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusNotFound) },
		"a web page": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html>")
		},
		"not JSON": reply("hello"),
		"a page that fails": func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/props" {
				http.Error(w, "loading", http.StatusServiceUnavailable)
				return
			}
			fakes[openai.Plain](w, r)
		},
	} {
		e := open(t, handler, func(o *openai.Options) { o.Dialect = openai.Detect })
		_, err := e.Server(t.Context())
		require.Error(t, err, name)
		_, err = e.Logprobs(t.Context(), engine.LogprobRequest{Text: "a"})
		require.Error(t, err, name)
		require.False(t, e.Info().Logprobs)
	}
}

func TestTheNameOfADialectIsChecked(t *testing.T) {
	for _, name := range []string{"", "detect"} {
		dialect, err := openai.ParseDialect(name)
		require.NoError(t, err)
		require.Equal(t, openai.Detect, dialect)
	}
	for _, known := range openai.Dialects {
		dialect, err := openai.ParseDialect(string(known))
		require.NoError(t, err)
		require.Equal(t, known, dialect)
	}
	_, err := openai.ParseDialect("vLLM")
	require.ErrorContains(t, err, "vllm, sglang")
	_, err = openai.Open(openai.Options{BaseURL: "http://host", Model: "m", Dialect: "cat"})
	require.ErrorContains(t, err, `"cat" is not known`)
}

func TestEachDialectCatchesAnIgnoredRequest(t *testing.T) {
	request := engine.LogprobRequest{Tokens: []int32{5, 6, 7}}
	cases := map[string]struct {
		dialect openai.Dialect
		body    string
		want    error
	}{
		"sglang ignored":           {openai.SGLang, `{"text":"x","meta_info":{"prompt_tokens":3}}`, openai.ErrLogprobsIgnored},
		"sglang too few":           {openai.SGLang, `{"meta_info":{"prompt_tokens":3,"input_token_logprobs":[[null,5,null],[-1,6,null]]}}`, openai.ErrLogprobsIgnored},
		"sglang other tokens":      {openai.SGLang, `{"meta_info":{"prompt_tokens":3,"input_token_logprobs":[[null,5,null],[-1,6,null],[-1,8,null]]}}`, openai.ErrMalformed},
		"sglang no value":          {openai.SGLang, `{"meta_info":{"prompt_tokens":3,"input_token_logprobs":[[null,5,null],[null,6,null],[-1,7,null]]}}`, openai.ErrMalformed},
		"sglang short entries":     {openai.SGLang, `{"meta_info":{"prompt_tokens":1,"input_token_logprobs":[[1]]}}`, openai.ErrMalformed},
		"sglang error":             {openai.SGLang, `{"error":{"message":"broken"}}`, openai.ErrReported},
		"llama.cpp ignored":        {openai.LlamaCPP, `{"content":"x","tokens_evaluated":1}`, openai.ErrLogprobsIgnored},
		"llama.cpp not all":        {openai.LlamaCPP, `{"tokens_evaluated":1,"completion_probabilities":[{"top_logprobs":[{"id":9,"logprob":-1}]}]}`, openai.ErrLogprobsIgnored},
		"llama.cpp other prompt":   {openai.LlamaCPP, `{"tokens_evaluated":2,"completion_probabilities":[{"top_logprobs":[{"id":6,"logprob":-1}]}]}`, openai.ErrMalformed},
		"llama.cpp positive":       {openai.LlamaCPP, `{"tokens_evaluated":1,"completion_probabilities":[{"top_logprobs":[{"id":6,"logprob":1}]}]}`, openai.ErrMalformed},
		"llama.cpp error":          {openai.LlamaCPP, `{"error":{"message":"the request exceeds the available context size"}}`, engine.ErrContextTooLong},
		"tensorrt ignored":         {openai.TensorRT, `{"choices":[{"text":"x"}]}`, openai.ErrLogprobsIgnored},
		"tensorrt one row":         {openai.TensorRT, `{"choices":[{"context_logits":[[1,2,3]]}]}`, openai.ErrLogprobsIgnored},
		"tensorrt scores":          {openai.TensorRT, `{"choices":[{"context_logits":[1,2,3]}]}`, openai.ErrMalformed},
		"tensorrt small rows":      {openai.TensorRT, `{"choices":[{"context_logits":[[1],[1],[1]]}]}`, openai.ErrMalformed},
		"tensorrt two prompts":     {openai.TensorRT, `{"prompt_token_ids":[[5],[6]],"choices":[{}]}`, openai.ErrMalformed},
		"tensorrt strange prompts": {openai.TensorRT, `{"prompt_token_ids":"5","choices":[{}]}`, openai.ErrMalformed},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			e := open(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/tokenize" {
					_, _ = io.WriteString(w, `{"tokens":[97]}`)
					return
				}
				_, _ = io.WriteString(w, c.body)
			}, func(o *openai.Options) { o.Dialect = c.dialect })
			_, err := e.Logprobs(t.Context(), request)
			require.ErrorIs(t, err, c.want)
			require.False(t, engine.Retryable(err))
		})
	}
}

func TestATextIsNotScoredWhereItsTokensAreNotKnown(t *testing.T) {
	e := open(t, reply(`{"choices":[{"context_logits":[[1,2],[1,2]]}]}`), func(o *openai.Options) { o.Dialect = openai.TensorRT })
	_, err := e.Logprobs(t.Context(), engine.LogprobRequest{Text: "ab"})
	require.ErrorIs(t, err, engine.ErrUnsupported)
	require.ErrorContains(t, err, "give tokens")
	scored, err := e.Logprobs(t.Context(), engine.LogprobRequest{Tokens: []int32{0, 1}})
	require.NoError(t, err)
	require.InDeltaSlice(t, []float64{0, -0.31326168751822286}, scored.Values, 1e-15)
}

func TestStepwiseScoringIsBounded(t *testing.T) {
	e := open(t, fakes[openai.LlamaCPP], func(o *openai.Options) { o.Dialect = openai.LlamaCPP })
	_, err := e.Logprobs(t.Context(), engine.LogprobRequest{Tokens: make([]int32, openai.MaxStepwiseTokens+1)})
	require.ErrorIs(t, err, engine.ErrBadRequest)
}

func TestAModelThatChangesBetweenCallsIsRefused(t *testing.T) {
	answers := map[string]string{"model": `"model":"m%d"`, "build": `"model":"m","system_fingerprint":"b%d"`}
	for name, form := range answers {
		t.Run(name, func(t *testing.T) {
			calls := 0
			e := open(t, func(w http.ResponseWriter, _ *http.Request) {
				calls++
				w.Header().Set("Content-Type", "application/json")
				fmt.Fprintf(w, `{%s,"choices":[{"text":"x","finish_reason":"stop"}]}`, fmt.Sprintf(form, calls/2))
			}, nil)
			_, err := ask(t, e, chat("a"))
			require.NoError(t, err)
			for range 2 { // it stays refused
				_, err = ask(t, e, chat("a"))
				require.ErrorIs(t, err, openai.ErrModelChanged)
				require.ErrorIs(t, err, engine.ErrUpstream)
			}
		})
	}
	t.Run("within a stream", func(t *testing.T) {
		e := open(t, stream("data: {\"model\":\"a\",\"choices\":[{\"text\":\"x\"}]}\n\ndata: {\"model\":\"b\",\"choices\":[{\"finish_reason\":\"stop\"}]}\n\n"), nil)
		_, err := ask(t, e, chat("a"))
		require.ErrorIs(t, err, openai.ErrModelChanged)
	})
}

func TestTheContextIsLearnedWhereTheDialectIsSet(t *testing.T) {
	for dialect, want := range map[openai.Dialect]int{
		openai.Plain: 0, openai.VLLM: 4096, openai.SGLang: 4096, openai.LlamaCPP: 4096, openai.Ollama: 4096, openai.TensorRT: 0,
	} {
		t.Run(string(dialect), func(t *testing.T) {
			e := open(t, fakes[dialect], func(o *openai.Options) { o.Dialect = dialect })
			require.Zero(t, e.Info().MaxContext, "nothing was asked yet")
			require.NoError(t, e.Ready(t.Context()))
			require.Equal(t, want, e.Info().MaxContext)
			found, err := e.Server(t.Context())
			require.NoError(t, err)
			require.Equal(t, dialect, found.Dialect, "what was set stays")
		})
	}
}

func TestAServerThatDoesNotTellItsContextIsReadyAndAskedOnce(t *testing.T) {
	for _, dialect := range []openai.Dialect{openai.Plain, openai.VLLM, openai.LlamaCPP} {
		for name, answer := range map[string]http.HandlerFunc{"no page": http.NotFound, "not JSON": reply("hello")} {
			t.Run(string(dialect)+", "+name, func(t *testing.T) {
				asked := 0
				e := open(t, func(w http.ResponseWriter, r *http.Request) {
					if r.Method == http.MethodPost {
						upstream(w, r)
						return
					}
					asked++
					answer(w, r)
				}, func(o *openai.Options) { o.Dialect = dialect })
				for range 2 {
					require.NoError(t, e.Ready(t.Context()))
				}
				require.Zero(t, e.Info().MaxContext)
				require.Equal(t, 1, asked)
			})
		}
	}
}

func TestAModelThatOllamaUnloadedKeepsItsContext(t *testing.T) {
	loaded := true
	e := open(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/ps" && !loaded {
			_, _ = io.WriteString(w, `{"models":[]}`)
			return
		}
		fakes[openai.Ollama](w, r)
	}, func(o *openai.Options) { o.Dialect = openai.Ollama })
	require.NoError(t, e.Ready(t.Context()))
	loaded = false
	require.NoError(t, e.Ready(t.Context()))
	require.Equal(t, 4096, e.Info().MaxContext)
}
