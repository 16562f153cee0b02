package native_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/enginetest"
	"github.com/agora-network/agora/engine/native"
	"github.com/agora-network/agora/engine/native/canon"
	"github.com/agora-network/agora/engine/native/modelfile"
	"github.com/agora-network/agora/engine/native/safetensors"
)

func TestTheNativeDriverConforms(t *testing.T) {
	enginetest.Run(t, func(t *testing.T) engine.Engine {
		t.Helper()
		return openTestModel(t)
	})
}

// The bits of the losses of a fixed text and of a greedy answer: the same for
// every path of the kernels and every GOARCH.
func TestLossesAndAGreedyAnswerHaveTheGoldenBits(t *testing.T) {
	for _, path := range canon.Paths() {
		e, err := native.Open(testModel(t, testConfig(), nil), native.Options{Path: path})
		require.NoError(t, err)
		scored, err := e.Logprobs(t.Context(), engine.LogprobRequest{Text: "Markets for intelligence, settled by arithmetic that agrees: 347+582=929."})
		require.NoError(t, err)
		hash := sha256.New()
		for _, value := range scored.Values {
			require.LessOrEqual(t, value, 0.0)
			require.NoError(t, binary.Write(hash, binary.LittleEndian, math.Float64bits(value)))
		}
		require.Equal(t, "bf340457a0eac15c2565fe09693c4e9075f3755266cb05739e54440fc518d464", hex.EncodeToString(hash.Sum(nil)), path)
		done, err := engine.Complete(t.Context(), e, engine.Request{Prompt: "347+582=", MaxTokens: 60}, 1024)
		require.NoError(t, err)
		answer := sha256.Sum256([]byte(done.Text))
		require.Equal(t, "e1eabe1d9d5bcaf6ab9890f17f8fd06bf7001eebd2278669f63c17d6b78b980d", hex.EncodeToString(answer[:]), path)
		require.NoError(t, e.Close())
	}
}

func TestPrefillInPiecesAndOneByOneGiveTheSameBits(t *testing.T) {
	e := openTestModel(t)
	text := strings.Repeat("0123456789", 8) // more than one piece of the prefill
	whole, err := e.Logprobs(t.Context(), engine.LogprobRequest{Text: text})
	require.NoError(t, err)
	for n := 1; n < len(whole.Tokens); n += 7 {
		part, err := e.Logprobs(t.Context(), engine.LogprobRequest{Tokens: whole.Tokens[:n]})
		require.NoError(t, err)
		require.Equal(t, whole.Values[:n], part.Values)
	}
}

func TestProbabilitiesOfAllTokensSumToOne(t *testing.T) {
	e := openTestModel(t)
	sum := 0.0
	for token := range int32(native.VocabularySize) {
		scored, err := e.Logprobs(t.Context(), engine.LogprobRequest{Tokens: []int32{native.TokenBOS, 'a', token}})
		require.NoError(t, err)
		sum += math.Exp(scored.Values[2])
	}
	require.InDelta(t, 1, sum, 1e-5)
}

func TestGreedyDecodingFollowsTheLikeliestLogprobs(t *testing.T) {
	e := openTestModel(t)
	const prompt = "hello"
	done, err := engine.Complete(t.Context(), e, engine.Request{Prompt: prompt, MaxTokens: 1}, 1024)
	require.NoError(t, err)
	require.Equal(t, 1, done.Usage.CompletionTokens)
	best, bestValue := int32(-1), math.Inf(-1)
	for token := range int32(native.VocabularySize) {
		if token == native.TokenBOS {
			continue
		}
		scored, err := e.Logprobs(t.Context(), engine.LogprobRequest{Tokens: append(native.EncodeText(prompt), token)})
		require.NoError(t, err)
		if last := scored.Values[len(scored.Values)-1]; last > bestValue {
			best, bestValue = token, last
		}
	}
	want := ""
	if best < 256 {
		want = strings.ToValidUTF8(string([]byte{byte(best)}), "\uFFFD")
	}
	require.Equal(t, want, done.Text)
}

func TestASeedFixesTheSampledText(t *testing.T) {
	e := openTestModel(t)
	ask := func(seed uint64) string {
		done, err := engine.Complete(t.Context(), e, engine.Request{Prompt: "x", MaxTokens: 20, Temperature: 1.5, Seed: seed}, 1024)
		require.NoError(t, err)
		return done.Text
	}
	first := ask(1)
	require.Equal(t, first, ask(1))
	require.NotEqual(t, first, ask(2))
}

func TestAMessageIsItsContentAndANewline(t *testing.T) {
	e := openTestModel(t)
	chat, err := engine.Complete(t.Context(), e, engine.Request{Messages: []engine.Message{{Role: engine.RoleUser, Content: "abc"}}, MaxTokens: 12}, 1024)
	require.NoError(t, err)
	raw, err := engine.Complete(t.Context(), e, engine.Request{Prompt: "abc\n", MaxTokens: 12}, 1024)
	require.NoError(t, err)
	require.Equal(t, raw, chat)
}

