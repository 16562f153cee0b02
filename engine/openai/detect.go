package openai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/agora-network/agora/engine"
)

// Server is what an upstream says of itself.
type Server struct {
	Dialect Dialect
	// Version is in the server's own words, at most maxShownOfText characters; ""
	// when it does not say.
	Version string
	// MaxContext in tokens; 0 when it does not say.
	MaxContext int
}

// page is a page that only one dialect has. read returns false for anything that is
// not that page.
type page struct {
	path string
	read func(data []byte) (Server, bool)
}

// pages in the order in which they are asked for. vLLM and TensorRT-LLM have the
// same /version, so those two are told apart by the list of models.
var pages = []page{
	{"/get_model_info", readModelInfo},
	{"/model_info", readModelInfo}, // SGLang's newer name
	{"/props", readProps},
	{"/api/version", readOllamaVersion},
}

// Server asks the upstream which dialect it speaks. It asks once; later calls return
// what was found. With Options.Dialect set it asks nothing.
func (e *Engine) Server(ctx context.Context) (Server, error) {
	if found := e.server.Load(); found != nil {
		return *found, nil
	}
	leave, err := e.gate.Enter()
	if err != nil {
		return Server{}, err
	}
	defer leave()
	return e.detect(ctx)
}

// detect is Server inside the gate. Two requests at once may both ask; they find
// the same.
func (e *Engine) detect(ctx context.Context) (Server, error) {
	if found := e.server.Load(); found != nil {
		return *found, nil
	}
	found, err := e.ask(ctx)
	if err != nil {
		return Server{}, err
	}
	e.server.CompareAndSwap(nil, &found)
	return *e.server.Load(), nil
}

func (e *Engine) ask(ctx context.Context) (Server, error) {
	// The list of models is the one page that every server has: when it cannot be
	// had, nothing is known, and an answer of "plain" would hide that.
	data, err := e.get(ctx, e.base.String()+"/models")
	if err != nil {
		return Server{}, fmt.Errorf("list of models: %w", err)
	}
	listed, owner, err := readModels(data, e.options.Model)
	if err != nil {
		return Server{}, err
	}
	for _, p := range pages {
		data, err := e.get(ctx, e.root()+p.path)
		if errors.Is(err, engine.ErrUnavailable) || ctx.Err() != nil {
			return Server{}, err // not an answer of "there is no such page"
		}
		if err != nil {
			continue
		}
		if found, ok := p.read(data); ok {
			if found.MaxContext == 0 {
				found.MaxContext = listed
			}
			return found, nil
		}
	}
	found := Server{Dialect: Plain, MaxContext: listed}
	switch owner {
	case "vllm":
		found.Dialect = VLLM
	case "tensorrt_llm":
		found.Dialect = TensorRT
	default:
		return found, nil
	}
	if data, err := e.get(ctx, e.root()+"/version"); err == nil {
		found.Version = readVersion(data)
	}
	return found, nil
}

// root is the address before /v1.
func (e *Engine) root() string { return strings.TrimSuffix(e.base.String(), "/v1") }

// readModels returns the context and the owner of the model, or of the first in the
// list when it is not there: some servers answer to any name.
func readModels(data []byte, model string) (context int, owner string, err error) {
	var list struct {
		Data []struct {
			ID          string `json:"id"`
			OwnedBy     string `json:"owned_by"`
			MaxModelLen int    `json:"max_model_len"`
		} `json:"data"`
	}
	if err := decode(data, &list); err != nil {
		return 0, "", err
	}
	for i, entry := range list.Data {
		if i == 0 || entry.ID == model {
			context, owner = max(0, entry.MaxModelLen), entry.OwnedBy
		}
	}
	return context, owner, nil
}

func readModelInfo(data []byte) (Server, bool) {
	var info struct {
		ModelPath    string `json:"model_path"`
		IsGeneration *bool  `json:"is_generation"`
	}
	ok := json.Unmarshal(data, &info) == nil && info.ModelPath != "" && info.IsGeneration != nil
	return Server{Dialect: SGLang}, ok
}

func readProps(data []byte) (Server, bool) {
	var props struct {
		BuildInfo string `json:"build_info"`
		Settings  *struct {
			Context int `json:"n_ctx"`
		} `json:"default_generation_settings"`
	}
	if json.Unmarshal(data, &props) != nil || props.Settings == nil {
		return Server{}, false
	}
	server := Server{Dialect: LlamaCPP, MaxContext: max(0, props.Settings.Context)}
	if props.BuildInfo != "" {
		server.Version = oneLine(props.BuildInfo)
	}
	return server, true
}

func readOllamaVersion(data []byte) (Server, bool) {
	version := readVersion(data)
	return Server{Dialect: Ollama, Version: version}, version != ""
}

func readVersion(data []byte) string {
	var said struct {
		Version string `json:"version"`
	}
	if json.Unmarshal(data, &said) != nil || said.Version == "" {
		return ""
	}
	return oneLine(said.Version)
}
