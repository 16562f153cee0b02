package config

import (
	"time"

	"github.com/agora-network/agora/internal/settings"
)

// Program is how a validator is configured.
var Program = settings.Program[Config]{Name: "validator", Settings: declared, Complete: complete}

// Config is the whole configuration of a validator. Every field's meaning, default and bounds stand in [Program] under
// the name in its tag.
type Config struct {
	// Home is the folder of the daemon. It is a flag and an environment variable only, since it says where the file is.
	Home string `mapstructure:"-"`

	Netuids []uint32         `mapstructure:"netuids"`
	Chain   settings.Chain   `mapstructure:"chain"`
	Keys    settings.Keyring `mapstructure:"keyring"`
	Asks    Asks             `mapstructure:"asks"`

	Benchmarks Benchmarks `mapstructure:"benchmarks"`

	EvidenceKeepEpochs uint64        `mapstructure:"evidence_keep_epochs"`
	MaxClockSkew       time.Duration `mapstructure:"max_clock_skew"`
	EvidenceListen     string        `mapstructure:"evidence_listen"`
	Admin              string        `mapstructure:"admin_listen"`

	Log settings.Log `mapstructure:"log"`
}

// Asks bounds how miners are asked.
type Asks struct {
	MaxConcurrent  int   `mapstructure:"max_concurrent"`
	MaxPerMiner    int   `mapstructure:"max_per_miner"`
	MaxAnswerBytes int64 `mapstructure:"max_answer_bytes"`
	PublicOnly     bool  `mapstructure:"public_only"`
}

// Benchmarks bounds what benchmarks may fetch and load.
type Benchmarks struct {
	CacheBytes    int64 `mapstructure:"cache_bytes"`
	MaxModelBytes int64 `mapstructure:"max_model_bytes"`
	AllowPrivate  bool  `mapstructure:"allow_private"`
}

// declared is every setting, in the order of the file.
var declared = []settings.Setting{
	{Key: "netuids", Default: []string{}, Help: "Subnets to score. Empty: every subnet on which the hotkey holds a permit."},

	{Key: "chain.id", Default: "", Help: "Chain id. `curl <endpoint>/status` shows it as network."},
	{Key: "chain.endpoints", Default: []string{"http://127.0.0.1:26657"}, Help: "CometBFT RPC addresses of nodes, the preferred one first. When one fails, the next is used."},
	{Key: "chain.gas_price", Default: "0.001uagora", Help: "What a unit of gas is paid with, at least the nodes' minimum-gas-prices."},
	{Key: "chain.fee_granter", Default: "", Help: "Address that pays the fees of the hotkey by a fee grant, usually the validator's operator. Empty: the hotkey pays, or, while it holds nothing, who granted it an allowance."},

	{Key: "keyring.backend", Default: "test", Help: "Where the hotkey is kept: test (unencrypted, for test networks) or file (encrypted; needs a passphrase)."},
	{Key: "keyring.dir", Default: "", Help: "Folder that holds the keyring. Empty: the home."},
	{Key: "keyring.passphrase_file", Default: "", Help: "File whose first line is the passphrase of the file keyring. Or set AGORA_KEYRING_PASSPHRASE."},
	{Key: "keyring.passphrase", Default: "", Secret: true, Help: "Passphrase of the file keyring. Better kept out of this file: use passphrase_file or the environment."},
	{Key: "keyring.hotkey", Default: "hotkey", FlagName: "hotkey", Help: "Name (or address) of the key that asks miners, commits and reveals. It can do nothing else; the operator appoints it."},

	{Key: "asks.max_concurrent", Default: 64, Help: "Questions under way at once, over all miners, 1 to 4096."},
	{Key: "asks.max_per_miner", Default: 4, Help: "Questions under way at once at one miner, 1 to 64, so that a miner that hangs delays nobody else."},
	{Key: "asks.max_answer_bytes", Default: int64(256 << 10), Help: "Largest answer in bytes, 1024 to 16777216. A larger one is not read to its end and scores nothing."},
	{Key: "asks.public_only", Default: true, Help: "Refuse to ask miners at loopback and private addresses: endpoints are published by strangers, who could point them into your network. Set it to false only on a network of your own."},

	{Key: "benchmarks.cache_bytes", Default: int64(4 << 30), Help: "Most bytes of the disk for what benchmarks name by digest (modules, data sets, models), 67108864 to 1099511627776. What was used longest ago goes first."},
	{Key: "benchmarks.max_model_bytes", Default: int64(1 << 30), Help: "Largest weights of a model that a benchmark's scorers may ask, in bytes, 1048576 to 68719476736. A benchmark with a larger one is not scored."},
	{Key: "benchmarks.allow_private", Default: false, Help: "Fetch from mirrors at loopback and private addresses, by http there. Benchmarks are written by strangers: set it to true only on a network of your own."},

	{Key: "evidence_keep_epochs", Default: uint64(128), Help: "For how many epochs rows and the scored items they rest on are kept, 2 to 1000000; longer where a benchmark declares more."},
	{Key: "evidence_listen", Default: "", Help: "Address at which everybody may read the evidence of rows that the chain shows as opened, never before, and what benchmarks name by digest: /evidence, /blobs, /items. It is safe on a public address, such as 0.0.0.0:8095; put a proxy with TLS in front. Empty: off. Port 0 picks a free one."},
	{Key: "max_clock_skew", Default: 20 * time.Second, Help: "How far this machine's clock may be from the chain's, 5s to 1h. Beyond, miners would refuse the questions, so none are asked and the epoch is not scored."},
	{Key: "admin_listen", Default: "127.0.0.1:8093", Help: "Address of the operator's listener: /metrics, /healthz, /readyz, /status. Keep it on loopback: it asks for no key, and shows weights before they are revealed. Port 0 picks a free one."},

	{Key: "log.level", Default: "info", Help: "debug, info, warn or error."},
	{Key: "log.format", Default: "text", Help: "text or json."},
}
