package config

import (
	"slices"
	"time"

	"github.com/agora-network/agora/internal/settings"
)

// complete sets the home, checks bounds and forms, and reports everything that is wrong at once.
func complete(c *Config, home string) error {
	c.Home = home
	var problems settings.Problems
	settings.Between(&problems, "asks.max_concurrent", c.Asks.MaxConcurrent, 1, 4096)
	settings.Between(&problems, "asks.max_per_miner", c.Asks.MaxPerMiner, 1, 64)
	settings.Between(&problems, "asks.max_answer_bytes", c.Asks.MaxAnswerBytes, 1024, 16<<20)
	settings.Between(&problems, "benchmarks.cache_bytes", c.Benchmarks.CacheBytes, 64<<20, 1<<40)
	settings.Between(&problems, "benchmarks.max_model_bytes", c.Benchmarks.MaxModelBytes, 1<<20, 64<<30)
	settings.Between(&problems, "evidence_keep_epochs", c.EvidenceKeepEpochs, 2, 1_000_000)
	settings.Between(&problems, "max_clock_skew", c.MaxClockSkew, 5*time.Second, time.Hour)
	c.Log.Check(&problems)
	for i, netuid := range c.Netuids {
		if netuid == 0 || slices.Contains(c.Netuids[:i], netuid) {
			problems.Add("netuids", "%d is not a subnet or stands there twice", netuid)
		}
	}
	c.Chain.Check(&problems)
	c.Keys.Check(&problems)
	problems.HostPort("admin_listen", c.Admin)
	if c.EvidenceListen != "" {
		problems.HostPort("evidence_listen", c.EvidenceListen)
	}
	return problems.Err()
}
