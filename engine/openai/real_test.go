package openai_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/enginetest"
	"github.com/agora-network/agora/engine/openai"
)

// Variables that name a real server for the tests: its address and a model on it.
const (
	upstreamVariable = "AGORA_TEST_UPSTREAM"
	modelVariable    = "AGORA_TEST_UPSTREAM_MODEL"
)

func TestARealServerConforms(t *testing.T) {
	url, model := os.Getenv(upstreamVariable), os.Getenv(modelVariable)
	if url == "" || model == "" {
		t.Skipf("%s and %s are not set: give the address of a running server and a model on it", upstreamVariable, modelVariable)
	}
	enginetest.Run(t, func(t *testing.T) engine.Engine {
		t.Helper()
		e, err := openai.Open(openai.Options{BaseURL: url, Model: model})
		require.NoError(t, err)
		require.NoError(t, e.Ready(t.Context()))
		return e
	})
}
