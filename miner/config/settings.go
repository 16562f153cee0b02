package config

import (
	"time"

	"github.com/agora-network/agora/engine/llamacpp"
	"github.com/agora-network/agora/internal/settings"
)

// DialectAuto is the upstream_dialect that asks the server what it is.
const DialectAuto = "auto"

// Program is how a miner is configured.
var Program = settings.Program[Config]{Name: "miner", Settings: declared, Complete: complete}

// Config is the whole configuration of a miner. Every field's meaning, default and bounds stand in [Program] under the
// name in its tag.
type Config struct {
	// Home is the folder of the daemon. It is a flag and an environment variable only, since it says where the file is.
	Home string `mapstructure:"-"`

	Netuid uint32         `mapstructure:"netuid"`
	Chain  settings.Chain `mapstructure:"chain"`
	Keys   Keys           `mapstructure:"keyring"`

	Backend       string `mapstructure:"backend"`
	BackendModel  string `mapstructure:"backend_model"`
	BackendAPIKey string `mapstructure:"backend_api_key"`

	UpstreamDialect   string `mapstructure:"upstream_dialect"`
	NativeInt8        bool   `mapstructure:"native_int8"`
	NativeContext     int    `mapstructure:"native_context"`
	LlamaCPPLibrary   string `mapstructure:"llamacpp_library"`
	LlamaCPPThreads   int    `mapstructure:"llamacpp_threads"`
	LlamaCPPGPULayers int    `mapstructure:"llamacpp_gpu_layers"`

	Listen    string   `mapstructure:"listen"`
	Advertise string   `mapstructure:"advertise"`
	Admin     string   `mapstructure:"admin_listen"`
	Allow     []string `mapstructure:"allow"`
	APIKeys   []string `mapstructure:"api_keys"`

	MaxConcurrent  int           `mapstructure:"max_concurrent"`
	MaxQueue       int           `mapstructure:"max_queue"`
	MaxPerCaller   int           `mapstructure:"max_queue_per_caller"`
	MaxTokens      int           `mapstructure:"max_tokens"`
	MaxBody        int64         `mapstructure:"max_body_bytes"`
	RequestTimeout time.Duration `mapstructure:"request_timeout"`
	DrainTimeout   time.Duration `mapstructure:"drain_timeout"`
	Processors     int           `mapstructure:"processors"`

	Log settings.Log `mapstructure:"log"`
}

// Keys says where the keys are.
type Keys struct {
	settings.Keyring `mapstructure:",squash"`
	Owner            string `mapstructure:"owner"`
}

