package backend

import (
	"context"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine"
)

func ask(t *testing.T, e engine.Engine, question string) string {
	t.Helper()
	completion, err := engine.Complete(t.Context(), e, engine.Request{Messages: []engine.Message{{Role: engine.RoleUser, Content: question}}}, 1000)
	require.NoError(t, err)
	require.Equal(t, engine.FinishStop, completion.FinishReason)
	return completion.Text
}

func seeded() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

func TestGuessesHaveTheFormOfAnAnswer(t *testing.T) {
	guess := NewGuess(seeded())
	for question, form := range map[string]string{
		"347+582": `^\d{3}$`, "5-12": `^\d{2}$`, "reverse kqzta": `^[a-z]{5}$`, "sort 52819": `^\d{5}$`, "shift abz": `^[a-z]{3}$`, "?!": `^0$`,
	} {
		require.Regexp(t, regexp.MustCompile(form), ask(t, guess, question), question)
	}
}

func TestGuessesAreHardlyEverRight(t *testing.T) {
	guess := NewGuess(seeded())
	right := 0
	for range 2000 {
		if ask(t, guess, "347+582") == "929" {
			right++
		}
	}
	require.Less(t, right, 20)
}

// counter answers with the number of the question.
type counter struct {
	Guess
	asked atomic.Int64
}

func (c *counter) Generate(_ context.Context, r engine.Request, emit func(engine.Chunk) error) error {
	return answerAtOnce(strings.Repeat("i", int(c.asked.Add(1))), r.Prompt, emit)
}

func TestAReplayAsksThreeTimesPerKindAndRepeatsFromThenOn(t *testing.T) {
	inner := &counter{}
	replay := NewReplay(inner, seeded())
	for range 10 {
		ask(t, replay, "1+2")
		ask(t, replay, "reverse abc")
	}
	require.EqualValues(t, 6, inner.asked.Load())
	require.Contains(t, []string{"i", "iii", "iiiii"}, ask(t, replay, "998+1"))
}

func TestKindsOfQuestions(t *testing.T) {
	for question, kind := range map[string]string{
		"347+582": "#+#", "5-12": "#-#", "reverse kqzta": "reverse *", "sort 52819": "sort *", "": "", "word": "word",
	} {
		require.Equal(t, kind, kindOf(question), question)
	}
}

func TestAReplayKeepsABoundedNumberOfKinds(t *testing.T) {
	replay := NewReplay(&counter{}, seeded())
	for i := range 5 * maxKinds {
		ask(t, replay, strings.Repeat("x", i%60)+string(rune('a'+i%26))+" y")
	}
	require.LessOrEqual(t, len(replay.answers), maxKinds)
}

func TestBackendsThatCannotBeSayWhy(t *testing.T) {
	dir := t.TempDir()
	notAModel := filepath.Join(dir, "x.safetensors")
	require.NoError(t, os.WriteFile(notAModel, []byte("junk"), 0o600))
	for spec, says := range map[string]string{
		"":                          "is not known",
		"llama":                     "is not known",
		"native":                    "is not known",
		"native=":                   "is not known",
		"guess=5":                   "is not known",
		"replay=":                   "is not known",
		"replay=replay=guess":       "makes no sense",
		"native=gpt":                "the embedded models are basics-strong",
		"native=" + t.TempDir():     "no weights found",
		"native=" + notAModel:       "safetensors",
		"native=" + dir:             "safetensors",
		"openai=ftp://x":            "base url",
		"openai=http://127.0.0.1:1": "start the server, and check the address",
		"llamacpp":                  "is not known",
		"llamacpp=":                 "is not known",
		"llamacpp=" + notAModel:     "no path is configured; llama.cpp b10361",
	} {
		_, err := Open(t.Context(), spec, Options{EmbeddedNames: []string{"basics-strong"}})
		require.ErrorContains(t, err, says, spec)
	}
}

func TestModelsOfOtherToolsAreOpenedByTheirPath(t *testing.T) {
	for path, name := range map[string]string{"qwen2.gguf": "qwen2", "gpt2": "gpt2"} {
		e, err := Open(t.Context(), "native="+filepath.Join("..", "..", "engine", "native", "modelfile", "testdata", path), Options{})
		require.NoError(t, err)
		require.Equal(t, name, e.Info().Model)
		require.NoError(t, e.Close())
	}
}

func TestAnUpstreamIsAskedForItsFirstModel(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/models" || r.Header.Get("Authorization") != "Bearer k" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte(`{"data":[{"id":"first"},{"id":"second"}]}`))
	}))
	defer upstream.Close()
	for _, url := range []string{upstream.URL, upstream.URL + "/", upstream.URL + "/v1"} {
		e, err := Open(t.Context(), "openai="+url, Options{APIKey: "k"})
		require.NoError(t, err)
		require.Equal(t, "first", e.Info().Model)
		require.NoError(t, e.Close())
	}
	_, err := Open(t.Context(), "openai="+upstream.URL, Options{})
	require.ErrorContains(t, err, "401")
}

func TestAnEmbeddedModelIsFoundByItsName(t *testing.T) {
	asked := ""
	_, err := Open(t.Context(), "replay", Options{Embedded: func(name string) ([]byte, bool) { asked = name; return nil, true }})
	require.Error(t, err, "no weights")
	require.Equal(t, "basics-weak", asked)
	e, err := Open(t.Context(), "replay=guess", Options{})
	require.NoError(t, err)
	require.Equal(t, "guess", e.Info().Driver)
	require.NoError(t, e.Close())
}
