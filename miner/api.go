package miner

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/internal/quickjson"
	"github.com/agora-network/agora/wire"
)

// maxAnswerBytes bounds the text of one answer; it is well above max_tokens of any tokeniser here.
const maxAnswerBytes = 4 << 20

// defaultModel is what a caller may ask for that does not care which model answers.
const defaultModel = "default"

// api is the OpenAI-compatible part of the public listener. Whoever reaches it has been let in.
type api struct {
	engine  engine.Engine
	queue   *queue
	callers *callers
	metrics *metrics
	log     *slog.Logger
	now     func() time.Time

	maxTokens int
	timeout   time.Duration
	started   time.Time
}

type callerKey struct{}

func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// routes is the handler. Its errors take the shape that the caller expects: problem+json where the request was signed,
// that of OpenAI otherwise.
func (a *api) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/chat/completions", a.only(http.MethodPost, func(w http.ResponseWriter, r *http.Request) { a.complete(w, r, true) }))
	mux.HandleFunc("/v1/completions", a.only(http.MethodPost, func(w http.ResponseWriter, r *http.Request) { a.complete(w, r, false) }))
	mux.HandleFunc("/v1/models", a.only(http.MethodGet, a.models))
	mux.HandleFunc("/v1/models/{model...}", a.only(http.MethodGet, a.model))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, r, wire.NewProblem(wire.CodeNotFound, "%.100s", r.URL.Path))
	})
	return a.observed(mux)
}

// observed counts and logs every request.
func (a *api) observed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := a.now()
		recorder := &statusRecorder{ResponseWriter: w}
		defer func() {
			took := a.now().Sub(started)
			a.metrics.observe(r.URL.Path, recorder.status, took)
			if a.log.Enabled(r.Context(), slog.LevelDebug) {
				a.log.Debug("answered", "caller", callerOf(r.Context()).id, "path", r.URL.Path, "status", recorder.status, "took", took)
			}
		}()
		next.ServeHTTP(recorder, r)
	})
}

func (a *api) only(method string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != method {
			w.Header().Set("Allow", method)
			refuse(w, r, wire.NewProblem(wire.CodeMethodNotAllowed, "%s takes %s", r.URL.Path, method))
			return
		}
		next(w, r)
	}
}

func (a *api) models(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, apiModelList{Object: "list", Data: []apiModel{a.served()}})
}

func (a *api) model(w http.ResponseWriter, r *http.Request) {
	if name := r.PathValue("model"); name != a.served().ID && name != defaultModel {
		refuse(w, r, wire.NewProblem(wire.CodeNotFound, "model %.64q is not served here", name))
		return
	}
	writeJSON(w, http.StatusOK, a.served())
}

func (a *api) served() apiModel {
	return apiModel{ID: a.engine.Info().Model, Object: "model", Created: a.started.Unix(), OwnedBy: "agora"}
}

// complete answers one question.
func (a *api) complete(w http.ResponseWriter, r *http.Request, chat bool) {
	ctx, cancel := context.WithTimeout(r.Context(), a.timeout)
	defer cancel()

	request, question, err := parseRequest(r.Body, chat, a.maxTokens)
	if err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			refuse(w, r, wire.NewProblem(wire.CodeBodyTooLarge, "%v", err))
			return
		}
		refuse(w, r, wire.NewProblem(wire.CodeBadRequest, "%v", err))
		return
	}
	model := a.engine.Info().Model
	if request.Model != "" && request.Model != model && request.Model != defaultModel {
		refuse(w, r, wire.NewProblem(wire.CodeBadRequest, "model %.64q is not served here; ask for %q or %q", request.Model, model, defaultModel))
		return
	}
	release, err := a.queue.acquire(ctx, callerOf(r.Context()))
	if err != nil {
		refuse(w, r, a.problemOf(err))
		return
	}
	defer release()

	answer := apiAnswer{ID: answerID(chat), Created: a.now().Unix(), Model: model, Object: "text_completion"}
	if chat {
		answer.Object = "chat.completion"
	}
	if request.Stream {
		a.stream(ctx, w, r, request, question, answer, chat)
		return
	}
	question.Whole = true
	completion, err := engine.Complete(ctx, a.engine, question, maxAnswerBytes)
	if err != nil {
		refuse(w, r, a.problemOf(err))
		return
	}
	a.metrics.tokens(completion.Usage)
	choice := apiChoice{FinishReason: &completion.FinishReason}
	if chat {
		choice.Message = &apiTurn{Role: engine.RoleAssistant, Content: &completion.Text}
	} else {
		choice.Text = &completion.Text
	}
	answer.Choices, answer.Usage = []apiChoice{choice}, usageOf(completion.Usage)
	writeJSON(w, http.StatusOK, answer)
}

