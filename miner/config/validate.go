package config

import (
	"math"
	"strings"
	"time"

	"github.com/agora-network/agora/engine/llamacpp"
	"github.com/agora-network/agora/engine/openai"
	"github.com/agora-network/agora/internal/settings"
)

// minAPIKey is the least length of a bearer token, so that nobody guesses one by chance.
const minAPIKey = 8

// maxNativeContext is the longest context that the native engine computes, in tokens.
const maxNativeContext = 65536

// complete sets the home, checks bounds and forms, and reports everything that is wrong at once.
func complete(c *Config, home string) error {
	c.Home = home
	var problems settings.Problems
	settings.Between(&problems, "netuid", c.Netuid, 1, math.MaxUint32)
	settings.Between(&problems, "max_concurrent", c.MaxConcurrent, 1, 1024)
	settings.Between(&problems, "max_queue", c.MaxQueue, 0, 65536)
	settings.Between(&problems, "max_queue_per_caller", c.MaxPerCaller, 1, 65536)
	settings.Between(&problems, "max_tokens", c.MaxTokens, 1, 131072)
	settings.Between(&problems, "max_body_bytes", c.MaxBody, 1024, 64<<20)
	settings.Between(&problems, "request_timeout", c.RequestTimeout, 100*time.Millisecond, time.Hour)
	settings.Between(&problems, "drain_timeout", c.DrainTimeout, 0, 10*time.Minute)
	settings.Between(&problems, "processors", c.Processors, 0, 1024)
	c.Log.Check(&problems)
	c.Chain.Check(&problems)
	c.Keys.Check(&problems)
	c.checkBackend(&problems)
	problems.HostPort("listen", c.Listen)
	if c.Admin != "" {
		problems.HostPort("admin_listen", c.Admin)
	}
	if c.Advertise != "" {
		problems.Endpoint("advertise", c.Advertise)
	}
	for _, address := range c.Allow {
		problems.Address("allow", address)
	}
	for i, key := range c.APIKeys {
		if len(key) < minAPIKey {
			problems.Add("api_keys", "key %d has %d characters, want at least %d", i+1, len(key), minAPIKey)
		}
	}
	return problems.Err()
}

// checkBackend looks at what can be judged before a model is opened or a server is asked.
func (c *Config) checkBackend(problems *settings.Problems) {
	if c.Backend == "" {
		problems.Add("backend", "none given; want for example native=basics-strong")
	}
	dialects := []string{DialectAuto}
	for _, dialect := range openai.Dialects {
		dialects = append(dialects, string(dialect))
	}
	problems.OneOf("upstream_dialect", c.UpstreamDialect, dialects...)
	settings.Between(problems, "native_context", c.NativeContext, 0, maxNativeContext)
	settings.Between(problems, "llamacpp_threads", c.LlamaCPPThreads, 1, 1024)
	settings.Between(problems, "llamacpp_gpu_layers", c.LlamaCPPGPULayers, -1, 10000)
	if strings.HasPrefix(c.Backend, llamacpp.Driver+"=") && c.LlamaCPPLibrary == "" {
		problems.Add("llamacpp_library", "a llamacpp backend needs the path of libllama.so of llama.cpp %s, which is in the npm package @node-llama-cpp/linux-x64 3.20.0", llamacpp.Release)
	}
}
