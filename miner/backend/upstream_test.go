package backend

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/llamacpp"
	"github.com/agora-network/agora/engine/native"
	"github.com/agora-network/agora/engine/openai"
)

const oneToken = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"1\"},\"finish_reason\":\"length\"}]}\n\n" +
	"data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}\n\ndata: [DONE]\n\n"

// server answers the pages given, and a completion as an event stream.
func server(t *testing.T, pages map[string]string, completion string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/chat/completions" {
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = fmt.Fprint(w, completion)
			return
		}
		page, found := pages[r.URL.Path]
		if !found {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprint(w, page)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestEveryKindOfServerIsRecognisedAndReadyAfterOneToken(t *testing.T) {
	models := func(owner string) string {
		return `{"object":"list","data":[{"id":"m","owned_by":"` + owner + `","max_model_len":2048}]}`
	}
	for kind, c := range map[string]struct {
		pages   map[string]string
		says    string
		context int
	}{
		"plain":    {map[string]string{"/v1/models": models("somebody")}, "plain", 2048},
		"vllm":     {map[string]string{"/v1/models": models("vllm"), "/version": `{"version":"0.11.0"}`}, "vllm 0.11.0", 2048},
		"tensorrt": {map[string]string{"/v1/models": models("tensorrt_llm"), "/version": `{"version":"1.0.0"}`}, "tensorrt 1.0.0", 2048},
		"sglang":   {map[string]string{"/v1/models": models("sglang"), "/get_model_info": `{"model_path":"x/y","is_generation":true}`}, "sglang", 2048},
		"llamacpp": {map[string]string{"/v1/models": models("llamacpp"), "/props": `{"build_info":"b10361-abc","default_generation_settings":{"n_ctx":512}}`}, "llamacpp b10361-abc", 512},
		"ollama":   {map[string]string{"/v1/models": models("library"), "/api/version": `{"version":"0.12.6"}`, "/api/ps": `{"models":[{"name":"m","context_length":4096}]}`}, "ollama 0.12.6", 4096},
	} {
		t.Run(kind, func(t *testing.T) {
			e, err := Open(t.Context(), "openai="+server(t, c.pages, oneToken), Options{MaxConcurrent: 1, Timeout: 10 * time.Second})
			require.NoError(t, err)
			defer func() { require.NoError(t, e.Close()) }()
			upstream, ok := e.(Upstream)
			require.True(t, ok)
			require.NoError(t, upstream.Ready(t.Context()))
			found, err := upstream.Server(t.Context())
			require.NoError(t, err)
			require.Equal(t, c.says, Describe(found))
			require.EqualValues(t, kind, found.Dialect)
			require.Equal(t, c.context, e.Info().MaxContext)

			set, err := Open(t.Context(), "openai="+server(t, nil, oneToken), Options{Model: "m", Dialect: openai.Dialect(kind)})
			require.NoError(t, err)
			found, err = set.(Upstream).Server(t.Context())
			require.NoError(t, err)
			require.EqualValues(t, kind, found.Dialect, "a dialect that is set is not asked for")
			require.NoError(t, set.Close())
		})
	}
}

func TestAServerThatIsNoAPIOrKeepsNoLimitIsNamedWithARemedy(t *testing.T) {
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprint(w, "<html>hello</html>")
	}))
	defer page.Close()
	_, err := Open(t.Context(), "openai="+page.URL, Options{})
	require.ErrorIs(t, err, openai.ErrNotAnAPI)
	require.ErrorContains(t, err, "correct the URL in backend")

	models := map[string]string{"/v1/models": `{"data":[{"id":"m"}]}`}
	for completion, is := range map[string]error{
		"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"1\"}}]}\n\n": openai.ErrUnfinished,
		"data: {\"error\":{\"message\":\"out of memory\"}}\n\n":                 openai.ErrReported,
		"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"1\"},\"finish_reason\":\"stop\"}]}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":900}}\n\ndata: [DONE]\n\n": openai.ErrTooManyTokens,
	} {
		e, err := Open(t.Context(), "openai="+server(t, models, completion), Options{Timeout: 10 * time.Second})
		require.NoError(t, err)
		require.ErrorIs(t, e.(Upstream).Ready(t.Context()), is)
		require.NoError(t, e.Close())
	}
}

func TestEveryTroubleHasANameAndARemedyOfItsOwn(t *testing.T) {
	for is, kind := range map[error]string{
		openai.ErrModelChanged: "model_changed", openai.ErrNotAnAPI: "not_an_api", openai.ErrMalformed: "malformed",
		openai.ErrTooManyTokens: "too_many_tokens", openai.ErrTooLarge: "too_large", openai.ErrUnfinished: "unfinished",
		openai.ErrReported: "reported", openai.ErrStalled: "stalled", openai.ErrTimeout: "timeout",
		openai.ErrLogprobsIgnored: "logprobs_ignored", llamacpp.ErrNoLibrary: "no_library", llamacpp.ErrWrongLibrary: "wrong_library",
		llamacpp.ErrModel: "model", engine.ErrBusy: "busy", engine.ErrUnavailable: "unavailable", engine.ErrUpstream: "upstream",
		engine.ErrContextTooLong: "context_too_long", engine.ErrBadRequest: "bad_request", errors.New("x"): "other",
	} {
		trouble := Explain(fmt.Errorf("somewhere: %w", is))
		require.Equal(t, kind, trouble.Kind)
		require.NotEmpty(t, trouble.Remedy)
	}
}

func TestALibraryThatIsAbsentOrNotLlamaCPPIsNamedWithARemedy(t *testing.T) {
	dir := t.TempDir()
	junk := filepath.Join(dir, "libllama.so")
	require.NoError(t, os.WriteFile(junk, []byte("junk"), 0o600))
	for name, c := range map[string]struct{ library, says string }{
		"none is named":         {"", "set llamacpp_library to the path of libllama.so of llama.cpp b10361"},
		"a file that is absent": {filepath.Join(dir, "absent.so"), "no such file"},
		"a file that is junk":   {junk, "set llamacpp_library"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Open(t.Context(), "llamacpp=x.gguf", Options{LlamaCPP: llamacpp.Options{Library: c.library}})
			require.ErrorIs(t, err, llamacpp.ErrNoLibrary)
			require.ErrorContains(t, err, c.says)
			require.ErrorContains(t, err, "backend llamacpp=x.gguf")
		})
	}
}

func TestTheOptionsOfNativeModelsReachThem(t *testing.T) {
	path := "native=" + filepath.Join("..", "..", "engine", "native", "modelfile", "testdata", "qwen2.gguf")
	text := engine.LogprobRequest{Text: "hello world"}
	open := func(options native.Options) (engine.Info, []float64) {
		e, err := Open(t.Context(), path, Options{Native: options})
		require.NoError(t, err)
		defer func() { require.NoError(t, e.Close()) }()
		scored, err := e.Logprobs(t.Context(), text)
		require.NoError(t, err)
		return e.Info(), scored.Values
	}
	_, exact := open(native.Options{})
	info, rounded := open(native.Options{Int8: true, MaxContext: 16})
	require.Equal(t, 16, info.MaxContext)
	require.NotEqual(t, exact, rounded)
}
