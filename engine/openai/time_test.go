package openai_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/openai"
)

// pipes is a listener whose connections are made in memory, so that time in a
// synctest bubble passes while both sides wait.
type pipes struct {
	connections chan net.Conn
	closed      chan struct{}
	once        sync.Once
	dialled     atomic.Int32
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.connections:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "memory"} }

func (p *pipes) dial(context.Context) (net.Conn, error) {
	p.dialled.Add(1)
	near, far := net.Pipe()
	select {
	case p.connections <- far:
		return near, nil
	case <-p.closed:
		return nil, errors.New("refused")
	}
}

// inMemory runs test in a bubble with an engine whose upstream is handler.
func inMemory(t *testing.T, handler http.HandlerFunc, change func(*openai.Options), test func(t *testing.T, e *openai.Engine, p *pipes)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := &pipes{connections: make(chan net.Conn), closed: make(chan struct{})}
		server := &http.Server{Handler: handler}
		served := make(chan error, 1)
		go func() { served <- server.Serve(p) }()
		options := openai.Options{BaseURL: "http://upstream", Model: "m", Dialect: openai.Plain}
		if change != nil {
			change(&options)
		}
		e, err := openai.Open(options)
		require.NoError(t, err)
		e.DialBy(p.dial)
		test(t, e, p)
		require.NoError(t, e.Close())
		require.NoError(t, server.Close())
		require.ErrorIs(t, <-served, http.ErrServerClosed)
	})
}

func event(text string) string {
	return fmt.Sprintf("data: {\"choices\":[{\"delta\":{\"content\":%q}}]}\n\n", text)
}

// send writes and flushes; false when the client is gone.
func send(w http.ResponseWriter, text string) bool {
	_, err := io.WriteString(w, text)
	return err == nil && http.NewResponseController(w).Flush() == nil
}

func TestEverySlownessHasItsNameAndItsTime(t *testing.T) {
	sse := func(w http.ResponseWriter) { w.Header().Set("Content-Type", "text/event-stream") }
	drip := func(w http.ResponseWriter, r *http.Request, text string) {
		for i := range len(text) {
			select {
			case <-r.Context().Done():
				return
			case <-time.After(time.Second):
			}
			if !send(w, text[i:i+1]) {
				return
			}
		}
	}
	cases := map[string]struct {
		handler http.HandlerFunc
		want    error
		after   time.Duration
	}{
		"nothing at all": {func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		}, openai.ErrTimeout, 120 * time.Second},
		"headers and nothing more": {func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			sse(w)
			send(w, ":\n\n")
			<-r.Context().Done()
		}, openai.ErrTimeout, 120 * time.Second},
		"one event and nothing more": {func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			sse(w)
			send(w, event("a"))
			<-r.Context().Done()
		}, openai.ErrStalled, 10 * time.Second},
		"comments instead of events": {func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			sse(w)
			send(w, event("a"))
			drip(w, r, strings.Repeat(":\n", 500))
		}, openai.ErrStalled, 10 * time.Second},
		"one byte a second": {func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			sse(w)
			send(w, event("a"))
			drip(w, r, event(strings.Repeat("b", 500)))
		}, openai.ErrStalled, 10 * time.Second},
		"one byte a second from the start": {func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			sse(w)
			drip(w, r, event(strings.Repeat("b", 500)))
		}, openai.ErrTimeout, 120 * time.Second},
		"JSON, one byte a second": {func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "application/json")
			drip(w, r, strings.Repeat(" ", 500))
		}, openai.ErrStalled, 11 * time.Second},
		"an endless stream of small events": {func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			sse(w)
			for send(w, "data: {\"choices\":[]}\n\n") {
				select {
				case <-r.Context().Done():
					return
				case <-time.After(time.Second):
				}
			}
		}, openai.ErrTimeout, 120 * time.Second},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			inMemory(t, c.handler, func(o *openai.Options) { o.EventTimeout = 10 * time.Second }, func(t *testing.T, e *openai.Engine, _ *pipes) {
				begin := time.Now()
				err := e.Generate(t.Context(), chat("x"), func(engine.Chunk) error { return nil })
				require.ErrorIs(t, err, c.want)
				require.True(t, engine.Retryable(err))
				require.Equal(t, c.after, time.Since(begin))
			})
		})
	}
}

