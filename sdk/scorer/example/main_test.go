package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/agora-network/agora/benchmark/sandbox"
	"github.com/agora-network/agora/sdk/golden"
	"github.com/agora-network/agora/sdk/scorer"
)

const (
	rustFolder = "../../rust"
	goldenFile = "../../testdata/overlap.golden.json"
)

// built is the module of this package, built once.
var built []byte

// goModule is this package as a module.
func goModule(t testing.TB) []byte {
	t.Helper()
	if built == nil {
		built = build(t)
	}
	return built
}

// build builds this package as its documentation says.
func build(t testing.TB) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "example.wasm")
	command := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w -buildid=", "-o", file, ".")
	command.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	out, err := command.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return read(t, file)
}

func read(t testing.TB, file string) []byte {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	return content
}

func compiled(t testing.TB, options sandbox.Options, code []byte) *sandbox.Module {
	t.Helper()
	runtime, err := sandbox.Open(options)
	require.NoError(t, err)
	m, err := runtime.Compile(context.Background(), code, sandbox.Limits{Work: 4_000_000_000})
	require.NoError(t, err)
	t.Cleanup(m.Close)
	return m
}

func goldens(t testing.TB) *golden.File {
	t.Helper()
	f, err := golden.Parse(read(t, goldenFile))
	require.NoError(t, err)
	return f
}

func TestBothLanguagesGiveTheGoldensCompiledAndInterpreted(t *testing.T) {
	f := goldens(t)
	questions, err := f.GeneratorGoldens()
	require.NoError(t, err)
	modules := map[string][]byte{"Rust": read(t, rustFolder+"/examples/overlap.wasm"), "Go": goModule(t)}
	for language, code := range modules {
		for engine, options := range map[string]sandbox.Options{"compiled": {}, "interpreted": {Interpreter: true}} {
			t.Run(language+" "+engine, func(t *testing.T) {
				m := compiled(t, options, code)
				require.NoError(t, m.Replay(context.Background(), f.Goldens()))
				require.NoError(t, m.ReplayGenerator(context.Background(), questions))
			})
		}
	}
}

// A module in the sandbox has been rewritten; the same code outside has not.
func TestModulesGiveWhatTheSameCodeGivesOutsideTheSandbox(t *testing.T) {
	ctx := context.Background()
	instances := map[string]*sandbox.Instance{}
	for language, code := range map[string][]byte{"Rust": read(t, rustFolder+"/examples/overlap.wasm"), "Go": goModule(t)} {
		i, err := compiled(t, sandbox.Options{}, code).Instance(ctx)
		require.NoError(t, err)
		t.Cleanup(i.Close)
		instances[language] = i
	}
	words := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "B", "cc", "é", "\u212a", "7", "-", "", "the", "The"}), 0, 40)
	text := rapid.OneOf(rapid.Map(words, func(w []string) string { return strings.Join(w, " ") }), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		in := sandbox.Input{
			Expected: text.Draw(t, "expected"), Alternatives: rapid.SliceOfN(text, 0, 3).Draw(t, "alternatives"),
			LatencyMS: rapid.Uint32Range(0, 12_000).Draw(t, "latency"),
			Answer:    rapid.OneOf(text, rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "answer"),
		}
		input, err := sandbox.AppendInput(nil, &in)
		require.NoError(t, err)
		want := scorer.Score(input)
		for language, i := range instances {
			got, err := i.Score(ctx, &in)
			var abstained *sandbox.AbstainError
			if want < 0 {
				require.ErrorAs(t, err, &abstained, language)
				got = -abstained.Code
			} else {
				require.NoError(t, err, language)
			}
			require.Equal(t, want, got, language)
		}
		seed := [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "seed"))
		made, abstains := scorer.Generate(append([]byte{1, 0, 0, 0}, seed[:]...))
		require.Zero(t, abstains)
		for language, i := range instances {
			q, err := i.Generate(ctx, seed)
			require.NoError(t, err, language)
			got, err := q.Encode()
			require.NoError(t, err)
			require.Equal(t, string(made), string(got), language)
		}
	})
}

