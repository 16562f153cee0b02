//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	upstreamModel = "served"
	// answerPieces is how many tokens an answer has, each an event when it is streamed.
	answerPieces = 8
	piece        = "token "
	// patience with a connection that sends nothing: a busy machine may leave a process waiting for a second.
	patience = time.Minute
)

// upstream is a server that takes a fixed time for each answer, the same for each of its tokens. It sends them as they
// come when it is asked to stream, else all at the end.
type upstream struct {
	service time.Duration
	// slots bounds the answers under way, as the batch of a model does; nil does not.
	slots  chan struct{}
	server *http.Server
	url    string
}

// serveUpstream starts a server on a free port of loopback.
func serveUpstream(service time.Duration, slots int) (*upstream, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // at once or never
	if err != nil {
		return nil, err
	}
	u := &upstream{service: service, url: "http://" + listener.Addr().String()}
	if slots > 0 {
		u.slots = make(chan struct{}, slots)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+path, u.complete)
	mux.HandleFunc("GET /v1/models", func(w http.ResponseWriter, _ *http.Request) { // so that the miner finds it well
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"object":"list","data":[{"id":%q,"object":"model","created":1,"owned_by":"bench"}]}`, upstreamModel)
	})
	u.server = &http.Server{Handler: mux, ReadHeaderTimeout: patience}
	go func() { _ = u.server.Serve(listener) }() // until close
	return u, nil
}

func (u *upstream) close() { _ = u.server.Close() }

func (u *upstream) complete(w http.ResponseWriter, r *http.Request) {
	var question struct {
		Stream    bool `json:"stream"`
		MaxTokens int  `json:"max_tokens"`
	}
	if err := json.NewDecoder(r.Body).Decode(&question); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if u.slots != nil {
		u.slots <- struct{}{}
	}
	pieces, reason := answerPieces, "stop"
	if limit := question.MaxTokens; limit > 0 && limit < pieces {
		pieces, reason = limit, "length"
	}
	if question.Stream {
		u.stream(w, pieces, reason)
		return
	}
	err := u.computeUntil(time.Now().Add(u.service))
	u.leave()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"id":"1","object":"chat.completion","created":1,"model":%q,"choices":[{"index":0,"message":{"role":"assistant","content":%q},`+
		`"finish_reason":%q}],"usage":{"prompt_tokens":9,"completion_tokens":%d,"total_tokens":%d}}`, upstreamModel, strings.Repeat(piece, pieces), reason, pieces, 9+pieces)
}

// computeUntil takes the time that a model would.
func (u *upstream) computeUntil(due time.Time) error {
	if u.service == 0 {
		return nil
	}
	return sleepUntil(due)
}

func (u *upstream) leave() {
	if u.slots != nil {
		<-u.slots
	}
}

func (u *upstream) stream(w http.ResponseWriter, pieces int, reason string) {
	w.Header().Set("Content-Type", "text/event-stream")
	flush := http.NewResponseController(w).Flush
	event := func(rest string) {
		fmt.Fprintf(w, `data: {"id":"1","object":"chat.completion.chunk","created":1,"model":%q,%s}`+"\n\n", upstreamModel, rest)
		_ = flush() // the caller has gone; there is nobody to tell
	}
	due := time.Now()
	for range pieces {
		due = due.Add(u.service / time.Duration(pieces))
		if err := u.computeUntil(due); err != nil {
			event(fmt.Sprintf(`"error":%q`, err))
			break
		}
		event(fmt.Sprintf(`"choices":[{"index":0,"delta":{"content":%q},"finish_reason":null}]`, piece))
	}
	u.leave()
	event(fmt.Sprintf(`"choices":[{"index":0,"delta":{},"finish_reason":%q}]`, reason))
	event(fmt.Sprintf(`"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":%d,"total_tokens":%d}`, pieces, 9+pieces))
	fmt.Fprint(w, "data: [DONE]\n\n")
}