func TestASlowButSteadyAnswerIsTaken(t *testing.T) {
	handler := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		time.Sleep(40 * time.Second) //nolint:forbidigo // in a synctest bubble; it reads the prompt
		for range 8 {
			send(w, event("a"))
			time.Sleep(9 * time.Second) //nolint:forbidigo // in a synctest bubble a sleep is free
		}
		send(w, "data: {\"choices\":[{\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
	}
	inMemory(t, handler, func(o *openai.Options) { o.EventTimeout = 10 * time.Second }, func(t *testing.T, e *openai.Engine, _ *pipes) {
		done, err := ask(t, e, chat("x"))
		require.NoError(t, err)
		require.Equal(t, "aaaaaaaa", done.Text)
	})
}

func TestOnlyQuestionsThatChangeNothingAreAskedAgain(t *testing.T) {
	cases := map[string]struct {
		status   int
		body     string
		gets     int32
		posts    int32
		duration time.Duration
	}{
		"a server that is not ready": {http.StatusServiceUnavailable, "loading", 3, 1, 600 * time.Millisecond},
		"a page that is not there":   {http.StatusNotFound, "no", 1, 1, 0},
		"a refused key":              {http.StatusUnauthorized, "no", 1, 1, 0},
		"too many requests":          {http.StatusTooManyRequests, "no", 1, 1, 0},
		"an internal error":          {http.StatusInternalServerError, "no", 1, 1, 0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var gets, posts atomic.Int32
			handler := func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodGet {
					gets.Add(1)
				} else {
					posts.Add(1)
				}
				http.Error(w, c.body, c.status)
			}
			inMemory(t, handler, func(o *openai.Options) { o.Dialect = openai.Detect }, func(t *testing.T, e *openai.Engine, p *pipes) {
				begin := time.Now()
				_, err := e.Server(t.Context())
				require.Error(t, err)
				require.Equal(t, c.duration, time.Since(begin))
				_, err = ask(t, e, chat("x"))
				require.Error(t, err)
				require.Equal(t, c.gets, gets.Load())
				require.Equal(t, c.posts, posts.Load())
				require.Equal(t, int32(1), p.dialled.Load(), "errors do not cost the connection")
			})
		})
	}
}

func TestAnAnswerThatBrokeOffIsNotAskedForAgain(t *testing.T) {
	posts := 0
	handler := func(w http.ResponseWriter, r *http.Request) {
		posts++
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		send(w, event("a"))
		panic(http.ErrAbortHandler)
	}
	inMemory(t, handler, nil, func(t *testing.T, e *openai.Engine, _ *pipes) {
		_, err := ask(t, e, chat("x"))
		require.ErrorIs(t, err, openai.ErrUnfinished)
		require.Equal(t, 1, posts)
	})
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	var connections atomic.Int32
	server := httptest.NewUnstartedServer(fakes[openai.VLLM])
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	e, err := openai.Open(openai.Options{BaseURL: server.URL, Model: "parrot", Embeddings: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	for range 10 {
		require.NoError(t, e.Ready(t.Context()))
		_, err = ask(t, e, engine.Request{Prompt: "hello", MaxTokens: 5})
		require.NoError(t, err)
		_, err = e.Logprobs(t.Context(), engine.LogprobRequest{Text: "hello"})
		require.NoError(t, err)
		_, err = e.Embed(t.Context(), []string{"hello"})
		require.NoError(t, err)
		_, err = ask(t, e, engine.Request{Prompt: strings.Repeat("x", 5000)})
		require.ErrorIs(t, err, engine.ErrContextTooLong)
	}
	require.Equal(t, int32(1), connections.Load())
}

func TestEndlessHeadersAreRefused(t *testing.T) {
	e := open(t, func(w http.ResponseWriter, _ *http.Request) {
		for i := range 200 {
			w.Header().Set(fmt.Sprint("X-", i), strings.Repeat("x", 1000))
		}
		_, _ = io.WriteString(w, "{}")
	}, nil)
	_, err := ask(t, e, chat("x"))
	require.ErrorIs(t, err, engine.ErrUnavailable)
	require.ErrorContains(t, err, "headers")
}

func TestAKeptConnectionThatDiedIsReplaced(t *testing.T) {
	var asked atomic.Int32
	hangUp := func(w http.ResponseWriter) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = connection.Close()
		}
	}
	e := open(t, func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 2 {
			hangUp(w)
			return
		}
		upstream(w, r)
	}, nil)
	for range 2 {
		_, err := ask(t, e, chat("x"))
		require.NoError(t, err)
	}
	require.Equal(t, int32(3), asked.Load())

	t.Run("but a new one that dies is not", func(t *testing.T) {
		var asked atomic.Int32
		e := open(t, func(w http.ResponseWriter, _ *http.Request) {
			asked.Add(1)
			hangUp(w)
		}, nil)
		_, err := ask(t, e, chat("x"))
		require.ErrorIs(t, err, engine.ErrUnavailable)
		require.Equal(t, int32(1), asked.Load())
	})
}
