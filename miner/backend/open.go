package backend

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/llamacpp"
	"github.com/agora-network/agora/engine/native"
	"github.com/agora-network/agora/engine/openai"
)

// DefaultReplayed is the backend whose answers `replay` repeats when it names none.
const DefaultReplayed = "native=basics-weak"

const (
	kindNative   = "native"
	kindLlamaCPP = "llamacpp"
	kindOpenAI   = "openai"
	kindGuess    = "guess"
	kindReplay   = "replay"
)

// probes is how many requests at a server may be the miner's own, besides those that it answers with: a server at its
// limit is still asked whether it is well.
const probes = 1

// Options are what backends need besides their name.
type Options struct {
	// Embedded finds the weights of a model that is part of the program; nil when there are none.
	Embedded func(name string) (weights []byte, found bool)
	// EmbeddedNames lists them for error messages.
	EmbeddedNames []string
	// Model to ask an OpenAI-compatible server for; empty: the first that it lists.
	Model string
	// APIKey for such a server.
	APIKey string
	// MaxConcurrent answers at once.
	MaxConcurrent int
	// Timeout of one answer of such a server.
	Timeout time.Duration
	// Dialect of such a server; openai.Detect asks it.
	Dialect openai.Dialect
	// Native are the choices for models computed in this process. Open sets name and concurrency.
	Native native.Options
	// LlamaCPP are the choices for llama.cpp's library. Open sets model, name and concurrency.
	LlamaCPP llamacpp.Options
}

// Open makes the engine that spec names:
//
//	native=NAME|PATH   a model computed in this process: one that is built in, a
//	                   folder, or a .gguf or .safetensors file
//	llamacpp=MODEL     a .gguf file computed by llama.cpp's library in this process
//	openai=URL         an OpenAI-compatible server
//	guess              adversary: random answers of the right form
//	replay[=SPEC]      adversary: earlier answers of another backend
func Open(ctx context.Context, spec string, options Options) (engine.Engine, error) {
	kind, argument, given := strings.Cut(spec, "=")
	switch {
	case kind == kindNative && argument != "":
		return openNative(argument, options)
	case kind == kindLlamaCPP && argument != "":
		return openLlamaCPP(argument, options)
	case kind == kindOpenAI && argument != "":
		return openOpenAI(ctx, argument, options)
	case kind == kindGuess && !given:
		return NewGuess(rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))), nil
	case kind == kindReplay && (!given || argument != ""):
		if !given {
			argument = DefaultReplayed
		}
		if strings.HasPrefix(argument, kindReplay) {
			return nil, fmt.Errorf("backend %q: replaying a replay makes no sense; name an honest backend", spec)
		}
		inner, err := Open(ctx, argument, options)
		if err != nil {
			return nil, err
		}
		return NewReplay(inner, rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))), nil
	}
	return nil, fmt.Errorf("backend %q is not known; want native=NAME, native=PATH, llamacpp=MODEL.gguf, openai=URL, guess or replay=BACKEND", spec)
}

func openNative(name string, options Options) (engine.Engine, error) {
	settings := options.Native
	settings.Name, settings.MaxConcurrent = name, options.MaxConcurrent
	if options.Embedded != nil {
		if weights, found := options.Embedded(name); found {
			return native.Open(weights, settings)
		}
	}
	if _, err := os.Stat(name); err != nil {
		return nil, fmt.Errorf("backend native=%s: neither an embedded model nor a file or folder; the embedded models are %s", name, strings.Join(options.EmbeddedNames, ", "))
	}
	settings.Name = "" // becomes that of the file or folder
	opened, err := native.OpenPath(name, settings)
	if err != nil {
		return nil, fmt.Errorf("backend native=%s: %w", name, err)
	}
	return opened, nil
}

func openLlamaCPP(path string, options Options) (engine.Engine, error) {
	settings := options.LlamaCPP
	settings.Model, settings.MaxConcurrent = path, options.MaxConcurrent
	opened, err := llamacpp.Open(settings)
	if err != nil {
		return nil, WithRemedy(fmt.Errorf("backend llamacpp=%s: %w", path, err))
	}
	return opened, nil
}