func TestTheWorkOfACallIsTheSameCompiledAndInterpreted(t *testing.T) {
	code := read(t, rustFolder+"/examples/overlap.wasm")
	var works [2][]uint64
	for n, options := range []sandbox.Options{{}, {Interpreter: true}} {
		i, err := compiled(t, options, code).Instance(context.Background())
		require.NoError(t, err)
		t.Cleanup(i.Close)
		for _, g := range goldens(t).Goldens() {
			_, _ = i.Score(context.Background(), &g.Input) // that it abstains is a golden as well
			works[n] = append(works[n], i.Work())
		}
	}
	require.Equal(t, works[0], works[1])
	require.NotContains(t, works[0], uint64(0))
}

func TestTheCommittedModuleIsTheOneThatWasSummed(t *testing.T) {
	code := read(t, rustFolder+"/examples/overlap.wasm")
	require.LessOrEqual(t, len(code), 70_000)
	require.Equal(t, fmt.Sprintf("%x  overlap.wasm\n", sha256.Sum256(code)), string(read(t, rustFolder+"/examples/SHA256SUMS")))
	for _, path := range []string{"/home/", "/tmp/", "sdk/rust"} {
		require.False(t, bytes.Contains(code, []byte(path)), "it holds the path of whoever built it: %s", path)
	}
}

func TestBuildingTheRustExampleGivesTheCommittedBytes(t *testing.T) {
	compiler := "/usr/bin/rustc"
	version, err := exec.Command(compiler, "--version").Output()
	if err != nil || !strings.HasPrefix(string(version), "rustc 1.63.0") {
		t.Skip("Debian's rustc 1.63.0, which built the committed module, is not here")
	}
	if linker, err := exec.Command("wasm-ld", "--version").Output(); err != nil || !strings.Contains(string(linker), "LLD 14.") {
		t.Skip("LLD 14, which linked the committed module, is not here")
	}
	out := t.TempDir()
	build := exec.Command("sh", rustFolder+"/build.sh", out)
	build.Env = append(os.Environ(), "RUSTC="+compiler)
	text, err := build.CombinedOutput()
	if strings.Contains(string(text), "can't find crate for `core`") || strings.Contains(string(text), "can't find crate for `std`") {
		t.Skip("the compiler has no library for wasm32-unknown-unknown")
	}
	require.NoError(t, err, "%s", text)
	require.Equal(t, sha256.Sum256(read(t, rustFolder+"/examples/overlap.wasm")), sha256.Sum256(read(t, out+"/overlap.wasm")))
}

func TestBuildingTheGoExampleTwiceGivesTheSameBytes(t *testing.T) {
	first, second := goModule(t), build(t)
	require.Equal(t, sha256.Sum256(first), sha256.Sum256(second))
}

func BenchmarkGoScorerCall(b *testing.B) {
	i, err := compiled(b, sandbox.Options{}, goModule(b)).Instance(context.Background())
	require.NoError(b, err)
	defer i.Close()
	all := goldens(b).Goldens()
	in := all[len(all)-1].Input
	b.ReportAllocs()
	for b.Loop() {
		if _, err := i.Score(context.Background(), &in); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(i.Work()), "work/op")
}

func BenchmarkGoScorerInstance(b *testing.B) {
	m := compiled(b, sandbox.Options{}, goModule(b))
	b.ReportAllocs()
	for b.Loop() {
		i, err := m.Instance(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		i.Close()
	}
}

func BenchmarkGoScorerCompile(b *testing.B) {
	code := goModule(b)
	compile := func(b *testing.B, dir string) {
		runtime, err := sandbox.Open(sandbox.Options{CacheDir: dir})
		require.NoError(b, err)
		m, err := runtime.Compile(context.Background(), code, sandbox.Limits{})
		require.NoError(b, err)
		m.Close()
	}
	b.Run("cold", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			compile(b, "")
		}
	})
	b.Run("cached", func(b *testing.B) {
		dir := b.TempDir()
		compile(b, dir)
		b.ReportAllocs()
		for b.Loop() {
			compile(b, dir)
		}
	})
}
