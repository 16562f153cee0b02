//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/agora-network/agora/engine"
	"github.com/agora-network/agora/engine/llamacpp"
	"github.com/agora-network/agora/engine/native"
	"github.com/agora-network/agora/engine/native/canon"
	"github.com/agora-network/agora/engine/native/decoder/random"
)

// libraryVariable names the path of llama.cpp's library.
const libraryVariable = "AGORA_LLAMACPP_LIBRARY"

// compareLlamaCPP has the native engine and llama.cpp do the same work with the same
// file, each by the engine interface. It is no error to have no llama.cpp.
func compareLlamaCPP(t *table) (err error) {
	t.section("llama.cpp " + llamacpp.Release + ", the same 3.5M F32 GGUF file, one thread, both as engine.Engine (Logprobs, Generate):\n" +
		"prefill includes the loss of every token; decode includes tokenising, greedy choice and text")
	library := os.Getenv(libraryVariable)
	if library == "" {
		t.note("llama.cpp: not installed, set %s", libraryVariable)
		return nil
	}
	folder, err := os.MkdirTemp("", "enginebench")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	path := filepath.Join(folder, "model.gguf")
	w, err := random.Weights(small(), random.Options{Seed: 1})
	if err != nil {
		return err
	}
	if err := writeGGUF(path, small(), w); err != nil {
		return err
	}
	ours, err := native.OpenPath(path, native.Options{Threads: 1, Path: fastest()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ours.Close()) }()
	theirs, err := llamacpp.Open(llamacpp.Options{Library: library, Model: path, Threads: 1})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, theirs.Close()) }()
	return compareEngines(t, ours, theirs, fastest())
}

func compareEngines(t *table, ours, theirs engine.Engine, path canon.Path) error {
	for _, work := range []struct {
		name string
		do   func(engine.Engine) (int, error)
	}{
		{"prefill, 256 tokens", scoreThrough},
		{"decode, one stream to 256 tokens", decodeThrough},
	} {
		native, err := measureThrough(ours, work.do)
		if err != nil {
			return err
		}
		other, err := measureThrough(theirs, work.do)
		if err != nil {
			return err
		}
		t.rate(fmt.Sprintf("native %s, %s", path, work.name), native, 0)
		t.rate("llama.cpp, "+work.name, other, 0)
		t.row("native / llama.cpp, "+work.name, fmt.Sprintf("%.2f", native.best/other.best), fmt.Sprintf("%.2f", native.median/other.median), "", true)
	}
	difference, err := largestDifference(ours, theirs)
	if err != nil {
		return err
	}
	// Far less than what another model, or a wrong file, would give.
	t.bound("largest difference of a token's loss, nats", "%.1e", difference, 1e-3)
	return nil
}

// measureThrough measures work by an engine. The first error ends it.
func measureThrough(e engine.Engine, do func(engine.Engine) (int, error)) (speed, error) {
	var failed error
	rate := measure(func() int {
		n, err := do(e)
		failed = errors.Join(failed, err)
		return n
	})
	return rate, failed
}

// benchText is what is scored.
func benchText() engine.LogprobRequest {
	return engine.LogprobRequest{Tokens: text(small().Context, small().Vocabulary, 7)}
}

func scoreThrough(e engine.Engine) (int, error) {
	scored, err := e.Logprobs(context.Background(), benchText())
	return len(scored.Tokens) - 1, err
}

// decodeThrough fills the context after a prompt of one token.
func decodeThrough(e engine.Engine) (int, error) {
	most := small().Context - 1
	done, err := engine.Complete(context.Background(), e, engine.Request{Prompt: "0", MaxTokens: most}, 1<<20)
	if err == nil && done.Usage.CompletionTokens != most {
		err = fmt.Errorf("%s completed %d tokens of %d", e.Info().Driver, done.Usage.CompletionTokens, most)
	}
	return done.Usage.CompletionTokens, err
}

// largestDifference compares what two engines make of the same text, in nats.
func largestDifference(a, b engine.Engine) (float64, error) {
	first, err := a.Logprobs(context.Background(), benchText())
	if err != nil {
		return 0, err
	}
	second, err := b.Logprobs(context.Background(), benchText())
	if err != nil {
		return 0, err
	}
	if len(first.Values) != len(second.Values) {
		return 0, fmt.Errorf("%d and %d tokens were scored", len(first.Values), len(second.Values))
	}
	largest := 0.0
	for i, value := range first.Values {
		largest = max(largest, math.Abs(value-second.Values[i]))
	}
	return largest, nil
}
