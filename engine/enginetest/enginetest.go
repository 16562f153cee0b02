// Package enginetest holds the tests that every engine driver passes.
package enginetest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine"
)

// maxBytes bounds the completions that the tests read.
const maxBytes = 1 << 20

// Run tests a driver. open returns a fresh engine each time; the model behind it
// must accept at least 64 tokens, fewer than 100,000, and at least 12 requests
// at once.
func Run(t *testing.T, open func(t *testing.T) engine.Engine) {
	t.Helper()
	tests := []struct {
		name string
		run  func(t *testing.T, e engine.Engine)
	}{
		{"a completion is text and then exactly one closing chunk", testChunks},
		{"the same greedy request gives the same completion", testGreedyRepeats},
		{"a whole answer is what the pieces of one are", testWhole},
		{"a completion never has more tokens than were asked", testMaxTokens},
		{"a completion ends before a stop text", testStop},
		{"an error of emit ends the generation and comes back", testEmitError},
		{"a cancelled context ends the generation", testCancel},
		{"requests that make no sense are refused by name", testBadRequests},
		{"a prompt beyond the context is refused by name", testTooLong},
		{"requests at once get the answers they get alone", testConcurrent},
		{"log-probabilities are one per token or not supported", testLogprobs},
		{"embeddings are one vector of length one per text or not supported", testEmbed},
		{"a closed engine says so", testClosed},
		{"the description names driver and model", testInfo},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := open(t)
			defer func() { require.NoError(t, e.Close()) }()
			test.run(t, e)
		})
	}
}

func user(text string) []engine.Message {
	return []engine.Message{{Role: engine.RoleUser, Content: text}}
}

func complete(t *testing.T, e engine.Engine, r engine.Request) engine.Completion {
	t.Helper()
	done, err := engine.Complete(t.Context(), e, r, maxBytes)
	require.NoError(t, err)
	return done
}

func testChunks(t *testing.T, e engine.Engine) {
	t.Helper()
	for _, r := range []engine.Request{{Prompt: "hello", MaxTokens: 8}, {Messages: user("hello"), MaxTokens: 8}} {
		closed := 0
		require.NoError(t, e.Generate(t.Context(), r, func(c engine.Chunk) error {
			require.Zero(t, closed, "a chunk follows the closing one")
			require.True(t, utf8.ValidString(c.Text), "%q", c.Text)
			if c.Done {
				closed++
				require.Contains(t, []string{engine.FinishStop, engine.FinishLength}, c.FinishReason)
				require.Positive(t, c.Usage.PromptTokens)
				require.Positive(t, c.Usage.CompletionTokens)
			} else {
				require.NotEmpty(t, c.Text)
				require.Empty(t, c.FinishReason)
			}
			return nil
		}))
		require.Equal(t, 1, closed)
	}
}

func testGreedyRepeats(t *testing.T, e engine.Engine) {
	t.Helper()
	r := engine.Request{Messages: user("347+582"), MaxTokens: 12}
	first := complete(t, e, r)
	require.Equal(t, first, complete(t, e, r))
}

func testWhole(t *testing.T, e engine.Engine) {
	t.Helper()
	for _, r := range []engine.Request{{Prompt: "hello", MaxTokens: 8}, {Messages: user("347+582"), MaxTokens: 12}} {
		pieces := complete(t, e, r)
		r.Whole = true
		require.Equal(t, pieces, complete(t, e, r))
	}
}

func testMaxTokens(t *testing.T, e engine.Engine) {
	t.Helper()
	for _, limit := range []int{1, 2, 5} {
		done := complete(t, e, engine.Request{Prompt: "hello", MaxTokens: limit})
		require.LessOrEqual(t, done.Usage.CompletionTokens, limit)
		if done.FinishReason == engine.FinishLength {
			require.Equal(t, limit, done.Usage.CompletionTokens)
		}
	}
}

func testStop(t *testing.T, e engine.Engine) {
	t.Helper()
	r := engine.Request{Prompt: "hello", MaxTokens: 16}
	free := complete(t, e, r)
	runes := []rune(strings.ReplaceAll(free.Text, "\uFFFD", ""))
	if len(runes) == 0 {
		t.Skip("the model says nothing that can be stopped at")
	}
	stop := string(runes[len(runes)/2])
	r.Stop = []string{stop, "a text that never comes"}
	stopped := complete(t, e, r)
	require.Equal(t, engine.FinishStop, stopped.FinishReason)
	require.Equal(t, free.Text[:strings.Index(free.Text, stop)], stopped.Text)
}

func testEmitError(t *testing.T, e engine.Engine) {
	t.Helper()
	enough, calls := errors.New("enough"), 0
	err := e.Generate(t.Context(), engine.Request{Prompt: "hello", MaxTokens: 8}, func(engine.Chunk) error {
		calls++
		return enough
	})
	require.ErrorIs(t, err, enough)
	require.Equal(t, 1, calls)
}

