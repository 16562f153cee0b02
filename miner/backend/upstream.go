package backend

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/openai"
)

const (
	discoveryTimeout  = 10 * time.Second
	maxDiscoveryBytes = 1 << 20
)

// discovery asks servers what they serve, as the driver asks them later: not through a proxy that the environment
// names, and not where a server sends it.
var discovery = &http.Client{
	Transport:     &http.Transport{DisableKeepAlives: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// Upstream is an engine that asks another server.
type Upstream interface {
	engine.Engine
	// Ready is nil when the server has answered with a token just now.
	Ready(ctx context.Context) error
	// Server is what the server says of itself. After Ready it is known and costs nothing.
	Server(ctx context.Context) (openai.Server, error)
}

var _ Upstream = (*openai.Engine)(nil)

// Describe says in words what kind of server it is.
func Describe(server openai.Server) string {
	if server.Version == "" {
		return string(server.Dialect)
	}
	return string(server.Dialect) + " " + server.Version
}

func openOpenAI(ctx context.Context, url string, options Options) (engine.Engine, error) {
	settings := openai.Options{
		BaseURL: url, Model: options.Model, APIKey: options.APIKey, MaxConcurrent: options.MaxConcurrent + probes,
		Timeout: options.Timeout, Dialect: options.Dialect,
	}
	ctx, cancel := context.WithTimeout(ctx, discoveryTimeout)
	defer cancel()
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
			return nil, fmt.Errorf("%w; with a backend_model the miner starts without it", WithRemedy(fmt.Errorf("backend openai=%s: %w", url, err)))
		}
	}
	opened, err := openai.Open(settings)
	if err != nil {
		return nil, fmt.Errorf("backend openai: %w", err)
	}
	// What can be known before the first token is known from the start. A server that is not there yet is no reason to end:
	// the miner asks until it is.
	_, _ = opened.Server(ctx)
	return opened, nil
}

// firstModel asks a server what it serves.
func firstModel(ctx context.Context, base, apiKey string) (string, error) {
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
	response, err := discovery.Do(request)
	if err != nil {
		return "", fmt.Errorf("%w: %w", engine.ErrUnavailable, err)
	}
	defer response.Body.Close() //nolint:errcheck // read to its end, or given up
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("asking for its models: %s", response.Status)
	}
	if kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type")); kind == "text/html" {
		return "", fmt.Errorf("asking for its models: %w: content type %q", openai.ErrNotAnAPI, kind)
	}
	var listing struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxDiscoveryBytes)).Decode(&listing); err != nil {
		return "", fmt.Errorf("asking for its models: %w", openai.ErrMalformed)
	}
	if len(listing.Data) == 0 || listing.Data[0].ID == "" {
		return "", fmt.Errorf("asking for its models: %w: it lists none", openai.ErrMalformed)
	}
	return listing.Data[0].ID, nil
}
