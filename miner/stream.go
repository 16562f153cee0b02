package miner

import (
	"context"
	"net/http"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/wire"
)

// stream answers with server-sent events. Nothing is sent before the engine gave its first piece, so a question that
// fails at once gets a proper error; one that fails later gets an error event and no closing [DONE].
//
// Text is pushed out at once. What follows the last text, reason, usage, [DONE] and receipt, leaves together when the
// handler returns, as there is nothing to wait for between them.
func (a *api) stream(ctx context.Context, w http.ResponseWriter, r *http.Request, request *apiRequest, question engine.Request, answer apiAnswer, chat bool) {
	if chat {
		answer.Object = "chat.completion.chunk"
	}
	events := &eventWriter{w: w, flush: http.NewResponseController(w).Flush}
	sent := 0
	err := a.engine.Generate(ctx, question, func(chunk engine.Chunk) error {
		sent += len(chunk.Text)
		if sent > maxAnswerBytes {
			return engine.ErrUpstream
		}
		if chunk.Text != "" || !events.begun {
			if err := events.add(withChoice(answer, textChoice(chunk.Text, chat, !events.begun))); err != nil {
				return err
			}
		}
		if !chunk.Done {
			return events.flush()
		}
		a.metrics.tokens(chunk.Usage)
		last := textChoice("", chat, false)
		if chat {
			last.Delta = &apiTurn{}
		}
		last.FinishReason = &chunk.FinishReason
		if err := events.add(withChoice(answer, last)); err != nil {
			return err
		}
		if request.StreamOptions.IncludeUsage {
			total := answer
			total.Choices, total.Usage = []apiChoice{}, usageOf(chunk.Usage)
			return events.add(total)
		}
		return nil
	})
	switch {
	case err == nil:
		events.done()
	case !events.begun:
		refuse(w, r, a.problemOf(err))
	case r.Context().Err() != nil:
		// The caller has gone.
	default:
		problem := a.problemOf(err)
		if _, signed := wire.FromContext(r.Context()); signed {
			_ = events.add(map[string]*wire.Problem{"error": problem}) // the caller has gone; there is nobody to tell
			return
		}
		_ = events.add(openAIError(problem))
	}
}

func withChoice(answer apiAnswer, choice apiChoice) apiAnswer {
	answer.Choices = []apiChoice{choice}
	return answer
}

func textChoice(text string, chat, first bool) apiChoice {
	if !chat {
		return apiChoice{Text: &text}
	}
	turn := &apiTurn{Content: &text}
	if first {
		turn.Role = engine.RoleAssistant
	}
	return apiChoice{Delta: turn}
}

// eventWriter writes server-sent events.
type eventWriter struct {
	w http.ResponseWriter
	// flush pushes out what was added.
	flush  func() error
	begun  bool
	buffer []byte
}

func (e *eventWriter) add(event any) error {
	content, err := encode(event)
	if err != nil {
		return err
	}
	if !e.begun {
		e.begun = true
		e.w.Header().Set("Content-Type", wire.EventStreamContentType)
		e.w.Header().Set("Cache-Control", "no-store")
		e.w.WriteHeader(http.StatusOK)
	}
	return e.write(content)
}

func (e *eventWriter) done() { _ = e.write([]byte("[DONE]")) } // the caller has gone; there is nobody to tell

func (e *eventWriter) write(data []byte) error {
	e.buffer = append(append(append(e.buffer[:0], "data: "...), data...), "\n\n"...)
	_, err := e.w.Write(e.buffer)
	return err
}
