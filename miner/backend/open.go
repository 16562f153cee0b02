package backend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/native"
	"github.com/agora-network/agora/engine/openai"
)

// DefaultReplayed is the backend whose answers `replay` repeats when it names none.
const DefaultReplayed = "native=basics-weak"

const (
	kindNative = "native"
	kindOpenAI = "openai"
	kindGuess  = "guess"
	kindReplay = "replay"

	discoveryTimeout  = 10 * time.Second
	maxDiscoveryBytes = 1 << 20
)

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
}

// Open makes the engine that spec names:
//
//	native=NAME|PATH   a model computed in this process: one that is built in, a
//	                   folder, or a .gguf or .safetensors file
//	openai=URL         an OpenAI-compatible server
//	guess              adversary: random answers of the right form
//	replay[=SPEC]      adversary: earlier answers of another backend
func Open(ctx context.Context, spec string, options Options) (engine.Engine, error) {
	kind, argument, given := strings.Cut(spec, "=")
	switch {
	case kind == kindNative && argument != "":
		return openNative(argument, options)
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
	return nil, fmt.Errorf("backend %q is not known; want native=NAME, native=PATH, openai=URL, guess or replay=BACKEND", spec)
}

func openNative(name string, options Options) (engine.Engine, error) {
	settings := native.Options{Name: name, MaxConcurrent: options.MaxConcurrent}
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

func openOpenAI(ctx context.Context, url string, options Options) (engine.Engine, error) {
	settings := openai.Options{
		BaseURL: url, Model: options.Model, APIKey: options.APIKey, MaxConcurrent: options.MaxConcurrent, Timeout: options.Timeout,
	}
	if settings.Model == "" {
		// The driver judges the address before it is contacted.
		settings.Model = "to be found"
		probe, err := openai.Open(settings)
		if err != nil {
			return nil, fmt.Errorf("backend openai: %w", err)
		}
		if err := probe.Close(); err != nil {
			return nil, fmt.Errorf("backend openai: %w", err)
		}
		if settings.Model, err = firstModel(ctx, url, options.APIKey); err != nil {
			return nil, fmt.Errorf("backend openai=%s: %w; start the server first, or name the model in backend_model", url, err)
		}
	}
	opened, err := openai.Open(settings)
	if err != nil {
		return nil, fmt.Errorf("backend openai: %w", err)
	}
	return opened, nil
}

// firstModel asks a server what it serves.
func firstModel(ctx context.Context, base, apiKey string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, discoveryTimeout)
	defer cancel()
	target := strings.TrimRight(base, "/")
	if strings.Count(target, "/") == 2 { // scheme://host alone
		target += "/v1"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target+"/models", nil)
	if err != nil {
		return "", err
	}
	if apiKey != "" {
		request.Header.Set("Authorization", "Bearer "+apiKey)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close() //nolint:errcheck // read to its end, or given up
	var listing struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	decoder := json.NewDecoder(io.LimitReader(response.Body, maxDiscoveryBytes))
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("asking for its models: %s", response.Status)
	}
	if err := decoder.Decode(&listing); err != nil || len(listing.Data) == 0 || listing.Data[0].ID == "" {
		return "", errors.New("asking for its models: the answer lists none")
	}
	return listing.Data[0].ID, nil
}