func testCancel(t *testing.T, e engine.Engine) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := e.Generate(ctx, engine.Request{Prompt: "hello", MaxTokens: 8}, func(engine.Chunk) error { return nil })
	require.ErrorIs(t, err, context.Canceled)
}

func testBadRequests(t *testing.T, e engine.Engine) {
	t.Helper()
	for name, r := range map[string]engine.Request{
		"nothing":              {},
		"both":                 {Prompt: "a", Messages: user("a")},
		"negative length":      {Prompt: "a", MaxTokens: -1},
		"negative temperature": {Prompt: "a", Temperature: -0.1},
		"hot":                  {Prompt: "a", Temperature: 2.1},
		"unknown role":         {Messages: []engine.Message{{Role: "tool", Content: "a"}}},
		"empty stop":           {Prompt: "a", Stop: []string{""}},
		"many stops":           {Prompt: "a", Stop: strings.Split("abcdefghi", "")},
	} {
		err := e.Generate(t.Context(), r, func(engine.Chunk) error { return nil })
		require.ErrorIs(t, err, engine.ErrBadRequest, name)
		require.False(t, engine.Retryable(err), name)
	}
}

func testTooLong(t *testing.T, e engine.Engine) {
	t.Helper()
	err := e.Generate(t.Context(), engine.Request{Prompt: strings.Repeat("word ", 100_000), MaxTokens: 4}, func(engine.Chunk) error { return nil })
	require.ErrorIs(t, err, engine.ErrContextTooLong)
}

func testConcurrent(t *testing.T, e engine.Engine) {
	t.Helper()
	prompts := []string{"1+1", "reverse abc", "sort 312", "hello"}
	alone := make([]engine.Completion, len(prompts))
	for i, p := range prompts {
		alone[i] = complete(t, e, engine.Request{Messages: user(p), MaxTokens: 10})
	}
	together := make([]engine.Completion, 12)
	failures := make([]error, len(together))
	var group sync.WaitGroup
	for i := range together {
		group.Go(func() {
			r := engine.Request{Messages: user(prompts[i%len(prompts)]), MaxTokens: 10}
			together[i], failures[i] = engine.Complete(t.Context(), e, r, maxBytes)
		})
	}
	group.Wait()
	for i := range together {
		require.NoError(t, failures[i])
		require.Equal(t, alone[i%len(prompts)], together[i])
	}
}

func testLogprobs(t *testing.T, e engine.Engine) {
	t.Helper()
	_, err := e.Logprobs(t.Context(), engine.LogprobRequest{})
	require.Error(t, err)
	scored, err := e.Logprobs(t.Context(), engine.LogprobRequest{Text: "hello world"})
	if !e.Info().Logprobs {
		require.ErrorIs(t, err, engine.ErrUnsupported)
		return
	}
	require.NoError(t, err)
	require.NotEmpty(t, scored.Tokens)
	require.Len(t, scored.Values, len(scored.Tokens))
	require.Zero(t, scored.Values[0])
	for _, value := range scored.Values[1:] {
		require.LessOrEqual(t, value, 0.0)
	}
	again, err := e.Logprobs(t.Context(), engine.LogprobRequest{Tokens: scored.Tokens})
	require.NoError(t, err)
	require.Equal(t, scored.Tokens, again.Tokens)
	require.InDeltaSlice(t, scored.Values, again.Values, 0.01)
}

func testEmbed(t *testing.T, e engine.Engine) {
	t.Helper()
	_, err := e.Embed(t.Context(), nil)
	require.Error(t, err)
	_, err = e.Embed(t.Context(), []string{"a", ""})
	require.Error(t, err)
	vectors, err := e.Embed(t.Context(), []string{"hello world", "347+582", "hello world"})
	if !e.Info().Embeddings {
		require.ErrorIs(t, err, engine.ErrUnsupported)
		return
	}
	require.NoError(t, err)
	require.Len(t, vectors, 3)
	for _, vector := range vectors {
		require.Len(t, vector, len(vectors[0]))
		square := 0.0
		for _, x := range vector {
			square += float64(x) * float64(x)
		}
		require.InDelta(t, 1, square, 1e-4)
	}
	require.InDeltaSlice(t, vectors[0], vectors[2], 1e-3)
	require.NotEqual(t, vectors[0], vectors[1])
}

func testClosed(t *testing.T, e engine.Engine) {
	t.Helper()
	require.NoError(t, e.Close())
	err := e.Generate(t.Context(), engine.Request{Prompt: "a"}, func(engine.Chunk) error { return nil })
	require.ErrorIs(t, err, engine.ErrClosed)
	_, err = e.Logprobs(t.Context(), engine.LogprobRequest{Text: "a"})
	require.Error(t, err)
	_, err = e.Embed(t.Context(), []string{"a"})
	require.Error(t, err)
	require.NotEmpty(t, e.Info().Driver)
}

func testInfo(t *testing.T, e engine.Engine) {
	t.Helper()
	info := e.Info()
	require.NotEmpty(t, info.Driver)
	require.NotEmpty(t, info.Model)
}
