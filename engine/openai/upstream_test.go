package openai_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine/openai"
)

// asked is what the fake upstream reads of a request.
type asked struct {
	Model    string `json:"model"`
	Messages []struct {
		Role    string `json:"role"`
		Content string `json:"content"`
	} `json:"messages"`
	Prompt         json.RawMessage `json:"prompt"`
	MaxTokens      int             `json:"max_tokens"`
	Temperature    float64         `json:"temperature"`
	Seed           *int64          `json:"seed"`
	Stop           []string        `json:"stop"`
	Stream         bool            `json:"stream"`
	PromptLogprobs *int            `json:"prompt_logprobs"`
	Input          []string        `json:"input"`
}

// upstreamContext is the fake upstream's context in tokens; a byte is a token.
const upstreamContext = 4096

// alwaysStreams is upstream for servers that do not know how to answer at once.
func alwaysStreams(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(bytes.Replace(body, []byte(`"stream":false`), []byte(`"stream":true`), 1)))
	upstream(w, r)
}

// upstream is a well-behaved server whose model repeats what it is told, letter
// by letter, and then ends.
func upstream(w http.ResponseWriter, r *http.Request) {
	var a asked
	if err := json.NewDecoder(r.Body).Decode(&a); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if a.PromptLogprobs != nil {
		scoreTokens(w, a.Prompt)
		return
	}
	if r.URL.Path == "/v1/embeddings" {
		countLetters(w, a.Input)
		return
	}
	prompt := ""
	if len(a.Messages) > 0 {
		prompt = a.Messages[len(a.Messages)-1].Content
	} else if err := json.Unmarshal(a.Prompt, &prompt); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if len(prompt) > upstreamContext {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"error":{"message":"This model's maximum context length is %d tokens","code":"context_length_exceeded"}}`, upstreamContext)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	text, reason := prompt, "stop"
	for _, stop := range a.Stop {
		if at := strings.Index(text, stop); at >= 0 {
			text = text[:at]
		}
	}
	if len(text) >= a.MaxTokens {
		text, reason = text[:a.MaxTokens], "length"
	}
	if !a.Stream {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"choices":[{"index":0,"message":{"role":"assistant","content":%q},"text":%q,"finish_reason":%q}],"usage":{"prompt_tokens":%d,"completion_tokens":%d}}`,
			text, text, reason, len(prompt), max(1, len(text)))
		return
	}
	fmt.Fprint(w, ": a comment\n\n")
	for _, letter := range text {
		if len(a.Messages) > 0 {
			fmt.Fprintf(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":%q},\"finish_reason\":null}]}\n\n", string(letter))
		} else {
			fmt.Fprintf(w, "data: {\"choices\":[{\"index\":0,\"text\":%q,\"finish_reason\":null}]}\r\n\r\n", string(letter))
		}
	}
	fmt.Fprintf(w, "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":%q}]}\n\n", reason)
	fmt.Fprintf(w, "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":%d,\"completion_tokens\":%d}}\n\n", len(prompt), max(1, len(text)))
	fmt.Fprint(w, "data: [DONE]\n\n")
}

// scoreTokens answers like vLLM's prompt_logprobs.
func scoreTokens(w http.ResponseWriter, prompt json.RawMessage) {
	var tokens []int32
	var text string
	if json.Unmarshal(prompt, &text) == nil {
		for i := range len(text) {
			tokens = append(tokens, int32(text[i]))
		}
	} else if err := json.Unmarshal(prompt, &tokens); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	scores := make([]any, len(tokens))
	for i := 1; i < len(tokens); i++ {
		scores[i] = map[string]any{strconv.Itoa(int(tokens[i])): map[string]any{"logprob": -float64(i) / 4, "rank": 1, "decoded_token": "x"}}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"choices": []any{map[string]any{
		"index": 0, "text": "!", "finish_reason": "length", "prompt_token_ids": tokens, "prompt_logprobs": scores,
	}}})
}

// countLetters answers an embeddings request, the last text first.
func countLetters(w http.ResponseWriter, texts []string) {
	data := []any{}
	for i := len(texts) - 1; i >= 0; i-- {
		vector := make([]float64, 4)
		for _, letter := range []byte(texts[i]) {
			vector[letter%4]++
		}
		data = append(data, map[string]any{"object": "embedding", "index": i, "embedding": vector})
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"object": "list", "data": data, "model": "parrot"})
}

// open starts a server with the handler and an engine that asks it.
func open(t *testing.T, handler http.HandlerFunc, change func(*openai.Options)) *openai.Engine {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	options := openai.Options{BaseURL: server.URL, Model: "parrot", Dialect: openai.VLLM, Embeddings: true}
	if change != nil {
		change(&options)
	}
	e, err := openai.Open(options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	return e
}

// replayURL serves whatever *body holds as an event stream.
func replayURL(f *testing.F, body *string) string {
	f.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, *body)
	}))
	f.Cleanup(server.Close)
	return server.URL
}
