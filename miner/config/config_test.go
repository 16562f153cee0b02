package config

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/internal/settings/settingstest"
)

func TestEveryFieldHasItsSettingAndEverySettingItsField(t *testing.T) {
	settingstest.CheckDeclarations(t, Program)
}

func TestTheFileThatInitWritesReadsBackAsWhatWasGiven(t *testing.T) {
	loaded := settingstest.CheckFile(t, Program,
		"--chain-id", "agora-1", "--netuid", "7", "--allow", "agora10xcqpzrky6eff2g52qdye53xkk9jxkvrymqh7g",
		"--chain-endpoints", "http://a:1,http://b:2", "--request-timeout", "90s", "--backend", "replay=native=basics-weak", "--owner", "boss",
		"--upstream-dialect", "vllm", "--native-int8", "--native-context", "2048", "--llamacpp-library", "/lib/libllama.so")
	require.Equal(t, 90*time.Second, loaded.RequestTimeout)
	require.Equal(t, []string{"http://a:1", "http://b:2"}, loaded.Chain.Endpoints)
	require.Equal(t, "boss", loaded.Keys.Owner)
	require.Equal(t, "hotkey", loaded.Keys.Hotkey)
	require.Equal(t, "vllm", loaded.UpstreamDialect)
	require.True(t, loaded.NativeInt8)
	require.Equal(t, 2048, loaded.NativeContext)
	require.Equal(t, "/lib/libllama.so", loaded.LlamaCPPLibrary)
}

func TestInitRefusesAValueOutOfBounds(t *testing.T) {
	home := t.TempDir() + "/home"
	_, err := Program.Init(home, settingstest.Flags(t, Program, "--max-concurrent", "0"))
	require.ErrorContains(t, err, "max_concurrent: 0 is not between 1 and 1024")
	require.NoDirExists(t, home)
}

func TestFlagsGoOverTheEnvironmentWhichGoesOverTheFile(t *testing.T) {
	home := settingstest.Home(t, "netuid: 2\nmax_queue: 2\nmax_tokens: 2\nlog:\n  level: warn\n")
	t.Setenv("AGORA_MAX_QUEUE", "3")
	t.Setenv("AGORA_MAX_TOKENS", "3")
	t.Setenv("AGORA_ALLOW", "agora10xcqpzrky6eff2g52qdye53xkk9jxkvrymqh7g,agora1a0qwuze2h85zw7nqpsj3ga0z9geyrgwpjyaey9")
	t.Setenv("AGORA_KEYRING_OWNER", "boss")
	t.Setenv("AGORA_UPSTREAM_DIALECT", "ollama")
	t.Setenv("AGORA_NATIVE_INT8", "true")
	c, err := Program.Load(home, settingstest.Flags(t, Program, "--max-tokens", "4"))
	require.NoError(t, err)
	require.EqualValues(t, 2, c.Netuid, "file")
	require.Equal(t, 3, c.MaxQueue, "environment over file")
	require.Equal(t, 4, c.MaxTokens, "flag over environment")
	require.Equal(t, "warn", c.Log.Level)
	require.Equal(t, "ollama", c.UpstreamDialect)
	require.True(t, c.NativeInt8)
	require.Equal(t, 4, c.MaxConcurrent, "default")
	require.Equal(t, "boss", c.Keys.Owner)
	require.Len(t, c.Allow, 2)
}

func TestABadFileIsRefusedWithTheNameOfWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct{ content, says string }{
		"a misspelt name":              {"max_tokns: 5\n", "max_tokns"},
		"a misspelt name in a section": {"chain:\n  ids: x\n", "ids"},
		"a text for a number":          {"max_tokens: many\n", "max_tokens"},
		"no backend":                   {"backend: ''\n", "backend"},
		"an unknown choice":            {"log:\n  format: xml\n", "log.format"},
		"an address that is none":      {"allow: [agora1xyz]\n", "allow"},
		"a granter that is none":       {"chain:\n  fee_granter: agora1xyz\n", "fee_granter"},
		"a short API key":              {"api_keys: [abc]\n", "api_keys"},
		"an address without a port":    {"listen: 127.0.0.1\n", "listen"},
		"an endpoint of no scheme":     {"advertise: miner.example\n", "advertise"},
		"a subnet of zero":             {"netuid: 0\n", "netuid"},
		"a time that is too short":     {"request_timeout: 1ms\n", "request_timeout: 1ms is not between 100ms and 1h0m0s"},
		"a keyring that would ask":     {"keyring:\n  backend: os\n", "keyring.backend"},

		"a dialect that is none":            {"upstream_dialect: lmstudio\n", `upstream_dialect: "lmstudio" is none of ["auto" "plain" "vllm"`},
		"a dialect in capitals":             {"upstream_dialect: vLLM\n", "upstream_dialect"},
		"no dialect":                        {"upstream_dialect: ''\n", "upstream_dialect"},
		"int8 that is neither yes nor no":   {"native_int8: maybe\n", "native_int8"},
		"a context below zero":              {"native_context: -1\n", "native_context: -1 is not between 0 and 65536"},
		"a context beyond the engine's":     {"native_context: 65537\n", "native_context: 65537 is not between 0 and 65536"},
		"llama.cpp without its library":     {"backend: llamacpp=a.gguf\n", "llamacpp_library: a llamacpp backend needs the path of libllama.so of llama.cpp b10361"},
		"llama.cpp without a thread":        {"llamacpp_threads: 0\n", "llamacpp_threads: 0 is not between 1 and 1024"},
		"fewer layers than all on the GPU":  {"llamacpp_gpu_layers: -2\n", "llamacpp_gpu_layers: -2 is not between -1 and 10000"},
		"an old name for log-probabilities": {"prompt_logprobs: true\n", "prompt_logprobs"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Program.Load(settingstest.Home(t, c.content), nil)
			require.ErrorContains(t, err, c.says)
		})
	}
}