func TestTokensOutsideTheVocabularyAreRefused(t *testing.T) {
	e := openTestModel(t)
	for _, token := range []int32{-1, native.VocabularySize, math.MaxInt32} {
		_, err := e.Logprobs(t.Context(), engine.LogprobRequest{Tokens: []int32{token}})
		require.ErrorIs(t, err, engine.ErrBadRequest)
	}
	_, err := e.Logprobs(t.Context(), engine.LogprobRequest{Text: strings.Repeat("a", 96)})
	require.ErrorIs(t, err, engine.ErrContextTooLong)
}

func TestRequestsAboveTheLimitAreToldThatTheEngineIsBusy(t *testing.T) {
	e, err := native.Open(testModel(t, testConfig(), nil), native.Options{MaxConcurrent: 1})
	require.NoError(t, err)
	inside := false
	err = e.Generate(t.Context(), engine.Request{Prompt: "a", MaxTokens: 3}, func(engine.Chunk) error {
		if !inside {
			inside = true
			_, err := engine.Complete(t.Context(), e, engine.Request{Prompt: "b"}, 1024)
			require.ErrorIs(t, err, engine.ErrBusy)
			require.True(t, engine.Retryable(err))
		}
		return nil
	})
	require.NoError(t, err)
	require.True(t, inside)
}

func TestModelsThatDoNotMatchTheirDescriptionAreRefused(t *testing.T) {
	big := testConfig()
	big.Vocabulary = 300
	narrow := testConfig()
	narrow.KVHeads = 3
	cases := map[string]struct {
		data []byte
		want string
	}{
		"an empty file":                {nil, "malformed"},
		"a weight is missing":          {testModel(t, testConfig(), func(s []safetensors.Source) []safetensors.Source { return s[1:] }), "missing"},
		"a weight has another name":    {testModel(t, testConfig(), func(s []safetensors.Source) []safetensors.Source { s[3].Name = "x"; return s }), "missing"},
		"a weight has another shape":   {testModel(t, testConfig(), func(s []safetensors.Source) []safetensors.Source { s[1].Shape = []int{12, 2}; return s }), "shape"},
		"a weight is not a number":     {testModel(t, testConfig(), func(s []safetensors.Source) []safetensors.Source { s[2].Data[5] = float32(math.NaN()); return s }), "NaN"},
		"another vocabulary":           {testModel(t, big, nil), "vocabulary"},
		"heads that do not divide":     {testModel(t, narrow, nil), "do not divide"},
		"a file without a description": {mustMarshal(t), "metadata"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := native.Open(c.data, native.Options{})
			require.ErrorContains(t, err, c.want)
		})
	}
}

func mustMarshal(t *testing.T) []byte {
	t.Helper()
	data, err := safetensors.Marshal(nil, safetensors.F32, nil)
	require.NoError(t, err)
	return data
}

func TestDescriptionsWithUnknownFieldsOrSillySizesAreRefused(t *testing.T) {
	for _, text := range []string{"", "{}", `{"hidden_size":1e9}`, `{"sliding_window":4}`, `[]`} {
		_, err := modelfile.ParseConfig(text)
		require.ErrorIs(t, err, modelfile.ErrDescription, text)
	}
	change := map[string]func(*native.Config){
		"rope_theta":   func(c *native.Config) { c.RopeTheta = math.NaN() },
		"rms_norm_eps": func(c *native.Config) { c.NormEpsilon = 0 },
		"tied":         func(c *native.Config) { c.TiedEmbedding = false },
		"head width":   func(c *native.Config) { c.Heads = 24; c.KVHeads = 24 },
		"max_position": func(c *native.Config) { c.MaxContext = 1 << 30 },
	}
	for name, apply := range change {
		c := testConfig()
		apply(&c)
		require.ErrorContains(t, c.Validate(), name)
	}
}

func FuzzOpenNeverPanics(f *testing.F) {
	f.Add(testModel(f, native.Config{
		HiddenSize: 4, Layers: 1, Heads: 1, KVHeads: 1, FeedForward: 2,
		Vocabulary: native.VocabularySize, MaxContext: 8, RopeTheta: 10, NormEpsilon: 1e-5, TiedEmbedding: true,
	}, nil))
	f.Add([]byte("\x02\x00\x00\x00\x00\x00\x00\x00{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := native.Open(data, native.Options{})
		if err != nil {
			return
		}
		_, _ = engine.Complete(t.Context(), e, engine.Request{Prompt: "a", MaxTokens: 2}, 64)
	})
}

func BenchmarkGenerate(b *testing.B) {
	e := openTestModel(b)
	tokens := 0
	for b.Loop() {
		done, err := engine.Complete(b.Context(), e, engine.Request{Prompt: "347+582", MaxTokens: 16}, 1024)
		require.NoError(b, err)
		tokens += done.Usage.PromptTokens + done.Usage.CompletionTokens
	}
	b.ReportMetric(float64(tokens)/b.Elapsed().Seconds(), "tokens/s")
}
