package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark/sandbox"
	"github.com/agora-network/agora/sdk/golden"
)

const (
	module  = "../rust/examples/overlap.wasm"
	promise = "../testdata/overlap.golden.json"
)

func try(args ...string) (string, error) {
	var out bytes.Buffer
	err := run(context.Background(), args, &out)
	return out.String(), err
}

func TestItPrintsResultsAndWorkAndComparesThem(t *testing.T) {
	out, err := try(module, promise)
	require.NoError(t, err, out)
	require.Contains(t, out, "a longer text                    646394521")
	require.Contains(t, out, "abstains with 1")
	require.Contains(t, out, "all 17 goldens are as promised")
}

func TestItSaysWhichGoldenDiffersAndWritesWhatTheModuleGives(t *testing.T) {
	file := filepath.Join(t.TempDir(), "goldens.json")
	text, err := os.ReadFile(promise)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, bytes.Replace(text, []byte("646394521"), []byte("646394522"), 1), 0o600))
	_, err = try(module, file)
	require.ErrorIs(t, err, sandbox.ErrGolden)
	require.ErrorContains(t, err, "it should score 646394522 and scores 646394521")
	_, err = try("-write", "-interpreter", module, file)
	require.NoError(t, err)
	again, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(text), string(again))
}

func TestItSaysWhatIsWrong(t *testing.T) {
	_, err := try(module)
	require.ErrorContains(t, err, "name a module and a file of goldens")
	_, err = try("missing.wasm", promise)
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = try(module, "missing.json")
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = try(module, module)
	require.ErrorIs(t, err, golden.ErrFile)
	_, err = try(promise, promise)
	require.ErrorIs(t, err, sandbox.ErrModule)
	_, err = try("-pages", "5000", module, promise)
	require.ErrorIs(t, err, sandbox.ErrLimits)
}