// declared is every setting, in the order of the file.
var declared = []settings.Setting{
	{Key: "netuid", Default: uint32(1), Help: "Subnet that this miner competes on."},

	{Key: "chain.id", Default: "", Help: "Chain id. `curl <endpoint>/status` shows it as network."},
	{Key: "chain.endpoints", Default: []string{"http://127.0.0.1:26657"}, Help: "CometBFT RPC addresses of nodes, the preferred one first. When one fails, the next is used."},
	{Key: "chain.gas_price", Default: "0.001uagora", Help: "What a unit of gas is paid with, at least the nodes' minimum-gas-prices."},
	{Key: "chain.fee_granter", Default: "", Help: "Address that pays the fees of the hotkey by a fee grant. Empty: the owner on the chain, when it granted an allowance (`miner register` does)."},

	{Key: "keyring.backend", Default: "test", Help: "Where keys are kept: test (unencrypted, for test networks) or file (encrypted; needs a passphrase)."},
	{Key: "keyring.dir", Default: "", Help: "Folder that holds the keyring. Empty: the home."},
	{Key: "keyring.passphrase_file", Default: "", Help: "File whose first line is the passphrase of the file keyring. Or set AGORA_KEYRING_PASSPHRASE."},
	{Key: "keyring.passphrase", Default: "", Secret: true, Help: "Passphrase of the file keyring. Better kept out of this file: use passphrase_file or the environment."},
	{Key: "keyring.hotkey", Default: "hotkey", FlagName: "hotkey", Help: "Name (or address) of the key that serves and signs answers."},
	{Key: "keyring.owner", Default: "owner", FlagName: "owner", Help: "Name (or address) of the key that registers, pays and is paid. `serve` never needs it: keep it on another machine."},

	{Key: "backend", Default: "native=basics-strong", Help: "What answers. native=NAME: an embedded model (basics-strong, basics-fair, basics-weak). native=PATH: a model folder, or a .gguf or .safetensors file. llamacpp=MODEL.gguf: a file computed by llama.cpp's library. openai=URL: any OpenAI-compatible server. Adversaries for test networks: guess (random answers, no model) and replay[=BACKEND] (repeats earlier answers)."},
	{Key: "backend_model", Default: "", Help: "Model to ask for at an openai backend. Empty: the first that it lists."},
	{Key: "backend_api_key", Default: "", Secret: true, Help: "API key of an openai backend."},
	{Key: "upstream_dialect", Default: DialectAuto, Help: "Kind of server behind an openai backend: auto (ask it), plain (any other), vllm, sglang, llamacpp, ollama or tensorrt."},
	{Key: "native_int8", Default: false, Help: "Round the weights of a native backend to int8: a quarter of the memory, and other bits than the model's own, so that exact re-runs differ."},
	{Key: "native_context", Default: 0, Help: "Longest prompt and answer together of a native backend, in tokens, up to 65536. 0: what the model was made for; it is never lengthened."},
	{Key: "llamacpp_library", Default: "", Help: "Path of libllama.so of llama.cpp " + llamacpp.Release + ", its other libraries beside it. A llamacpp backend needs it; another release is refused."},
	{Key: "llamacpp_threads", Default: 1, Help: "Threads that compute in a llamacpp backend, 1 to 1024. They spin while they wait: not more than there are free cores."},
	{Key: "llamacpp_gpu_layers", Default: 0, Help: "Layers that a GPU takes from a llamacpp backend, up to 10000; -1: all, 0: none. The library must have been built for the GPU."},

	{Key: "listen", Default: "127.0.0.1:8091", Help: "Address of the public listener, host:port. Use 0.0.0.0:8091 to be reached by others; port 0 picks a free one."},
	{Key: "advertise", Default: "", Help: "Base URL published on the chain, where validators ask, such as https://miner.example:8091; a path may have 64 bytes. Empty: http:// and the address that is listened on; needed when that is 0.0.0.0."},
	{Key: "admin_listen", Default: "127.0.0.1:8092", Help: "Address of the operator's listener: /metrics, /healthz, /readyz. Keep it on loopback: it asks for no key. Empty: none."},
	{Key: "allow", Default: []string{}, Help: "Addresses that may ask besides the validators that hold a permit. They sign their requests and wait behind validators."},
	{Key: "api_keys", Default: []string{}, FlagName: "api-key", Help: "Bearer tokens of callers that cannot sign, such as curl and OpenAI clients; at least 8 characters each. They wait behind validators. Empty: such callers are refused."},

	{Key: "max_concurrent", Default: 4, Help: "Questions being answered at once, 1 to 1024. With a native backend each takes one core."},
	{Key: "max_queue", Default: 256, Help: "Questions waiting, 0 to 65536. More are refused with 503 and Retry-After."},
	{Key: "max_queue_per_caller", Default: 128, Help: "Questions of one caller waiting, 1 to 65536. More are refused with 429 and Retry-After."},
	{Key: "max_tokens", Default: 1024, Help: "Longest answer in tokens, 1 to 131072. Requests for more are cut to it."},
	{Key: "max_body_bytes", Default: int64(1 << 20), Help: "Largest request body in bytes, 1024 to 67108864."},
	{Key: "request_timeout", Default: 60 * time.Second, Help: "Longest time for one question, waiting included, 100ms to 1h."},
	{Key: "drain_timeout", Default: 20 * time.Second, Help: "Time that running answers get to finish after SIGTERM, 0s to 10m."},
	{Key: "processors", Default: 0, Help: "Processors that the miner's own code uses at once, up to 1024. 0: a quarter of them, at least one, with an openai backend, whose server can use the rest; all with any other."},

	{Key: "log.level", Default: "info", Help: "debug, info, warn or error."},
	{Key: "log.format", Default: "text", Help: "text or json."},
}
