package openai_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/openai"
)

// What the driver takes for an answer of eight tokens, whole and in pieces, over loopback. The server's part is in it but
// small: it answers without looking.
func BenchmarkAnAnswer(b *testing.B) {
	const fields = `"id":"1","object":"chat.completion","created":1,"model":"m"`
	streamed := ""
	for range 8 {
		streamed += fmt.Sprintf("data: {%s,\"choices\":[{\"index\":0,\"delta\":{\"content\":\"token \"},\"finish_reason\":null}]}\n\n", fields)
	}
	streamed += fmt.Sprintf("data: {%s,\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n", fields) +
		fmt.Sprintf("data: {%s,\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":8}}\n\ndata: [DONE]\n\n", fields)
	atOnce := fmt.Sprintf(`{%s,"choices":[{"index":0,"message":{"role":"assistant","content":%q},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":8}}`,
		fields, strings.Repeat("token ", 8))
	for _, c := range []struct {
		name, kind, body string
		whole            bool
	}{{"whole", "application/json", atOnce, true}, {"in pieces", "text/event-stream", streamed, false}} {
		b.Run(c.name, func(b *testing.B) {
			listener, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
			require.NoError(b, err)
			b.Cleanup(func() { _ = listener.Close() })
			go repeat(listener, fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", c.kind, len(c.body), c.body))
			e, err := openai.Open(openai.Options{BaseURL: "http://" + listener.Addr().String(), Model: "m", Dialect: openai.Plain})
			require.NoError(b, err)
			request := chat("347+582")
			request.Whole = c.whole
			b.ReportAllocs()
			for b.Loop() {
				done, err := engine.Complete(b.Context(), e, request, 1<<20)
				if err != nil || done.Usage.CompletionTokens != 8 {
					b.Fatal(done, err)
				}
			}
			require.NoError(b, e.Close())
		})
	}
}

// repeat gives the same answer to every request.
func repeat(listener net.Listener, answer string) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer connection.Close() //nolint:errcheck // the test is over
			reader := bufio.NewReader(connection)
			for {
				request, err := http.ReadRequest(reader)
				if err != nil {
					return
				}
				if _, err := io.Copy(io.Discard, request.Body); err != nil {
					return
				}
				if _, err := io.WriteString(connection, answer); err != nil {
					return
				}
			}
		}()
	}
}
