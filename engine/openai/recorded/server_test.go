package recorded_test

import (
	"io"
	"net/http"
)

// answering is a server that lists models and completes everything by "x".
func answering(models string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Path {
		case "/v1/models":
			_, _ = io.WriteString(w, models)
		case "/v1/completions", "/v1/chat/completions":
			_, _ = io.WriteString(w, `{"choices":[{"text":"x","finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}`)
		default:
			http.NotFound(w, r)
		}
	})
}
