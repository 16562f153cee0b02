package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-network/agora/benchmark/sandbox"
	"github.com/agora-network/agora/sdk/golden"
	"github.com/agora-network/agora/sdk/scorer"
)

const rustFolder = "../../rust"

func goldens(t *testing.T, file string) *golden.File {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	f, err := golden.Parse(text)
	require.NoError(t, err)
	return f
}

// This is how a scorer in Go is tested without building a module.
func TestTheScorerGivesItsGoldens(t *testing.T) {
	for _, g := range goldens(t, "goldens.json").Goldens() {
		input, err := sandbox.AppendInput(nil, &g.Input)
		require.NoError(t, err)
		want := g.Score
		if g.Abstain != 0 {
			want = -g.Abstain
		}
		require.Equal(t, want, scorer.Score(input))
	}
}

// replay builds a module and replays goldens on it.
func replay(t *testing.T, module, file string) {
	t.Helper()
	code, err := os.ReadFile(module)
	require.NoError(t, err)
	runtime, err := sandbox.Open(sandbox.Options{})
	require.NoError(t, err)
	m, err := runtime.Compile(t.Context(), code, sandbox.Limits{})
	require.NoError(t, err)
	defer m.Close()
	require.NoError(t, m.Replay(t.Context(), goldens(t, file).Goldens()))
}

func TestTheModuleGivesItsGoldens(t *testing.T) {
	module := filepath.Join(t.TempDir(), "my.wasm")
	build := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w -buildid=", "-o", module, ".")
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	replay(t, module, "goldens.json")
}

func TestTheTemplateInRustGivesTheSameGoldens(t *testing.T) {
	require.Equal(t, goldens(t, "goldens.json"), goldens(t, rustFolder+"/template/goldens.json"))
	const cargo, rustc = "/usr/bin/cargo", "/usr/bin/rustc"
	if list, err := exec.Command(rustc, "--print", "target-libdir", "--target", "wasm32-unknown-unknown").Output(); err != nil {
		t.Skip("Debian's Rust is not here")
	} else if _, err := os.Stat(strings.TrimSpace(string(list))); err != nil {
		t.Skip("the compiler has no library for wasm32-unknown-unknown")
	}
	if _, err := exec.LookPath("wasm-ld"); err != nil {
		t.Skip("wasm-ld is not here")
	}
	target := t.TempDir()
	build := exec.Command(cargo, "build", "--release", "--offline", "--target", "wasm32-unknown-unknown", "--manifest-path", copied(t, target))
	build.Env = append(os.Environ(), "RUSTC="+rustc, "CARGO_TARGET_DIR="+target,
		"CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS=-C linker=wasm-ld -C linker-flavor=wasm-ld")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	replay(t, filepath.Join(target, "wasm32-unknown-unknown", "release", "my_scorer.wasm"), "goldens.json")
}

// copied puts the crate and its template into a folder, where cargo may write, and
// returns the template's manifest.
func copied(t *testing.T, dir string) string {
	t.Helper()
	crate := filepath.Join(dir, "crate")
	require.NoError(t, os.CopyFS(crate, os.DirFS(rustFolder)))
	return filepath.Join(crate, "template", "Cargo.toml")
}
