package openai

import (
	"context"
	"errors"
	"fmt"

	"github.com/agora-network/agora/engine"
)

// learnContext finds out how long the context is where the dialect alone did not say: because the dialect was set and
// nothing was asked, or because Ollama tells only once the model is loaded. It is called after the server gave a token.
func (e *Engine) learnContext(ctx context.Context, server Server) error {
	if server.Dialect != Ollama && (server.MaxContext > 0 || e.contextAsked.Load()) {
		return nil
	}
	leave, err := e.gate.Enter()
	if err != nil {
		return err
	}
	defer leave()
	if server.Dialect == Ollama {
		return e.learnOllamaContext(ctx, server)
	}
	path, read := e.base.String()+"/models", func(data []byte) int {
		context, _, err := readModels(data, e.options.Model)
		if err != nil {
			return 0
		}
		return context
	}
	if server.Dialect == LlamaCPP {
		path, read = e.root()+"/props", func(data []byte) int {
			found, _ := readProps(data)
			return found.MaxContext
		}
	}
	data, err := e.get(ctx, path)
	if errors.Is(err, engine.ErrUnavailable) || ctx.Err() != nil {
		return nil // it answers questions; the next call of Ready asks again
	}
	// A server without the page, or one that does not say, will not say next time either.
	e.contextAsked.Store(true)
	if err != nil {
		return nil //nolint:nilerr // the context stays unknown, as with any server that does not say
	}
	if server.MaxContext = read(data); server.MaxContext > 0 {
		e.server.Store(&server)
	}
	return nil
}

// learnOllamaContext asks how long the context of the loaded model is. Ollama cuts
// longer prompts without a word; only with this number is that noticed.
func (e *Engine) learnOllamaContext(ctx context.Context, server Server) error {
	data, err := e.get(ctx, e.root()+"/api/ps")
	if err != nil {
		return fmt.Errorf("list of loaded models: %w", err)
	}
	loaded, err := readLoaded(data, e.options.Model)
	if err != nil {
		return err
	}
	if loaded > 0 { // else it was unloaded meanwhile: what was known is the best guess
		server.MaxContext = loaded
	}
	e.server.Store(&server)
	return nil
}

// readLoaded returns 0 when the model is not listed, or its context is not.
func readLoaded(data []byte, model string) (context int, err error) {
	var list struct {
		Models []struct {
			Name    string `json:"name"`
			Context int    `json:"context_length"`
		} `json:"models"`
	}
	if err := decode(data, &list); err != nil {
		return 0, err
	}
	for _, loaded := range list.Models {
		if loaded.Name == model || loaded.Name == model+":latest" {
			return max(0, loaded.Context), nil
		}
	}
	return 0, nil
}
