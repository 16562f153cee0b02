package recorded

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"sync"

	"github.com/agora-network/agora/engine/openai"
)

// Exchange is one request and its answer.
type Exchange struct {
	Method  string          `json:"method"`
	Path    string          `json:"path"`
	Request json.RawMessage `json:"request,omitempty"`
	Status  int             `json:"status"`
	// ContentType is the one header that the driver reads.
	ContentType string `json:"content_type"`
	Body        string `json:"body"`
}

// Recording is a scene as one server played it.
type Recording struct {
	Scene   string         `json:"scene"`
	Dialect openai.Dialect `json:"dialect"`
	Model   string         `json:"model"`
	// Tokens are some of the model's, given to the scenes that score tokens.
	Tokens []int32 `json:"tokens"`
	// Source is where the answers come from: "recorded from …" or "written after …".
	Source    string     `json:"source"`
	Exchanges []Exchange `json:"exchanges"`
	Result    Result     `json:"result"`
}

// maxBodyBytes bounds one recorded answer.
const maxBodyBytes = 16 << 20

// Record plays a scene against a real server at url and keeps what passes.
func Record(ctx context.Context, scene Scene, url, model string, dialect openai.Dialect, tokens []int32, source string) (Recording, error) {
	recording := Recording{Scene: scene.Name, Dialect: dialect, Model: model, Tokens: tokens, Source: source}
	var mu sync.Mutex // guards recording.Exchanges
	between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		exchange, err := forward(r, url)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		mu.Lock()
		recording.Exchanges = append(recording.Exchanges, exchange)
		mu.Unlock()
		exchange.answer(w)
	}))
	defer between.Close()
	result, err := scene.Play(ctx, between.URL, model, dialect, tokens)
	recording.Result = result
	return recording, err
}

func forward(r *http.Request, url string) (Exchange, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBodyBytes))
	if err != nil {
		return Exchange{}, err
	}
	onward, err := http.NewRequestWithContext(r.Context(), r.Method, url+r.URL.RequestURI(), bytes.NewReader(body)) //nolint:gosec // the server to be recorded is the caller's choice
	if err != nil {
		return Exchange{}, err
	}
	onward.Header.Set("Content-Type", r.Header.Get("Content-Type"))
	response, err := http.DefaultClient.Do(onward) //nolint:gosec // as above
	if err != nil {
		return Exchange{}, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxBodyBytes))
	if err != nil {
		return Exchange{}, err
	}
	return Exchange{
		Method: r.Method, Path: r.URL.RequestURI(), Request: body,
		Status: response.StatusCode, ContentType: response.Header.Get("Content-Type"), Body: string(answer),
	}, nil
}

func (x Exchange) answer(w http.ResponseWriter) {
	w.Header().Set("Content-Type", x.ContentType)
	w.WriteHeader(x.Status)
	_, _ = io.WriteString(w, x.Body)
}

// Replay plays the scene again with the recorded answers. It fails when the driver
// asks for something that was not recorded.
func (recording Recording) Replay(ctx context.Context) (Result, error) {
	var scene *Scene
	for i := range Scenes {
		if Scenes[i].Name == recording.Scene {
			scene = &Scenes[i]
		}
	}
	if scene == nil {
		return Result{}, fmt.Errorf("there is no scene %q", recording.Scene)
	}
	var mu sync.Mutex // guards unknown
	var unknown error
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		for _, x := range recording.Exchanges {
			if x.Method == r.Method && x.Path == r.URL.RequestURI() && sameJSON(x.Request, body) {
				x.answer(w)
				return
			}
		}
		mu.Lock()
		unknown = fmt.Errorf("scene %s: %s %s %s was not recorded; record it again", recording.Scene, r.Method, r.URL.RequestURI(), body)
		mu.Unlock()
		http.Error(w, "not recorded", http.StatusTeapot)
	}))
	defer server.Close()
	result, err := scene.Play(ctx, server.URL, recording.Model, recording.Dialect, recording.Tokens)
	mu.Lock()
	defer mu.Unlock()
	if unknown != nil {
		return Result{}, unknown
	}
	return result, err
}

func sameJSON(a, b []byte) bool {
	if len(a) == 0 || len(b) == 0 {
		return len(a) == len(b)
	}
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}
