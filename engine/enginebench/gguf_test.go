//go:build unix

package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine/native"
	"github.com/agora-network/agora/engine/native/decoder/random"
	"github.com/agora-network/agora/engine/native/decoder/reference"
)

func TestTheGGUFFileHoldsTheModelThatWasWritten(t *testing.T) {
	w, err := random.Weights(small(), random.Options{Seed: 1})
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "model.gguf")
	require.NoError(t, writeGGUF(path, small(), w))
	e, err := native.OpenPath(path, native.Options{Threads: 1})
	require.NoError(t, err)
	defer func() { require.NoError(t, e.Close()) }()
	request := benchText()
	request.Tokens = request.Tokens[:24]
	scored, err := e.Logprobs(t.Context(), request)
	require.NoError(t, err)
	require.InDeltaSlice(t, reference.Logprobs(small(), w, request.Tokens), scored.Values, 1e-5)
	n, err := decodeThrough(e)
	require.NoError(t, err)
	require.Equal(t, small().Context-1, n)
}
