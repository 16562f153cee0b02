package config

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/agora-network/agora/wire"
)

// minAPIKey is the least length of a bearer token, so that nobody guesses one by chance.
const minAPIKey = 8

// validate checks bounds and forms and reports everything that is wrong at once.
func (c *Config) validate() error {
	var problems []error
	complain := func(key, format string, args ...any) {
		problems = append(problems, fmt.Errorf("%s: %s", key, fmt.Sprintf(format, args...)))
	}
	for _, bound := range []struct {
		key             string
		value, min, max int64
	}{
		{"netuid", int64(c.Netuid), 1, 1<<32 - 1},
		{"max_concurrent", int64(c.MaxConcurrent), 1, 1024},
		{"max_queue", int64(c.MaxQueue), 0, 65536},
		{"max_queue_per_caller", int64(c.MaxPerCaller), 1, 65536},
		{"max_tokens", int64(c.MaxTokens), 1, 131072},
		{"max_body_bytes", c.MaxBody, 1024, 64 << 20},
	} {
		if bound.value < bound.min || bound.value > bound.max {
			complain(bound.key, "%d is not between %d and %d", bound.value, bound.min, bound.max)
		}
	}
	for _, bound := range []struct {
		key             string
		value, min, max time.Duration
	}{
		{"request_timeout", c.RequestTimeout, 100 * time.Millisecond, time.Hour},
		{"drain_timeout", c.DrainTimeout, 0, 10 * time.Minute},
	} {
		if bound.value < bound.min || bound.value > bound.max {
			complain(bound.key, "%s is not between %s and %s", bound.value, bound.min, bound.max)
		}
	}
	for _, choice := range []struct {
		key, value string
		of         []string
	}{
		{"keyring.backend", c.Keys.Backend, []string{"test", "file"}},
		{"log.level", c.Log.Level, []string{"debug", "info", "warn", "error"}},
		{"log.format", c.Log.Format, []string{"text", "json"}},
	} {
		if !slices.Contains(choice.of, choice.value) {
			complain(choice.key, "%q is none of %q", choice.value, choice.of)
		}
	}
	if len(c.Chain.Endpoints) == 0 {
		complain("chain.endpoints", "none given; want the RPC address of a node, such as http://127.0.0.1:26657")
	}
	if c.Chain.FeeGranter != "" {
		if err := wire.ValidateAddress(c.Chain.FeeGranter); err != nil {
			complain("chain.fee_granter", "%v", err)
		}
	}
	if c.Backend == "" {
		complain("backend", "none given; want for example native=basics-strong")
	}
	if c.Keys.Hotkey == "" {
		complain("keyring.hotkey", "none given")
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		complain("listen", "%q is not host:port", c.Listen)
	}
	if c.Admin != "" {
		if _, _, err := net.SplitHostPort(c.Admin); err != nil {
			complain("admin_listen", "%q is not host:port", c.Admin)
		}
	}
	if c.Advertise != "" {
		if err := wire.ValidateEndpoint(c.Advertise); err != nil {
			complain("advertise", "%v", err)
		}
	}
	for _, address := range c.Allow {
		if err := wire.ValidateAddress(address); err != nil {
			complain("allow", "%v", err)
		}
	}
	for i, key := range c.APIKeys {
		if len(key) < minAPIKey {
			complain("api_keys", "key %d has %d characters, want at least %d", i+1, len(key), minAPIKey)
		}
	}
	return errors.Join(problems...)
}

// RequireChain reports what is missing to talk to the chain.
func (c *Config) RequireChain() error {
	if c.Chain.ID == "" {
		return errors.New("chain.id is not set; give --chain-id or set it in the file (curl <endpoint>/status shows it as network)")
	}
	return nil
}
