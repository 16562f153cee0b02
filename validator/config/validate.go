package config

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/agora-network/agora/wire"
)

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
		{"asks.max_concurrent", int64(c.Asks.MaxConcurrent), 1, 4096},
		{"asks.max_per_miner", int64(c.Asks.MaxPerMiner), 1, 64},
		{"asks.max_answer_bytes", c.Asks.MaxAnswerBytes, 1024, 16 << 20},
		{"evidence_keep_epochs", int64(min(c.EvidenceKeepEpochs, 1<<40)), 2, 1_000_000}, //nolint:gosec // bounded just here
	} {
		if bound.value < bound.min || bound.value > bound.max {
			complain(bound.key, "%d is not between %d and %d", bound.value, bound.min, bound.max)
		}
	}
	if c.MaxClockSkew < 5*time.Second || c.MaxClockSkew > time.Hour {
		complain("max_clock_skew", "%s is not between 5s and 1h", c.MaxClockSkew)
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
	for i, netuid := range c.Netuids {
		if netuid == 0 || slices.Contains(c.Netuids[:i], netuid) {
			complain("netuids", "%d is not a subnet or stands there twice", netuid)
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
	if c.Keys.Hotkey == "" {
		complain("keyring.hotkey", "none given")
	}
	if _, _, err := net.SplitHostPort(c.Admin); err != nil {
		complain("admin_listen", "%q is not host:port", c.Admin)
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
