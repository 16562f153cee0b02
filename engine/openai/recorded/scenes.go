// Package recorded plays a fixed set of scenes through the openai driver, records
// what a real server answers, and answers the same again without it.
package recorded

import (
	"context"
	"errors"
	"strings"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/openai"
)

// Result is what the driver makes of a scene.
type Result struct {
	// Error is the most precise known name of the error; "" for none.
	Error string `json:"error,omitempty"`

	Server     *openai.Server     `json:"server,omitempty"`
	Completion *engine.Completion `json:"completion,omitempty"`
	Logprobs   *engine.Logprobs   `json:"logprobs,omitempty"`
	Vectors    [][]float32        `json:"vectors,omitempty"`
}

// Scene is one thing asked of a server.
type Scene struct {
	Name string
	// As, when not "", asks in that dialect, whatever the server's is.
	As  openai.Dialect
	run func(ctx context.Context, e *openai.Engine, tokens []int32) (Result, error)
}

// maxBytes bounds the completions of scenes.
const maxBytes = 1 << 20

// Scenes in the order in which they are recorded.
var Scenes = []Scene{
	{Name: "detect", As: openai.Detect, run: func(ctx context.Context, e *openai.Engine, _ []int32) (Result, error) {
		server, err := e.Server(ctx)
		return Result{Server: &server}, err
	}},
	{Name: "chat", run: complete(engine.Request{Messages: []engine.Message{{Role: engine.RoleUser, Content: "hello"}}, MaxTokens: 8})},
	{Name: "chat-whole", run: complete(engine.Request{Messages: []engine.Message{{Role: engine.RoleUser, Content: "hello"}}, MaxTokens: 8, Whole: true})},
	{Name: "prompt-whole", run: complete(engine.Request{Prompt: "hello", MaxTokens: 8, Whole: true})},
	{Name: "prompt", run: complete(engine.Request{Prompt: "hello", MaxTokens: 8})},
	{Name: "seeded", run: complete(engine.Request{Prompt: "hello", MaxTokens: 8, Temperature: 0.7, Seed: 7})},
	{Name: "one-token", run: complete(engine.Request{Prompt: "hello", MaxTokens: 1})},
	{Name: "too-long", run: complete(engine.Request{Prompt: strings.Repeat("word ", 1000), MaxTokens: 4})},
	{Name: "score-text", run: score(engine.LogprobRequest{Text: "hi all"})},
	{Name: "score-tokens", run: scoreTokens},
	{Name: "score-unknown-token", run: score(engine.LogprobRequest{Tokens: []int32{5, 1 << 30}})},
	{Name: "score-as-vllm", As: openai.VLLM, run: score(engine.LogprobRequest{Text: "hi all"})},
	{Name: "score-as-sglang", As: openai.SGLang, run: score(engine.LogprobRequest{Text: "hi all"})},
	{Name: "score-as-tensorrt", As: openai.TensorRT, run: scoreTokens},
	{Name: "embed", run: func(ctx context.Context, e *openai.Engine, _ []int32) (Result, error) {
		vectors, err := e.Embed(ctx, []string{"hello", "world"})
		return Result{Vectors: vectors}, err
	}},
}

func complete(request engine.Request) func(context.Context, *openai.Engine, []int32) (Result, error) {
	return func(ctx context.Context, e *openai.Engine, _ []int32) (Result, error) {
		done, err := engine.Complete(ctx, e, request, maxBytes)
		return Result{Completion: &done}, err
	}
}

func score(request engine.LogprobRequest) func(context.Context, *openai.Engine, []int32) (Result, error) {
	return func(ctx context.Context, e *openai.Engine, _ []int32) (Result, error) {
		scored, err := e.Logprobs(ctx, request)
		return Result{Logprobs: &scored}, err
	}
}

func scoreTokens(ctx context.Context, e *openai.Engine, tokens []int32) (Result, error) {
	scored, err := e.Logprobs(ctx, engine.LogprobRequest{Tokens: tokens})
	return Result{Logprobs: &scored}, err
}

// Play runs a scene against a server at url. tokens are some of the model's. Errors
// become part of the result.
func (s Scene) Play(ctx context.Context, url, model string, dialect openai.Dialect, tokens []int32) (Result, error) {
	if s.As != "" || s.Name == "detect" {
		dialect = s.As
	}
	e, err := openai.Open(openai.Options{BaseURL: url, Model: model, Dialect: dialect, Embeddings: true})
	if err != nil {
		return Result{}, err
	}
	result, failure := s.run(ctx, e, tokens)
	if failure != nil {
		result = Result{Error: nameOf(failure)}
	}
	return result, e.Close()
}

// names from the most precise to the least.
var names = []struct {
	name string
	err  error
}{
	{"ErrLogprobsIgnored", openai.ErrLogprobsIgnored},
	{"ErrNotAnAPI", openai.ErrNotAnAPI},
	{"ErrMalformed", openai.ErrMalformed},
	{"ErrTooLarge", openai.ErrTooLarge},
	{"ErrTooManyTokens", openai.ErrTooManyTokens},
	{"ErrUnfinished", openai.ErrUnfinished},
	{"ErrReported", openai.ErrReported},
	{"ErrModelChanged", openai.ErrModelChanged},
	{"ErrStalled", openai.ErrStalled},
	{"ErrTimeout", openai.ErrTimeout},
	{"ErrContextTooLong", engine.ErrContextTooLong},
	{"ErrBadRequest", engine.ErrBadRequest},
	{"ErrUnsupported", engine.ErrUnsupported},
	{"ErrBusy", engine.ErrBusy},
	{"ErrUnavailable", engine.ErrUnavailable},
	{"ErrUpstream", engine.ErrUpstream},
}

func nameOf(err error) string {
	for _, known := range names {
		if errors.Is(err, known.err) {
			return known.name
		}
	}
	return err.Error()
}
