package engine_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine"
)

// script emits given chunks.
type script []engine.Chunk

func (s script) Info() engine.Info { return engine.Info{Driver: "script", Model: "script"} }
func (s script) Close() error      { return nil }

func (s script) Logprobs(context.Context, engine.LogprobRequest) (engine.Logprobs, error) {
	return engine.Logprobs{}, engine.ErrUnsupported
}

func (s script) Embed(context.Context, []string) ([][]float32, error) {
	return nil, engine.ErrUnsupported
}

func (s script) Generate(_ context.Context, r engine.Request, emit func(engine.Chunk) error) error {
	if err := r.Validate(); err != nil {
		return err
	}
	for _, c := range s {
		if err := emit(c); err != nil {
			return err
		}
	}
	return nil
}

func TestCompleteJoinsTheChunksOfACompletion(t *testing.T) {
	e := script{{Text: "9"}, {Text: "29"}, {Done: true, FinishReason: engine.FinishStop, Usage: engine.Usage{PromptTokens: 7, CompletionTokens: 3}}}
	done, err := engine.Complete(t.Context(), e, engine.Request{Prompt: "347+582"}, 3)
	require.NoError(t, err)
	require.Equal(t, engine.Completion{Text: "929", FinishReason: "stop", Usage: engine.Usage{PromptTokens: 7, CompletionTokens: 3}}, done)
	_, err = engine.Complete(t.Context(), e, engine.Request{Prompt: "347+582"}, 2)
	require.ErrorIs(t, err, engine.ErrUpstream)
	_, err = engine.Complete(t.Context(), e, engine.Request{}, 2)
	require.ErrorIs(t, err, engine.ErrBadRequest)
}

func TestOnlyBusyAndUnavailableAreWorthAnotherTry(t *testing.T) {
	for err, want := range map[error]bool{
		engine.ErrBusy: true, engine.ErrUnavailable: true, engine.ErrBadRequest: false, engine.ErrContextTooLong: false,
		engine.ErrUnsupported: false, engine.ErrUpstream: false, engine.ErrClosed: false,
	} {
		require.Equal(t, want, engine.Retryable(fmt.Errorf("wrapped: %w", err)), err)
	}
}