// problemOf is what the caller hears of an error of the queue or the engine. What only the operator should hear is
// logged.
func (a *api) problemOf(err error) *wire.Problem {
	switch {
	case errors.Is(err, ErrQueueFull), errors.Is(err, engine.ErrBusy):
		return wire.NewProblem(wire.CodeOverloaded, "").After(a.queue.retryAfter())
	case errors.Is(err, ErrCallerQueueFull):
		return wire.NewProblem(wire.CodeRateLimited, "").After(a.queue.retryAfter())
	case errors.Is(err, ErrDraining), errors.Is(err, engine.ErrClosed), errors.Is(err, context.Canceled):
		return wire.NewProblem(wire.CodeDraining, "").After(5 * time.Second)
	case errors.Is(err, context.DeadlineExceeded):
		return wire.NewProblem(wire.CodeDeadline, "more than %s", a.timeout)
	case errors.Is(err, engine.ErrBadRequest), errors.Is(err, engine.ErrContextTooLong), errors.Is(err, engine.ErrUnsupported):
		return wire.NewProblem(wire.CodeBadRequest, "%v", err)
	case errors.Is(err, engine.ErrUnavailable), errors.Is(err, engine.ErrUpstream):
		a.log.Warn("the backend gave no answer", "error", err)
		return wire.NewProblem(wire.CodeEngine, "").After(a.queue.retryAfter())
	default:
		a.log.Error("the backend failed", "error", err)
		return wire.NewProblem(wire.CodeInternal, "")
	}
}

// refuse answers with an error in the shape that the caller expects.
func refuse(w http.ResponseWriter, r *http.Request, p *wire.Problem) {
	if _, signed := wire.FromContext(r.Context()); signed {
		wire.WriteProblem(w, p)
		return
	}
	if p.RetryAfter > 0 {
		seconds := int64((p.RetryAfter + time.Second - 1) / time.Second)
		w.Header().Set("Retry-After", strconv.FormatInt(seconds, 10))
	}
	if p.Code == wire.CodeUnauthenticated {
		w.Header().Set("WWW-Authenticate", `Bearer realm="agora"`)
	}
	writeJSON(w, p.Status, openAIError(p))
}

func openAIError(p *wire.Problem) apiError {
	var body apiError
	body.Error.Message = p.Title
	if p.Detail != "" {
		body.Error.Message += ": " + p.Detail
	}
	body.Error.Message += "; " + p.Remediation
	body.Error.Code = string(p.Code)
	switch {
	case p.Status == http.StatusTooManyRequests:
		body.Error.Type = "rate_limit_error"
	case p.Status == http.StatusUnauthorized:
		body.Error.Type = "authentication_error"
	case p.Status < http.StatusInternalServerError:
		body.Error.Type = "invalid_request_error"
	default:
		body.Error.Type = "server_error"
	}
	return body
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	content, err := encode(body)
	if err != nil { // only types of this package come here, none of which can fail
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(content, '\n')) // the caller has gone; there is nobody to tell
}

// encode is json.Marshal, but for the answers to questions.
func encode(body any) ([]byte, error) {
	if answer, ok := body.(apiAnswer); ok {
		return quickjson.Marshal(answer.write)
	}
	return json.Marshal(body)
}

func answerID(chat bool) string {
	var random [12]byte
	_, _ = rand.Read(random[:]) // never fails
	if chat {
		return "chatcmpl-" + hex.EncodeToString(random[:])
	}
	return "cmpl-" + hex.EncodeToString(random[:])
}

// statusRecorder remembers the status for metrics and log.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (s *statusRecorder) WriteHeader(status int) {
	if s.status == 0 {
		s.status = status
	}
	s.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (s *statusRecorder) Write(p []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	return s.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController flush.
func (s *statusRecorder) Unwrap() http.ResponseWriter { return s.ResponseWriter }
